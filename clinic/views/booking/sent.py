"""What the pages of booking share: whose appointment, what was sent, what must be looked at before it is saved."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import access, booking
from clinic.booking import preview, slots
from clinic.booking.checks import LONGEST, USUAL_MINUTES, Wanted
from clinic.booking.page import AppointmentPage
from clinic.forms.booking import read_slot
from clinic.templatetags.looks import clock
from clinic.templatetags.looks import day as day_words
from clinic.views.answer import done

ROLES = ("front_desk", "medical", "case_manager", "supervisor")


SEE_FILES = ("medical", "case_manager", "supervisor")


class Look(Exception):
    """Something must be looked at before it is saved; nothing is kept."""


def look_first(form: Any, plan: preview.Preview, *, several: bool = False, asks: bool | None = None) -> None:
    """Raise Look unless it is `ready`."""
    if not ready(form, plan, several=several, asks=asks):
        raise Look


def clashes(error: ValidationError) -> bool:
    return "despite" in getattr(error, "error_dict", {})


def ready(form: Any, plan: preview.Preview, *, several: bool = False, asks: bool | None = None) -> bool:
    """Whether exactly this has been shown, and ticked where it deserves a second look. `asks`: whether it still does,
    without the days left out of it.
    """
    asks = plan.asks if asks is None else asks
    typed = form.cleaned_data
    was_shown = typed["seen"] == plan.seen and "check" not in form.data
    if asks and not (was_shown and typed["despite"]):
        if was_shown or not several:
            form.add_error("despite", _("Tick this to book it all the same, or choose another time."))
        return False
    return was_shown or not several


def own(request: HttpRequest, uid: UUID, *, to_see: bool = False) -> tuple[Any, datetime, Any]:
    """An appointment this person may plan, or `to_see`. A seat belongs to its group and can be seen, no more; so can
    what they hold themselves with somebody for whom they may not book; a meeting elsewhere is the client's own affair.
    """
    staff, now = request.user, timezone.now()
    access.require(staff, *ROLES)
    today = access.home_clinic(staff).local_day(now)
    row = access.appointment_for(staff, today, uid)
    if not to_see and not access.may_plan(staff, today, row):
        raise access.NotVisible
    planned_here = row.session_id is None and row.channel in booking.BOOKABLE
    if not planned_here and not (to_see and row.session_id is not None):
        raise access.NotVisible
    return staff, now, row


def sent(request: HttpRequest) -> QueryDict:
    """The form as sent; a free time that was pressed stands for its day and hour."""
    data = request.POST.copy()
    day, at = read_slot(data.get("slot", ""))
    if day:
        data["day"], data["at"] = day, at
    return data


def typed_so_far(form: Any) -> dict[str, Any]:
    """What was typed so far, for a form that is shown again without being judged."""
    return {name: form[name].value() for name in form.fields if name != "form_key"}


def as_it_stands(form: Any, version: int) -> Any:
    """What was typed stays; a second try is about the appointment as the page now shows it."""
    form.data = form.data.copy()
    form.data["version"] = str(version)
    return form


def as_before(page: AppointmentPage, people: list[tuple[str, str]]) -> dict[str, Any]:
    row = page.row
    with_whom = str(row.staff.uid) if row.staff else ""
    return {
        "minutes": row.minutes,
        "mode": row.mode,
        "staff": with_whom if with_whom in dict(people) else "",
        "version": row.version,
    }


def as_words(it: Wanted) -> dict[str, Any]:
    return {
        "channel": it.channel,
        "minutes": it.minutes,
        "staff": it.staff,
        "purpose": it.purpose,
        "mode": it.mode,
    }


def free_times(stay: Any, form: Any, staff: Any, now: datetime) -> list[tuple[str, datetime]]:
    """The next free times from the day of a form on, as its buttons send them."""
    day = day_or_none(form["day"].value())
    minutes = minutes_or_usual(form["minutes"].value())
    who = person(staff, uid_or_none(str(form["staff"].value() or "")))
    found = slots.next_free(stay, now=now, minutes=minutes, staff=who, from_day=day)
    return [(f"{timezone.localtime(at):%Y-%m-%dT%H:%M}", at) for at in found]


def minutes_or_usual(value: Any) -> int:
    text = str(value)
    minutes = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return minutes if 0 < minutes <= LONGEST else USUAL_MINUTES


def with_whom(staff: Any) -> list[tuple[str, str]]:
    return [(str(person.uid), person.name) for person in access.booked_with(staff)]


def person(staff: Any, uid: UUID | None) -> Any:
    return access.booked_with(staff).filter(uid=uid).first() if uid else None


def uid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def day_or_none(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        found = date.fromisoformat(str(value or ""))
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2199 else None


def saved_before(request: HttpRequest, uid: UUID | None) -> HttpResponse:
    """The same form again: it has been saved, once."""
    where = reverse("appointment", args=[uid]) if uid else reverse("day")
    return done(request, where, _("This was saved already."))


def at_words(moment: datetime, now: datetime) -> str:
    return _("Booked: %(day)s %(time)s.") % {"day": day_words(moment, now), "time": clock(moment)}

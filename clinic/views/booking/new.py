"""Booking one appointment or a series: for whom, then when; what it makes is shown first where that matters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from clinic import access, booking, deeds, recurrence
from clinic.booking import preview
from clinic.booking.checks import Wanted
from clinic.booking.finder import find
from clinic.booking.page import booked
from clinic.forms.booking import BookForm, FindForm
from clinic.views.answer import answer, done
from clinic.views.booking.sent import (
    ROLES,
    SEE_FILES,
    Look,
    as_words,
    at_words,
    clashes,
    free_times,
    look_first,
    person,
    saved_before,
    sent,
    typed_so_far,
    uid_or_none,
    with_whom,
)

OPENED_WITH = ("day", "at", "service", "staff", "minutes", "purpose")


@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """Book for a client: who, then when. Before a series, or against something else, what it makes is shown first."""
    staff, now = request.user, timezone.now()
    access.require(staff, *ROLES)
    today = access.home_clinic(staff).local_day(now)
    chosen = request.POST.get("client") or request.GET.get("client", "")
    if not chosen:
        return _find(request, today, now)
    stay = access.bookable_episode_for(staff, today, _uid(chosen))
    people = with_whom(staff)
    if request.method != "POST":
        return _new(request, stay, BookForm(staff=people, today=today, initial=_opened(request, people)), now)
    form = BookForm(sent(request), staff=people, today=today)
    if "times" in request.POST:
        return _new(request, stay, BookForm(staff=people, today=today, initial=typed_so_far(form)), now)
    if not form.is_valid():
        return _new(request, stay, form, now, status=422)
    return _book(request, stay, form, now)


def _find(request: HttpRequest, today: date, now: datetime) -> HttpResponse:
    form = FindForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "today": today, "now": now, "opened": _way(request)}
    if form.is_valid():
        context["found"] = find(request.user, today, form.cleaned_data["q"])
    return answer(request, "booking/find.html", context, status=422 if form.errors else 200)


def _book(request: HttpRequest, stay: Any, form: BookForm, now: datetime) -> HttpResponse:
    """Save, or show first what would be saved: that is not kept, so the same form may be sent again."""
    staff, typed = request.user, form.cleaned_data
    it = _wanted(form, staff)
    starts_at = recurrence.moment(typed["day"], typed["at"], stay.clinic.zone)
    shown: dict[str, Any] = {}
    try:
        with deeds.once(typed["form_key"], by=staff, on=now) as first:
            if not first:
                return saved_before(request, booked(stay, it.channel, starts_at))
            more = {"by": staff, "on": now, "despite": typed["despite"], **as_words(it)}
            if not typed["repeat"]:
                shown["plan"] = plan = preview.of_one(stay, it, starts_at, on=now)
                look_first(form, plan)
                row = booking.book(stay, starts_at=starts_at, **more)
                said = at_words(row.starts_at, now)
            else:
                shown["rule"] = rule = _rule(typed)
                shown["left_out"] = left_out = form.left_out()
                day, at = typed["day"], typed["at"]
                shown["plan"] = plan = preview.of_series(stay, it, rule, day, at, on=now)
                left = (
                    preview.of_series(stay, it, rule, day, at, on=now, without=left_out) if left_out else plan
                )
                look_first(form, plan, several=True, asks=left.asks)
                made = booking.book_series(stay, starts_on=day, at=at, rule=rule, without=left_out, **more)
                row, said = made.appointments[0], _series_words(made)
    except Look:
        return _new(request, stay, form, now, status=422 if form.errors else 200, **shown)
    except recurrence.WrongRule as error:
        return _new(request, stay, form, now, status=form.told(booking.wrong_rule(error)))
    except ValidationError as error:
        if clashes(error):  # somebody booked against it this very moment: show that too
            return _book(request, stay, form, now)
        return _new(request, stay, form, now, status=form.told(error))
    return done(request, reverse("appointment", args=[row.uid]), said)


def _new(
    request: HttpRequest,
    stay: Any,
    form: BookForm,
    now: datetime,
    *,
    plan: preview.Preview | None = None,
    rule: str = "",
    left_out: Any = (),
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "client": stay.client,
        "ended_on": stay.discharged_on,
        "free": free_times(stay, form, request.user, now),
        "plan": plan,
        "rhythm": recurrence.in_words(rule, form.cleaned_data["day"]) if rule else None,
        "dated": list(zip(plan.days, plan.moments, strict=True)) if plan else (),
        "open_ended": bool(rule) and not recurrence.read(rule).ends,
        "left_out": left_out,
        "may_open": request.user.has_role(*SEE_FILES),
        "now": now,
        "today": stay.clinic.local_day(now),
    }
    return answer(request, "booking/new.html", context, status=status)


def _opened(request: HttpRequest, people: list[tuple[str, str]]) -> dict[str, Any]:
    """What the address opens the form with; never anything about a client."""
    asked = {name: value for name in OPENED_WITH if (value := request.GET.get(name, ""))}
    mine = str(request.user.uid)
    if "staff" not in asked and mine in dict(people):
        asked["staff"] = mine
    if request.user.has_role("case_manager"):
        asked.setdefault("service", "case_management")
    return asked


def _way(request: HttpRequest) -> str:
    """The same, to be handed on by the links of a search."""
    asked = QueryDict(mutable=True)
    for name in OPENED_WITH:
        if value := request.GET.get(name):
            asked[name] = value
    return asked.urlencode()


def _wanted(form: BookForm, staff: Any) -> Wanted:
    typed = form.cleaned_data
    who = person(staff, form.staff_uid)
    return Wanted(typed["service"], typed["minutes"], who, typed["purpose"], typed["mode"])


def _rule(typed: dict[str, Any]) -> str:
    return recurrence.make(typed["repeat"], typed["day"], until=typed["until"], count=typed["count"])


def _uid(text: str) -> UUID:
    found = uid_or_none(text)
    if found is None:
        raise access.NotVisible
    return found


def _series_words(made: booking.Made) -> str:
    n = len(made.appointments)
    return ngettext("Booked: %(n)d appointment.", "Booked: %(n)d appointments.", n) % {"n": n}

"""A quick "we spoke", and the mutual-aid meetings a client tells us about."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic import access, attendance, deeds, episodes, followups, plans
from clinic.client_file.spoke import meetings_of
from clinic.client_file.spoke import spoke as talks_of
from clinic.forms.spoke import LoggingForm, MeetingForm, SpokeForm
from clinic.views.answer import answer, done

SEE_FILES = ("case_manager", "supervisor", "medical")
SPEAK = ("case_manager", "supervisor")


@require_http_methods(["GET", "HEAD", "POST"])
def spoke(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Note that somebody spoke with the client; what that does to the list stands beside the form."""
    staff, now = request.user, timezone.now()
    access.require(staff, *SPEAK)
    stay = access.kept_stay_for(staff, access.home_clinic(staff).local_day(now), uid)
    here = now.astimezone(stay.clinic.zone)
    form = SpokeForm(request.POST if request.method == "POST" else None, now=here)
    if request.method != "POST":
        return _spoke(request, stay, now, form)
    if not form.is_valid():
        return _spoke(request, stay, now, form, status=422)
    typed = form.cleaned_data
    try:
        with deeds.once(typed["form_key"], by=staff, on=now) as first:
            if first:
                kept = {name: typed[name] for name in ("method", "agreed", "next_contact_on")}
                followups.note_talk(stay, by=staff, on=now, at=form.moment(stay.clinic.zone), **kept)
    except ValidationError as error:
        return _spoke(request, stay, now, form, status=form.told(error))
    return done(request, reverse("client", args=[uid]), _("Talk noted. It counts as contact."))


def _spoke(
    request: HttpRequest, stay: Any, now: datetime, form: SpokeForm, status: int = 200
) -> HttpResponse:
    episodes.open_file(stay.client, by=request.user, on=now)
    context = {
        "client": stay.client.uid,
        "spoke": talks_of(stay),
        "form": form,
        "today": stay.clinic.local_day(now),
        "now": now,
    }
    return answer(request, "spoke/spoke.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def meetings(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The mutual-aid meetings of a client's stay, and the form that logs one."""
    staff, now = request.user, timezone.now()
    access.require(staff, *SEE_FILES)
    stay = access.stay_for(staff, access.home_clinic(staff).local_day(now), uid)
    form = _meeting_form(stay, now, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _meetings(request, stay, now, form)
    if not form.is_valid():
        return _meetings(request, stay, now, form, status=422)
    typed = form.cleaned_data
    try:
        with deeds.once(typed["form_key"], by=staff, on=now) as first:
            if first:
                at = form.moment(stay.clinic.zone)
                attendance.log_meeting(stay, by=staff, on=now, at=at, verified=typed["verified"])
    except ValidationError as error:
        return _meetings(request, stay, now, form, status=form.told(error))
    return done(request, reverse("meetings", args=[uid]), _("Meeting logged."))


@require_POST
def meeting_logging(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Whether the client likes meetings to be logged: their wish."""
    staff, now = request.user, timezone.now()
    stay = access.stay_for(staff, access.home_clinic(staff).local_day(now), uid)
    form = LoggingForm(request.POST)
    if not form.is_valid():
        return _meetings(request, stay, now, _meeting_form(stay, now), status=422)
    wanted = form.cleaned_data["wanted"]
    plans.set_meeting_logging(stay.client, by=staff, on=now, wanted=wanted)
    said = _("Meetings are logged again.") if wanted else _("From today on meetings are not logged.")
    return done(request, reverse("meetings", args=[uid]), said)


def _meeting_form(stay: Any, now: datetime, data: Any = None) -> MeetingForm:
    return MeetingForm(data, today=stay.clinic.local_day(now), last=stay.discharged_on)


def _meetings(
    request: HttpRequest, stay: Any, now: datetime, form: MeetingForm, status: int = 200
) -> HttpResponse:
    episodes.open_file(stay.client, by=request.user, on=now)
    today = stay.clinic.local_day(now)
    context = {
        "client": stay.client.uid,
        "page": meetings_of(stay, today=today),
        "form": form,
        "today": today,
        "now": now,
    }
    return answer(request, "spoke/meetings.html", context, status=status)

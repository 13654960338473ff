"""When absence says nothing: a client's pauses, and the days on which the clinic is closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from clinic import access, deeds, episodes
from clinic.client_file.away import pauses_of, standing_on, year_of
from clinic.forms.away import CloseDayForm, ConfirmPauseForm, EndPauseForm, PauseForm, ReopenDayForm
from clinic.templatetags.looks import day as day_words
from clinic.views.answer import answer, done

SEE_FILES = ("case_manager", "supervisor", "medical")
CLOSE_DAYS = ("supervisor", "administrator")
SHEETS = ("front_desk", "medical", "case_manager", "supervisor")
PAUSE = ("kind", "starts_on", "ends_on", "source", "confirmed")


@require_http_methods(["GET", "HEAD", "POST"])
def pauses(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The pauses of a client's stay, and the form that notes one."""
    staff, now = request.user, timezone.now()
    access.require(staff, *SEE_FILES)
    today = access.home_clinic(staff).local_day(now)
    stay = access.stay_for(staff, today, uid)
    form = PauseForm(
        request.POST if request.method == "POST" else None, today=today, admitted_on=stay.admitted_on
    )
    if request.method != "POST":
        return _pauses(request, stay, now, form)
    if stay.discharged_on is not None and stay.discharged_on <= today:
        return _pauses(request, stay, now, form, status=422)
    if not form.is_valid():
        return _pauses(request, stay, now, form, status=422)
    try:
        with deeds.once(form.cleaned_data["form_key"], by=staff, on=now) as first:
            if first:
                kept = {name: form.cleaned_data[name] for name in PAUSE}
                episodes.pause(stay, by=staff, on=now, **kept)
    except ValidationError as error:
        return _pauses(request, stay, now, form, status=form.told(error))
    return done(request, reverse("pauses", args=[uid]), _("Pause noted."))


@require_POST
def confirm_pause(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Somebody has made sure of a pause that was only reported."""
    staff, now = request.user, timezone.now()
    away = access.pause_for(staff, access.home_clinic(staff).local_day(now), uid)
    form = ConfirmPauseForm(request.POST, number=uid)
    if form.is_valid():
        try:
            episodes.confirm_pause(away, by=staff, on=now, seen=form.cleaned_data["state"])
        except ValidationError as error:
            return _pauses(request, away.episode, now, tried=(uid, form), status=form.told(error))
        return done(request, reverse("pauses", args=[away.episode.client.uid]), _("Pause confirmed."))
    return _pauses(request, away.episode, now, tried=(uid, form), status=422)


@require_POST
def end_pause(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say which day is a pause's last."""
    staff, now = request.user, timezone.now()
    today = access.home_clinic(staff).local_day(now)
    away = access.pause_for(staff, today, uid)
    form = EndPauseForm(request.POST, number=uid, today=today)
    if not form.is_valid():
        return _pauses(request, away.episode, now, tried=(uid, form), status=422)
    typed = form.cleaned_data
    try:
        episodes.end_pause(away, by=staff, on=now, ends_on=typed["ends_on"], seen=typed["state"])
    except ValidationError as error:
        return _pauses(request, away.episode, now, tried=(uid, form), status=form.told(error))
    said = _("The pause ends with %(day)s.") % {"day": day_words(typed["ends_on"], today)}
    return done(request, reverse("pauses", args=[away.episode.client.uid]), said)


def _pauses(
    request: HttpRequest,
    stay: Any,
    now: datetime,
    form: PauseForm | None = None,
    *,
    tried: tuple[UUID, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    today = stay.clinic.local_day(now)
    episodes.open_file(stay.client, by=request.user, on=now)
    found = pauses_of(stay, today=today, now=now)
    context = {
        "client": stay.client.uid,
        "pauses": found,
        "form": form or PauseForm(today=today, admitted_on=stay.admitted_on),
        "entries": [(line, _end_form(line, today, tried)) for line in found.lines],
        "tried": tried[1] if tried else None,
        "may_change": found.ended_on is None,
        "today": today,
        "now": now,
    }
    return answer(request, "away/pauses.html", context, status=status)


def _end_form(line: Any, today: Any, tried: tuple[UUID, Any] | None) -> EndPauseForm:
    if tried and tried[0] == line.uid and tried[1].name == EndPauseForm.name:
        # What was typed stays; what the page now shows of the pause is what a second try is about.
        tried[1].data = tried[1].data.copy()
        tried[1].data["state"] = line.state
        return tried[1]
    return EndPauseForm(number=line.uid, today=today, state=line.state)


@require_http_methods(["GET", "HEAD", "POST"])
def closures(request: HttpRequest) -> HttpResponse:
    """The clinic's closed days as a year's calendar; supervisors and administrators close one."""
    staff, now = request.user, timezone.now()
    clinic = access.home_clinic(staff)
    today = clinic.local_day(now)
    if request.method != "POST":
        return _closures(request, now, CloseDayForm(today=today))
    access.require(staff, *CLOSE_DAYS)
    form = CloseDayForm(request.POST, today=today)
    if not form.is_valid():
        return _closures(request, now, form, status=422)
    typed = form.cleaned_data
    try:
        with deeds.once(typed["form_key"], by=staff, on=now) as first:
            if first:
                episodes.close_day(
                    clinic, by=staff, on=now, day=typed["day"], reason=typed["reason"], anew=True
                )
    except ValidationError as error:
        return _closures(request, now, form, status=form.told(error))
    said = _closed_words(typed["day"], today, *standing_on(clinic, typed["day"]))
    return done(request, f"{reverse('closures')}?year={typed['day'].year}#closed-{typed['day']}", said)


@require_POST
def reopen_day(request: HttpRequest) -> HttpResponse:
    """The clinic is open on a closed day after all."""
    staff, now = request.user, timezone.now()
    access.require(staff, *CLOSE_DAYS)
    clinic = access.home_clinic(staff)
    today = clinic.local_day(now)
    form = ReopenDayForm(request.POST)
    if not form.is_valid():
        return _closures(request, now, CloseDayForm(today=today), problem=_("Choose a day."), status=422)
    day = form.cleaned_data["day"]
    episodes.reopen_day(clinic, by=staff, on=now, day=day)
    said = _("Open again on %(day)s.") % {"day": day_words(day, today)}
    return done(request, f"{reverse('closures')}?year={day.year}", said)


def _closures(
    request: HttpRequest, now: datetime, form: CloseDayForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    clinic = access.home_clinic(request.user)
    today = clinic.local_day(now)
    asked = request.GET.get("year", "")
    near = range(today.year - 5, today.year + 6)
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else today.year
    year = min(max(year, near[0]), near[-1])
    context = {
        "form": form,
        "year": year_of(clinic, year, today=today),
        "before": year - 1 if year > near[0] else None,
        "after": year + 1 if year < near[-1] else None,
        "may_change": request.user.has_role(*CLOSE_DAYS),
        "may_move_visits": request.user.has_role(*SHEETS),
        "may_move_sessions": request.user.has_role("supervisor"),
        "problem": problem,
        "today": today,
        "now": now,
    }
    return answer(request, "away/closures.html", context, status=status)


def _closed_words(day: Any, today: Any, visits: int, sessions: int) -> str:
    said = _("Closed on %(day)s.") % {"day": day_words(day, today)}
    if day < today:
        return f"{said} {_('Absence on that day counts for nothing.')}"
    if not visits and not sessions:
        return f"{said} {_('Nothing stands on it.')}"
    what = [
        ngettext("%(n)d visit to move", "%(n)d visits to move", visits) % {"n": visits} if visits else "",
        ngettext("%(n)d session to move", "%(n)d sessions to move", sessions) % {"n": sessions}
        if sessions
        else "",
    ]
    return f"{said} {', '.join(words for words in what if words)}."

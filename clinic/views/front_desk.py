"""The pages of the front desk: the day sheet, and marking a visit in one click."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic import access, attendance
from clinic.daysheet.sheet import Asked, day_sheet
from clinic.daysheet.visits import counts, visit
from clinic.forms.front_desk import ONLY_UNRECORDED, DayForm, MarkForm
from clinic.views.answer import answer, done, wants_fragment

ROLES = ("front_desk", "medical", "case_manager", "supervisor")


@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """Who is due on a day, and what became of it."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    today = access.home_clinic(request.user).local_day(now)
    return _sheet(request, _asked(request, today), today, now)


@require_POST
def mark(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say what became of one visit. A seat of a session belongs to its register, where two savers notice each other."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    clinic = access.home_clinic(request.user)
    today = clinic.local_day(now)
    row = access.appointment_for(request.user, today, uid)
    if row.session_id is not None:
        raise access.NotVisible
    problem, status = _record(request, row, now)
    asked = replace(_asked(request, today), day=clinic.local_day(row.starts_at))
    if wants_fragment(request):
        line = visit(request.user, uid, today=today, now=now)
        saved = {"before": row.outcome, "counts": counts(request.user, asked.day, today=today, now=now)}
        context = {"visit": line, "query": _query(asked), "problem": problem, "now": now, **saved}
        return answer(request, "front_desk/_marked.html", context, status=status)
    if problem:
        messages.error(request, problem)
        return _sheet(request, asked, today, now, status=status)
    return done(request, f"{reverse('day')}?{_query(asked, on=asked.day)}#a-{uid}", _("Saved."))


def _record(request: HttpRequest, row: Any, now: datetime) -> tuple[str, int]:
    """Record what the form says of `row`. Returns why not, in a sentence, if not, and the status to answer with."""
    form = MarkForm(request.POST)
    if form.is_valid():
        outcome = form.cleaned_data["outcome"]
        # The same said again must not take away what an import knew about it.
        kept = {"reason": row.reason, "participation": row.participation} if outcome == row.outcome else {}
        try:
            attendance.mark(
                row, by=request.user, on=now, outcome=outcome, version=form.cleaned_data["version"], **kept
            )
            return "", 200
        except ValidationError as error:
            form.add_error(None, error)
    sentence = " ".join(str(problem) for problems in form.errors.values() for problem in problems)
    return sentence, 409 if form.has_error("outcome", attendance.CONFLICT) else 422


def _sheet(request: HttpRequest, asked: Asked, today: date, now: datetime, status: int = 200) -> HttpResponse:
    page = day_sheet(request.user, asked, today=today, now=now)
    context = {"sheet": page, "query": _query(asked), "now": now}
    return answer(request, "front_desk/day.html", context, status=status)


def _asked(request: HttpRequest, today: date) -> Asked:
    """What the address asks for; what it gets wrong is left out, and a wrong day is said."""
    form = DayForm(request.GET)
    form.is_valid()
    if "on" in form.errors:
        messages.warning(request, _("%(why)s This is today.") % {"why": " ".join(form.errors["on"])})
    told = form.cleaned_data
    return Asked(
        day=told.get("on") or today,
        service=told.get("service") or "",
        staff=told.get("staff"),
        only_unrecorded=told.get("show") == ONLY_UNRECORDED,
    )


def _query(asked: Asked, on: date | None = None) -> str:
    """The filters of a sheet as they stand in an address."""
    parts = {
        "on": on,
        "service": asked.service,
        "staff": asked.staff,
        "show": ONLY_UNRECORDED if asked.only_unrecorded else "",
    }
    return urlencode({name: value for name, value in parts.items() if value})

"""One appointment: what is booked, what was recorded of it; moving and cancelling it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic import access, booking, recurrence
from clinic.booking import moving, preview
from clinic.booking.one import fresh
from clinic.booking.page import AppointmentPage, appointment_page
from clinic.forms.booking import CancelForm, MoveForm
from clinic.views.answer import answer, done
from clinic.views.booking.sent import (
    SEE_FILES,
    as_before,
    as_it_stands,
    free_times,
    own,
    person,
    ready,
    sent,
    typed_so_far,
    with_whom,
)


@require_http_methods(["GET", "HEAD", "POST"])
def appointment(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One appointment, what was recorded of it, and moving it."""
    staff, now, row = own(request, uid, to_see=request.method != "POST")
    if request.method != "POST":
        return _show(request, row, now)
    today = access.home_clinic(staff).local_day(now)
    form = MoveForm(sent(request), staff=with_whom(staff), today=today)
    if "times" in request.POST:
        return _show(
            request, row, now, MoveForm(staff=with_whom(staff), today=today, initial=typed_so_far(form))
        )
    if not form.is_valid():
        return _show(request, row, now, form, status=422)
    typed, what = form.cleaned_data, _moved(form, row, staff)
    try:
        found = moving.what_moves(fresh(row), on=now, version=typed["version"], **what)
        if not ready(form, found.plan, several=typed["scope"] != "one"):
            return _show(request, row, now, form, plan=found.plan, off=len(found.off))
        booking.move(row, by=staff, on=now, version=typed["version"], despite=typed["despite"], **what)
    except ValidationError as error:
        return _show(request, row, now, form, status=form.told(error))
    return done(request, reverse("appointment", args=[uid]), _("Saved."))


@require_POST
def cancel_appointment(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Cancel an appointment, or end its series."""
    staff, now, row = own(request, uid)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _show(request, row, now, form, status=422)
    typed = form.cleaned_data
    try:
        booking.cancel(
            row,
            by=staff,
            on=now,
            who=typed["who"],
            scope=typed["scope"],
            cancelled_at=typed["told_at"],
            reason=typed["reason"],
            version=typed["version"],
        )
    except ValidationError as error:
        return _show(request, row, now, form, status=form.told(error))
    words = _("Cancelled. Thank you for saying so.") if typed["who"] == "clinic" else _("Cancelled.")
    return done(request, reverse("appointment", args=[uid]), words)


def _show(
    request: HttpRequest,
    row: Any,
    now: datetime,
    tried: Any = None,
    *,
    plan: preview.Preview | None = None,
    off: int = 0,
    status: int = 200,
) -> HttpResponse:
    """One appointment's page; `tried` is the form that was sent and stays as typed."""
    page = appointment_page(row, now)
    today = row.clinic.local_day(now)
    may_plan = access.may_plan(request.user, today, row)
    if not may_plan:
        page = replace(page, moves=False, open=False, stands_again=False)
    move = tried if isinstance(tried, MoveForm) else _move_form(request.user, page, today)
    cancel = tried if isinstance(tried, CancelForm) else CancelForm(initial={"version": page.row.version})
    if status == 200 and tried is not None and tried.is_bound and tried.errors:
        status = 422
    if status == 409:
        tried = as_it_stands(tried, page.row.version)
    context = {
        "page": page,
        "move": move,
        "cancel": cancel,
        "tried": tried,
        "plan": plan,
        "off": off,
        "free": free_times(page.row.episode, move, request.user, now) if page.moves and tried is move else (),
        "may_plan": may_plan,
        "may_open": may_plan and request.user.has_role(*SEE_FILES),
        "now": now,
        "today": today,
    }
    return answer(request, "booking/appointment.html", context, status=status)


def _move_form(staff: Any, page: AppointmentPage, today: date) -> MoveForm:
    people = with_whom(staff) if page.moves else []
    starts = page.row.starts_at.astimezone(page.row.clinic.zone)
    more = {"day": starts.date(), "at": starts.time(), "scope": "one"}
    return MoveForm(staff=people, today=today, initial={**as_before(page, people), **more})


def _moved(form: MoveForm, row: Any, staff: Any) -> dict[str, Any]:
    """What the form says of the new plan."""
    typed = form.cleaned_data
    return {
        "starts_at": recurrence.moment(typed["day"], typed["at"], row.clinic.zone),
        "scope": typed["scope"],
        "minutes": typed["minutes"],
        "staff": person(staff, form.staff_uid),
        "mode": typed["mode"],
    }

"""The pages of the front desk: the day sheet, marking a visit in one click, and taking the mark back."""

from __future__ import annotations

import json
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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import access, attendance, booking, recurrence
from clinic.booking import slots
from clinic.daysheet.asked import Asked
from clinic.daysheet.changes import changes, last_mark
from clinic.daysheet.sheet import day_sheet
from clinic.daysheet.visits import counts, visit
from clinic.forms.front_desk import DayForm, MarkForm, SearchForm, UndoForm
from clinic.views.answer import answer, done, wants_fragment

ROLES = ("front_desk", "medical", "case_manager", "supervisor")
SHOWN, NO_LIST = "Aftercare-Shown", "none"
RESCHEDULED = "rescheduled"
# What no row has: a form that does not say which state it was about is a stale one.
NO_VERSION = -1


@require_http_methods(["GET", "HEAD", "POST"])
def day(request: HttpRequest) -> HttpResponse:
    """Who is due on a day, and what became of it. A search on the sheet is a POST: no name stands in an address."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    today = access.home_clinic(request.user).local_day(now)
    asked = _asked(request, today)
    if request.method == "POST":
        form = SearchForm(request.POST)
        asked = replace(asked, find=form.cleaned_data["find"] if form.is_valid() else "", page=1)
    return _sheet(request, asked, today, now)


@require_safe
def day_changes(request: HttpRequest) -> HttpResponse:
    """What stands otherwise than the browser shows it, for HTMX to put in place; 204 while nothing does."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    today = access.home_clinic(request.user).local_day(now)
    asked = _asked(request, today)
    shown = [token for token in request.headers.get(SHOWN, "").split(",") if "." in token]
    found = changes(request.user, asked, shown, today=today, now=now)
    if found is None:
        return HttpResponse(status=204)
    if request.headers.get(SHOWN) == NO_LIST:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})  # nowhere to put rows in
    context = {
        "changes": found,
        "query": _query(asked),
        "now": now,
        "whole_clinic": request.user.has_role("front_desk", "medical"),
    }
    response = answer(request, "front_desk/_changes.html", context)
    if found.gone:
        response["HX-Trigger-After-Settle"] = json.dumps({"rows-gone": {"rows": found.gone}})
    return response


@require_POST
def mark(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say what became of one visit. A seat of a session belongs to its register, where two savers notice each other."""
    row, asked, today, now = _visit_of(request, uid)
    form = MarkForm(request.POST, number=uid)
    status = _record(request, row, form, now)
    if status != 200:
        return _refused(request, row, form, asked, status, today, now)
    if not wants_fragment(request):
        return done(request, f"{reverse('day')}?{_query(asked, on=asked.day)}#a-{uid}", _("Saved."))
    line = visit(request.user, uid, today=today, now=now)
    context = {"visit": line, "query": _query(asked), "now": now}
    if line.version != row.version:
        context["last"] = line
    context["counts"] = counts(request.user, asked.day, today=today, now=now)
    return answer(request, "front_desk/_marked.html", context)


@require_POST
def undo_mark(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take back what this person recorded last of a visit."""
    row, asked, today, now = _visit_of(request, uid)
    form = UndoForm(request.POST)
    try:
        version = form.cleaned_data["version"] if form.is_valid() else NO_VERSION
        left = attendance.undo(row, by=request.user, on=now, version=version)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        if _is_conflict(error) and not wants_fragment(request):
            return _sheet(request, asked, today, now, status=409)
        return done(request, f"{reverse('day')}?{_query(asked, on=asked.day)}#a-{uid}")
    if not wants_fragment(request):
        return done(request, f"{reverse('day')}?{_query(asked, on=asked.day)}#a-{uid}", _("Taken back."))
    context = {
        "visit": visit(request.user, uid, today=today, now=now) if left.pk else None,
        "uid": uid,
        "last": last_mark(request.user, today=today, now=now),
        "counts": counts(request.user, asked.day, today=today, now=now),
        "query": _query(asked),
        "now": now,
    }
    return answer(request, "front_desk/_undone.html", context)


def _visit_of(request: HttpRequest, uid: UUID) -> tuple[Any, Asked, date, datetime]:
    """The visit a form is about, its day with the filters of the sheet it was sent from, the day and the moment."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    clinic = access.home_clinic(request.user)
    today = clinic.local_day(now)
    row = access.appointment_for(request.user, today, uid)
    if row.session_id is not None:
        raise access.NotVisible
    return row, replace(_asked(request, today), day=clinic.local_day(row.starts_at)), today, now


def _record(request: HttpRequest, row: Any, form: MarkForm, now: datetime) -> int:
    """Record what the form says of `row`; what is refused stands at its field. Returns the status to answer with."""
    if form.data.get("outcome") == RESCHEDULED and not access.may_plan(
        request.user, row.clinic.local_day(now), row
    ):
        raise access.NotVisible
    if not form.is_valid():
        return 422
    told, by, starts_at = form.cleaned_data, request.user, None
    try:
        if told["outcome"] == RESCHEDULED and (row.outcome != RESCHEDULED or form.gives_a_time):
            starts_at = _new_time(form, row)
            booking.reschedule(
                row,
                by=by,
                on=now,
                starts_at=starts_at,
                version=told["version"],
                cancelled_at=told["cancelled_at"],
                despite=told["despite"],
            )
        else:
            _mark(row, form, by, now)
    except ValidationError as error:
        # A second click on the same button finds done what it asks for.
        if not _is_conflict(error) or starts_at is None or _moved_to(request, row, now) != starts_at:
            form.refuse(error)
    return 200 if not form.errors else 409 if form.conflict else 422


def _mark(row: Any, form: MarkForm, by: Any, now: datetime) -> None:
    told = form.cleaned_data
    said = {name: told[name] for name in ("excuse", "minutes_late", "minutes_stayed", "cancelled_at")}
    if told["outcome"] == row.outcome:
        # The same said again must not take away what an import knew about it, or what stood in no field.
        said = {name: told[name] if form.was_told(name) else getattr(row, name) for name in said}
        said["reason"], said["participation"] = row.reason, row.participation
        if told["cancelled_at"] is None:
            said["cancelled_at"] = None
    attendance.mark(
        row, by=by, on=now, outcome=told["outcome"], version=told["version"], why=told["why"], **said
    )


def _moved_to(request: HttpRequest, row: Any, now: datetime) -> datetime | None:
    """The new time that a visit has by now, if it has been rescheduled."""
    line = visit(request.user, row.uid, today=row.clinic.local_day(now), now=now)
    return line.moved_to if line.outcome == RESCHEDULED else None


def _new_time(form: MarkForm, row: Any) -> datetime:
    """The new time of a visit that is rescheduled: a free one chosen with a click, or the day and time typed."""
    told = form.cleaned_data
    if slot := form.new_slot():
        return slot
    if not told["new_day"] or not told["new_time"]:
        field = "new_day" if not told["new_day"] else "new_time"
        raise ValidationError({field: _("Give the new day and time, or choose one that is free.")})
    return recurrence.moment(told["new_day"], told["new_time"], row.clinic.zone)


def _refused(
    request: HttpRequest, row: Any, form: MarkForm, asked: Asked, status: int, today: date, now: datetime
) -> HttpResponse:
    """What was not saved: the row as it stands, what was typed still there, free times where a new one is wanted."""
    context = {"form": form, "problem": form.problem, "query": _query(asked), "now": now}
    if form.data.get("outcome") == RESCHEDULED and form.again():
        context["free"] = slots.next_free(
            row.episode,
            now=now,
            minutes=row.minutes,
            staff=row.staff,
            from_day=form.cleaned_data.get("new_day"),
        )
    if wants_fragment(request):
        context["visit"] = visit(request.user, row.uid, today=today, now=now)
        return answer(request, "front_desk/_marked.html", context, status=status)
    if form.problem:
        messages.error(request, form.problem)
    return _sheet(request, asked, today, now, status=status, refused=row.uid, more=context)


def _is_conflict(error: ValidationError) -> bool:
    return any(problem.code == attendance.CONFLICT for each in error.error_dict.values() for problem in each)


def _sheet(
    request: HttpRequest,
    asked: Asked,
    today: date,
    now: datetime,
    *,
    status: int = 200,
    refused: UUID | None = None,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    page = day_sheet(request.user, asked, today=today, now=now, always=refused)
    context = {
        "sheet": page,
        "query": _query(asked),
        "day_query": _query(asked, on=asked.day, page=False),
        "poll_query": _query(asked, on=asked.day, page=False, window=page.window),
        "now": now,
        "last": last_mark(request.user, today=today, now=now),
        "refused": refused,
        **(more or {}),
    }
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
        programme=told.get("programme"),
        show=told.get("show") or "",
        page=told.get("page"),
        since=told.get("since"),
        until=told.get("until"),
    )


def _query(
    asked: Asked,
    on: date | None = None,
    *,
    page: bool = True,
    window: tuple[datetime, datetime] | None = None,
) -> str:
    """The filters of a sheet as they stand in an address, perhaps with its page and what that page spans."""
    parts = {
        "on": on,
        "service": asked.service,
        "staff": asked.staff,
        "programme": asked.programme,
        "show": asked.show,
        "page": asked.page if page else None,
    }
    if window is not None:
        parts["since"], parts["until"] = (moment.isoformat() for moment in window)
    return urlencode({name: value for name, value in parts.items() if value})

"""A new time in the stead of an appointment."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic import access, booking, deeds, recurrence
from clinic.booking import preview
from clinic.booking.checks import Wanted
from clinic.booking.page import AppointmentPage, appointment_page, booked
from clinic.forms.booking import RebookForm
from clinic.views.answer import answer, done
from clinic.views.booking.sent import (
    Look,
    as_before,
    as_it_stands,
    as_words,
    at_words,
    clashes,
    free_times,
    look_first,
    own,
    person,
    saved_before,
    sent,
    typed_so_far,
    with_whom,
)


@require_http_methods(["GET", "HEAD", "POST"])
def rebook(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A new time in the stead of a missed or cancelled appointment, or of one that the client cannot keep."""
    staff, now, row = own(request, uid)
    page = appointment_page(row, now)
    if not (page.open or page.stands_again):
        messages.warning(request, _("The client was there: nothing is booked in its stead."))
        return redirect("appointment", uid=uid)
    today = access.home_clinic(staff).local_day(now)
    people = with_whom(staff)
    if request.method != "POST":
        form = RebookForm(staff=people, today=today, initial=as_before(page, people))
        return _again(request, page, form, now)
    form = RebookForm(sent(request), staff=people, today=today)
    if "times" in request.POST:
        form = RebookForm(staff=people, today=today, initial=typed_so_far(form))
        return _again(request, page, form, now)
    if not form.is_valid():
        return _again(request, page, form, now, status=422)
    return _rebook(request, page, form, now)


def _rebook(request: HttpRequest, page: AppointmentPage, form: RebookForm, now: datetime) -> HttpResponse:
    """Book the new time; an old one that still stands is marked rescheduled in the same step."""
    staff, typed = request.user, form.cleaned_data
    old = page.row
    it = Wanted(old.channel, typed["minutes"], person(staff, form.staff_uid), old.purpose, typed["mode"])
    starts_at = recurrence.moment(typed["day"], typed["at"], old.clinic.zone)
    plan = None
    try:
        with deeds.once(typed["form_key"], by=staff, on=now) as first:
            if not first:
                return saved_before(request, booked(old.episode, it.channel, starts_at))
            stands_for = None if page.open else old
            ignore = {old.pk} if page.open and starts_at != old.starts_at else set()
            plan = preview.of_one(old.episode, it, starts_at, on=now, ignore=ignore, rebooking_of=stands_for)
            look_first(form, plan)
            if page.open:
                row = booking.reschedule(
                    old,
                    by=staff,
                    on=now,
                    starts_at=starts_at,
                    minutes=it.minutes,
                    staff=it.staff,
                    mode=it.mode,
                    version=typed["version"],
                    cancelled_at=typed["told_at"],
                    despite=typed["despite"],
                )
            else:
                more = as_words(it)
                row = booking.book(
                    old.episode,
                    by=staff,
                    on=now,
                    starts_at=starts_at,
                    rebooking_of=old,
                    despite=typed["despite"],
                    **more,
                )
    except Look:
        return _again(request, page, form, now, plan=plan, status=422)
    except ValidationError as error:
        if clashes(error):
            return _rebook(request, page, form, now)
        return _again(request, page, form, now, status=form.told(error))
    return done(request, reverse("appointment", args=[row.uid]), at_words(row.starts_at, now))


def _again(
    request: HttpRequest,
    page: AppointmentPage,
    form: RebookForm,
    now: datetime,
    *,
    plan: preview.Preview | None = None,
    status: int = 200,
) -> HttpResponse:
    stay = page.row.episode
    context = {
        "form": as_it_stands(form, page.row.version) if status == 409 else form,
        "page": page,
        "free": free_times(stay, form, request.user, now),
        "plan": plan,
        "now": now,
        "today": stay.clinic.local_day(now),
    }
    return answer(request, "booking/rebook.html", context, status=status)

"""The page for somebody who came without an appointment: found by a search, noted in one step."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic import access, booking, deeds, recurrence
from clinic.booking import finder
from clinic.forms.walk_in import FindForm, WalkInForm
from clinic.views.answer import answer, done

ROLES = ("front_desk", "medical", "case_manager", "supervisor")


@require_http_methods(["GET", "HEAD", "POST"])
def walk_in(request: HttpRequest) -> HttpResponse:
    """Find a client and note that they are here. A POST with `client` saves; any other looks for somebody."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    today = access.home_clinic(request.user).local_day(now)
    if request.method != "POST":
        return _page(request, FindForm(), now)
    find = FindForm(request.POST)
    if not find.is_valid():
        return _page(request, find, now, status=422)
    found = finder.find(request.user, today, find.cleaned_data["find"])
    saves = "form_key" in request.POST
    form = _form(request, found, request.POST if saves else None)
    if not saves:
        return _page(request, find, now, found=found, form=form)
    if form.is_valid():
        try:
            uid = _note(request, form, today, now)
            return done(request, f"{reverse('day')}#a-{uid}" if uid else "day", _("Saved."))
        except ValidationError as error:
            form.refuse(error)
    return _page(request, find, now, found=found, form=form, status=422)


def _form(request: HttpRequest, found: finder.Found, data: Any) -> WalkInForm:
    staff = [(person.uid, person.name) for person in access.booked_with(request.user)]
    return WalkInForm(data, clients=[(row.uid, row.name) for row in found.rows], staff=staff)


def _note(request: HttpRequest, form: WalkInForm, today: date, now: datetime) -> UUID | None:
    """Note the visit, once however often the form is sent; its uid, or None where it stands already."""
    told = form.cleaned_data
    episode = access.bookable_episode_for(request.user, today, UUID(told["client"]))
    staff = access.booked_with(request.user).filter(uid=told["staff"]).first() if told["staff"] else None
    at = recurrence.moment(today, told["at"], episode.clinic.zone) if told["at"] else None
    with deeds.once(told["form_key"], by=request.user, on=now) as first:
        if not first:
            return None
        row = booking.walk_in(episode, by=request.user, on=now, channel=told["channel"], staff=staff, at=at)
    return row.uid


def _page(
    request: HttpRequest,
    find: FindForm,
    now: datetime,
    *,
    found: finder.Found | None = None,
    form: WalkInForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"find": find, "found": found, "form": form, "now": now}
    return answer(request, "front_desk/walk_in.html", context, status=status)

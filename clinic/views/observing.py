"""What was noticed of a client: noted, read and taken back. For those who see the file, and facilitators of members."""

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

from clinic import access, deeds, observations
from clinic.client_file.noticed import noticed
from clinic.forms.observing import ObservationForm, WithdrawForm, saved_words
from clinic.views.answer import answer, done


@require_http_methods(["GET", "HEAD", "POST"])
def observe(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The observation form, and below it what was noted before; looking is recorded."""
    staff, now = request.user, timezone.now()
    stay = access.observed_stay_for(staff, access.home_clinic(staff).local_day(now), uid)
    form = _form(request, stay, now)
    if request.method != "POST" or form is None:
        return _page(request, stay, now, form, status=200 if request.method != "POST" else 422)
    if not form.is_valid():
        return _page(request, stay, now, form, status=422)
    typed = form.cleaned_data
    try:
        with deeds.once(typed["form_key"], by=staff, on=now) as first:
            if first:
                kept = {name: typed[name] for name in KEPT}
                observations.observe(
                    stay, by=staff, on=now, role=_role(staff, stay, now), items=form.noted(), **kept
                )
    except ValidationError as error:
        return _page(request, stay, now, form, status=form.told(error))
    return done(request, reverse("observe", args=[uid]), saved_words(form))


@require_POST
def withdraw(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take back an observation that was noted in error."""
    staff, now = request.user, timezone.now()
    today = access.home_clinic(staff).local_day(now)
    row = access.observation_for(staff, today, uid, to_withdraw=True)
    form = WithdrawForm(request.POST, number=uid)
    if form.is_valid():
        observations.withdraw(row, by=staff, on=now, reason=form.cleaned_data["reason"])
        # A facilitator's note may outlive the place in the group: then there is no page of the client to go to.
        if access.observable_for(staff, today).filter(client=row.episode.client_id).exists():
            return done(request, reverse("observe", args=[row.episode.client.uid]), _("Taken back."))
        return done(request, "home", _("Taken back."))
    stay = access.observed_stay_for(staff, today, row.episode.client.uid)
    return _page(request, stay, now, _form(request, stay, now, sent=False), status=422, tried=(uid, form))


KEPT = ("seen_on", "setting", "source", "in_words", "strength", "shared_with_client")


def _form(request: HttpRequest, stay: Any, now: datetime, *, sent: bool = True) -> ObservationForm | None:
    """The form of a stay that goes on; one that has ended takes no more notes."""
    today = stay.clinic.local_day(now)
    if stay.discharged_on is not None and stay.discharged_on <= today:
        return None
    return ObservationForm(
        request.POST if sent and request.method == "POST" else None,
        clinical=_role(request.user, stay, now) in access.CLINICAL_ROLES,
        today=today,
        first=stay.admitted_on,
    )


def _role(staff: Any, stay: Any, now: datetime) -> str:
    return observations.role_for(staff, sees_file=_sees_file(staff, stay, now))


def _sees_file(staff: Any, stay: Any, now: datetime) -> bool:
    return access.episodes_for(staff, stay.clinic.local_day(now)).filter(pk=stay.pk).exists()


def _page(
    request: HttpRequest,
    stay: Any,
    now: datetime,
    form: ObservationForm | None,
    *,
    status: int = 200,
    tried: tuple[UUID, WithdrawForm] | None = None,
) -> HttpResponse:
    today = stay.clinic.local_day(now)
    sees_file = _sees_file(request.user, stay, now)
    observations.open_notes(stay, by=request.user, on=now)
    part = request.GET.get("part", "")
    context = {
        "client": stay.client.uid,
        "form": form,
        "groups": list(form.groups()) if form is not None else (),
        "noticed": noticed(
            stay,
            staff=request.user,
            day=today,
            sees_file=sees_file,
            part=int(part) if part.isascii() and part.isdigit() and len(part) < 4 else 1,
        ),
        "withdraw_form": WithdrawForm(),
        "tried": tried[0] if tried else None,
        "tried_form": tried[1] if tried else None,
        "today": today,
        "now": now,
    }
    return answer(request, "observing/observe.html", context, status=status)

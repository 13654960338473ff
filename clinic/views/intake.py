"""A client's way in and out: taking in somebody new, admitting again, another programme, discharge and taking it back.

Front desk, case managers and supervisors take somebody in; the rest is for the client's case manager and supervisor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic import access, deeds, episodes, groups, intake
from clinic.client_file.choices import case_managers, programmes
from clinic.client_file.duplicates import Alike, Asked, possible_duplicates
from clinic.client_file.ending import ending
from clinic.forms.intake import AdmitForm, DischargeForm, NewClientForm, ProgrammeForm, UndoForm
from clinic.views.answer import answer, done

TAKES_IN = ("front_desk", "case_manager", "supervisor")
KEEPS_CASES = ("case_manager", "supervisor")
# What no stay has: a form that does not say which state it was about is a stale one.
NO_VERSION = -1


class MayBeKnown(Exception):
    """Somebody on record may be the person being taken in: nothing is saved until somebody has looked."""

    def __init__(self, offered: Sequence[Alike], more: int) -> None:
        super().__init__()
        self.offered, self.more = offered, more


@require_http_methods(["GET", "HEAD", "POST"])
def new_client(request: HttpRequest) -> HttpResponse:
    """Take in somebody new. Whoever may be the same person is offered first."""
    staff, now = request.user, timezone.now()
    access.require(staff, *TAKES_IN)
    clinic = access.home_clinic(staff)
    today = clinic.local_day(now)
    form = NewClientForm(
        request.POST if request.method == "POST" else None,
        programmes=programmes(clinic),
        case_managers=case_managers(clinic),
        number=intake.next_record_number(clinic),
        today=today,
        me=staff,
    )
    context: dict[str, Any] = {"form": form, "today": today, "now": now}
    if request.method == "POST" and form.is_valid():
        try:
            stay = _taken_in(request, form, now, today)
            return done(request, _after(request, stay, today), _("Saved. The client is in care now."))
        except MayBeKnown as found:
            # Shown beside what was typed, and kept with it: who has been looked at need not be looked at again.
            uids = [each.uid for each in found.offered]
            intake.note_duplicates(clinic, by=staff, on=now, found=uids)
            sent = request.POST.copy()
            sent["seen"] = " ".join(map(str, uids))
            sent["different"] = ""
            form.data = sent
            context |= {"offered": found.offered, "more": found.more}
        except ValidationError as error:
            form.add_error(None, error)
    waits = "offered" in context or form.errors
    return answer(request, "intake/new_client.html", context, status=422 if waits else 200)


def _taken_in(request: HttpRequest, form: NewClientForm, now: datetime, today: date) -> Any:
    """The new stay, or None when this very form was saved before. Raises MayBeKnown until somebody has looked."""
    staff, told = request.user, form.cleaned_data
    who = form.who()
    with deeds.once(told["form_key"], by=staff, on=now) as first:
        if not first:
            return None
        clinic = access.home_clinic(staff)
        asked = Asked(
            who.first_name,
            who.last_name,
            who.preferred_name,
            who.date_of_birth,
            (who.phone, who.other_phone),
            who.record_number,
        )
        who.checked(today)  # what cannot be so is said first
        offered, more = possible_duplicates(staff, clinic, today, asked)
        if any(str(each.uid) not in form.shown_before() for each in offered):
            raise MayBeKnown(offered, more)
        return intake.register_client(
            clinic,
            who,
            by=staff,
            on=now,
            programme=told["programme"],
            admitted_on=told["admitted_on"],
            case_manager=told["case_manager"],
        )


def _after(request: HttpRequest, stay: Any, today: date) -> str:
    """Where to go on: the file for who may open it, else the day sheet, else the list."""
    staff = request.user
    if stay is not None and access.episodes_for(staff, today).filter(pk=stay.pk).exists():
        return reverse("client", args=[stay.client.uid])
    return reverse("day") if staff.has_role("front_desk") else reverse("clients")


@require_http_methods(["GET", "HEAD", "POST"])
def admit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Begin a new stay of somebody who was discharged."""
    staff, now = request.user, timezone.now()
    stay, today = _stay(request, uid, now)
    clinic = access.home_clinic(staff)
    form = AdmitForm(
        request.POST if request.method == "POST" else None,
        programmes=programmes(clinic),
        case_managers=case_managers(clinic),
        today=today,
        me=staff,
    )

    def deed() -> None:
        intake.admit_again(
            stay.client,
            by=staff,
            on=now,
            programme=form.cleaned_data["programme"],
            admitted_on=form.cleaned_data["admitted_on"],
            case_manager=form.cleaned_data["case_manager"],
            despite=form.cleaned_data["despite"],
        )

    if request.method == "POST" and _did(request, form, now, deed):
        return done(request, _back(request, uid, today), _("Saved. A new stay has begun."))
    context = {"form": form, "stay": stay, "person": stay.client, "today": today, "now": now}
    return answer(request, "intake/admit.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
def change_programme(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Move a stay to another programme from a day on."""
    staff, now = request.user, timezone.now()
    stay, today = _stay(request, uid, now)
    form = ProgrammeForm(
        _sent(request),
        programmes=programmes(access.home_clinic(staff)),
        today=today,
        initial={"version": stay.version},
    )

    def deed() -> None:
        told = form.cleaned_data
        episodes.change_programme(
            stay, by=staff, on=now, programme=told["programme"], day=told["day"], version=told["version"]
        )

    if request.method == "POST" and _did(request, form, now, deed):
        return done(request, _back(request, uid, today), _("Saved. The programme has changed."))
    _again(form, stay.version)
    context = {"form": form, "stay": stay, "person": stay.client, "today": today, "now": now}
    return answer(request, "intake/programme.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
def discharge(request: HttpRequest, uid: UUID) -> HttpResponse:
    """End a stay, with what was tried and what ends with it in view."""
    staff, now = request.user, timezone.now()
    stay, today = _stay(request, uid, now)
    form = DischargeForm(_sent(request), today=today, initial={"version": stay.version})

    def deed() -> None:
        told = {name: value for name, value in form.cleaned_data.items() if name != "form_key"}
        intake.discharge(stay, by=staff, on=now, **told)
        groups.leave_all(stay, by=staff, on=now, day=told["discharged_on"])

    if request.method == "POST" and _did(request, form, now, deed):
        return done(request, _back(request, uid, today), _("Saved. The stay has ended."))
    questioned = form.has_error("discharged_on", intake.DESPITE)
    _again(form, stay.version)
    context = {
        "form": form,
        "stay": stay,
        "person": stay.client,
        "ending": ending(stay, now),
        "questioned": questioned,
        "today": today,
        "now": now,
    }
    return answer(request, "intake/discharge.html", context, status=_status(form))


@require_POST
def undo_discharge(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take back a discharge entered by mistake on the same day."""
    staff, now = request.user, timezone.now()
    stay, today = _stay(request, uid, now)
    form = UndoForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else NO_VERSION
    try:
        with transaction.atomic():
            groups.hold_all(stay)
            undone = intake.undo_discharge(stay, by=staff, on=now, version=version)
            if undone.discharged_on is not None:
                groups.return_all(undone.stay, by=staff, on=now, day=undone.discharged_on)
            for place, left_on, ended in undone.leaving:
                place.refresh_from_db()
                groups.leave(place, by=staff, on=now, left_on=left_on, ended=ended or place.Ended.OTHER)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return done(request, _back(request, uid, today))
    return done(request, _back(request, uid, today), _("Saved. The stay goes on as before."))


def _stay(request: HttpRequest, uid: UUID, now: datetime) -> tuple[Any, date]:
    """The newest stay of a client whom this person looks after, and the clinic's day. Looking is noted."""
    access.require(request.user, *KEEPS_CASES)
    today = access.home_clinic(request.user).local_day(now)
    stay = access.kept_stay_for(request.user, today, uid)
    if request.method != "POST":
        episodes.open_file(stay.client, by=request.user, on=now)
    return stay, today


def _sent(request: HttpRequest) -> Any:
    return request.POST.copy() if request.method == "POST" else None


def _did(request: HttpRequest, form: Form, now: datetime, deed: Callable[[], None]) -> bool:
    """Do what a form asks, once; False, with the reason in the form, when it cannot be done."""
    if not form.is_valid():
        return False
    try:
        with deeds.once(form.cleaned_data["form_key"], by=request.user, on=now) as first:
            if first:
                deed()
    except ValidationError as error:
        _say(form, error)
        return False
    return True


def _say(form: Form, error: ValidationError) -> None:
    """Put an error at its field; what belongs to no field of this form stands above it."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        for problem in problems:
            form.add_error(name if name in form.fields else None, problem)


def _again(form: Form, version: int) -> None:
    """A form that came too late carries the present state from now on, so that it can be sent again."""
    if form.is_bound and form.has_error("__all__", intake.CONFLICT):
        form.data["version"] = str(version)


def _status(form: Form) -> int:
    if form.is_bound and form.has_error("__all__", intake.CONFLICT):
        return 409
    return 422 if form.errors else 200


def _back(request: HttpRequest, uid: UUID, today: date) -> str:
    """The client's file, where this person may still open it: who gave a client away may not."""
    if access.clients_for(request.user, today).filter(uid=uid).exists():
        return reverse("client", args=[uid])
    return reverse("clients")

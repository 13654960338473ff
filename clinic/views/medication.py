"""Medication of one client: read by whoever sees the file, changed by medical staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
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
from clinic import medication as orders
from clinic.client_file.medication import break_of, injection_of, medication_of
from clinic.forms import medication as forms
from clinic.views.answer import answer, done

SEE_FILES = ("case_manager", "supervisor", "medical")
ORDER = ("kind", "medicine", "starts_on", "ends_on", "hour", "weekdays")


@require_http_methods(["GET", "HEAD", "POST"])
def medication(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The orders of a client's stay and the last fourteen days; a POST is a new order."""
    staff, now = request.user, timezone.now()
    access.require(staff, *SEE_FILES)
    if request.method == "POST":
        access.require(staff, *access.CLINICAL_ROLES)
    clinic = access.home_clinic(staff)
    today = clinic.local_day(now)
    stay = access.stay_for(staff, today, uid)
    if request.method != "POST":
        return _page(request, stay, now)
    form = forms.OrderForm(request.POST, today=today, opening_days=clinic.opening_days)
    ended = stay.discharged_on is not None and stay.discharged_on <= today
    if ended or not form.is_valid():
        return _page(request, stay, now, form=form, status=422)
    made = 0
    try:
        with deeds.once(form.cleaned_data["form_key"], by=staff, on=now) as first:
            if first:
                kept = {name: form.cleaned_data[name] for name in ORDER}
                row = orders.order(stay, by=staff, on=now, **kept)
                made = _windows(row, staff, now) if row.kind == "observed" else 0
    except ValidationError as error:
        return _page(request, stay, now, form=form, status=form.told(error))
    return done(request, reverse("medication", args=[uid]), _made_words(_("Order kept."), made))


@require_POST
def change_order(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One of the deeds on an order: `deed` of the form says which."""
    staff, now = request.user, timezone.now()
    today = access.home_clinic(staff).local_day(now)
    row = access.medication_for(staff, today, uid, to_change=True)
    name = request.POST.get("deed", "")
    if name not in DEEDS:
        return _page(request, row.episode, now, status=422)
    kind, do = DEEDS[name]
    number = request.POST.get("number", "")
    form = kind(request.POST, today=today, number=f"{uid}{number[:20]}")
    if not form.is_valid():
        return _page(request, row.episode, now, tried=(uid, form), status=422)
    said = ""
    try:
        with deeds.once(form.cleaned_data["form_key"], by=staff, on=now) as first:
            said = do(row, staff, now, form.cleaned_data) if first else _("Saved.")
    except ValidationError as error:
        return _page(request, row.episode, now, tried=(uid, form), status=form.told(error))
    return done(request, reverse("medication", args=[row.episode.client.uid]), said)


def _end(row: Any, by: Any, on: datetime, typed: dict[str, Any]) -> str:
    orders.end_order(row, by=by, on=on, ends_on=typed["ends_on"], ended=typed["ended"], seen=typed["state"])
    return _("The order’s end is noted. Windows that nothing asks for any more are called off.")


def _suspend(row: Any, by: Any, on: datetime, typed: dict[str, Any]) -> str:
    days = {"starts_on": typed["starts_on"], "ends_on": typed["ends_on"]}
    orders.suspend(row, by=by, on=on, kind=typed["kind"], **days)
    return _("Break noted. Its windows are called off.")


def _resume(row: Any, by: Any, on: datetime, typed: dict[str, Any]) -> str:
    away = break_of(row, typed["number"])
    orders.resume(away, by=by, on=on, ends_on=typed["ends_on"], seen=typed["state"])
    made = _windows(row, by, on) if row.kind == "observed" else 0
    return _made_words(_("The break’s last day is noted."), made)


def _hand_out(row: Any, by: Any, on: datetime, typed: dict[str, Any]) -> str:
    days = {"picked_up_on": typed["picked_up_on"], "lasts_until": typed["lasts_until"]}
    orders.hand_out(row, by=by, on=on, anew=not typed["correct"], **days)
    return _("Supply noted.")


def _plan_injection(row: Any, by: Any, on: datetime, typed: dict[str, Any]) -> str:
    orders.plan_injection(row, by=by, on=on, due_on=typed["due_on"])
    return _("Injection planned.")


def _give_injection(row: Any, by: Any, on: datetime, typed: dict[str, Any]) -> str:
    injection = injection_of(row, typed["number"])
    orders.give_injection(injection, by=by, on=on, given_on=typed["given_on"], seen=typed["state"])
    return _("Injection noted as given.")


def _book(row: Any, by: Any, on: datetime, typed: dict[str, Any]) -> str:
    return _made_words(_("Windows stand twelve weeks ahead."), _windows(row, by, on))


DEEDS: dict[str, tuple[type[forms.MedicationForm], Callable[..., str]]] = {
    forms.EndOrderForm.name: (forms.EndOrderForm, _end),
    forms.BreakForm.name: (forms.BreakForm, _suspend),
    forms.ResumeForm.name: (forms.ResumeForm, _resume),
    forms.HandOutForm.name: (forms.HandOutForm, _hand_out),
    forms.PlanInjectionForm.name: (forms.PlanInjectionForm, _plan_injection),
    forms.GiveInjectionForm.name: (forms.GiveInjectionForm, _give_injection),
    forms.WindowsForm.name: (forms.WindowsForm, _book),
}


def _windows(row: Any, by: Any, on: datetime) -> int:
    return orders.make_windows(row, by=by, on=on, through=row.episode.clinic.local_day(on) + orders.AHEAD)


def _made_words(said: str, made: int) -> str:
    if not made:
        return said
    words = ngettext("%(n)d dosing window booked.", "%(n)d dosing windows booked.", made) % {"n": made}
    return f"{said} {words}"


def _page(
    request: HttpRequest,
    stay: Any,
    now: datetime,
    *,
    form: forms.OrderForm | None = None,
    tried: tuple[UUID, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    today = stay.clinic.local_day(now)
    episodes.open_file(stay.client, by=request.user, on=now)
    page = medication_of(stay, today=today, now=now)
    may_change = request.user.has_role(*access.CLINICAL_ROLES) and page.ended_on is None
    blank = forms.OrderForm(today=today, opening_days=stay.clinic.opening_days)
    context = {
        "client": stay.client.uid,
        "page": page,
        "entries": [(order, _forms(order, today, tried) if may_change else {}) for order in page.orders],
        "form": form or blank,
        "tried": tried[1] if tried else None,
        "may_change": may_change,
        "today": today,
        "now": now,
    }
    return answer(request, "medication/medication.html", context, status=status)


def _forms(order: Any, today: date, tried: tuple[UUID, Any] | None) -> dict[str, Any]:
    """The forms of one order; the one that was refused as it was typed, with what the page shows now."""
    if not order.open:
        return {}
    uid = order.uid
    found: dict[str, Any] = {
        "end": forms.EndOrderForm(
            number=uid,
            today=today,
            initial={"state": order.state, "ends_on": order.ends_on or today, "ended": ""},
        ),
        "suspend": forms.BreakForm(number=uid, today=today, initial={"starts_on": today}),
        "windows": forms.WindowsForm(number=uid, today=today),
    }
    if order.kind == "injection":
        found["plan_injection"] = forms.PlanInjectionForm(number=uid, today=today)
    else:
        found["hand_out"] = forms.HandOutForm(number=uid, today=today, initial={"picked_up_on": today})
    for line in order.breaks:
        if line.open:
            start = {"number": line.number, "state": line.state, "ends_on": line.ends_on or today}
            found[f"resume{line.number}"] = forms.ResumeForm(
                number=f"{uid}{line.number}", today=today, initial=start
            )
    for each in order.injections:
        start = {"number": each.number, "state": each.state, "given_on": each.given_on or today}
        found[f"give{each.number}"] = forms.GiveInjectionForm(
            number=f"{uid}{each.number}", today=today, initial=start
        )
    if tried and tried[0] == uid:
        _put_back(found, order, tried[1])
    return found


def _put_back(found: dict[str, Any], order: Any, sent: Any) -> None:
    for name, form in found.items():
        if form.auto_id == sent.auto_id:
            sent.initial = form.initial
            if "state" in sent.fields:
                sent.data = sent.data.copy()
                sent.data["state"] = form.initial["state"]
            found[name] = sent

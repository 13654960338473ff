"""Who stands beside a client, and the consents to speak with them. For whoever sees the client's file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic import access, deeds, plans
from clinic.client_file import plan as reader
from clinic.client_file.supporters import supporters_of, whose_supporter
from clinic.forms.planned import OneOfMany
from clinic.forms.supporters import AddSupporterForm, ChangeSupporterForm, ConsentForm, EndConsentForm
from clinic.views.answer import answer, done

SEE_FILES = ("case_manager", "supervisor", "medical")
Typed = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
def supporters(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Everybody the client leans on; a POST names somebody."""
    access.require(request.user, *SEE_FILES)
    of = reader.whose(request.user, timezone.now(), uid)
    form, status = AddSupporterForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _add(request, of, form)
            except ValidationError as error:
                status = form.told(error)
    plans.note_opened(of.stay, by=request.user, on=of.now, page="supporters")
    _timeline, thresholds = reader.timeline_of(of)
    context = {
        "of": of,
        "lines": supporters_of(request.user, of.stay, of.today, thresholds),
        "plan": reader.plan_of(of.stay, of.today, thresholds),
        "form": form,
        "today": of.today,
        "now": of.now,
    }
    return answer(request, "plan/supporters.html", context, status=status)


def _add(request: HttpRequest, of: reader.Whose, form: AddSupporterForm) -> HttpResponse:
    typed, made = form.cleaned_data, None
    with deeds.once(typed["form_key"], by=request.user, on=of.now) as first:
        if first:
            said = {"name": typed["who"], "relation": typed["relation"], "phone": typed["phone"]}
            made = plans.add_supporter(of.stay, by=request.user, on=of.now, **said)
    # Where to go on: the consent, without which nobody speaks with them.
    url = reverse("supporter", args=[made.uid]) if made else reverse("supporters", args=[of.uid])
    return done(request, url, _("Saved. Nobody speaks with them until the client has signed a consent."))


def _change(row: Any, typed: Typed, **by: Any) -> None:
    said = {"name": typed["who"], "relation": typed["relation"], "active": typed["active"]}
    plans.change_supporter(row, phone=typed["phone"], version=typed["version"], **said, **by)


def _consent(row: Any, typed: Typed, **by: Any) -> None:
    said = {name: typed[name] for name in ("scope", "starts_on", "ends_on", "version")}
    plans.give_consent(row, **said, **by)


def _end(row: Any, typed: Typed, **by: Any) -> None:
    plans.end_consent(row, version=typed["version"], **by)


DEEDS: dict[type[OneOfMany], Callable[..., None]] = {
    ChangeSupporterForm: _change,
    ConsentForm: _consent,
    EndConsentForm: _end,
}


@require_http_methods(["GET", "HEAD", "POST"])
def supporter(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One of them: who it is, the consent, and its end."""
    access.require(request.user, *SEE_FILES)
    of, row, line = whose_supporter(request.user, timezone.now(), uid)
    tried, status = None, 200
    if request.method == "POST":
        kind = next((kind for kind in DEEDS if kind.name == request.POST.get("do")), None)
        if kind is None:
            raise access.NotVisible
        tried, status = _form(kind, line, request.POST), 422
        if tried.is_valid():
            try:
                _save(request, of, row, line, tried)
                return done(request, reverse("supporters", args=[of.uid]), _("Saved."))
            except ValidationError as error:
                status = tried.told(error)
    if status == 409:
        of, row, line = whose_supporter(request.user, of.now, uid)
        tried.carry(version=line.version)
    plans.note_opened(of.stay, by=request.user, on=of.now, page="supporters")
    forms = {f"{kind.name}_form": tried if type(tried) is kind else _form(kind, line, None) for kind in DEEDS}
    context = {"of": of, "line": line, "sent": tried, "conflict": status == 409, **forms}
    context |= {"today": of.today, "now": of.now}
    return answer(request, "plan/supporter.html", context, status=status)


def _save(request: HttpRequest, of: reader.Whose, row: Any, line: Any, tried: OneOfMany) -> None:
    typed = dict(tried.cleaned_data)
    if isinstance(tried, ChangeSupporterForm) and not line.phone and not typed["phone"]:
        typed["phone"] = None  # not shown, so not taken away
    with deeds.once(typed["form_key"], by=request.user, on=of.now) as first:
        if first:
            DEEDS[type(tried)](row, typed, by=request.user, on=of.now)


def _form(kind: type[OneOfMany], line: Any, data: Any) -> OneOfMany:
    initial = {"version": line.version}
    if kind is ChangeSupporterForm:
        initial |= {
            "who": line.name,
            "relation": line.relation_token,
            "phone": line.phone,
            "active": line.active,
        }
        return ChangeSupporterForm(data, initial=initial, number_shown=line.state == "live")
    if kind is ConsentForm:
        initial |= {"scope": line.scope}
    return kind(data, initial=initial)

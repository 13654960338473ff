"""The case manager's day: the list, one follow-up opened, and what is done with it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import reswap, retarget

from clinic import access, followups
from clinic.daysheet.unrecorded import owed_by
from clinic.forms.case_manager import CloseForm, LogContactForm, SnoozeForm
from clinic.proof import proof
from clinic.templatetags.looks import day as day_words
from clinic.templatetags.looks import say
from clinic.views.answer import answer, done, wants_fragment
from clinic.worklists.opened import Opened, opened
from clinic.worklists.today import worklist

LIST, LIST_PART = "case_manager/today.html", "case_manager/_worklist.html"
PAGE, ROW = "case_manager/follow_up.html", "case_manager/_row.html"


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Whom to contact first, why, and how."""
    access.require(request.user, "case_manager")
    now = timezone.now()
    context = _list(request, now, request.GET)
    if not wants_fragment(request):
        context["owed"] = owed_by(request.user, now=now)
    return answer(request, LIST, context, fragment=LIST_PART)


@require_safe
def follow_up(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One follow-up: opened in its row, or as a page of its own. `as=row` folds the row up again."""
    now = timezone.now()
    found = access.follow_up_for(request.user, _day(request, now), uid)
    if request.GET.get("as") == "row" and wants_fragment(request):
        return answer(request, ROW, {"row": opened(found, now).row, "now": now})
    return _show(request, found, now)


@require_POST
def log_contact(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Note one try to reach the client."""
    now, found = _to_work(request, uid)
    it = opened(found, now)
    form = LogContactForm(request.POST, number=uid, follows=it.follows, today=it.today)
    if form.is_valid():
        try:
            followups.log_contact(found, by=request.user, on=now, hours=it.hours, **form.cleaned_data)
        except ValidationError as error:
            return _refused(request, found, now, form, error)
        return _saved(request, uid, now, _what_followed(it, found, form.cleaned_data))
    return _show(request, found, now, form)


@require_POST
def snooze(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let a follow-up rest until a day, with a reason."""
    now, found = _to_work(request, uid)
    it = opened(found, now)
    form = SnoozeForm(request.POST, number=uid, today=it.today, last=it.snooze_until)
    if form.is_valid():
        try:
            followups.snooze(found, by=request.user, on=now, **form.cleaned_data)
        except ValidationError as error:
            return _refused(request, found, now, form, error)
        until = day_words(form.cleaned_data["until"])
        return _saved(request, uid, now, _("Snoozed until %(day)s.") % {"day": until})
    return _show(request, found, now, form)


@require_POST
def wake(request: HttpRequest, uid: UUID) -> HttpResponse:
    """End a rest or a snooze at once."""
    now, found = _to_work(request, uid)
    try:
        followups.wake(found, by=request.user, on=now)
    except ValidationError as error:
        return _saved(request, uid, now, " ".join(error.messages))
    return _saved(request, uid, now, _("Back on the list."))


@require_POST
def close(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Close a follow-up by hand."""
    now, found = _to_work(request, uid)
    form = CloseForm(request.POST, number=uid, kind=found.kind)
    if form.is_valid():
        try:
            followups.close(found, by=request.user, on=now, **form.cleaned_data)
        except ValidationError as error:
            return _refused(request, found, now, form, error)
        return _saved(request, uid, now, _("Follow-up closed."))
    return _show(request, found, now, form)


@require_POST
def confirm(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Medical staff confirm that medication goes on."""
    access.require(request.user, "medical")
    now = timezone.now()
    found = access.follow_up_for(request.user, _day(request, now), uid)
    try:
        followups.confirm_medical(found, by=request.user, on=now)
    except ValidationError as error:
        return done(request, reverse("follow_up", args=[uid]), " ".join(error.messages))
    return done(request, reverse("follow_up", args=[uid]), _("Confirmed by medical staff."))


def _day(request: HttpRequest, now: datetime) -> date:
    return access.home_clinic(request.user).local_day(now)


def _to_work(request: HttpRequest, uid: UUID) -> tuple[datetime, Any]:
    now = timezone.now()
    return now, access.follow_up_for(request.user, _day(request, now), uid, to_work=True)


def _list(request: HttpRequest, now: datetime, asked: QueryDict) -> dict[str, Any]:
    clinic = access.home_clinic(request.user)
    checked = proof(clinic, now, access.caseload_of(request.user, clinic.local_day(now)))
    shown = worklist(request.user, now, level=asked.get("level", ""), sign=asked.get("sign", ""))
    return {
        "list": shown,
        "proof": checked,
        "sweep_banner": checked.banner,
        "now": now,
        "unfolded": asked.get("show", ""),
    }


def _show(
    request: HttpRequest, found: Any, now: datetime, tried: Form | None = None, status: int = 200
) -> HttpResponse:
    """The opened follow-up with its forms; `tried` is the one that was sent and stays as typed."""
    it = opened(found, now)
    followups.open_contact_card(found, by=request.user, on=now)
    works = access.works_on(request.user, it.today, found.episode_id)
    context = {
        "opened": it,
        "row": it.row,
        "now": now,
        "works": works and (it.row.is_open or tried is not None),
        "unfolded": tried.name if tried is not None else request.GET.get("show", ""),
        "confirms": it.is_medical and it.row.is_open and request.user.has_role("medical"),
        "in_list": wants_fragment(request),
        "sent": tried,
        **_forms(it, tried),
    }
    if tried is not None and status == 200:
        status = 422
    return answer(request, PAGE, context, fragment=ROW, status=status)


def _forms(it: Opened, tried: Form | None) -> dict[str, Form]:
    number = it.row.uid
    forms = {
        "contact": LogContactForm(number=number, follows=it.follows, today=it.today),
        "snooze": SnoozeForm(number=number, today=it.today, last=it.snooze_until),
        "close": CloseForm(number=number, kind=it.row.kind),
    }
    return {
        f"{name}_form": tried if tried is not None and tried.name == name else form
        for name, form in forms.items()
    }


def _refused(
    request: HttpRequest, found: Any, now: datetime, form: Form, error: ValidationError
) -> HttpResponse:
    """Say at its field what the verb would not take; 409 when somebody else was first."""
    form.add_error(None, error)
    conflict = getattr(error, "code", None) == followups.CONFLICT
    return _show(request, found, now, form, 409 if conflict else 422)


def _saved(request: HttpRequest, uid: UUID, now: datetime, words: str) -> HttpResponse:
    """The list anew, or the way back to it; those without a list of their own stay with the follow-up."""
    if not request.user.has_role("case_manager"):
        return done(request, reverse("follow_up", args=[uid]), words)
    if not wants_fragment(request):
        return done(request, reverse("today"), words)
    asked = QueryDict(urlsplit(request.htmx.current_url or "").query)
    response = answer(request, LIST, {**_list(request, now, asked), "said": words}, fragment=LIST_PART)
    return reswap(retarget(response, "#worklist"), "outerHTML")


def _what_followed(it: Opened, found: Any, typed: dict[str, Any]) -> str:
    follows = followups.what_follows(
        typed["result"],
        today=it.today,
        hours=it.hours,
        rest_days=followups.rest_days(found.clinic_id),
        next_contact_on=typed["next_contact_on"],
        medical_waits=it.waits_for_medical,
    )
    return f"{_('Contact saved.')} {say(follows.words)}"

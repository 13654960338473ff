"""The care plan: read it, change it, its versions, the copy for the client, and what it asks for in the diary.

For whoever sees the client's file: case manager, supervisor, medical staff.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import access, deeds, plans
from clinic.client_file import plan as reader
from clinic.client_file import planned as asked
from clinic.client_file.goals import goals_of
from clinic.client_file.plan_changes import EMPTY, meet
from clinic.client_file.plan_copy import client_copy
from clinic.client_file.supporters import supporters_of
from clinic.forms.plan import PlanForm
from clinic.forms.planned import (
    ElsewhereForm,
    EndElsewhereForm,
    NaloxoneForm,
    OneOfMany,
    ReviewForm,
    SessionsForm,
    VisitForm,
    WithdrawForm,
)
from clinic.views.answer import answer, done

LEFT = ("reasons", "if_thens", "triggers", "issues")  # the lists of the editor's first column
SEE_FILES = ("case_manager", "supervisor", "medical")


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The plan on one page; a POST says that it was gone through today, or whether there is naloxone at hand."""
    of = _whose(request, uid)
    tried = _sent(request, ReviewForm, NaloxoneForm)
    if tried is not None and tried.is_valid():
        try:
            with deeds.once(tried.cleaned_data["form_key"], by=request.user, on=of.now) as first:
                if first and isinstance(tried, ReviewForm):
                    plans.review_plan(
                        of.stay, by=request.user, on=of.now, version=tried.cleaned_data["version"]
                    )
                elif first:
                    _note_naloxone(of, request, tried)
            return done(request, reverse("plan", args=[uid]), _("Saved."))
        except ValidationError as error:
            return _plan(request, of, tried, tried.told(error))
    return _plan(request, of, tried, 200 if tried is None else 422)


def _note_naloxone(of: reader.Whose, request: HttpRequest, tried: OneOfMany) -> None:
    typed = tried.cleaned_data
    seen = {"naloxone": typed["was"]} if typed["was"] else None
    plans.note_naloxone(of.client, by=request.user, on=of.now, status=typed["status"], seen=seen)


def _plan(request: HttpRequest, of: reader.Whose, tried: OneOfMany | None, status: int) -> HttpResponse:
    plans.note_opened(of.stay, by=request.user, on=of.now, page="plan")
    timeline, thresholds = reader.timeline_of(of)
    shown = reader.plan_of(of.stay, of.today, thresholds)
    if status == 409 and tried is not None:
        tried.carry(version=shown.version if shown else None, was=of.client.naloxone)
    status_now = {
        "status": of.client.naloxone if of.client.naloxone_asked_on else "",
        "was": of.client.naloxone,
    }
    context = {
        "of": of,
        "plan": shown,
        "open_parts": [] if of.discharged_on else reader.open_parts(timeline, thresholds),
        "revisions": reader.revisions(of.stay, _number(request.GET.get("part", "")) or 1),
        "supporters": [
            line for line in supporters_of(request.user, of.stay, of.today, thresholds) if line.active
        ],
        "planned": asked.planned(of, timeline),
        "review_form": tried
        if isinstance(tried, ReviewForm)
        else ReviewForm(initial={"version": shown.version if shown else None}),
        "naloxone_form": tried if isinstance(tried, NaloxoneForm) else NaloxoneForm(initial=status_now),
        "sent": tried,
        "today": of.today,
        "now": of.now,
    }
    return answer(request, "plan/plan.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def change_plan(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write the plan, whole. Who saved second is shown what was saved meanwhile, beside what they wrote."""
    of = _whose(request, uid)
    if request.method != "POST":
        shown = reader.plan_of(of.stay, of.today)
        plans.note_opened(of.stay, by=request.user, on=of.now, page="plan")
        content = shown.content if shown else EMPTY
        version, seen = (shown.version, shown.revision) if shown else (None, None)
        return _editor(request, of, PlanForm.of(content, version=version, seen=seen))
    if "add" in request.POST:
        return _editor(request, of, PlanForm.growing(request.POST, request.POST["add"]))
    form = PlanForm(request.POST)
    if not form.is_valid():
        return _editor(request, of, form, status=422)
    head = form.head.cleaned_data
    written = {"content": form.content(), "reviewed": head["reviewed"], "version": head["version"]}
    try:
        plans.save_plan(of.stay, by=request.user, on=of.now, **written)
    except ValidationError as error:
        if getattr(error, "code", "") == plans.CONFLICT:
            return _met(request, of, form)
        form.told(error)
        return _editor(request, of, form, status=422)
    return done(request, reverse("plan", args=[uid]), _("Plan saved."))


def _met(request: HttpRequest, of: reader.Whose, form: PlanForm) -> HttpResponse:
    """Two wrote in one plan: what only the other one changed is taken over, the rest stands side by side."""
    head = form.head.cleaned_data
    shown = reader.plan_of(of.stay, of.today)
    saved = shown.content if shown else EMPTY
    base = reader.content_of(of.stay, head["seen"]) if head["seen"] else EMPTY
    content, met = meet(base, saved, plans.as_kept(form.content()))
    version, seen = (shown.version, shown.revision) if shown else (None, None)
    anew = PlanForm.of(content, version=version, seen=seen, reviewed=head["reviewed"])
    newest = reader.revisions(of.stay).lines
    return _editor(request, of, anew, status=409, met=met, newest=newest[0] if newest else None)


def _editor(
    request: HttpRequest, of: reader.Whose, form: PlanForm, status: int = 200, **more: Any
) -> HttpResponse:
    lists = form.lists()
    context = {
        "of": of,
        "form": form,
        "head": form.head,
        "left": [lists[name] for name in LEFT],
        "right": [shown for name, shown in lists.items() if name not in LEFT],
        "met": None,
        "now": of.now,
        "today": of.today,
        **more,
    }
    return answer(request, "plan/change.html", context, status=status)


@require_safe
def revision(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One version of the plan, `?number=` or the newest, and what was changed with it."""
    of = _whose(request, uid)
    asked_for = request.GET.get("number")
    shown = reader.revision(of.stay, None if asked_for is None else _number(asked_for))
    plans.note_opened(of.stay, by=request.user, on=of.now, page="plan_revision")
    context = {"of": of, "shown": shown, "today": of.today, "now": of.now}
    return answer(request, "plan/revision.html", context)


@require_safe
def copy(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The client's copy, to be printed: their own words and nothing else. That it was opened is written down."""
    of = _whose(request, uid)
    timeline, thresholds = reader.timeline_of(of)
    shown = reader.plan_of(of.stay, of.today)
    plans.note_opened(of.stay, by=request.user, on=of.now, page="plan_copy")
    supporters = supporters_of(request.user, of.stay, of.today)
    context = {
        "of": of,
        "copy": client_copy(
            shown.content if shown else None,
            [line.name for line in supporters if line.active],
            [line.words for line in goals_of(of.stay, timeline, thresholds) if not line.is_over],
        ),
        "today": of.today,
    }
    return answer(request, "plan/copy.html", context)


# -- what the plan asks for in the diary ----------------------------------------------------------------------------


def _plan_sessions(of: reader.Whose, who: Any, typed: dict[str, Any]) -> None:
    said = {name: typed[name] for name in ("channel", "a_month", "starts_on", "seen")}
    plans.plan_sessions(of.stay, by=who, on=of.now, **said)


def _plan_visit(of: reader.Whose, who: Any, typed: dict[str, Any]) -> None:
    plans.plan_visit(of.stay, by=who, on=of.now, channel=typed["channel"], by_day=typed["by_day"])


def _withdraw(of: reader.Whose, who: Any, typed: dict[str, Any]) -> None:
    plans.withdraw_visit(asked.visit_of(of.stay, typed["visit"]), by=who, on=of.now)


def _elsewhere(of: reader.Whose, who: Any, typed: dict[str, Any]) -> None:
    said = {name: typed[name] for name in ("place", "starts_on", "ends_on")}
    plans.note_care_elsewhere(of.stay, by=who, on=of.now, **said)


def _end_elsewhere(of: reader.Whose, who: Any, typed: dict[str, Any]) -> None:
    row = asked.elsewhere_of(of.stay, typed["elsewhere"])
    plans.end_care_elsewhere(row, by=who, on=of.now, ends_on=typed["ends_on"], seen={"ends_on": typed["was"]})


DEEDS: dict[type[OneOfMany], Callable[[reader.Whose, Any, dict[str, Any]], None]] = {
    SessionsForm: _plan_sessions,
    VisitForm: _plan_visit,
    WithdrawForm: _withdraw,
    ElsewhereForm: _elsewhere,
    EndElsewhereForm: _end_elsewhere,
}


@require_http_methods(["GET", "HEAD", "POST"])
def planned(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Sessions and visits the plan asks for, and care elsewhere; a POST changes one of them."""
    of = _whose(request, uid)
    tried = _sent(request, *DEEDS)
    status = 200 if tried is None else 422
    if tried is not None and tried.is_valid():
        try:
            with deeds.once(tried.cleaned_data["form_key"], by=request.user, on=of.now) as first:
                if first:
                    DEEDS[type(tried)](of, request.user, tried.cleaned_data)
            return done(request, reverse("planned", args=[uid]), _("Saved."))
        except ValidationError as error:
            if error_at := _at_times(error):
                error = error_at
            status = tried.told(error)
    plans.note_opened(of.stay, by=request.user, on=of.now, page="planned")
    timeline, _thresholds = reader.timeline_of(of)
    shown = asked.planned(of, timeline)
    if status == 409 and tried is not None:
        _carry(tried, shown)
    context = {"of": of, "sent": tried, "now": of.now, "today": of.today}
    context |= _planned_forms(of, shown, tried)
    return answer(request, "plan/planned.html", context, status=status)


def _carry(tried: OneOfMany, shown: asked.Planned) -> None:
    """What has been saved meanwhile stands on the page now: a second try knows it."""
    for service in shown.services:
        if isinstance(tried, SessionsForm) and service.channel == tried.cleaned_data["channel"]:
            tried.carry(seen=SessionsForm.as_seen(service.seen))
    for span in shown.elsewhere:
        if isinstance(tried, EndElsewhereForm) and span.number == tried.cleaned_data["elsewhere"]:
            tried.carry(was=span.ends_on)


def _at_times(error: ValidationError) -> ValidationError | None:
    """The verb counts in 28 days, the page in a number and its weeks."""
    said = getattr(error, "error_dict", {})
    return ValidationError({"times": said["a_month"]}) if "a_month" in said else None


def _planned_forms(of: reader.Whose, shown: asked.Planned, tried: OneOfMany | None) -> dict[str, Any]:
    """Each row with its form; the one that was sent stays as typed, at its row."""

    def form(kind: type[OneOfMany], number: object = "", /, **initial: Any) -> OneOfMany:
        if type(tried) is kind and tried.number == str(number):
            return tried
        return kind(number=number, initial=initial)

    return {
        "services": [
            (
                each,
                form(
                    SessionsForm,
                    each.channel,
                    channel=each.channel,
                    seen=SessionsForm.as_seen(each.seen),
                    starts_on=of.today,
                ),
            )
            for each in shown.services
        ],
        "visits": [(each, form(WithdrawForm, each.uid, visit=each.uid)) for each in shown.visits],
        "elsewhere": [
            (
                each,
                form(
                    EndElsewhereForm,
                    each.number,
                    elsewhere=each.number,
                    ends_on=each.ends_on or of.today,
                    was=each.ends_on,
                ),
            )
            for each in shown.elsewhere
        ],
        "visit_form": form(VisitForm),
        "elsewhere_form": form(ElsewhereForm),
    }


def _whose(request: HttpRequest, uid: UUID) -> reader.Whose:
    access.require(request.user, *SEE_FILES)
    return reader.whose(request.user, timezone.now(), uid)


def _sent(request: HttpRequest, *kinds: type[OneOfMany]) -> OneOfMany | None:
    """The form of this page that was sent, by its name in `do`. Raises NotVisible for one that is not on the page."""
    if request.method != "POST":
        return None
    kind = next((kind for kind in kinds if kind.name == request.POST.get("do")), None)
    if kind is None:
        raise access.NotVisible
    return kind(request.POST, number=request.POST.get("row", "")[:40])


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0

"""A client's goals, how far they got, and milestones. For whoever sees the client's file."""

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
from clinic.client_file.goals import GoalLine, goals_of, milestone_of, milestones_of
from clinic.forms.goals import (
    ChangeGoalForm,
    EndGoalForm,
    MilestoneForm,
    NotReachedForm,
    PauseGoalForm,
    ReachGoalForm,
    RecoveryForm,
    ResumeGoalForm,
    SetGoalForm,
    TakeBackForm,
)
from clinic.forms.planned import OneOfMany
from clinic.views.answer import answer, done

SEE_FILES = ("case_manager", "supervisor", "medical")
Typed = dict[str, Any]


def _set(of: reader.Whose, who: Any, typed: Typed) -> None:
    said = {name: typed[name] for name in ("kind", "words", "starts_on", "ends_on")}
    target, channels = typed["target"] or 1, typed["channels"] or "ga"
    plans.set_goal(of.stay, by=who, on=of.now, target=target, channels=channels, **said)


def _note(of: reader.Whose, who: Any, typed: Typed) -> None:
    said = {name: typed[name] for name in ("kind", "words", "day")}
    plans.note_milestone(of.stay, by=who, on=of.now, **said)


def _take_back(of: reader.Whose, who: Any, typed: Typed) -> None:
    plans.take_back_milestone(milestone_of(of.stay, typed["milestone"]), by=who, on=of.now)


def _recovery(of: reader.Whose, who: Any, typed: Typed) -> None:
    seen = {"recovery_start": typed["was"]}
    plans.state_recovery_start(of.client, by=who, on=of.now, day=typed["day"], seen=seen)


OF_THE_CLIENT: dict[type[OneOfMany], Callable[[reader.Whose, Any, Typed], None]] = {
    SetGoalForm: _set,
    MilestoneForm: _note,
    TakeBackForm: _take_back,
    RecoveryForm: _recovery,
}


@require_http_methods(["GET", "HEAD", "POST"])
def goals(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The goals with how far each has got, and milestones; a POST sets a goal or notes what is worth marking."""
    access.require(request.user, *SEE_FILES)
    of = reader.whose(request.user, timezone.now(), uid)
    tried, status = None, 200
    if request.method == "POST":
        kind = _kind(request, OF_THE_CLIENT)
        tried, status = kind(request.POST, number=request.POST.get("row", "")[:40]), 422
        if tried.is_valid():
            try:
                with deeds.once(tried.cleaned_data["form_key"], by=request.user, on=of.now) as first:
                    if first:
                        OF_THE_CLIENT[kind](of, request.user, tried.cleaned_data)
                return done(request, reverse("goals", args=[uid]), _("Saved."))
            except ValidationError as error:
                status = tried.told(error)
    return _goals(request, of, tried, status)


def _goals(request: HttpRequest, of: reader.Whose, tried: OneOfMany | None, status: int) -> HttpResponse:
    plans.note_opened(of.stay, by=request.user, on=of.now, page="goals")
    timeline, thresholds = reader.timeline_of(of)
    lines = goals_of(of.stay, timeline, thresholds)
    if status == 409 and tried is not None:
        tried.carry(was=of.client.recovery_start)

    def form(kind: type[OneOfMany], number: object = "", /, **initial: Any) -> OneOfMany:
        if type(tried) is kind and tried.number == str(number):
            return tried
        return kind(number=number, initial=initial)

    start = of.client.recovery_start
    milestones = milestones_of(of.stay, timeline, lines)
    context = {
        "of": of,
        "running": [line for line in lines if not line.is_over],
        "over": [line for line in lines if line.is_over],
        "milestones": [
            (line, form(TakeBackForm, line.uid, milestone=line.uid) if line.uid else None)
            for line in milestones
        ],
        "set_form": form(SetGoalForm, starts_on=of.today, channels="ga", kind="weekly"),
        "milestone_form": form(MilestoneForm, day=of.today),
        "recovery_form": form(RecoveryForm, day=start, was=start),
        "recovery_start": start,
        "sent": tried,
        "today": of.today,
        "now": of.now,
    }
    return answer(request, "plan/goals.html", context, status=status)


# -- one goal -------------------------------------------------------------------------------------------------------


def _change(row: Any, typed: Typed, **by: Any) -> None:
    kept = {"target": row.target, "channels": row.channels}
    said = {name: typed[name] or kept[name] for name in kept if name in typed}
    plans.change_goal(row, words=typed["words"], version=typed["version"], **{**kept, **said}, **by)


def _reach(row: Any, typed: Typed, **by: Any) -> None:
    plans.reach_goal(row, day=typed.get("day"), version=typed["version"], **by)


def _pause(row: Any, typed: Typed, **by: Any) -> None:
    span = {"starts_on": typed["starts_on"], "ends_on": typed["ends_on"]}
    plans.pause_goal(row, version=typed["version"], **span, **by)


def _resume(row: Any, typed: Typed, **by: Any) -> None:
    plans.resume_goal(row, version=typed["version"], **by)


def _end(row: Any, typed: Typed, **by: Any) -> None:
    plans.end_goal(row, ends_on=typed["ends_on"], version=typed["version"], **by)


OF_A_GOAL: dict[type[OneOfMany], Callable[..., None]] = {
    ChangeGoalForm: _change,
    ReachGoalForm: _reach,
    NotReachedForm: _reach,
    PauseGoalForm: _pause,
    ResumeGoalForm: _resume,
    EndGoalForm: _end,
}


@require_http_methods(["GET", "HEAD", "POST"])
def goal(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One goal: change it, put it aside, take it up again, reached, over. It carries the version that was seen."""
    access.require(request.user, *SEE_FILES)
    of, row = reader.whose_goal(request.user, timezone.now(), uid)
    tried, status = None, 200
    if request.method == "POST":
        kind = _kind(request, OF_A_GOAL)
        tried, status = _form(kind, row, request.POST), 422
        if tried.is_valid():
            try:
                with deeds.once(tried.cleaned_data["form_key"], by=request.user, on=of.now) as first:
                    if first:
                        OF_A_GOAL[kind](row, tried.cleaned_data, by=request.user, on=of.now)
                return done(request, reverse("goals", args=[of.uid]), _("Saved."))
            except ValidationError as error:
                status = tried.told(error)
    if status == 409:
        of, row = reader.whose_goal(request.user, of.now, uid)
        tried.carry(version=row.version)
    return _goal(request, of, row, tried, status)


def _goal(
    request: HttpRequest, of: reader.Whose, row: Any, tried: OneOfMany | None, status: int
) -> HttpResponse:
    plans.note_opened(of.stay, by=request.user, on=of.now, page="goals")
    timeline, thresholds = reader.timeline_of(of)
    line = next(each for each in goals_of(of.stay, timeline, thresholds) if each.uid == row.uid)
    context = {
        "of": of,
        "goal": line,
        "sent": tried,
        "conflict": status == 409,
        "today": of.today,
        "now": of.now,
        **{
            f"{kind.name}_form": tried if type(tried) is kind else _form(kind, row, None, of, line)
            for kind in OF_A_GOAL
        },
    }
    return answer(request, "plan/goal.html", context, status=status)


def _form(
    kind: type[OneOfMany],
    row: Any,
    data: Any,
    of: reader.Whose | None = None,
    line: GoalLine | None = None,
) -> OneOfMany:
    more = {"kind": row.kind} if kind is ChangeGoalForm else {}
    initial = {"version": row.version, "words": row.words, "target": row.target, "channels": row.channels}
    if of is not None and line is not None:
        initial |= {"day": row.reached_on or of.today, "starts_on": max(of.today, row.starts_on)}
        initial |= {"ends_on": None if kind is PauseGoalForm else row.ends_on or of.today}
    return kind(data, initial=initial, **more)


def _kind(request: HttpRequest, kinds: Any) -> type[OneOfMany]:
    """Which form of the page was sent. Raises NotVisible for one that is not there."""
    kind = next((kind for kind in kinds if kind.name == request.POST.get("do")), None)
    if kind is None:
        raise access.NotVisible
    return kind

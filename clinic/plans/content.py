"""Writing the care plan itself: in the client's words, whole, with a revision for every save that changes anything."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic import deeds, limits
from clinic.models import CarePlan, Episode, IfThen, PlanRevision, Staff, Supporter
from clinic.models.plan import TriggerKind
from clinic.plans.seen import as_seen, told_meanwhile

LONGEST_PROSE = 280
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Trigger:
    """Something that sets things off. `avoidable`: one can keep away from it; if not, it wants an if-then plan."""

    kind: str
    what: str
    avoidable: bool = True


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue underneath, and the service that helps with it; without one it is unserved."""

    what: str
    service: str = ""


@dataclass(frozen=True, slots=True)
class IfThenPlan:
    """When `trigger` happens, the client does `action`, with whose help."""

    kind: str
    trigger: str
    action: str
    helper: str = ""


@dataclass(frozen=True, slots=True)
class PlanContent:
    """Everything that stands in a care plan. Each text holds at most 200 characters, each list 20; blank ones are
    dropped.
    """

    reasons: tuple[str, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    issues: tuple[Issue, ...] = ()
    coping: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    routine: tuple[str, ...] = ()
    reminders: tuple[str, ...] = ()
    life_goals: tuple[str, ...] = ()
    values_support: str = ""
    aftercare: str = ""
    area_to_strengthen: str = ""
    prefers_no_supporter: bool = False
    if_thens: tuple[IfThenPlan, ...] = field(default=())


def save_plan(
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    content: PlanContent,
    reviewed: bool,
    version: int | None,
) -> CarePlan:
    """Write the care plan of a stay: the first time it is made, later changed whole, if-then plans and all. `reviewed`:
    it was gone through with the client today. Every save that changes anything leaves a revision.

    Raises ValidationError at the field on a text or list that is too long, an unknown kind of trigger, or half an
    if-then plan; with code "conflict" unless `version` is the plan's own, None where there is no plan yet.
    """
    kept = as_kept(content)
    today = episode.clinic.local_day(on)
    with deeds.on_episode(episode, "save_care_plan", by=by, on=on) as done:
        plan = CarePlan.objects.filter(episode=episode).first()
        if plan is not None and in_full(plan) == kept and (not reviewed or plan.reviewed_on >= today):
            done.changed_nothing()
            return plan
        if (plan.version if plan else None) != version:
            raise told_meanwhile()
        if plan is None:
            plan = CarePlan(episode=episode, written_on=today, reviewed_on=today)
        else:
            plan.version += 1
            plan.reviewed_on = max(today, plan.written_on) if reviewed else plan.reviewed_on
        if_thens = kept.pop("if_thens")
        for name, value in kept.items():
            setattr(plan, name, value)
        plan.save()
        IfThen.objects.filter(plan=plan).delete()
        IfThen.objects.bulk_create(
            IfThen(plan=plan, position=position, **each) for position, each in enumerate(if_thens, 1)
        )
        revision = revise(plan, by=by, on=on, today=today)
        done.of(f"plan:{plan.uid}", version=plan.version, revision=revision.number, reviewed=reviewed)
    return plan


def review_plan(episode: Episode, *, by: Staff, on: datetime, version: int) -> CarePlan:
    """The plan was gone through with the client today, and stays as it is. Twice a day changes nothing.

    Raises ValidationError when there is none; with code "conflict" when it is no longer the `version` that was seen.
    """
    today = episode.clinic.local_day(on)
    with deeds.on_episode(episode, "review_care_plan", by=by, on=on) as done:
        plan = CarePlan.objects.filter(episode=episode).first()
        if plan is None:
            raise ValidationError(_("There is no plan yet."))
        if plan.reviewed_on >= today:
            done.changed_nothing()
            return plan
        as_seen(plan, version)
        plan.version += 1
        plan.reviewed_on = today
        plan.save(update_fields=["version", "reviewed_on"])
        revision = revise(plan, by=by, on=on, today=today)
        done.of(f"plan:{plan.uid}", version=plan.version, revision=revision.number, reviewed=True)
    return plan


def revise(plan: CarePlan, *, by: Staff, on: datetime, today: date) -> PlanRevision:
    """Keep the plan as it stands now: in full, and counted for the signs. For verbs, inside their transaction."""
    content = in_full(plan)
    newest = PlanRevision.objects.filter(plan=plan).order_by("-number").first()
    return PlanRevision.objects.create(
        plan=plan,
        episode_id=plan.episode_id,
        number=newest.number + 1 if newest else 1,
        at=on,
        on=today,
        by=by,
        reviewed_on=plan.reviewed_on,
        content=content,
        reasons=len(plan.reasons),
        if_thens=len(content["if_thens"]),
        coping=len(plan.coping),
        supporters=Supporter.objects.filter(episode=plan.episode_id, active=True).count(),
        prefers_no_supporter=plan.prefers_no_supporter,
        uncovered=_uncovered(plan.triggers, content["if_thens"]),
        unserved=sum(not each["service"] for each in plan.issues),
    )


def _uncovered(triggers: list[dict[str, Any]], if_thens: list[dict[str, Any]]) -> int:
    """Triggers that cannot be avoided and have no if-then plan: two of one kind need two plans of that kind."""
    unavoidable = Counter(each["kind"] for each in triggers if not each["avoidable"])
    # What is left of the subtraction is never below zero.
    return (unavoidable - Counter(each["kind"] for each in if_thens)).total()


def revise_for_supporters(episode: Episode, *, by: Staff, on: datetime) -> None:
    """Keep a revision of the plan, if there is one, because who stands beside the client has changed."""
    plan = CarePlan.objects.filter(episode=episode).first()
    if plan is not None:
        revise(plan, by=by, on=on, today=episode.clinic.local_day(on))


def in_full(plan: CarePlan) -> dict[str, Any]:
    """What stands in a plan, as its revisions keep it."""
    names = [name for name in PlanContent.__dataclass_fields__ if name != "if_thens"]
    if_thens = plan.if_thens.values("kind", "trigger", "action", "helper") if plan.pk else ()
    return {name: getattr(plan, name) for name in names} | {"if_thens": list(if_thens)}


def as_kept(content: PlanContent) -> dict[str, Any]:
    """The content as it is stored: trimmed, checked, without what is blank. Raises ValidationError like `save_plan`."""
    kept: dict[str, Any] = {
        name: limits.texts(name, getattr(content, name))
        for name in ("reasons", "coping", "skills", "routine", "reminders", "life_goals")
    }
    kept["values_support"] = limits.text("values_support", content.values_support)
    for name in ("aftercare", "area_to_strengthen"):
        kept[name] = limits.text(name, getattr(content, name), longest=LONGEST_PROSE)
    kept["prefers_no_supporter"] = content.prefers_no_supporter
    kept["triggers"] = limits.some(
        "triggers", [_trigger(each) for each in content.triggers if each.what.strip()]
    )
    kept["issues"] = limits.some("issues", [_issue(each) for each in content.issues if each.what.strip()])
    told = [each for each in content.if_thens if each.trigger.strip() or each.action.strip()]
    kept["if_thens"] = limits.some("if_thens", [_if_then(each) for each in told])
    return kept


def _trigger(each: Trigger) -> dict[str, Any]:
    what = limits.text("triggers", each.what)
    return {
        "kind": limits.known("triggers", each.kind, TriggerKind.values),
        "what": what,
        "avoidable": each.avoidable,
    }


def _issue(each: Issue) -> dict[str, Any]:
    return {"what": limits.text("issues", each.what), "service": limits.text("issues", each.service)}


def _if_then(each: IfThenPlan) -> dict[str, Any]:
    kept = asdict(each) | {
        "kind": limits.known("if_thens", each.kind, TriggerKind.values),
        "trigger": limits.text("if_thens", each.trigger),
        "action": limits.text("if_thens", each.action),
        "helper": limits.text("if_thens", each.helper, longest=LONGEST_NAME),
    }
    if not kept["trigger"] or not kept["action"]:
        raise ValidationError({"if_thens": _("Say both what happens and what the client does then.")})
    return kept

"""The care plan of one stay, read for its pages: whose it is, as it stands, what it leaves open, and its versions. A
fixed number of queries, however long any of it is; a summary on another page needs `plan_of` only, which takes three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import ngettext

from clinic import access, plans
from clinic.client_file.plan_changes import Change, Part, changes, parts
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds, in_force
from clinic.engagement.signs.upkeep import find_upkeep, review_due
from clinic.engagement.timeline import Timeline
from clinic.engagement.words import Sentence
from clinic.histories import records
from clinic.models import (
    CarePlan,
    Client,
    Episode,
    Goal,
    PlanRevision,
    RuleSet,
    Staff,
)
from clinic.models.plan import TriggerKind

REVISIONS_A_PART = 10
# If-then plans say so in a panel of their own, and nobody need prefer to have no supporter.
ASKED_ELSEWHERE = ("if_thens", "prefers_no_supporter")


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose plan it is, for the head of each page. `discharged_on` is empty while the stay goes on."""

    client: Client
    stay: Episode
    today: date
    now: datetime
    discharged_on: date | None

    @property
    def uid(self) -> UUID:
        return self.client.uid

    @property
    def name(self) -> str:
        return self.client.full_name

    @property
    def called(self) -> str:
        return self.client.called


@dataclass(frozen=True, slots=True)
class PlanShown:
    """A plan as it stands. `revision` is the number of its newest version in the list of versions, `version` what a
    form must carry; `review_due` the day it is to be gone through again, with `overdue` from that day on.
    """

    version: int
    revision: int
    content: Mapping[str, Any]
    parts: Sequence[Part]
    if_thens: Sequence[Mapping[str, str]]
    triggers: Sequence[Mapping[str, Any]]
    written_on: date
    reviewed_on: date
    reviewed_today: bool
    review_due: date
    overdue: bool

    @property
    def blank_labels(self) -> list[str]:
        """The parts in which nothing stands yet."""
        return [each.label for each in self.parts if not each.lines and each.name not in ASKED_ELSEWHERE]


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """One version in the list: who saved it when, which parts differ from the one before, and whether it was gone
    through with the client. `supporters` says how their number changed, if it did.
    """

    number: int
    at: datetime
    by: str
    reviewed: bool
    changed: Sequence[str]
    supporters: str
    first: bool


@dataclass(frozen=True, slots=True)
class Revisions:
    """Versions, newest first; `earlier` is the next part of the list, None at its end."""

    lines: Sequence[RevisionLine]
    earlier: int | None


@dataclass(frozen=True, slots=True)
class RevisionShown:
    """One version in full, and what was changed with it."""

    line: RevisionLine
    parts: Sequence[Part]
    changes: Sequence[Change]
    newest: int


def whose(staff: Staff, now: datetime, uid: UUID) -> Whose:
    """The client and the newest stay this person may see. Raises NotVisible when there is none."""
    today = access.home_clinic(staff).local_day(now)
    return of_stay(access.stay_for(staff, today, uid), today, now)


def whose_goal(staff: Staff, now: datetime, uid: UUID) -> tuple[Whose, Goal]:
    """One goal and whose it is. Raises NotVisible for that of a stay this person may not see."""
    today = access.home_clinic(staff).local_day(now)
    row = _seen(Goal.objects, staff, today).filter(uid=uid).first()
    if row is None:
        raise access.NotVisible
    return of_stay(row.episode, today, now), row


def _seen(rows, staff: Staff, today: date):  # type: ignore[no-untyped-def]
    return rows.filter(episode__in=access.episodes_for(staff, today)).select_related(
        "episode__client", "episode__clinic"
    )


def of_stay(stay: Episode, today: date, now: datetime) -> Whose:
    """Whose stay it is, for one that came through the gate with its client and clinic."""
    discharged = stay.discharged_on if stay.discharged_on and stay.discharged_on <= today else None
    return Whose(stay.client, stay, today, now, discharged)


def timeline_of(of: Whose) -> tuple[Timeline, Thresholds]:
    """The record of the stay as of today, or its last day, with the thresholds in force for this client."""
    timeline = next(iter(records(of.stay.clinic, [of.stay.pk]))).as_of(of.discharged_on or of.today)
    newest = RuleSet.objects.filter(clinic=of.stay.clinic_id).order_by("-number").first()
    return timeline, in_force(timeline, newest.values if newest else DEFAULTS)


def open_parts(timeline: Timeline, thresholds: Thresholds) -> list[Sentence]:
    """What the plan leaves open today, in the words of the sign that would say so (D17)."""
    return [each for found in find_upkeep(timeline, thresholds) for each in found.why]


# -- the plan -------------------------------------------------------------------------------------------------------


def plan_of(stay: Episode, today: date, thresholds: Thresholds = DEFAULTS) -> PlanShown | None:
    """The plan of a stay as it stands, or None. Three queries."""
    plan = CarePlan.objects.filter(episode=stay).first()
    if plan is None:
        return None
    content = plans.in_full(plan)
    newest = PlanRevision.objects.filter(plan=plan).order_by("-number").values_list("number", flat=True)
    due = date.fromordinal(review_due(stay.admitted_on.toordinal(), plan.reviewed_on.toordinal(), thresholds))
    return PlanShown(
        version=plan.version,
        revision=newest.first() or 0,
        content=content,
        parts=parts(content),
        if_thens=content["if_thens"],
        triggers=[{**each, "kind": TriggerKind(each["kind"]).label} for each in content["triggers"]],
        written_on=plan.written_on,
        reviewed_on=plan.reviewed_on,
        reviewed_today=plan.reviewed_on >= today,
        review_due=due,
        overdue=due <= today,
    )


def content_of(stay: Episode, number: int | None) -> Mapping[str, Any] | None:
    """What stood in one version of the plan; None for one that is not there."""
    row = PlanRevision.objects.filter(episode=stay, number=number).first() if number else None
    return row.content if row else None


def revisions(stay: Episode, part: int = 1) -> Revisions:
    """One part of the list of versions, each compared with the one before it."""
    first = max(part - 1, 0) * REVISIONS_A_PART
    rows = list(
        PlanRevision.objects.filter(episode=stay)
        .select_related("by")
        .order_by("-number")[first : first + REVISIONS_A_PART + 1]
    )
    shown = rows[:REVISIONS_A_PART]
    before: list[PlanRevision | None] = [*rows[1:], None]
    lines = [_revision(row, earlier) for row, earlier in zip(shown, before)]
    return Revisions(lines, part + 1 if len(rows) > REVISIONS_A_PART else None)


def revision(stay: Episode, number: int | None) -> RevisionShown:
    """One version, None for the newest, with what it changed. Raises NotVisible for a number that is not there."""
    all_rows = PlanRevision.objects.filter(episode=stay).select_related("by").order_by("-number")
    newest = all_rows.first()
    if newest is None:
        raise access.NotVisible
    wanted = newest.number if number is None else number
    rows = list(all_rows.filter(number__lte=wanted)[:2])
    if not rows or rows[0].number != wanted:
        raise access.NotVisible
    before = rows[1] if len(rows) > 1 else None
    return RevisionShown(
        line=_revision(rows[0], before),
        parts=parts(rows[0].content),
        changes=changes(before.content, rows[0].content) if before else (),
        newest=newest.number,
    )


def _revision(row: PlanRevision, before: PlanRevision | None) -> RevisionLine:
    supporters = ""
    if before is not None and before.supporters != row.supporters:
        told = {"before": before.supporters, "n": row.supporters}
        supporters = ngettext(
            "Supporters: %(n)d, before %(before)d", "Supporters: %(n)d, before %(before)d", row.supporters
        )
        supporters = supporters % told
    return RevisionLine(
        number=row.number,
        at=row.at,
        by=row.by.name if row.by else "",
        reviewed=row.reviewed_on == row.on and (before is None or before.reviewed_on < row.reviewed_on),
        changed=[each.label for each in changes(before.content, row.content)] if before else [],
        supporters=supporters,
        first=before is None,
    )

"""One row of the list: who, how long not seen, twelve weeks, why now, what first, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery

from clinic.engagement import summary, triage
from clinic.engagement.signs.phrases import SERVICES
from clinic.engagement.signs.sign import Kind, Level
from clinic.engagement.signs.steps import FIRST_STEPS, SHORT_STEPS
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.timeline import Timeline
from clinic.engagement.words import Sentence
from clinic.models import Attempt, Clinic, Finding, FollowUp, RuleSet
from clinic.models.work import Method

SENTENCES_IN_A_ROW = 3
STEPS_OF_A_CALL = 7
STEPS_IN_A_ROW = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """When and where a client last came; `days` before today."""

    day: date
    days: int
    service: Sentence


@dataclass(frozen=True, slots=True)
class Row:
    """One follow-up as it stands on a list. `signs` are the codes of its unsettled findings; `as_of` is the day its
    sentences were made on, when that was not today; `unrecorded` how many sessions in the window of a sign nobody has
    recorded, the most of them. `quiet_as` is the token of why it rests; what rests is never late.
    """

    uid: UUID
    client: UUID
    name: str
    kind: str
    level: str
    lifted: bool
    is_open: bool
    here: Sentence
    why: tuple[Sentence, ...]
    as_of: date | None
    first: tuple[Sentence, ...]
    seen: Seen | None
    in_care_since: date
    weeks: list[summary.Week]
    unrecorded: int
    found_late: bool
    evidence_changed: bool
    due_at: datetime
    due_soon: bool
    overdue: bool
    attempts: int
    last_attempt_at: datetime | None
    last_method: str
    quiet_until: date | None
    quiet_as: str
    quiet_reason: str
    signs: frozenset[str]
    place: triage.Place

    @property
    def is_call(self) -> bool:
        """Whether it asks for a contact: good news and upkeep are said and done when there is an occasion."""
        return self.kind == Kind.DISENGAGEMENT

    @property
    def snoozed(self) -> bool:
        return self.quiet_as == FollowUp.Quiet.SNOOZED

    @property
    def done_as(self) -> str:
        """What one click closes it as: what is said or put right needs no more words. Empty for a contact."""
        return "" if self.is_call else str(FollowUp.BY_PERSON[self.kind][0].value)


def thresholds(clinic: Clinic) -> Thresholds:
    """The clinic's thresholds in force."""
    rules = RuleSet.objects.filter(clinic=clinic).order_by("-number").first()
    return rules.values if rules else DEFAULTS


def with_attempts(follow_ups: QuerySet[FollowUp]) -> QuerySet[FollowUp]:
    """Follow-ups with their client, how often somebody tried, and how the last time."""
    newest = Attempt.objects.filter(follow_up=OuterRef("pk")).order_by("-at", "-pk")
    return follow_ups.select_related("episode__client").annotate(
        tried=Count("attempts"), last_method=Subquery(newest.values("method")[:1])
    )


def unsettled(follow_ups: Iterable[FollowUp]) -> dict[int, list[Finding]]:
    """The open findings of some follow-ups, the highest first, in one query."""
    found: dict[int, list[Finding]] = {}
    rows = Finding.objects.filter(follow_up__in=[row.pk for row in follow_ups], state=Finding.State.OPEN)
    for finding in sorted(rows, key=lambda row: (Level(row.level).rank, row.pk)):
        found.setdefault(finding.follow_up_id, []).append(finding)
    return found


def row(follow_up: FollowUp, findings: list[Finding], timeline: Timeline, now: datetime, today: date) -> Row:
    """One follow-up with its timeline as of today. `follow_up` comes from `with_attempts`."""
    highest = findings[0] if findings else None
    client = follow_up.episode.client
    is_call = follow_up.kind == Kind.DISENGAGEMENT
    rests = follow_up.quiet_until is not None and follow_up.quiet_until > today
    return Row(
        uid=follow_up.uid,
        client=client.uid,
        name=client.full_name,
        kind=follow_up.kind,
        level=follow_up.level,
        lifted=follow_up.lifted,
        is_open=follow_up.state == FollowUp.State.OPEN,
        here=triage.why_here(timeline, follow_up.lifted),
        why=tuple(Sentence.from_json(each) for each in highest.why[:SENTENCES_IN_A_ROW]) if highest else (),
        as_of=highest.judged_on if highest and highest.judged_on != today else None,
        first=tuple(SHORT_STEPS[code] for code in highest.steps if code in SHORT_STEPS)[:STEPS_IN_A_ROW]
        if highest
        else (),
        seen=last_seen(timeline),
        in_care_since=date.fromordinal(timeline.record.admitted),
        weeks=summary.weeks(timeline),
        unrecorded=max((finding.unrecorded for finding in findings), default=0),
        found_late=any(finding.found_late for finding in findings),
        evidence_changed=follow_up.evidence_changed or any(finding.evidence_changed for finding in findings),
        due_at=follow_up.due_at,
        due_soon=is_call and not rests and now <= follow_up.due_at <= now + triage.DUE_WITHIN_THE_HOUR,
        overdue=is_call and not rests and follow_up.due_at < now,
        attempts=follow_up.tried,
        last_attempt_at=follow_up.last_attempt_at,
        last_method=str(Method(follow_up.last_method).label) if follow_up.last_method else "",
        quiet_until=follow_up.quiet_until if rests else None,
        quiet_as=follow_up.quiet_as if rests else "",
        quiet_reason=follow_up.quiet_reason,
        signs=frozenset(finding.sign for finding in findings),
        place=triage.Place(Level(follow_up.level), triage.priority(timeline), follow_up.due_at, follow_up.pk),
    )


def last_seen(timeline: Timeline) -> Seen | None:
    """The last attended appointment in any service; None when there was none yet."""
    index = timeline.last_attended
    if index < 0:
        return None
    event = timeline.event(index)
    return Seen(date.fromordinal(event.day), timeline.today - event.day, SERVICES[event.channel])


def steps(findings: Iterable[Finding]) -> tuple[Sentence, ...]:
    """The first steps of some findings, each once, in the order of the library, and no more than a call can hold."""
    wanted = {code for finding in findings for code in finding.steps}
    return tuple(step for code, step in FIRST_STEPS.items() if code in wanted)[:STEPS_OF_A_CALL]

"""What one judgement writes: follow-ups and findings of many episodes, in a fixed number of statements.

`decide` compares (pure, through the mind); `Writer` collects decisions and writes them at once. Only the
sweep calls it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef

from clinic.engagement import triage
from clinic.engagement.plan import Plan, Standing, facts_of, plan_on
from clinic.engagement.rests import Desk, Rest, rests
from clinic.engagement.signs.catalogue import BY_CODE, read_signs
from clinic.engagement.signs.sign import Finding as Found
from clinic.engagement.signs.sign import Kind, Level, Point, highest
from clinic.engagement.signs.thresholds import Thresholds, in_force
from clinic.engagement.signs.transitions import safety_note
from clinic.engagement.timeline import Event, Record, Timeline
from clinic.engagement.words import Sentence
from clinic.histories import among
from clinic.models import Clinic, Finding, FollowUp, RuleSet

RENEWED = (
    "rules",
    "level",
    "title",
    "why",
    "evidence",
    "evidence_ids",
    "last_missed",
    "facts",
    "steps",
    "banner",
    "points",
    "unrecorded",
    "counts_from",
    "evidence_changed",
    "judged_on",
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What changes for one episode: the plan, and for each kind left open its level and whether it was lifted.

    `thresholds` are those in force for this client. `rest` is how the follow-up about disengagement goes to sleep, if
    it does; `woken` are the kinds whose rest ends.
    """

    plan: Plan
    levels: dict[Kind, tuple[Level, bool]]
    thresholds: Thresholds
    rest: Rest | None = None
    woken: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch changed."""

    raised: int = 0
    added: int = 0
    settled: int = 0
    withdrawn: int = 0


def open_desks(episodes: Sequence[int]) -> dict[int, list[Desk]]:
    """The open follow-ups of some episodes, in one query."""
    found: dict[int, list[Desk]] = defaultdict(list)
    rows = FollowUp.objects.filter(**among("episode", episodes), state=FollowUp.State.OPEN)
    for number, episode, kind, level, lifted, due, until, quiet_as in rows.values_list(
        "pk", "episode_id", "kind", "level", "lifted", "due_at", "quiet_until", "quiet_as"
    ):
        found[episode].append(Desk(number, Kind(kind), Level(level), lifted, due, until, quiet_as))
    return found


def decide(
    record: Record, today: int, standing: Sequence[Standing], desks: Sequence[Desk], thresholds: Thresholds
) -> Decision | None:
    """Judge one episode; None when nothing changes."""
    timeline = record.as_of(today)
    thresholds = in_force(timeline, thresholds)
    made = plan_on(timeline, standing, thresholds)
    if not made.open_levels and not desks and not made.does_something:
        return None
    by_kind: dict[Kind, list[Level]] = defaultdict(list)
    for kind, level in made.open_levels:
        by_kind[kind].append(level)
    levels: dict[Kind, tuple[Level, bool]] = {}
    for kind, each in by_kind.items():
        own = highest(each)
        level = triage.lifted(own, timeline, thresholds) if kind is Kind.DISENGAGEMENT else own
        levels[kind] = (level, level is not own)
    same = len(desks) == len(levels) and all(
        levels.get(desk.kind) == (desk.level, desk.lifted) for desk in desks
    )
    rest, woken = rests(timeline, made, standing, desks)
    if same and not made.does_something and rest is None and not woken:
        return None
    return Decision(made, levels, thresholds, rest, woken)


def told_today(rows: Iterable[Finding], timeline: Timeline, thresholds: Thresholds) -> None:
    """Let open findings say what their sign reads today, with today's counts of days; in memory, for showing only.

    A finding whose sign reads nothing today (one session attended of the two that settle it) keeps what it said on the
    day it was judged.
    """
    found = read_signs(timeline, in_force(timeline, thresholds))
    for row in rows:
        ids = frozenset(map(int, row.evidence_ids.split()))
        for each in found:
            same = each.sign == row.sign and (
                each.anchor == row.anchor
                or BY_CODE[each.sign].one_at_a_time
                or not ids.isdisjoint(each.evidence_ids)
            )
            if same:
                row.banner = each.banner.as_json() if each.banner else None
                row.title, row.why = each.title.as_json(), [sentence.as_json() for sentence in each.why]
                row.unrecorded = each.unrecorded
                row.judged_on = date.fromordinal(timeline.today)
                break


def read_first(rows: Iterable[Finding], timeline: Timeline, thresholds: Thresholds) -> tuple[Sentence, ...]:
    """What must be read before anything is done about a client, each once: the banners of their open findings, and for
    weeks after a stay elsewhere that tolerance may be lower, whatever has become of the finding.
    """
    found = [Sentence.from_json(row.banner) for row in rows if row.banner]
    note = safety_note(timeline, thresholds)
    if note is not None:
        found.append(note)
    return tuple(each for number, each in enumerate(found) if each not in found[:number])


def as_rows(evidence: Sequence[Event]) -> list[dict[str, Any]]:
    """The snapshot of evidence kept with a finding."""
    return [
        {
            "id": event.id,
            "start": event.start,
            "day": date.fromordinal(event.day).isoformat(),
            "channel": event.channel.value,
            "outcome": event.outcome.value,
            "group": event.group,
        }
        for event in evidence
    ]


def point_as_row(point: Point) -> dict[str, Any]:
    """The snapshot of a piece of evidence that is no appointment."""
    return {
        "of": point.of.name.lower(),
        "id": point.id,
        "at": point.at,
        "day": date.fromordinal(point.day).isoformat(),
        "words": point.words.as_json(),
    }


@dataclass
class Writer:
    """Collects the decisions of a batch and writes them."""

    clinic: Clinic
    day: date
    now: datetime
    rules: RuleSet
    hours: triage.OpeningHours
    new: dict[tuple[int, Kind], FollowUp] = field(default_factory=dict)
    fresh: list[tuple[int, Kind, Finding]] = field(default_factory=list)
    renewed: list[Finding] = field(default_factory=list)
    revised: list[Finding] = field(default_factory=list)
    strengthened: int = 0
    ended: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    changed: list[int] = field(default_factory=list)
    marked: set[int] = field(default_factory=set)
    woken: list[int] = field(default_factory=list)
    resting: dict[Rest, list[int]] = field(default_factory=lambda: defaultdict(list))
    closing: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    moved: list[tuple[int, Level, bool, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        local = self.now.astimezone(self.clinic.zone)
        live = local.date() == self.day
        # Another day than today is judged as its own morning would have been.
        at = local.replace(tzinfo=None) if live else datetime.combine(self.day, self.clinic.sweep_at)
        self.local = at
        end = datetime.combine(self.day, datetime.max.time(), tzinfo=self.clinic.zone)
        self.handled_to = int((self.now if live else end).timestamp())

    def due(
        self, level: Level, urgent_hours: int = triage.WORKING_HOURS_TODAY, rest: Rest | None = None
    ) -> datetime:
        """When the first attempt is due, counted from the end of a rest where there is one."""
        start = datetime.combine(rest.until, self.clinic.sweep_at) if rest else self.local
        # What cannot wait for the opening hours does not.
        by_the_clock = urgent_hours < triage.WORKING_HOURS_TODAY
        due = triage.due(level, start, self.hours, urgent_hours, by_the_clock)
        return due.replace(tzinfo=self.clinic.zone)

    def take(self, record: Record, decision: Decision, desks: Sequence[Desk]) -> None:
        """Add one episode's decision to the batch."""
        made, by_kind = decision.plan, {desk.kind: desk for desk in desks}
        pressing = _pressing(made)
        for found in made.raised:
            kind = _kind_of(found)
            if kind not in by_kind and (record.episode, kind) not in self.new:
                level, lifted = decision.levels[kind]
                rest = decision.rest if kind is Kind.DISENGAGEMENT else None
                self.new[record.episode, kind] = FollowUp(
                    episode_id=record.episode,
                    clinic=self.clinic,
                    kind=kind.value,
                    level=level.value,
                    lifted=lifted,
                    opened_on=self.day,
                    opened_at=self.now,
                    due_at=self.due(level, pressing.get(kind, triage.WORKING_HOURS_TODAY), rest),
                    quiet_until=rest.until if rest else None,
                    quiet_as=rest.quiet_as if rest else "",
                )
            self.fresh.append((record.episode, kind, self._finding(record, found, decision)))
        for number, found in made.strengthened:
            self.renewed.append(self._renewed(number, record, found, decision))
        for number, found in made.revised:
            row = self._renewed(number, record, found, decision)
            row.facts = None  # it stands as of an earlier day, and is judged in full until it is strengthened
            self.revised.append(row)
        self.strengthened += len(made.strengthened)
        self.ended[Finding.State.SETTLED] += [*made.settled]
        self.ended[Finding.State.WITHDRAWN] += [*made.withdrawn]
        self.ended[Finding.State.CLOSED] += [*made.ended]
        self.changed += made.changed
        for desk in desks:
            if desk.kind not in decision.levels:
                self.closing[_closed_as(made)].append(desk.id)
                continue
            if made.changed:
                self.marked.add(desk.id)
            woken = desk.kind in decision.woken
            if woken:
                self.woken.append(desk.id)
            rest = decision.rest if desk.kind is Kind.DISENGAGEMENT else None
            if rest is not None:
                self.resting[rest].append(desk.id)
            elif desk.quiet_until is not None and not woken and self.day < desk.quiet_until:
                rest = Rest(desk.quiet_as, desk.quiet_until)
            level, lifted = decision.levels[desk.kind]
            sooner = desk.kind in pressing
            anew = (
                woken or decision.rest is rest is not None or (rest is not None and desk.kind in made.wakes)
            )
            if anew or sooner or (level, lifted) != (desk.level, desk.lifted):
                due_at = desk.due_at
                again = self.due(level, pressing.get(desk.kind, triage.WORKING_HOURS_TODAY), rest)
                if anew:
                    # The promise that was made before it rested was kept, or is none any more; a new one begins.
                    due_at = again
                elif sooner or level.rank < desk.level.rank:
                    due_at = min(due_at, again)
                if (level, lifted, due_at) != (desk.level, desk.lifted, desk.due_at):
                    self.moved.append((desk.id, level, lifted, due_at))

    def _renewed(self, number: int, record: Record, found: Found, decision: Decision) -> Finding:
        row = self._finding(record, found, decision)
        row.pk = number
        return row

    def _finding(self, record: Record, found: Found, decision: Decision) -> Finding:
        newest = max((each.day for each in (*found.evidence, *found.points)), default=None)
        long_ago = newest is not None and self.day.toordinal() - newest > decision.thresholds.found_late_days
        # A part of a plan that has long been missing was not recorded late.
        late = long_ago and _kind_of(found) is Kind.DISENGAGEMENT
        return Finding(
            episode_id=record.episode,
            rules=self.rules,
            sign=found.sign,
            anchor=found.anchor,
            level=found.level.value,
            title=found.title.as_json(),
            why=[sentence.as_json() for sentence in found.why],
            evidence=as_rows(found.evidence),
            points=[point_as_row(point) for point in found.points],
            evidence_ids=" ".join(str(number) for _, number in found.moments),
            last_missed=found.last_missed,
            facts=facts_of(record, self.day.toordinal(), decision.thresholds),
            steps=list(found.steps),
            banner=found.banner.as_json() if found.banner else None,
            unrecorded=found.unrecorded,
            counts_from=found.counts_from,
            raised_on=self.day,
            judged_on=self.day,
            raised_at=self.now,
            found_late=late,
        )

    def write(self) -> Written:
        """Write the batch: twins that another writer has made meanwhile are refused by the database and not counted."""
        raised = self._raise_follow_ups()
        added = self._raise_findings(raised) + self.strengthened
        if self.renewed:
            Finding.objects.bulk_update(self.renewed, RENEWED, batch_size=100)
        for state, numbers in self.ended.items():
            if numbers:
                Finding.objects.filter(pk__in=numbers, state=Finding.State.OPEN).update(
                    state=state, ended_at=self.now, ended_as_of=self.handled_to
                )
        if self.revised:
            # Judged from the same day as before, and no longer contradicted by the record.
            Finding.objects.bulk_update(
                self.revised,
                [name for name in RENEWED if name != "judged_on"],
                batch_size=100,
            )
        if self.renewed or self.revised:
            still = Finding.objects.filter(
                follow_up=OuterRef("pk"), state=Finding.State.OPEN, evidence_changed=True
            )
            FollowUp.objects.filter(
                ~Exists(still),
                evidence_changed=True,
                episode__in={row.episode_id for row in (*self.renewed, *self.revised)},
            ).update(evidence_changed=False)
        if self.changed:
            Finding.objects.filter(pk__in=self.changed).update(evidence_changed=True)
            FollowUp.objects.filter(pk__in=self.marked).update(evidence_changed=True)
        if self.woken:
            FollowUp.objects.filter(pk__in=self.woken).update(quiet_until=None, quiet_as="", quiet_reason="")
        for rest, numbers in self.resting.items():
            FollowUp.objects.filter(pk__in=numbers, state=FollowUp.State.OPEN).update(
                quiet_until=rest.until, quiet_as=rest.quiet_as, quiet_reason=""
            )
        for closed_as, numbers in self.closing.items():
            FollowUp.objects.filter(pk__in=numbers, state=FollowUp.State.OPEN).update(
                state=FollowUp.State.CLOSED,
                closed_at=self.now,
                closed_as=closed_as,
                quiet_until=None,
                quiet_as="",
                quiet_reason="",
            )
        self._move()
        return Written(
            raised=len(raised),
            added=added,
            settled=len(self.ended[Finding.State.SETTLED]),
            withdrawn=len(self.ended[Finding.State.WITHDRAWN]),
        )

    def _raise_follow_ups(self) -> set[int]:
        """Insert the new follow-ups; returns the numbers of those that are ours."""
        if not self.new:
            return set()
        rows = [self.new[key] for key in sorted(self.new, key=lambda key: (key[0], key[1].value))]
        FollowUp.objects.bulk_create(rows, batch_size=100, ignore_conflicts=True)
        uids = {row.uid for row in rows}
        return set(FollowUp.objects.filter(uid__in=uids).values_list("pk", flat=True))

    def _raise_findings(self, raised: set[int]) -> int:
        """Insert the new findings on their follow-ups; returns how many joined a follow-up that was open before."""
        if not self.fresh:
            return 0
        open_now = {
            (episode, kind): number
            for episode, kind, number in FollowUp.objects.filter(
                episode__in={episode for episode, _, _ in self.fresh}, state=FollowUp.State.OPEN
            ).values_list("episode_id", "kind", "pk")
        }
        rows = []
        for episode, kind, row in self.fresh:
            follow_up = open_now.get((episode, kind.value))
            if follow_up is not None:
                row.follow_up_id = follow_up
                rows.append(row)
        Finding.objects.bulk_create(rows, batch_size=50, ignore_conflicts=True)
        ours = Finding.objects.filter(uid__in={row.uid for row in rows}).values_list(
            "follow_up_id", flat=True
        )
        return sum(follow_up not in raised for follow_up in ours)

    def _move(self) -> None:
        """Give follow-ups their new level, all that go the same way in one statement."""
        ways: dict[tuple[Level, bool, datetime], list[int]] = defaultdict(list)
        for number, level, lifted, due_at in self.moved:
            ways[level, lifted, due_at].append(number)
        for (level, lifted, due_at), numbers in ways.items():
            FollowUp.objects.filter(pk__in=numbers).update(level=level.value, lifted=lifted, due_at=due_at)


def _pressing(made: Plan) -> dict[Kind, int]:
    """The kinds for which something new is for today and asks for a try sooner than others do, with its hours."""
    found: dict[Kind, int] = {}
    for each in (*made.raised, *(found for _, found in made.strengthened)):
        hours = BY_CODE[each.sign].urgent_hours
        if each.level is Level.TODAY and hours < triage.WORKING_HOURS_TODAY:
            found[_kind_of(each)] = min(hours, found.get(_kind_of(each), hours))
    return found


def _kind_of(found: Found) -> Kind:
    return BY_CODE[found.sign].kind


def _closed_as(made: Plan) -> str:
    if made.ended:
        return FollowUp.ClosedAs.EPISODE_ENDED
    if made.settled or not made.withdrawn:
        return FollowUp.ClosedAs.SETTLED
    return FollowUp.ClosedAs.WITHDRAWN

"""Stage 3, what to do: what the signs say now, against what already stands on the client's follow-up.

Each open finding is judged again as of the day it was last judged, with today's facts. It no longer holds, and does not
hold today either: withdrawn, or only marked when somebody has worked on the follow-up. It holds: open until settled.
Nothing handled is raised again without an absence newer than the handling. A finding that shares evidence with an
earlier one of its sign is that finding (design, section 5).

What is done about a finding does not contradict it: somebody seen later on the very day it was raised, or an
appointment made since. So a finding also holds when it does so with the visits of its day and all bookings left out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

from clinic.engagement.background import NOTHING_KNOWN
from clinic.engagement.signs.catalogue import BY_CODE, read_signs
from clinic.engagement.signs.sign import Finding, Kind, Level, Settles, Sign, highest
from clinic.engagement.signs.thresholds import Thresholds, in_force
from clinic.engagement.timeline import Record, Timeline


class Standing(NamedTuple):
    """A finding already on record. `handled_to` is None while it is open; once settled, withdrawn or closed it is the
    epoch second up to which absences are dealt with. `facts` is the checksum of what it was judged on.
    `touched`: somebody has worked on its follow-up.
    """

    id: int
    sign: str
    anchor: str
    level: Level
    judged_on: int
    evidence: frozenset[int]
    last_missed: int
    counts_from: int
    handled_to: int | None = None
    withdrawn: bool = False
    touched: bool = False
    changed: bool = False
    facts: int | None = None
    raised_on: int = 0

    @property
    def rank(self) -> int:
        return self.level.rank

    @property
    def kind(self) -> Kind:
        return BY_CODE[self.sign].kind if self.sign in BY_CODE else Kind.DISENGAGEMENT

    def is_same_as(self, finding: Finding) -> bool:
        """Whether a finding is this one: the same sign, and the same anchor or a shared missed appointment."""
        return self.sign == finding.sign and (
            _root(self.anchor) == _root(finding.anchor) or not self.evidence.isdisjoint(finding.evidence_ids)
        )


def _root(anchor: str) -> str:
    """The anchor without what `_raise_again` has put behind it."""
    return anchor.partition("+")[0].partition("~")[0]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to change on one episode's follow-ups.

    `raised` are new findings; `strengthened` pairs a standing finding with what it is today (newer evidence, a higher
    level, or other evidence than it was raised on) and is judged from today on; `revised` pairs one with what it was
    on the day it is judged from, by what is known now (other evidence, a lower level, or no longer contradicted).
    `settled`, `withdrawn`, `changed` and `ended` are
    ids of standing findings. `open_levels` are the levels left open for each kind; a kind without one closes.
    `wakes` are the kinds of follow-up on which something new happened, so that a rest or a snooze of theirs ends.
    """

    raised: tuple[Finding, ...] = ()
    strengthened: tuple[tuple[int, Finding], ...] = ()
    revised: tuple[tuple[int, Finding], ...] = ()
    settled: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    ended: tuple[int, ...] = ()
    open_levels: tuple[tuple[Kind, Level], ...] = ()
    wakes: frozenset[Kind] = frozenset()

    @property
    def does_something(self) -> bool:
        """Whether any finding changes."""
        return bool(
            self.raised
            or self.strengthened
            or self.revised
            or self.settled
            or self.withdrawn
            or self.changed
            or self.ended
        )

    @property
    def levels(self) -> list[Level]:
        return [level for _, level in self.open_levels]


NOTHING = Plan()


def is_settled(
    timeline: Timeline,
    sign: Sign,
    level: Level,
    counts_from: int,
    evidence: frozenset[int],
    thresholds: Thresholds,
) -> bool:
    """Whether contact has been re-made since `counts_from`: one attended contact, or sessions of the sign's own
    services on two days at most `settle_days` apart, whichever the sign asks for. What a person closes, contact does
    not settle. A brief check-in is over with the next contact, whatever its sign asks for at higher levels.
    """
    if sign.over is not None and sign.over(timeline, thresholds):
        return True
    settles = sign.settles
    if level is Level.CHECK_IN and settles in _LONGER:
        settles = Settles.ONE_CONTACT
    if settles is Settles.ONE_CONTACT:
        return timeline.attended_after(counts_from)
    if settles is not Settles.TWO_SESSIONS:
        return False
    group = _group_of(timeline, evidence) if sign.own_group else 0
    days = timeline.days_attended_after(counts_from, sign.services, group)
    return any(later - earlier <= thresholds.settle_days for earlier, later in pairwise(days))


def _group_of(timeline: Timeline, evidence: frozenset[int]) -> int:
    """The group some evidence is about while the client has a place in it; 0 when it has ended: any group counts."""
    record = timeline.record
    group = next((record.groups[i] for i, number in enumerate(record.ids) if number in evidence), 0)
    kept = any(
        seat.group == group and (seat.left is None or timeline.today < seat.left) for seat in record.seats
    )
    return group if kept else 0


def _before(standing: Sequence[Standing], day: int) -> Sequence[Standing]:
    """The findings raised before a day: what is raised on it must not change how it is read a second time."""
    return [finding for finding in standing if finding.raised_on < day] if standing else ()


_BY_STAFF = (Settles.PERSON, Settles.MEDICAL)
_LONGER = (Settles.TWO_SESSIONS, Settles.MEDICAL)


def _eased(timeline: Timeline, finding: Standing) -> Level:
    """The level of an open finding. One that waits for medical staff to confirm it is a check-in once the client has
    been seen on a later day: whoever dosed today is not whom to call first.
    """
    sign = BY_CODE.get(finding.sign)
    if sign is None or sign.settles is not Settles.MEDICAL:
        return finding.level
    seen_since = timeline.attended_after(timeline.begins(finding.judged_on + 1) - 1)
    return Level.CHECK_IN if seen_since else finding.level


def facts_of(record: Record, day: int, thresholds: Thresholds) -> int:
    """A checksum of all that a judgement as of `day` rests on. While it stays the same the judgement would too, so a
    finding need not be judged again; what is booked later is left out, for it corrects nothing of that day.
    """
    size = bisect_right(record.days, day)
    sum_so_far = crc32(record.marks[:size], _rules_sum(thresholds))
    sum_so_far = crc32(record.channels[:size], sum_so_far)
    sum_so_far = crc32(record.purposes[:size], sum_so_far)
    # Whole numbers hash alike in every process, and much faster than they are written out.
    sum_so_far ^= hash(tuple(record.days if size == len(record.days) else record.days[:size])) & 0xFFFFFFFF
    ends = record.begins(day + 1) if record.cancellations else 0
    others: tuple[object, ...] = (
        record.admitted,
        record.discharged,
        [contact for contact in record.contacts if contact[1] <= day],
        [(pause.first, pause.last, pause.kind, pause.confirmed) for pause in record.pauses],
        [(tuple(seat), record.group_facts.get(seat.group)) for seat in record.seats],
        [
            (index, tuple(each)) if index < size else (record.ids[index], record.marks[index], tuple(each))
            for index, each in record.cancellations.items()
            if index < size or each.at < ends
        ],
        sorted(closed for closed in record.closures if closed <= day),
        record.took[:size],
    )
    if record.background is not NOTHING_KNOWN:
        sum_so_far ^= record.background.checksum(day)
    return crc32(repr(others).encode(), sum_so_far)


@lru_cache(maxsize=32)
def _rules_sum(thresholds: Thresholds) -> int:
    return crc32(repr(thresholds).encode())


def plan(record: Record, today: int, standing: Sequence[Standing], thresholds: Thresholds) -> Plan:
    """Compare the signs of `today` with the findings on record of this episode, open and handled."""
    timeline = record.as_of(today)
    return plan_on(timeline, standing, in_force(timeline, thresholds))


def plan_on(timeline: Timeline, standing: Sequence[Standing], thresholds: Thresholds) -> Plan:
    """The same for a timeline at hand, which keeps what it has worked out, by the thresholds in force for it."""
    timeline.on_record = _before(standing, timeline.today)
    opened = [finding for finding in standing if finding.handled_to is None]
    if not timeline.is_open:
        return Plan(ended=tuple(finding.id for finding in opened)) if opened else NOTHING
    candidates = read_signs(timeline, thresholds)
    if not candidates and not opened:
        return NOTHING
    judged = _judge_again(timeline, opened, candidates, standing, thresholds)
    return _compare(timeline, candidates, standing, judged, thresholds)


@dataclass(slots=True)
class _Judged:
    """What has become of the open findings. `moved`: it holds today, but no longer on the day it was raised."""

    settled: list[int] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    revised: dict[int, Finding] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)


def _judge_again(
    timeline: Timeline,
    opened: Iterable[Standing],
    candidates: Sequence[Finding],
    standing: Sequence[Standing],
    thresholds: Thresholds,
) -> _Judged:
    judged, record = _Judged(), timeline.record
    sums: dict[int, int] = {}
    for finding in opened:
        sign = BY_CODE.get(finding.sign)
        if sign is None or (timeline.paused and not sign.in_pauses):
            continue  # what stands when a pause begins waits for its end
        mended = sign.settles is Settles.MENDED and not any(map(finding.is_same_as, candidates))
        if mended and not sign.absence:
            judged.settled.append(finding.id)
            continue
        if _same_facts(record, finding, thresholds, sums):
            counts_from = max(finding.counts_from, finding.last_missed)
            if mended or is_settled(timeline, sign, finding.level, counts_from, finding.evidence, thresholds):
                judged.settled.append(finding.id)
            continue
        same = _still_holds(record, finding, standing, thresholds)
        if same is None:
            today = next((candidate for candidate in candidates if finding.is_same_as(candidate)), None)
            if today is not None and is_settled(
                timeline, sign, today.level, today.counts_from, today.evidence_ids, thresholds
            ):
                judged.settled.append(finding.id)
            elif today is not None:
                judged.moved.add(finding.id)
            elif not finding.touched:
                judged.withdrawn.append(finding.id)
            elif not finding.changed:
                judged.changed.append(finding.id)
        elif mended or is_settled(
            timeline, sign, same.level, _settles_from(finding, same), same.evidence_ids, thresholds
        ):
            judged.settled.append(finding.id)
        elif same.evidence_ids != finding.evidence or same.level.rank > finding.level.rank or finding.changed:
            judged.revised[finding.id] = same
    return judged


def _same_facts(record: Record, finding: Standing, thresholds: Thresholds, sums: dict[int, int]) -> bool:
    """Whether judging a finding again would come to the same, for nothing it rests on has changed. `sums` keeps the
    checksums of the days asked for.
    """
    if finding.facts is None or finding.changed:
        return False
    day = finding.judged_on
    if day not in sums:
        sums[day] = facts_of(record, day, thresholds)
    return finding.facts == sums[day]


def _settles_from(finding: Standing, same: Finding) -> int:
    """The epoch second after which contacts settle a finding: later when more was missed, earlier when less was."""
    if not finding.evidence <= same.evidence_ids:
        return same.last_missed or same.counts_from
    return max(finding.counts_from, same.last_missed)


def _still_holds(
    record: Record, finding: Standing, standing: Sequence[Standing], thresholds: Thresholds
) -> Finding | None:
    """The finding as it is read now for the day it was last judged; None when the record says otherwise.

    All signs are read, not its own alone: some raise each other's level.
    """
    for answered in (True, False):
        then = record.as_of(finding.judged_on, answered=answered)
        then.on_record = _before(standing, finding.judged_on)
        for candidate in read_signs(then, thresholds):
            if finding.is_same_as(candidate):
                return candidate
    return None


def _compare(
    timeline: Timeline,
    candidates: Sequence[Finding],
    standing: Sequence[Standing],
    judged: _Judged,
    thresholds: Thresholds,
) -> Plan:
    gone = {*judged.settled, *judged.withdrawn}
    open_now = {
        finding.id: finding for finding in standing if finding.handled_to is None and finding.id not in gone
    }
    revised = dict(judged.revised)
    handled = [finding for finding in standing if finding.handled_to is not None or finding.id in gone]
    levels = {
        number: revised[number].level if number in revised else _eased(timeline, f)
        for number, f in open_now.items()
    }
    raised: list[Finding] = []
    strengthened: dict[int, Finding] = {}
    steady = {
        (finding.sign, _root(finding.anchor)): finding
        for number, finding in open_now.items()
        if number not in revised and number not in judged.moved
    }
    for candidate in candidates:
        stands = steady.get((candidate.sign, candidate.anchor))
        if (
            stands is not None
            and candidate.level.rank >= stands.level.rank
            and candidate.last_missed <= stands.last_missed
        ):
            continue  # as on most mornings: it stands as it stood
        sign = BY_CODE[candidate.sign]
        if is_settled(
            timeline, sign, candidate.level, candidate.counts_from, candidate.evidence_ids, thresholds
        ):
            continue
        match = next((f for f in open_now.values() if _goes_on(f, candidate)), None)
        if match is not None:
            newer = candidate.last_missed > match.last_missed
            stands_at = revised[match.id].level if match.id in revised else match.level
            if newer or candidate.level.rank < stands_at.rank or match.id in judged.moved:
                if newer and BY_CODE[candidate.sign].settles in _BY_STAFF:
                    # What only staff close does not become less urgent by something milder added to it.
                    candidate = replace(candidate, level=highest((candidate.level, match.level)))
                strengthened[match.id] = candidate
                revised.pop(match.id, None)
                levels[match.id] = candidate.level
            continue
        fresh = _raise_again(candidate, handled, standing)
        if fresh is not None and not any(fresh.sign == f.sign and fresh.anchor == f.anchor for f in raised):
            raised.append(fresh)
    return Plan(
        raised=tuple(raised),
        strengthened=tuple(strengthened.items()),
        revised=tuple(revised.items()),
        settled=tuple(judged.settled),
        withdrawn=tuple(judged.withdrawn),
        changed=tuple(judged.changed),
        open_levels=(
            *((open_now[number].kind, level) for number, level in levels.items()),
            *((BY_CODE[finding.sign].kind, finding.level) for finding in raised),
        ),
        wakes=frozenset([BY_CODE[finding.sign].kind for finding in (*raised, *strengthened.values())]),
    )


def _goes_on(finding: Standing, candidate: Finding) -> bool:
    """Whether a candidate only carries an open finding on."""
    return finding.is_same_as(candidate) or (
        finding.sign == candidate.sign and BY_CODE[candidate.sign].one_at_a_time
    )


def _raise_again(
    candidate: Finding, handled: Sequence[Standing], standing: Sequence[Standing]
) -> Finding | None:
    """The candidate, when no handled finding is the same, when it holds an absence newer than the handling, or when
    all that was withdrawn is so after all. Its anchor then says which, so that its fingerprint is new too.
    """
    same = [finding for finding in handled if finding.is_same_as(candidate)]
    if not same:
        return candidate
    newest = max(finding.id for finding in same)
    dealt_with = [max(f.handled_to or 0, f.last_missed) for f in same if not f.withdrawn]
    if not dealt_with:
        return replace(candidate, anchor=f"{candidate.anchor}~{newest}")
    newer = [number for at, number in candidate.moments if at > max(dealt_with)]
    if not newer:
        return None
    anchor = f"{candidate.anchor}+{newer[0]}"
    if any(finding.anchor == anchor for finding in standing if finding.sign == candidate.sign):
        anchor = f"{anchor}~{newest}"
    return replace(candidate, anchor=anchor)

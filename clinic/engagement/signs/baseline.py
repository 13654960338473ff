"""Somebody's recent weeks beside their own baseline: what D07 compares, and in which weeks nothing can be compared."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import compress
from math import ceil
from typing import NamedTuple

from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.signs.weeks import DAYS, PARTS, Tally, Week, is_eligible, last_whole_week, tallies
from clinic.engagement.timeline import CHANNEL_LETTER, MISSED, PRESENT, Channel, Record, Timeline

# Weeks that do not count are stepped over, but no further back than twice the weeks asked for: what was before a long
# pause is no news, and no baseline.
REACH = 2
MEETINGS = Channel.MUTUAL_AID
_MEETING = ord(CHANNEL_LETTER[MEETINGS])


class Span(NamedTuple):
    """The Mondays of the weeks compared, oldest first."""

    before: tuple[int, ...]
    recent: tuple[int, ...]


class Share(NamedTuple):
    """Attended and expected, both in one unit that makes them whole numbers (`Comparison.unit` a session)."""

    attended: int
    expected: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The recent weeks beside those before, for each service with anything expected in them, and all together.

    `weeks` has each recent week by its Monday; `pooled` are all of those before, and all recent ones.
    """

    span: Span
    unit: int
    weeks: dict[int, Week]
    pooled: tuple[Week, Week]
    before: dict[Channel, Share]
    recent: dict[Channel, Share]
    all_before: Share
    all_recent: Share

    def fell(self, service: Channel, thresholds: Thresholds) -> bool:
        """Whether the attended share of one service is lower by `falling_channel` percent of what it was, or more."""
        if service not in self.recent or service not in self.before or not self.before[service].attended:
            return False
        then, now = self.before[service], self.recent[service]
        left = 100 - thresholds.falling_channel
        return now.attended * then.expected * 100 <= left * then.attended * now.expected

    def is_short(self, monday: int) -> bool:
        """Whether a recent week is below the mean share of the weeks before."""
        attended, asked = 0, 0
        for service, tally in self.weeks[monday].items():
            if service is not MEETINGS:
                attended += tally.attended
                asked += tally.asked
        attended, asked = attended * self.unit, asked * (self.unit // PARTS)
        if MEETINGS in self.recent:
            usual = self.recent[MEETINGS].expected // len(self.span.recent)
            logged = self.weeks[monday].get(MEETINGS, Tally()).attended * self.unit
            attended, asked = attended + min(logged, usual), asked + usual
        mean = self.all_before
        return attended * mean.expected < mean.attended * asked

    def gone(self, thresholds: Thresholds) -> bool:
        """Whether hardly anything is attended any more, in whatever service."""
        return all(
            each.attended * 100 <= thresholds.falling_gone * each.expected for each in self.recent.values()
        )

    def recent_tallies(self) -> list[Tally]:
        """One a service, of all recent weeks."""
        return list(self.pooled[1].values())


def _sum(shares: Iterable[Share]) -> Share:
    attended, expected = 0, 0
    for share in shares:
        attended, expected = attended + share.attended, expected + share.expected
    return Share(attended, expected)


def span_of(timeline: Timeline, thresholds: Thresholds) -> Span:
    """The last `falling_recent` eligible weeks that are over, and up to `falling_before` before them."""
    record, monday = timeline.record, last_whole_week(timeline.today)
    if not timeline.pauses:
        shared = _shared_span(
            record.weekdays,
            record.closures,
            monday,
            thresholds.falling_recent,
            thresholds.falling_before,
            thresholds.eligible_days,
        )
        if shared.before and record.admitted <= shared.before[0]:
            return shared
    recent, monday = _eligible(timeline, thresholds, monday, thresholds.falling_recent)
    if len(recent) < thresholds.falling_recent:
        return Span((), recent)
    before, _ = _eligible(timeline, thresholds, monday, thresholds.falling_before)
    return Span(before, recent)


@lru_cache(maxsize=64)
def _shared_span(
    weekdays: frozenset[int], closures: frozenset[int], monday: int, recent: int, before: int, least: int
) -> Span:
    """The same for a stay without a pause that began before all of it: every such client of a clinic shares it."""
    always = Record(0, 0, b"", b"", b"", (), (), (), (), closures=closures, weekdays=weekdays)
    thresholds = replace(DEFAULTS, falling_recent=recent, falling_before=before, eligible_days=least)
    timeline = always.as_of(monday + 2 * DAYS - 1)
    near, monday = _eligible(timeline, thresholds, monday, recent)
    far, _ = _eligible(timeline, thresholds, monday, before)
    return Span(far if len(near) == recent else (), near)


def _eligible(
    timeline: Timeline, thresholds: Thresholds, monday: int, wanted: int
) -> tuple[tuple[int, ...], int]:
    found: list[int] = []
    for _ in range(wanted * REACH):
        if len(found) == wanted or monday + DAYS <= timeline.record.admitted:
            break
        if is_eligible(timeline, monday, thresholds):
            found.append(monday)
        monday -= DAYS
    return tuple(reversed(found)), monday


def may_have_fallen(timeline: Timeline, thresholds: Thresholds) -> bool:
    """A quick look that says no only where the whole comparison would: it spares most clients all the rest.

    The fall must come to `falling_a_week` sessions in each recent week, and where neither a care plan nor meetings the
    client told us about set what is expected, only missed sessions make a fall.
    """
    record, size = timeline.record, timeline.size
    if timeline.known.schedules or record.channels.find(b"a", 0, size) >= 0:
        return True
    reach = last_whole_week(timeline.today) - (thresholds.falling_recent * REACH - 1) * DAYS
    newest = timeline.newest_missed
    if newest < 0 or record.days[newest] < reach:
        return False
    first = bisect_left(record.days, reach, 0, size)
    least = thresholds.falling_recent * thresholds.falling_a_week
    # Counted with the doses first: most clients have missed too little of anything.
    if timeline.marks.count(b"M", first) + timeline.marks.count(b"V", first) < least:
        return False
    return timeline.sessions_came_and_missed.count(b"M", first) >= least


def may_fall_short(timeline: Timeline, thresholds: Thresholds, span: Span) -> bool:
    """A second look, at the weeks themselves, which says no only where the whole comparison would."""
    record, size, weeks = timeline.record, timeline.size, len(span.recent)
    turn = bisect_left(record.days, max(span.recent[0], record.admitted), 0, size)
    end = bisect_right(record.days, span.recent[-1] + DAYS - 1, turn, size)
    begin = bisect_left(record.days, max(span.before[0], record.admitted), 0, turn)
    planned = bool(timeline.known.schedules) or record.channels.find(b"a", begin, end) >= 0
    marks = timeline.sessions_came_and_missed
    missed_now = marks.count(b"M", turn, end)
    # Where only what is booked is expected, no more can be short than was missed.
    if not planned and missed_now < thresholds.falling_a_week * weeks:
        return False
    # With weeks left out between them, days inside a pause or a closed group, plain counts say too much.
    first = span.before[0]
    if (
        any(pause.last is None or pause.last >= first for pause in timeline.pauses)
        or span.recent[-1] - first != (len(span.before) + weeks - 1) * DAYS
        or any(facts.closed is not None for facts in record.group_facts.values())
    ):
        return True
    if planned:
        return _may_fall_short_of_plan(timeline, thresholds, span, begin, turn, end)
    attended, attended_now = marks.count(b"A", begin, turn), marks.count(b"A", turn, end)
    then, now = attended + marks.count(b"M", begin, turn), attended_now + missed_now
    fall = attended * now - attended_now * then
    least = max(100 * thresholds.falling_a_week * weeks, thresholds.falling_points * now) * then
    if fall * 100 >= least:
        return True
    # Days with several appointments of one channel count once; where there are none of them the counts are exact.
    counted = marks[begin:end]
    days = list(compress(record.days[begin:end], counted))
    return len(set(days)) < len(days) and _twice_in_a_day(timeline, begin, end, counted)


def _twice_in_a_day(timeline: Timeline, begin: int, end: int, counted: bytes) -> bool:
    """Whether any of the sessions counted were of one channel, or one group, on one day."""
    record = timeline.record
    read = zip(record.days[begin:end], record.channels[begin:end], record.groups[begin:end], strict=True)
    kept = list(compress(read, counted))
    return len(set(kept)) < len(kept)


def _may_fall_short_of_plan(
    timeline: Timeline, thresholds: Thresholds, span: Span, begin: int, turn: int, end: int
) -> bool:
    """What is short in the recent weeks is at most what was missed, what the plan asks for beyond what was attended,
    and the meetings not logged; and it must be `falling_points` percent of all that was expected.
    """
    record, schedules = timeline.record, timeline.known.schedules
    marks, letters = timeline.marks[turn:end], record.channels[turn:end]
    read = list(zip(marks, letters, record.days[turn:end], strict=True))
    kept = bytes(letter for letter, _ in {(letter, day) for mark, letter, day in read if mark in PRESENT})
    missed = bytes(letter for mark, letter, _ in read if mark in MISSED)
    short, months = len(missed), -(-len(span.recent) * DAYS // PARTS)
    for channel in {each.channel for each in schedules}:
        asked = [each for each in schedules if each.channel == channel]
        letter = CHANNEL_LETTER[Channel(channel)].encode()
        attended = 0
        # In force all the time, the plan alone says what is expected.
        if all(each.first <= span.recent[0] for each in asked):
            attended = kept.count(letter)
            short -= missed.count(letter)
        short += max(max(each.a_month for each in asked) * months - attended, 0)
    if b"a" in record.channels:
        usual = record.channels.count(b"a", begin, turn) * len(span.recent) / len(span.before)
        logged = sum(a == _MEETING and m in PRESENT for a, m in zip(letters, marks, strict=True))
        short += max(ceil(usual) - logged, 0)
    if short < thresholds.falling_recent * thresholds.falling_a_week:
        return False
    sessions = len(kept) - kept.count(b"d") - kept.count(b"a")
    return short * 100 >= thresholds.falling_points * (sessions + short)


def compare(timeline: Timeline, thresholds: Thresholds, span: Span) -> Comparison:
    """Attended and expected before and recently. `span.before` must not be empty."""
    # Of the weeks before only the sum is compared; counting them one by one would be most of the work.
    weeks = tallies(timeline, (*span.before, *span.recent), together=span.before)
    unit = PARTS * len(span.before)
    before, recent = weeks[span.before[0]], _pooled(weeks, span.recent)
    shares_before, shares_recent = _shares(before, unit), _shares(recent, unit)
    meetings = _meetings(timeline, thresholds, before, recent, span)
    if meetings is not None:
        shares_before[MEETINGS], shares_recent[MEETINGS] = meetings
    return Comparison(
        span,
        unit,
        weeks,
        (before, recent),
        shares_before,
        shares_recent,
        _sum(shares_before.values()),
        _sum(shares_recent.values()),
    )


def _pooled(weeks: dict[int, Week], mondays: Sequence[int]) -> Week:
    pooled: Week = {}
    for monday in mondays:
        for service, tally in weeks[monday].items():
            pooled.setdefault(service, Tally()).add(tally)
    return pooled


def _shares(pooled: Week, unit: int) -> dict[Channel, Share]:
    return {
        service: Share(tally.attended * unit, tally.expected * unit // PARTS)
        for service, tally in pooled.items()
        if service is not MEETINGS and tally.expected
    }


def _meetings(
    timeline: Timeline, thresholds: Thresholds, before: Week, recent: Week, span: Span
) -> tuple[Share, Share] | None:
    """Mutual aid against its own mean, which is what is expected of it; more than usual makes up for nothing else.

    It is read where meetings were logged in `falling_least` of the weeks before, and the client wants them logged.
    """
    off = timeline.known.meetings_off
    if MEETINGS not in before or (off is not None and off <= timeline.today):
        return None
    weeks = tallies(timeline, span.before).values()
    if sum(MEETINGS in week and week[MEETINGS].attended > 0 for week in weeks) < thresholds.falling_least:
        return None
    unit, usual = PARTS * len(span.before), before[MEETINGS].attended
    logged = recent[MEETINGS].attended if MEETINGS in recent else 0
    expected = usual * len(span.recent) * PARTS
    return Share(usual * unit, usual * unit), Share(min(logged * unit, expected), expected)


def grace_until(timeline: Timeline, thresholds: Thresholds) -> int | None:
    """The first day on which attendance is compared again after the plan changed; None outside such a grace."""
    changed = [
        each.first
        for each in timeline.known.schedules
        if timeline.record.admitted < each.first <= timeline.today < each.first + thresholds.grace_days
    ]
    return max(changed) + thresholds.grace_days if changed else None


def mostly_unrecorded(comparison: Comparison, thresholds: Thresholds) -> tuple[int, int] | None:
    """Sessions nobody recorded and all of them, where in the recent weeks or in those before they are too many."""
    before, recent = comparison.pooled
    for pooled in (recent, before):
        found = [tally for service, tally in pooled.items() if service is not MEETINGS]
        unrecorded = sum(tally.unrecorded for tally in found)
        total = unrecorded + sum(tally.attended + tally.missed_days for tally in found)
        if unrecorded * 100 > thresholds.unrecorded_percent * total:
            return unrecorded, total
    return None


def explained_by_excuses(comparison: Comparison, thresholds: Thresholds) -> bool:
    """Whether more than `excused_fall_percent` of the fall are sessions excused: counted as if they had been asked."""
    excused = sum(tally.excused for tally in comparison.recent_tallies()) * comparison.unit
    then, now = comparison.all_before, comparison.all_recent
    fall = then.attended * (now.expected + excused) - now.attended * then.expected
    return excused * then.expected * 100 > thresholds.excused_fall_percent * fall

"""How somebody took part in group sessions: ratings, and what was left early or come late to, a kind of group each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from clinic.engagement.background import GroupFacts
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import (
    NOT_RATED_LITTLE_LATE,
    PRESENT,
    RATING,
    RATING_LITTLE_LATE,
    Timeline,
)
from clinic.engagement.words import Sentence, gettext_noop

_LEFT_EARLY = frozenset(b"EH")
_LATE = ord("L")
# Somebody who left before half was there, and left early more plainly than others.
_CAME = PRESENT | _LEFT_EARLY
_GROUP = ord("g")
_A_LITTLE_LATE = frozenset("".join((NOT_RATED_LITTLE_LATE, *RATING_LITTLE_LATE.values())).encode())
_RATING_OF = {
    ord(letter): rating for letters in (RATING, RATING_LITTLE_LATE) for rating, letter in letters.items()
}
# Ratings as the numbers they are, and the letters that are none.
_RATED = bytes(_RATING_OF.get(letter, 0) for letter in range(256))
_NO_RATING = bytes(letter for letter in range(256) if letter not in _RATING_OF)

# A kind of group by its name, or the group itself where nothing is known of its kind.
_KindOfGroup = str | int


@dataclass(frozen=True, slots=True)
class TakingPart:
    """How one kind of group was taken part in. Indices are of appointments, oldest first.

    `recent` are the newest ratings within the recent days, no more than are compared; `before` the ratings of the
    days before those; `of` the newest sessions, and `left` those of them left early or come late to.
    """

    groups: frozenset[int]
    recent: list[int]
    recent_ratings: list[int]
    before_ratings: list[int]
    of: list[int]
    left: list[int]

    def has_baseline(self, thresholds: Thresholds) -> bool:
        """Enough is rated to compare."""
        return (
            len(self.recent) == thresholds.quieter_recent
            and len(self.before_ratings) >= thresholds.quieter_before
        )


def worth_a_look(timeline: Timeline, thresholds: Thresholds) -> bool:
    """A quick look that says no only where the whole reading would: enough was left early or come late to, or rated
    lower than something before it.
    """
    record, marks = timeline.record, timeline.marks
    left = marks.count(b"E") + marks.count(b"L") + marks.count(b"H")
    if left >= thresholds.leaving_count:
        lately = marks[bisect_left(record.days, timeline.today - thresholds.recent_days, 0, timeline.size) :]
        if b"E" in lately or b"L" in lately or b"H" in lately:
            return True
    return bool(record.took) and _may_be_quieter(timeline, thresholds)


def _may_be_quieter(timeline: Timeline, thresholds: Thresholds) -> bool:
    """Whether the ratings, of whatever kind of group, could make a fall: as many as are compared, low ones among them,
    and one before that is higher by the fall asked for, without which no mean is.
    """
    record, size, first = timeline.record, timeline.size, timeline.today - thresholds.quieter_recent_days
    turn = bisect_right(record.days, first, 0, size)
    if timeline.pauses:
        # With a pause the days compared reach further back than the calendar says.
        recent = before = record.took[:size].translate(_RATED, _NO_RATING)
    else:
        recent = record.took[turn:size].translate(_RATED, _NO_RATING)
        if len(recent) < thresholds.quieter_recent:
            return False
        begin = bisect_right(record.days, first - thresholds.quieter_before_days, 0, turn)
        before = record.took[begin:turn].translate(_RATED, _NO_RATING)
    if len(recent) < thresholds.quieter_recent or len(before) < thresholds.quieter_before:
        return False
    # A median of four that is low has two low ones in it, of five three.
    low = sum([recent.count(rating) for rating in range(1, min(thresholds.quieter_median, 4) + 1)])
    return (
        2 * low >= thresholds.quieter_recent and 10 * (max(before) - min(recent)) >= thresholds.quieter_fall
    )


def taking_part(timeline: Timeline, thresholds: Thresholds) -> list[TakingPart]:
    """How each kind of group that the client has a place in was taken part in."""
    places = timeline.places
    if not places:
        return []
    record, facts = timeline.record, timeline.record.group_facts
    by_group: dict[int, list[int]] = {}
    index = record.channels.find(b"g", 0, timeline.size)
    while index >= 0:
        if timeline.marks[index] in _CAME:
            by_group.setdefault(record.groups[index], []).append(index)
        index = record.channels.find(b"g", index + 1, timeline.size)
    came: dict[_KindOfGroup, dict[int, list[int]]] = {
        _kind(facts.get(seat.group), seat.group): {} for seat in places
    }
    for group, indices in by_group.items():
        kind = _kind(facts.get(group), group)
        if kind in came:
            came[kind][group] = indices
    return [_of_one_kind(timeline, groups, thresholds) for groups in came.values()]


def _kind(facts: GroupFacts | None, group: int) -> _KindOfGroup:
    return facts.kind if facts is not None and facts.kind else group


def _of_one_kind(timeline: Timeline, groups: dict[int, list[int]], thresholds: Thresholds) -> TakingPart:
    """Of the sessions come to in each group of the kind, oldest first."""
    record, today = timeline.record, timeline.today
    sessions = sorted([index for own in groups.values() for index in own])
    skipped = _after_changes(timeline, groups, sessions, thresholds.quieter_skip)
    counted = [index for index in sessions if index not in skipped] if skipped else sessions
    recent: list[int] = []
    before: list[int] = []
    for index in reversed(counted):
        day = record.days[index]
        ago = today - day - (timeline.paused_days(day + 1, today) if timeline.pauses else 0)
        if ago >= thresholds.quieter_recent_days + thresholds.quieter_before_days:
            break
        if timeline.marks[index] in PRESENT and _rating(timeline, index):
            (recent if ago < thresholds.quieter_recent_days else before).append(index)
    recent, of = recent[: thresholds.quieter_recent][::-1], counted[-thresholds.leaving_of :]
    return TakingPart(
        groups=frozenset(groups),
        recent=recent,
        recent_ratings=[_rating(timeline, index) for index in recent],
        before_ratings=[_rating(timeline, index) for index in before],
        of=of,
        left=[index for index in of if _left_or_late(timeline, index)],
    )


def _after_changes(
    timeline: Timeline, groups: dict[int, list[int]], sessions: list[int], count: int
) -> set[int]:
    """The first `count` sessions come to after each change: of facilitator or form, or to another group of the kind."""
    record, skipped = timeline.record, set[int]()
    if len(groups) == 1 and not any(
        record.group_facts[each].changed for each in groups.keys() & record.group_facts.keys()
    ):
        return skipped
    for group, own in groups.items():
        facts = record.group_facts.get(group)
        changes = [day for day in facts.changed if day <= timeline.today] if facts else []
        if own[0] != sessions[0]:
            changes.append(record.days[own[0]])
        for changed in changes:
            skipped.update([index for index in own if record.days[index] >= changed][:count])
    return skipped


def _rating(timeline: Timeline, index: int) -> int:
    """1 to 4; 0 when it was not rated."""
    took = timeline.record.took
    return _RATING_OF.get(took[index], 0) if took else 0


def _left_or_late(timeline: Timeline, index: int) -> bool:
    mark, took = timeline.marks[index], timeline.record.took
    return mark in _LEFT_EARLY or (mark == _LATE and not (took and took[index] in _A_LITTLE_LATE))


def no_baseline_yet(timeline: Timeline, thresholds: Thresholds) -> Sentence | None:
    """What is missing before D04 can compare ratings; None when nothing is, or when there is no place in a group.

    Of several kinds of group it speaks of the one that is nearest to a baseline.
    """
    parts = taking_part(timeline, thresholds)
    if not parts or any(part.has_baseline(thresholds) for part in parts):
        return None
    needed, needed_before = thresholds.quieter_recent, thresholds.quieter_before
    recent, before = max(
        ((len(part.recent), min(len(part.before_ratings), needed_before)) for part in parts), key=sum
    )
    return gettext_noop(
        "No baseline yet for taking part: rated sessions in the last %(days)d days, %(recent)d of %(needed)d; "
        "in the %(days_before)d before, %(before)d of %(needed_before)d.",
        days=thresholds.quieter_recent_days,
        days_before=thresholds.quieter_before_days,
        recent=recent,
        needed=needed,
        before=before,
        needed_before=needed_before,
    )

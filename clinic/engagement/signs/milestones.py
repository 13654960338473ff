"""Good news: D15, milestones. They are listed like everything else, and never hidden."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from clinic.engagement.background import Goal, GoalKind
from clinic.engagement.signs.phrases import day_of
from clinic.engagement.signs.progress import (
    LATE_ENTRY_DAYS,
    NINETY_DAYS,
    GoalWeek,
    attended,
    capped,
    meetings_unknown,
    put_aside,
    weeks_back,
)
from clinic.engagement.signs.sign import Finding, Kind, Level, Of, Point, Settles, Sign
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.signs.weeks import DAYS
from clinic.engagement.timeline import Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

IN_PROGRAMME = (7, 30, 90, 180, 365)
IN_RECOVERY: dict[int, Sentence] = {
    7: gettext_noop("One week since their own recovery date"),
    30: gettext_noop("One month since their own recovery date"),
    365: gettext_noop("One year since their own recovery date"),
}
MEETINGS = (10, 30, 60, 90)
NINETY_OVER = gettext_noop("Ninety days of the goal are over")
USE, HELD_BACK_DAYS = "H1", 90
WEEKS_BACK = 12  # how far back a run of weeks is followed
# The kinds of milestones are kept apart in the number of their evidence, and above 40 bits none of them reaches.
KIND_BITS, PART_BITS = 40, 17


class Reached(NamedTuple):
    """A milestone: its fingerprint, the kind and the part that make its number, its day, and what it is. One that is
    not `cheered` only says that something is over.
    """

    anchor: str
    kind: int
    part: int
    day: int
    words: Sentence
    cheered: bool = True


def find_milestones(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D15: a milestone of the last `milestone_days`, of somebody seen within `milestone_seen` days.

    Helps to say well done in time. Milestones are 7, 30, 90, 180 and 365 days in the programme; one week, one month
    and one year since the recovery date a client has given and wants marked; a goal reached; a weekly goal met
    `goal_met_weeks` running; 10, 30, 60 and 90 meetings of a goal; day 90 of ninety in ninety with the number reached,
    whatever it is; and what was noted as one. A finding each. Good news; a person closes it. Those of the recovery date
    are held back for `HELD_BACK_DAYS` after use was noted later than that date (H1): the date is the client's to state
    anew. Day 90 with no meeting at all is not cheered: it says that the days are over, and speaks of a new goal.
    """
    known, elapsed = timeline.known, timeline.today - timeline.record.admitted
    if not (known.goals or known.milestones or known.recovery_start):
        newest = bisect_right(IN_PROGRAMME, elapsed) - 1
        if newest < 0 or elapsed - IN_PROGRAMME[newest] > thresholds.milestone_days:
            return ()
    seen = timeline.last_contact
    if seen is None or timeline.today - seen > thresholds.milestone_seen:
        return ()
    recent = range(timeline.today - thresholds.milestone_days, timeline.today + 1)
    return tuple([_milestone(timeline, each) for each in _reached(timeline, thresholds, recent)])


def calendar(timeline: Timeline) -> list[tuple[int, Sentence]]:
    """The milestones that the calendar alone brings, with their days, oldest first: those of this stay, and those since
    the recovery date a client has given, unless congratulations on it would hurt now. Pages show those to come as well.
    """
    admitted, start = timeline.record.admitted, timeline.known.recovery_start
    found = [(admitted + days, _in_programme(days)) for days in IN_PROGRAMME]
    if start is not None and not _held_back(timeline, start):
        found += [(start + days, words) for days, words in IN_RECOVERY.items()]
    return sorted(found, key=lambda each: each[0])


def _in_programme(days: int) -> Sentence:
    return ngettext_lazy("%(n)d day in the programme", "%(n)d days in the programme", days)


def _milestone(timeline: Timeline, reached: Reached) -> Finding:
    at = timeline.begins(reached.day)
    number = (reached.kind << KIND_BITS) + reached.part
    return Finding(
        sign=D15.code,
        level=Level.GOOD_NEWS,
        anchor=reached.anchor,
        title=D15.title if reached.cheered else reached.words,
        timeline=timeline,
        missed=(),
        tell=lambda: [_said(reached)],
        counts_from=at,
        steps=("FS-CELEBRATE",) if reached.cheered else ("FS-STRENGTH", "FS-GOAL"),
        points=(Point(Of.MILESTONE, number, at, reached.day, reached.words),),
    )


def _said(reached: Reached) -> Sentence:
    day = day_of(reached.day)
    if not reached.cheered:
        return gettext_noop("The last of the ninety days was %(day)s.", day=day)
    return gettext_noop("%(milestone)s on %(day)s.", milestone=reached.words, day=day)


def _held_back(timeline: Timeline, start: int) -> bool:
    """Whether use was noted since the recovery date: congratulations on that date would hurt."""
    since = max(start + 1, timeline.today - HELD_BACK_DAYS)
    return any(each.item == USE and each.anchor and each.day >= since for each in timeline.known.noted)


def _reached(timeline: Timeline, thresholds: Thresholds, recent: range) -> Iterator[Reached]:
    """Every milestone whose day is one of the `recent` ones; of the others not even the words are made."""
    known, admitted = timeline.known, timeline.record.admitted
    for days in IN_PROGRAMME:
        if admitted + days in recent:
            yield Reached(f"days:{days}", 1, days, admitted + days, _in_programme(days))
    start = known.recovery_start
    if start is not None and not _held_back(timeline, start):
        for days, words in IN_RECOVERY.items():
            if start + days in recent:
                yield Reached(f"recovery:{start}:{days}", 2, (start << 9) + days, start + days, words)
    for noted in known.milestones:
        if noted.day in recent:
            words = gettext_noop("A milestone of their own")
            yield Reached(f"noted:{noted.id}", 3, noted.id, noted.day, words)
    for goal in known.goals:
        if goal.reached is not None and goal.reached in recent:
            words = gettext_noop("A goal of their own reached")
            yield Reached(f"goal:{goal.id}", 4, goal.id, goal.reached, words)
        if goal.kind is not GoalKind.FREE and not put_aside(goal, timeline.today):
            yield from _of_goal(timeline, goal, thresholds, recent)


def _of_goal(timeline: Timeline, goal: Goal, thresholds: Thresholds, recent: range) -> Iterator[Reached]:
    """What was reached of a goal that counts."""
    ninety = goal.kind is GoalKind.NINETY
    last = timeline.today
    if goal.last is not None:
        last = min(last, goal.last)
    if goal.reached is not None:
        last = min(last, goal.reached)
    if ninety:
        last = min(last, goal.first + NINETY_DAYS - 1)
    if last in recent:
        came = attended(timeline, goal, goal.first, last)
        if ninety:
            came = capped(came, thresholds.ninety_a_day)
        for count in MEETINGS:
            if len(came) >= count and came[count - 1] in recent:
                words = ngettext_lazy(
                    "%(n)d meeting of a goal attended", "%(n)d meetings of a goal attended", count
                )
                number = goal.id * 100 + count
                yield Reached(f"meetings:{goal.id}:{count}", 5, number, came[count - 1], words)
        if ninety and last == goal.first + NINETY_DAYS - 1 and not meetings_unknown(timeline, goal, last):
            words = NINETY_OVER
            if came:
                words = ngettext_lazy(
                    "Day 90 of ninety in ninety, %(n)d meeting attended,",
                    "Day 90 of ninety in ninety, %(n)d meetings attended,",
                    len(came),
                )
            yield Reached(f"ninety:{goal.id}", 6, goal.id, last, words, bool(came))
    if not ninety:
        yield from _weeks_met(timeline, goal, thresholds, recent)


def _weeks_met(timeline: Timeline, goal: Goal, thresholds: Thresholds, recent: range) -> Iterator[Reached]:
    """A weekly goal met for just so many weeks running; weeks that are left out neither add to them nor end them."""
    met: list[GoalWeek] = []
    for each in islice(weeks_back(timeline, goal, thresholds), WEEKS_BACK):
        # Known from the Tuesday after it on; those further back were known earlier still.
        if not met and each.sunday + 1 + LATE_ENTRY_DAYS not in recent:
            return
        if (each.counts and not each.met) or len(met) > thresholds.goal_met_weeks:
            break
        if each.counts:
            met.append(each)
    if len(met) == thresholds.goal_met_weeks:
        words = ngettext_lazy(
            "The weekly goal met %(n)d week running", "The weekly goal met %(n)d weeks running", len(met)
        )
        number = met[0].monday // DAYS
        part = (goal.id << PART_BITS) + number
        yield Reached(f"weeks:{goal.id}:{number}", 7, part, met[0].sunday + 1 + LATE_ENTRY_DAYS, words)


D15 = Sign(
    code="D15",
    title=gettext_noop("Milestone to celebrate"),
    family="milestones",
    levels=(Level.GOOD_NEWS,),
    sources=("004:111", "004:119", "004:121"),
    thresholds=("milestone_days", "milestone_seen", "goal_met_weeks", "ninety_a_day", "eligible_days"),
    settles=Settles.PERSON,
    meaning=gettext_noop("A milestone that somebody notices counts for more."),
    find=find_milestones,
    kind=Kind.GOOD_NEWS,
    absence=False,
)

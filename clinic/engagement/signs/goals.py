"""Signs read off the client's own goals: D10 for so many a week, D11 and D11b for ninety meetings in ninety days."""

from __future__ import annotations

from itertools import islice

from clinic.engagement.background import Goal, GoalKind
from clinic.engagement.signs.phrases import day_of, not_recorded
from clinic.engagement.signs.progress import (
    NINETY_DAYS,
    NOON,
    GoalWeek,
    Ninety,
    at_checkpoint,
    is_running,
    newest_week,
    unrecorded,
    weeks_back,
)
from clinic.engagement.signs.sign import Finding, Kind, Level, Of, Point, Settles, Sign
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.signs.weeks import DAYS
from clinic.engagement.timeline import CHANNEL_LETTER, Channel, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

WEEKS_SHOWN = 6
WEEKS_READ = 4  # the 4 of "3 of the last 4"
WEEKS_OLD = 1  # the newest week that counts may lie so many weeks further back
NOTHING_COUNTS_FROM = 2  # a goal of one a week is not asked about after a single week at none
WEEK_BITS = 17  # room for the number of a week beside that of its goal
_LETTERS = {str(channel): CHANNEL_LETTER[channel] for channel in Channel}


def find_short_weeks(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D10: a weekly goal of the client's own, short for `goal_short_weeks` running, or in `goal_short_of` of the last 4
    weeks, or at none for a week where the goal is two or more.

    Helps whoever set a goal and would like somebody to ask how it goes. A week runs from Monday to Sunday and is read
    from Tuesday on. It is short when fewer were attended than the goal asks for, cut down to what was on offer and to
    the days that could be used, rounded down; one that its unrecorded sessions could fill is not, and is passed over
    unless it was kept in what is recorded. Left out: weeks with fewer than `eligible_days`, weeks in which the client
    had paused the goal, and those that begin before the `grace_days` after the newest change of goal or plan are over.
    Silent with more than `unrecorded_percent` unrecorded. Always within two days. Settles by itself with the next week
    that is met.
    """
    goals = timeline.known.goals
    if not goals:
        return ()
    found = [
        _short_weeks(timeline, goal, thresholds)
        for goal in goals
        if goal.kind == GoalKind.WEEKLY and is_running(timeline, goal)
    ]
    return tuple(finding for finding in found if finding is not None)


def _short_weeks(timeline: Timeline, goal: Goal, thresholds: Thresholds) -> Finding | None:
    read = _weeks_read(timeline, goal, thresholds)
    if not read or read[-1].monday < newest_week(timeline.today) - DAYS * WEEKS_OLD:
        return None
    short = [each for each in read if each.short]
    running = next((n for n, each in enumerate(reversed(read)) if not each.short), len(read))
    nothing = read[-1].short and not read[-1].attended and goal.target >= NOTHING_COUNTS_FROM
    several = sum(each.short for each in read[-WEEKS_READ:]) >= thresholds.goal_short_of
    if not (nothing or several or running >= thresholds.goal_short_weeks):
        return None
    unknown = unrecorded(timeline, goal, read[0].monday, read[-1].sunday, thresholds)
    if unknown is None:
        return None

    def tell() -> list[Sentence]:
        why = [
            gettext_noop(
                "The goal is %(n)d a week. The last weeks: %(weeks)s.",
                n=goal.target,
                weeks=[_of(each) for each in read],
            )
        ]
        if read[-1].offered is not None:
            why.append(gettext_noop("On offer in the newest: %(n)d.", n=read[-1].offered))
        if len(short) >= thresholds.goal_reset_weeks:
            why.append(
                ngettext_lazy(
                    "After %(n)d short week another goal may fit better: challenging but doable.",
                    "After %(n)d short weeks another goal may fit better: challenging but doable.",
                    len(short),
                )
            )
        return [*why, *not_recorded(unknown)]

    return Finding(
        sign=D10.code,
        level=Level.TWO_DAYS,
        anchor=f"goal:{goal.id}:{short[0].monday // DAYS}",
        title=D10.title,
        timeline=timeline,
        missed=(),
        tell=tell,
        counts_from=timeline.begins(short[-1].sunday) + NOON,
        unrecorded=unknown,
        steps=("FS-STRENGTH", "FS-RESTART", "FS-BARRIER", "FS-GOAL"),
        points=tuple(_week_point(timeline, goal, each) for each in short),
    )


def _weeks_read(timeline: Timeline, goal: Goal, thresholds: Thresholds) -> list[GoalWeek]:
    """The weeks that count, oldest first; none as soon as the newest of them show that there is nothing to say."""
    since = _newest_change(timeline, goal) + thresholds.grace_days
    most = max(WEEKS_READ, thresholds.goal_short_weeks)
    read: list[GoalWeek] = []
    met = 0
    for each in islice(weeks_back(timeline, goal, thresholds), WEEKS_SHOWN):
        if each.monday < since or len(read) == most:
            break
        if not each.short and not each.kept:
            continue
        read.append(each)
        if each.kept:
            met += 1
            # The newest was met, and so many others that too few are left to be short.
            if WEEKS_READ - met < thresholds.goal_short_of and len(read) <= WEEKS_READ and read[0].kept:
                return []
    return read[::-1]


def _newest_change(timeline: Timeline, goal: Goal) -> int:
    """The newest day on which what is expected changed: the goal was set, or the plan of a service it counts."""
    newest, today = goal.first, timeline.today
    for each in timeline.known.schedules:
        if newest < each.first <= today and _LETTERS.get(each.channel, "-") in goal.channels:
            newest = each.first
    return newest


def _of(week: GoalWeek) -> Sentence:
    target = week.least if week.kept else week.target
    return gettext_noop("%(n)d of %(target)d", n=min(week.attended, target), target=target)


def _week_point(timeline: Timeline, goal: Goal, week: GoalWeek) -> Point:
    words = gettext_noop(
        "%(n)d of %(target)d in the week of %(day)s",
        n=week.attended,
        target=week.target,
        day=day_of(week.monday),
    )
    number = (goal.id << WEEK_BITS) + week.monday // DAYS
    return Point(Of.WEEK, number, timeline.begins(week.sunday) + NOON, week.sunday, words)


def find_ninety(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D11: ninety meetings in ninety days, behind at a checkpoint: day 14, 30, 45, 60 or 75 of the goal.

    Helps whoever took much upon themselves. Behind are the days that were asked for less the meetings attended, at
    most `ninety_a_day` of one day: `ninety_behind` or `ninety_percent` of the days, whichever is more, with fewer than
    `ninety_pace` in the last 14 days. Once a checkpoint, within two days; a person closes it. Silent with more than
    `unrecorded_percent` unrecorded.
    """
    if not timeline.known.goals:
        return ()
    found = []
    for goal, stand, unknown in _nineties(timeline, thresholds):
        needed = max(thresholds.ninety_behind * 100, thresholds.ninety_percent * stand.elapsed)
        if stand.behind * 100 >= needed and stand.lately < thresholds.ninety_pace:
            number = goal.id * NINETY_DAYS + stand.checkpoint
            anchor = f"goal:{goal.id}:{stand.checkpoint}"
            found.append(_ninety_finding(timeline, D11, goal, stand, unknown, anchor, number, stand.day))
    return tuple(found)


def find_out_of_reach(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D11b: at the newest checkpoint ninety in ninety could no longer be met at `ninety_a_day` (2) meetings a day.

    Helps whoever would go on measuring themselves by it. Upkeep, once for the goal; a person closes it. Silent with
    more than `unrecorded_percent` unrecorded.
    """
    if not timeline.known.goals:
        return ()
    return tuple(
        _ninety_finding(
            timeline, D11B, goal, stand, unknown, f"goal:{goal.id}", goal.id * NINETY_DAYS, goal.first
        )
        for goal, stand, unknown in _nineties(timeline, thresholds)
        if stand.behind > (thresholds.ninety_a_day - 1) * stand.ahead
    )


def _nineties(timeline: Timeline, thresholds: Thresholds) -> list[tuple[Goal, Ninety, int]]:
    """The goals of ninety in ninety that can be read today, how each stands, and what is not recorded of it."""
    key = ("nineties", thresholds.ninety_a_day, thresholds.unrecorded_percent)
    found: list[tuple[Goal, Ninety, int]] | None = timeline.memo.get(key)
    if found is not None:
        return found
    found = timeline.memo[key] = []
    for goal in timeline.known.goals:
        if goal.kind is not GoalKind.NINETY or not is_running(timeline, goal):
            continue
        stand = at_checkpoint(timeline, goal, thresholds)
        if stand is None:
            continue
        unknown = unrecorded(timeline, goal, goal.first, stand.day, thresholds)
        if unknown is not None:
            found.append((goal, stand, unknown))
    return found


def _ninety_finding(
    timeline: Timeline,
    sign: Sign,
    goal: Goal,
    stand: Ninety,
    unknown: int,
    anchor: str,
    number: int,
    since: int,
) -> Finding:
    so_far = ngettext_lazy(
        "%(n)d meeting by day %(day)d of the goal; %(lately)d in the 14 days up to then.",
        "%(n)d meetings by day %(day)d of the goal; %(lately)d in the 14 days up to then.",
        stand.attended,
        day=stand.checkpoint,
        lately=stand.lately,
    )

    def tell() -> list[Sentence]:
        why = [so_far]
        if stand.logged:
            why.append(gettext_noop("Mutual-aid meetings, as logged: %(n)d.", n=stand.logged))
        if sign is D11B:
            why.append(
                ngettext_lazy(
                    "%(n)d day of the ninety is left: a new goal can start today.",
                    "%(n)d days of the ninety are left: a new goal can start today.",
                    stand.ahead,
                )
            )
        return [*why, *not_recorded(unknown)]

    at = timeline.begins(since) + NOON
    return Finding(
        sign=sign.code,
        level=sign.levels[0],
        anchor=anchor,
        title=sign.title,
        timeline=timeline,
        missed=(),
        tell=tell,
        counts_from=at,
        unrecorded=unknown,
        steps=("FS-STRENGTH", "FS-MEET", "FS-GOAL") if sign is D11 else ("FS-STRENGTH", "FS-GOAL"),
        points=(Point(Of.GOAL, number, at, since, so_far),),
    )


D10 = Sign(
    code="D10",
    title=gettext_noop("Group goal: talk about the week"),
    family="goals",
    levels=(Level.TWO_DAYS,),
    sources=("004:109",),
    thresholds=(
        "goal_short_weeks",
        "goal_short_of",
        "goal_reset_weeks",
        "eligible_days",
        "grace_days",
        "unrecorded_percent",
    ),
    settles=Settles.MENDED,
    meaning=gettext_noop("The goal is the client’s own; asking about the week helps before it is put aside."),
    find=find_short_weeks,
    absence=False,
)

D11 = Sign(
    code="D11",
    title=gettext_noop("90-in-90: see how it is going"),
    family="goals",
    levels=(Level.TWO_DAYS,),
    sources=("000:19",),
    thresholds=("ninety_behind", "ninety_percent", "ninety_pace", "ninety_a_day", "unrecorded_percent"),
    settles=Settles.PERSON,
    meaning=gettext_noop("Ninety in ninety is a great deal; somebody who asks kindly makes it easier."),
    find=find_ninety,
    # An older checkpoint that is still open is taken up by the newer one.
    one_at_a_time=True,
    absence=False,
)

D11B = Sign(
    code="D11b",
    title=gettext_noop("90-in-90: talk about a new goal"),
    family="goals",
    levels=(Level.UPKEEP,),
    sources=("000:19",),
    thresholds=("ninety_a_day", "unrecorded_percent"),
    settles=Settles.PERSON,
    meaning=gettext_noop("A goal that is out of reach discourages; a new one is agreed together."),
    find=find_out_of_reach,
    kind=Kind.UPKEEP,
    absence=False,
)

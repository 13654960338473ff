"""Signs read off medication: D09, for observed doses, for what is taken home, and for long-acting injections.

Nothing here knows an amount, and nothing says what becomes of the next dose: that is for the prescriber.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from enum import StrEnum
from typing import NamedTuple

from clinic.engagement.background import OrderKind
from clinic.engagement.signs.orders import (
    Overdue,
    course_began,
    expected_since,
    in_force,
    is_expected,
    overdue_injection,
    overdue_supply,
)
from clinic.engagement.signs.phrases import day_of, days_of, not_recorded
from clinic.engagement.signs.sign import (
    IF_FOR_TODAY,
    IF_FOR_TOMORROW,
    IF_WITHIN_TWO_DAYS,
    Escalation,
    Finding,
    Level,
    Of,
    Point,
    Settles,
    Sign,
    To,
    Unit,
    highest,
)
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import MISSED, PRESENT, Channel, ChannelDay, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

DOSES = Channel.DOSING
WEEK, FORTNIGHT = 7, 14
DOSING, UNRECORDED = ord("d"), ord("S")
STEPS = ("FS-MED", "FS-SAFE", "FS-CALM", "FS-BARRIER")
ASSESS = gettext_noop("Prescriber or nurse assessment before the next dose: tolerance may have fallen.")
ASSESS_AS_NEW = gettext_noop(
    "Prescriber or nurse assessment before the next dose: tolerance may have fallen. "
    "The prescriber may treat it as a new start."
)
ASSESSED_BEFORE_NEXT = gettext_noop("Assessment before the next dose: yes.")


def find_missed_doses(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D09: expected medication was not taken, picked up or given.

    Helps whoever is without medication, for tolerance falls within days. Three patterns, a finding each.
    Observed doses: one missed is a check-in, for tomorrow in the first `doses_early_days` of dosing; `doses_concern` in
    a row tomorrow; `doses_urgent` today, with a banner, and from `doses_new_start` on a longer one. Not in a row:
    `doses_week` in 7 days or `doses_fortnight` in 14, tomorrow. A dose taken ends the row; the newest missed one is at
    most `recent_days` old. Where orders are on record only days count on which an observed one is in force, not
    suspended, and no supply was taken home.
    Taken home: days since the newest supply ended with an order still in force, or since the first day of the order
    where none was ever picked up: `supply_watch` within two days, `supply_concern` tomorrow, `supply_urgent`
    (buprenorphine `supply_urgent_buprenorphine`) today.
    Injections: days since the newest due one: `injection_watch` within two days, `injection_concern` tomorrow,
    `injection_urgent` today. Naltrexone, either way: `naltrexone_concern` tomorrow, `naltrexone_urgent` today.
    Days in a pause or a suspended span never count. Settled by medical staff alone. Source: 001:50; clinical basis 3.1.
    """
    found = _observed(timeline, thresholds) if timeline.has_dosing else ()
    if timeline.known.orders:
        if supply := overdue_supply(timeline, thresholds):
            found = (*found, _finding(timeline, supply, assess=True))
        if injection := overdue_injection(timeline, thresholds):
            found = (*found, _finding(timeline, injection, assess=False))
    return found


# -- observed doses ------------------------------------------------------------------------------------------------


def _observed(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    if not _may_matter(timeline, thresholds):
        return ()
    run, lately = _missed_days(timeline, thresholds)
    if not lately and not run:
        return ()
    row, week = len(run), [day for day in lately if timeline.today - day.day < WEEK]
    counted, span = run, 0
    if row >= thresholds.doses_urgent:
        level = Level.TODAY
    elif len(week) >= thresholds.doses_week:
        level, counted, span = Level.TOMORROW, week, WEEK
    elif len(lately) >= thresholds.doses_fortnight:
        level, counted, span = Level.TOMORROW, lately, FORTNIGHT
    elif row >= thresholds.doses_concern:
        level = Level.TOMORROW
    elif row:
        early = run[0].day - _dosing_began(timeline, run[0].day) < thresholds.doses_early_days
        level = Level.TOMORROW if early else Level.CHECK_IN
    else:
        return ()
    shown = run[::-1] if counted is run else sorted({*run, *counted})
    missed = tuple([index for day in shown for index in day.indices])
    unrecorded = timeline.unrecorded_since(shown[0].day - 1, DOSES)
    urgent = level is Level.TODAY

    def tell() -> list[Sentence]:
        why = [
            gettext_noop("Observed doses not taken: %(days)s.", days=days_of(timeline, missed)),
            _last_dose(timeline),
        ]
        return [*why, *([ASSESSED_BEFORE_NEXT] if urgent else []), *not_recorded(unrecorded)]

    banner = None
    if urgent:
        banner = ASSESS_AS_NEW if row >= thresholds.doses_new_start else ASSESS
    return (
        Finding(
            sign=D09.code,
            level=level,
            anchor=f"dose:{timeline.record.ids[missed[0]]}",
            title=_title(row, len(counted), span),
            timeline=timeline,
            missed=missed,
            tell=tell,
            counts_from=timeline.record.starts[missed[-1]],
            unrecorded=unrecorded,
            steps=STEPS,
            banner=banner,
        ),
    )


def _may_matter(timeline: Timeline, thresholds: Thresholds) -> bool:
    """A quick look that spares those who take their doses the rest, however many doses there are: the newest was
    missed, or enough of a fortnight were.
    """
    days, today, newest = timeline.record.days, timeline.today, timeline.newest_missed
    # Of whatever service first: where nothing was missed lately, no dose was.
    if newest < 0 or today - days[newest] > max(thresholds.recent_days, FORTNIGHT):
        return False
    marks = timeline.came_and_missed(DOSES)
    missed = marks.rfind(b"M")
    if missed < 0:
        return False
    ago, taken = today - days[missed], marks.rfind(b"A")
    if taken < missed and ago <= thresholds.recent_days and (taken < 0 or days[taken] < days[missed]):
        return True
    if ago >= FORTNIGHT:
        return False
    lately = marks.count(b"M", bisect_right(days, today - FORTNIGHT, 0, timeline.size))
    return lately >= min(thresholds.doses_week, thresholds.doses_fortnight)


def _missed_days(timeline: Timeline, thresholds: Thresholds) -> tuple[list[ChannelDay], list[ChannelDay]]:
    """The days of expected doses missed in a row up to now, and all those of a fortnight; both newest first."""
    run: list[ChannelDay] = []
    lately: list[ChannelDay] = []
    marks, days, size = timeline.came_and_missed(DOSES), timeline.record.days, timeline.size
    newest_taken, unbroken, since = marks.rfind(b"A"), True, expected_since(timeline)
    taken_on = days[newest_taken] if newest_taken >= 0 else 0
    index = marks.rfind(b"M")
    while index >= 0:
        day = days[index]
        ago = timeline.today - day
        unbroken = unbroken and day > taken_on and bool(run or ago <= thresholds.recent_days)
        if ago >= FORTNIGHT and not unbroken:
            break
        indices: tuple[int, ...] = (index,)
        index = marks.rfind(b"M", 0, index)
        while index >= 0 and days[index] == day:
            indices = (index, *indices)
            index = marks.rfind(b"M", 0, index)
        # A dose taken on the same day is enough; after the newest one taken there is none to look for.
        if day <= taken_on:
            first = bisect_left(days, day, 0, size)
            if marks.find(b"A", first, bisect_right(days, day, first, size)) >= 0:
                continue
        if (since is not None and day >= since) or is_expected(timeline, day):
            found = ChannelDay(day, True, indices)
            if unbroken:
                run.append(found)
            if ago < FORTNIGHT:
                lately.append(found)
    return run, lately


def _dosing_began(timeline: Timeline, day: int) -> int:
    """The first day of the treatment that an order in force on a day carries on: a change of the order begins none.
    Without orders, that of the first dosing window of the stay.
    """
    orders = in_force(timeline, OrderKind.OBSERVED, day)
    if not orders:
        return timeline.record.days[timeline.channels.find(b"d")]
    return min(course_began(timeline, order) for order in orders)


def _last_dose(timeline: Timeline) -> Sentence:
    taken = next((day for day in timeline.channel_days(DOSES) if not day.missed), None)
    if taken is None:
        return gettext_noop("No dose taken is on record.")
    return gettext_noop("Last dose %(day)s.", day=day_of(taken.day))


def _title(row: int, count: int, span: int) -> Sentence:
    if span:
        return ngettext_lazy(
            "Missed doses: %(n)d in %(days)d days", "Missed doses: %(n)d in %(days)d days", count, days=span
        )
    if row == 1:
        return gettext_noop("One dose missed")
    return ngettext_lazy("Missed doses: %(n)d in a row", "Missed doses: %(n)d in a row", row)


# -- taken home, and injected --------------------------------------------------------------------------------------


def _finding(timeline: Timeline, overdue: Overdue, *, assess: bool) -> Finding:
    """What is overdue as a finding; each step it has reached is a piece of evidence. With `assess` the most urgent one
    asks for an assessment before the next dose.
    """
    level = highest(level for _, _, level in overdue.steps)
    assess = assess and level is Level.TODAY
    return Finding(
        sign=D09.code,
        level=level,
        anchor=overdue.anchor,
        title=overdue.title,
        timeline=timeline,
        missed=(),
        tell=lambda: [*overdue.why, ASSESSED_BEFORE_NEXT] if assess else overdue.why,
        counts_from=timeline.begins(overdue.since + 1),
        steps=STEPS,
        points=tuple(
            Point(
                Of.MEDICATION,
                number,
                timeline.begins(overdue.days[days - 1]),
                overdue.days[days - 1],
                ngettext_lazy("%(n)d day overdue", "%(n)d days overdue", days),
            )
            for number, days, _ in overdue.steps
        ),
        banner=ASSESS if assess else None,
    )


# -- for screens ---------------------------------------------------------------------------------------------------


class Dose(StrEnum):
    """What became of an observed dose on a day. `NOT_COUNTED`: excused, called off, closed, paused, not expected."""

    TAKEN = "taken"
    MISSED = "missed"
    NOT_COUNTED = "not_counted"
    NOT_RECORDED = "not_recorded"
    NOT_PLANNED = "not_planned"


class DoseDay(NamedTuple):
    day: int
    dose: Dose


def calendar(timeline: Timeline) -> list[DoseDay]:
    """The observed doses of the fortnight up to this day, a day each, oldest first."""
    record, size = timeline.record, timeline.size
    marks: dict[int, list[int]] = {}
    for index in range(bisect_right(record.days, timeline.today - FORTNIGHT, 0, size), size):
        if record.channels[index] == DOSING:
            marks.setdefault(record.days[index], []).append(timeline.marks[index])
    return [
        DoseDay(day, _dose(timeline, day, marks.get(day, [])))
        for day in range(timeline.today - FORTNIGHT + 1, timeline.today + 1)
    ]


def _dose(timeline: Timeline, day: int, marks: list[int]) -> Dose:
    if not marks:
        return Dose.NOT_PLANNED
    if any(mark in PRESENT for mark in marks):
        return Dose.TAKEN
    if any(mark in MISSED for mark in marks):
        return Dose.MISSED if is_expected(timeline, day) else Dose.NOT_COUNTED
    return Dose.NOT_RECORDED if UNRECORDED in marks else Dose.NOT_COUNTED


D09 = Sign(
    code="D09",
    title=gettext_noop("Missed doses"),
    family="doses",
    levels=(Level.TODAY, Level.TOMORROW, Level.TWO_DAYS, Level.CHECK_IN),
    sources=("001:50",),
    thresholds=(
        "doses_concern",
        "doses_urgent",
        "doses_new_start",
        "doses_early_days",
        "doses_week",
        "doses_fortnight",
        "recent_days",
        "supply_watch",
        "supply_concern",
        "supply_urgent",
        "supply_urgent_buprenorphine",
        "injection_watch",
        "injection_concern",
        "injection_urgent",
        "naltrexone_concern",
        "naltrexone_urgent",
    ),
    settles=Settles.MEDICAL,
    meaning=gettext_noop(
        "Tolerance falls within days without medication, so medical staff should know soon."
    ),
    find=find_missed_doses,
    escalation=(
        Escalation((Level.TODAY, Level.TOMORROW), To.NURSE_AND_PRESCRIBER, Unit.AT_ONCE),
        Escalation((Level.TODAY,), To.ON_CALL, Unit.AT_ONCE),
        *IF_FOR_TODAY,
        *IF_FOR_TOMORROW,
        *IF_WITHIN_TWO_DAYS,
    ),
    urgent_hours=2,
    safety=True,
)

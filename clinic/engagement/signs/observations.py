"""The sign read off what staff noted: D18. It carries what attendance tells too late (clinical basis, part 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import Final, NamedTuple

from clinic.engagement.background import Noted
from clinic.engagement.items import ANCHORS, ITEMS, SOURCES, How, Item
from clinic.engagement.signs.phrases import day_of
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
)
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Timeline
from clinic.engagement.words import Sentence, gettext_noop

STRESS, CRAVING, PAIR_LEAST = "C2", "A2", 2
MEDICAL_ITEMS = frozenset(("B1", "G2"))
SAFETY_GROUP = "H"
NOT_A_CONCERN = 0
ROLES: Final[dict[str, Sentence]] = {
    "case_manager": gettext_noop("the case manager"),
    "facilitator": gettext_noop("the facilitator"),
    "front_desk": gettext_noop("the front desk"),
    "supervisor": gettext_noop("the supervisor"),
    "medical": gettext_noop("medical staff"),
}
STAFF = gettext_noop("staff")
CLINICAL_NOTE = gettext_noop("a clinical note")
# What each item asks for first; of the others the group says it.
STEPS: Final[dict[str, tuple[str, ...]]] = {
    "H2": ("FS-EMERGENCY", "FS-SAFE"),
    "H1": ("FS-SAFE", "FS-NOBLAME", "FS-SUPPORT", "FS-LEVEL"),
    "B1": ("FS-MED",),
    "G2": ("FS-MED",),
    "A1": ("FS-PLAN", "FS-REASONS"),
    "A4": ("FS-PLAN", "FS-REASONS"),
    "A5": ("FS-PLAN", "FS-REFRAME"),
    "A8": ("FS-PLAN", "FS-REFRAME"),
    "A10": ("FS-NOBLAME", "FS-REFRAME"),
    "D1": ("FS-SUPPORT", "FS-REPAIR"),
    "D2": ("FS-SUPPORT", "FS-REPAIR"),
}
STEPS_OF_GROUP: Final[dict[str, tuple[str, ...]]] = {
    "A": ("FS-PLAN", "FS-COPE"),
    "B": ("FS-COPE",),
    "C": ("FS-CLINICIAN",),
    "D": ("FS-SUPPORT",),
    "E": ("FS-PLAN",),
    "F": ("FS-CLINICIAN",),
}


class _Course(NamedTuple):
    """One item as it stands: the newest time it was noted, and the run of concern that led up to it, oldest first.

    `before` is the lowest it stood at in the days before the newest, None when it was not noted then.
    """

    item: Item
    newest: Noted
    run: tuple[Noted, ...]
    before: Noted | None

    def rose(self, thresholds: Thresholds) -> bool:
        return self.before is not None and self.newest.anchor - self.before.anchor >= thresholds.noted_rise


def find_noted(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D18: something staff saw, or the client said, that asks for an answer.

    Helps before a session is missed. Reads the items noted in the last `noted_days`, each by its newest anchor, so
    what has calmed since does not count; strengths, anchor 0 and the concern about supply (G1) never do. Today: an item
    at `noted_strong`, or use or an emergency noted at all (H1, H2). By tomorrow: two items of different groups at
    `noted_clear`; one that rose by `noted_rise` over its lowest of the `noted_rise_days` before; stress and craving
    (C2, A2) both at 2; or discomfort or side effects (B1, G2) at `noted_clear`. Within two days: any other item at
    `noted_clear`. Items of clinical groups are never named. Read in pauses too: what was noted does not wait. About
    safety are those for today, and any of group H, B1 or G2. A person closes it. Sources: 000:1, 000:5, 001:34, 003:2.
    """
    noted = timeline.known.noted
    if not noted or timeline.today - noted[-1].day > thresholds.noted_days:
        return ()
    courses = _courses(timeline, noted, thresholds)
    level = _level(courses, thresholds)
    if level is None:
        return ()
    carrying = [course for course in courses if _carries(course, courses, thresholds)]
    rows = sorted(
        (each for course in carrying for each in (course.run or (course.newest,))),
        key=lambda each: (each.at, each.id),
    )
    return (
        Finding(
            sign=D18.code,
            level=level,
            anchor=f"noted:{rows[0].id}",
            title=D18.title,
            timeline=timeline,
            missed=(),
            tell=lambda: _tell(timeline, carrying, thresholds),
            counts_from=rows[-1].at,
            steps=_steps(carrying, level),
            points=tuple(Point(Of.OBSERVATION, each.id, each.at, each.day, _named(each)) for each in rows),
            safety=level is Level.TODAY or any(_is_about_safety(course.item) for course in carrying),
        ),
    )


def _courses(timeline: Timeline, noted: Sequence[Noted], thresholds: Thresholds) -> list[_Course]:
    """The items of concern noted in the window, by their newest anchor; those that calmed to 0 are left out."""
    since = timeline.today - thresholds.noted_days
    by_item: dict[str, list[Noted]] = {}
    for each in noted:
        item = ITEMS.get(each.item)
        if item is not None and item.listed and not item.is_strength:
            by_item.setdefault(each.item, []).append(each)
    found = []
    for code, rows in by_item.items():
        newest = rows[-1]
        if newest.day < since or newest.anchor == NOT_A_CONCERN:
            continue
        least = 1 if ITEMS[code].how is How.TOLD else min(thresholds.noted_clear, thresholds.noted_strong)
        run = list(takewhile(_of_concern(since, least), reversed(rows)))
        earlier = [each for each in rows[:-1] if newest.day - each.day <= thresholds.noted_rise_days]
        before = min(earlier, key=lambda each: each.anchor, default=None)
        found.append(_Course(ITEMS[code], newest, tuple(reversed(run)), before))
    return found


def _of_concern(since: int, least: int) -> Callable[[Noted], bool]:
    return lambda each: each.day >= since and each.anchor >= least


def _is_urgent(course: _Course, thresholds: Thresholds) -> bool:
    return course.item.how is How.TOLD or course.newest.anchor >= thresholds.noted_strong


def _is_about_safety(item: Item) -> bool:
    return item.group == SAFETY_GROUP or item.code in MEDICAL_ITEMS


def _paired(courses: Iterable[_Course]) -> bool:
    """Stress and craving at once."""
    high = {course.item.code for course in courses if course.newest.anchor >= PAIR_LEAST}
    return STRESS in high and CRAVING in high


def _level(courses: Sequence[_Course], thresholds: Thresholds) -> Level | None:
    if any(_is_urgent(course, thresholds) for course in courses):
        return Level.TODAY
    clear = [course for course in courses if course.newest.anchor >= thresholds.noted_clear]
    if (
        len({course.item.group for course in clear}) > 1
        or any(course.rose(thresholds) for course in courses)
        or any(course.item.code in MEDICAL_ITEMS for course in clear)
        or _paired(courses)
    ):
        return Level.TOMORROW
    return Level.TWO_DAYS if clear else None


def _carries(course: _Course, courses: Sequence[_Course], thresholds: Thresholds) -> bool:
    """Whether an item is part of what is raised."""
    return (
        _is_urgent(course, thresholds)
        or course.newest.anchor >= thresholds.noted_clear
        or course.rose(thresholds)
        or (course.item.code in (STRESS, CRAVING) and _paired(courses))
    )


def _tell(timeline: Timeline, carrying: Sequence[_Course], thresholds: Thresholds) -> list[Sentence]:
    """A sentence an item, the newest noted last; clinical ones alike, and each only once."""
    why: list[Sentence] = []
    for course in sorted(carrying, key=lambda each: (each.newest.at, each.newest.id)):
        newest = course.newest
        role, day = ROLES.get(newest.author, STAFF), day_of(newest.day)
        if course.item.clinical_only:
            said = [
                gettext_noop(
                    "A clinical note of %(day)s was written by %(role)s: ask medical staff.",
                    day=day,
                    role=role,
                )
            ]
        else:
            said = [
                gettext_noop(
                    "%(item)s (%(anchor)s): noted %(day)s by %(role)s, %(source)s.",
                    item=course.item.wording,
                    anchor=ANCHORS[newest.anchor],
                    day=day,
                    role=role,
                    source=SOURCES[newest.source],
                )
            ]
            if course.before is not None and course.rose(thresholds):
                said.append(
                    gettext_noop(
                        "On %(day)s it was: %(anchor)s.",
                        day=day_of(course.before.day),
                        anchor=ANCHORS[course.before.anchor],
                    )
                )
        why += [each for each in said if each not in why]
    if _on_medication(timeline) and any(course.item.code in MEDICAL_ITEMS for course in carrying):
        why.append(gettext_noop("On medication: tell the nurse or prescriber the same day."))
    return why


def _on_medication(timeline: Timeline) -> bool:
    today = timeline.today
    return any(
        order.first <= today and (order.last is None or order.last >= today)
        for order in timeline.known.orders
    )


def _named(each: Noted) -> Sentence:
    item = ITEMS[each.item]
    return CLINICAL_NOTE if item.clinical_only else item.wording


def _steps(carrying: Sequence[_Course], level: Level) -> tuple[str, ...]:
    """What the items ask for: an emergency first, then use, then the highest anchor."""
    items = sorted(
        carrying,
        key=lambda each: (
            each.item.code != "H2",
            each.item.code != "H1",
            -each.newest.anchor,
            each.item.code,
        ),
    )
    steps = ["FS-NOW"] if level is Level.TODAY and items[0].item.code != "H2" else []
    for course in items:
        steps += STEPS.get(course.item.code) or STEPS_OF_GROUP[course.item.group]
    return tuple(dict.fromkeys(steps))


D18 = Sign(
    code="D18",
    title=gettext_noop("Staff observation to follow up"),
    family="observations",
    levels=(Level.TODAY, Level.TOMORROW, Level.TWO_DAYS),
    sources=("000:1", "000:5", "001:34", "003:2"),
    thresholds=("noted_strong", "noted_clear", "noted_days", "noted_rise", "noted_rise_days"),
    settles=Settles.PERSON,
    meaning=gettext_noop(
        "Missed sessions come late; what a client says, and what staff notice, can come weeks before."
    ),
    find=find_noted,
    escalation=(
        Escalation((Level.TODAY,), To.NURSE_AND_PRESCRIBER, Unit.AT_ONCE),
        *IF_FOR_TODAY,
        *IF_FOR_TOMORROW,
        *IF_WITHIN_TWO_DAYS,
    ),
    safety=True,
    in_pauses=True,
    absence=False,
)

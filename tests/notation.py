"""Attendance in a few strokes: `history("++-o-")` is a record of five weekly counselling sessions, the newest today.

    +  attended             o  excused                       /  cancelled by the clinic
    -  missed               x  cancelled by the client       r  rescheduled
    L  came late            w  ... 2 hours before            ?  nobody has recorded it (or it is still to come)
    E  left early           v  ... 2 hours before, and booked anew in time
    .  nothing planned      n  ... 3 days before
    h  left before half

Every day is given as days ago, counted from TODAY; a day to come is negative. A history holds several lines, one a
channel or a group. A mark keeps its number whatever becomes of it, so that one record can be a correction of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from clinic.engagement.background import (
    NO_GROUPS,
    NOTHING_KNOWN,
    Answer,
    Background,
    Consent,
    Goal,
    GoalKind,
    GroupFacts,
    Injection,
    Medicine,
    Milestone,
    Noted,
    Order,
    OrderKind,
    Override,
    PlannedVisit,
    PlanState,
    Schedule,
    Span,
    Supply,
    Try,
)
from clinic.engagement.timeline import (
    CHANNEL_LETTER,
    NO_PURPOSE,
    PURPOSE_LETTER,
    REBOOKING,
    Cancellation,
    Channel,
    PauseSpan,
    Purpose,
    Record,
    Seat,
)

MONDAY = date(2026, 3, 2).toordinal()
TODAY = MONDAY
UNIX_DAY_ONE = date(1970, 1, 1).toordinal()
HOUR = 3600

LETTERS = {"h": "H", "+": "A", "-": "M", "L": "L", "E": "E", "o": "X", "/": "K", "r": "R", "?": "S"}
CANCELLED = {
    "x": None,
    "w": (2 * HOUR, False),
    "v": (2 * HOUR, True),
    "n": (72 * HOUR, False),
}


def day(ago: int) -> int:
    """The ordinal of the day `ago` days before TODAY."""
    return TODAY - ago


def moment(ago: int, hour: int = 10) -> int:
    """The epoch second of an hour of the day `ago` days before TODAY; the clinic of these tests lives in UTC."""
    return (day(ago) - UNIX_DAY_ONE) * 86400 + hour * HOUR


@dataclass(frozen=True)
class Line:
    """Appointments of one channel or group, `every` so many days, the last of them `last` days ago."""

    marks: str
    channel: Channel = Channel.COUNSELLING
    every: int = 7
    last: int = 0
    group: int = 0
    purpose: Purpose | None = None
    rebooks: bool = False
    hour: int = 10
    took: str = ""

    def days_ago(self) -> list[int]:
        count = len(self.marks)
        return [self.last + self.every * (count - 1 - position) for position in range(count)]

    def purpose_letter(self) -> str:
        letter = NO_PURPOSE if self.purpose is None else PURPOSE_LETTER[self.purpose]
        return REBOOKING[letter] if self.rebooks else letter


def group(
    marks: str, number: int = 1, *, every: int = 7, last: int = 0, hour: int = 14, took: str = ""
) -> Line:
    return Line(marks, Channel.GROUP, every, last, number, hour=hour, took=took)


def meetings(marks: str, *, every: int = 7, last: int = 0, hour: int = 19) -> Line:
    """Mutual-aid meetings the client told us about."""
    return Line(marks, Channel.MUTUAL_AID, every, last, hour=hour)


def medical(marks: str, *, every: int = 7, last: int = 0, hour: int = 12, **more: object) -> Line:
    return Line(marks, Channel.MEDICAL, every, last, hour=hour, **more)  # type: ignore[arg-type]


def dosing(marks: str, *, every: int = 1, last: int = 0, hour: int = 7) -> Line:
    return Line(marks, Channel.DOSING, every, last, hour=hour)


def history(
    *lines: str | Line,
    every: int = 7,
    last: int = 0,
    admitted: int = 400,
    discharged: int | None = None,
    pauses: Iterable[tuple[int, int | None]] = (),
    closed: Iterable[int] = (),
    spoke: Sequence[int] = (),
    seats: Sequence[Seat] | None = None,
    facts: Sequence[Any] = (),
    group_facts: Mapping[int, GroupFacts] = NO_GROUPS,
    pause_kind: str = "agreed_leave",
    **about: Any,
) -> Record:
    """A record of some lines; a plain string is weekly counselling.

    `pauses` are (first, last) and `closed` and `spoke` days, all in days ago; `spoke` are two-way exchanges at noon.
    Without `seats` each group of a line has a place that is still kept. `facts` are what is known beside appointments
    (`goal(...)`, `order(...)` and so on below), `about` the single facts of a Background, such as `no_outreach=True`.
    """
    drawn = [Line(line, every=every, last=last) if isinstance(line, str) else line for line in lines]
    rows = []
    for number, line in enumerate(drawn, start=1):
        for position, (mark, ago) in enumerate(zip(line.marks, line.days_ago(), strict=True), start=1):
            if mark != ".":
                rows.append((moment(ago, line.hour), number * 1000 + position, ago, mark, line))
    rows.sort(key=lambda row: row[:2])
    if seats is None:
        seats = [Seat(line.group, day(admitted)) for line in drawn if line.group]
    return Record(
        episode=1,
        admitted=day(admitted),
        discharged=None if discharged is None else day(discharged),
        marks="".join("C" if mark in CANCELLED else LETTERS[mark] for *_, mark, _ in rows).encode(),
        channels="".join(CHANNEL_LETTER[line.channel] for *_, line in rows).encode(),
        purposes="".join(line.purpose_letter() for *_, line in rows).encode(),
        days=[day(ago) for _, _, ago, _, _ in rows],
        starts=[start for start, *_ in rows],
        ids=[number for _, number, *_ in rows],
        groups=[line.group for *_, line in rows],
        cancellations=_cancellations(rows),
        contacts=[(moment(ago, 12), day(ago)) for ago in sorted(spoke, reverse=True)],
        pauses=[
            PauseSpan(day(first), None if end is None else day(end), pause_kind) for first, end in pauses
        ],
        closures=frozenset(day(ago) for ago in closed),
        seats=seats,
        took="".join(_took(line, ago) for _, _, ago, _, line in rows).encode(),
        background=background(facts, **about),
        group_facts=group_facts,
    )


def _took(line: Line, ago: int) -> str:
    """The letter of how a session was taken part in: `took` is written below `marks`, place for place."""
    if not line.took:
        return "-"
    return line.took[line.days_ago().index(ago)].replace(" ", "-").replace(".", "-")


FIELD_OF = {
    Schedule: "schedules",
    PlannedVisit: "visits",
    PlanState: "plans",
    Consent: "consents",
    Goal: "goals",
    Milestone: "milestones",
    Order: "orders",
    Supply: "supplies",
    Injection: "injections",
    Noted: "noted",
    Try: "tries",
    Span: "elsewhere",
    Override: "overrides",
}


def background(facts: Sequence[Any] = (), **about: Any) -> Background:
    """All that is known beside the appointments; days in `about` are days ago."""
    if not facts and not about:
        return NOTHING_KNOWN
    fields: dict[str, tuple[Any, ...]] = {}
    for fact in facts:
        name = FIELD_OF[type(fact)]
        fields[name] = (*fields.get(name, ()), fact)
    for name in ("recovery_start", "naloxone_known", "meetings_off"):
        if about.get(name) is not None:
            about[name] = day(about[name])
    return Background.of(**fields, **about)


def _maybe(ago: int | None) -> int | None:
    return None if ago is None else day(ago)


def schedule(channel: str, a_month: int, *, since: int = 400, known: int | None = None) -> Schedule:
    """`a_month` sessions planned in 28 days of a channel ("counselling", "group", ...)."""
    return Schedule(day(since), channel, a_month, day(since if known is None else known))


def planned_visit(channel: str, *, by: int, known: int = 400, number: int = 1) -> PlannedVisit:
    return PlannedVisit(number, day(by), channel, day(known))


def care_plan(*, written: int = 400, reviewed: int | None = None, **parts: Any) -> PlanState:
    """A plan with one of each part, unless told otherwise."""
    whole = {"reasons": 1, "if_thens": 1, "coping": 1, "supporters": 1}
    return PlanState(day(written), day(written if reviewed is None else reviewed), **(whole | parts))


def consent(*, until: int, known: int = 400, ended: int | None = None, number: int = 1) -> Consent:
    return Consent(number, day(known), day(until), _maybe(ended))


def goal(
    target: int = 3,
    *,
    kind: str = "weekly",
    channels: str = "ga",
    since: int = 400,
    last: int | None = None,
    reached: int | None = None,
    paused: Sequence[tuple[int, int | None]] = (),
    number: int = 1,
) -> Goal:
    return Goal(
        number,
        GoalKind(kind),
        target,
        day(since),
        day(since),
        channels,
        _maybe(last),
        _maybe(reached),
        tuple((day(first), _maybe(end)) for first, end in paused),
    )


def milestone(*, on: int, known: int | None = None, number: int = 1) -> Milestone:
    return Milestone(number, day(on), day(on if known is None else known))


def order(
    kind: str = "observed",
    medicine: str = "methadone",
    *,
    since: int = 400,
    last: int | None = None,
    known: int | None = None,
    suspended: Sequence[tuple[int, int | None]] = (),
    number: int = 1,
) -> Order:
    return Order(
        number,
        OrderKind(kind),
        Medicine(medicine),
        day(since),
        _maybe(last),
        day(since if known is None else known),
        tuple((day(first), _maybe(end)) for first, end in suspended),
    )


def supply(*, until: int, picked_up: int, number: int = 1, order: int = 1) -> Supply:
    return Supply(number, order, day(picked_up), day(until))


def injection(
    *, due: int, given: int | None = None, known: int = 400, number: int = 1, order: int = 1
) -> Injection:
    return Injection(number, order, day(due), day(known), _maybe(given))


def noted(
    item: str,
    anchor: int,
    *,
    ago: int = 0,
    number: int = 1,
    source: str = "staff_saw",
    author: str = "case_manager",
) -> Noted:
    return Noted(number, number, moment(ago), day(ago), item, anchor, source, author)


def tried(
    answer: str = "not_reached",
    *,
    ago: int = 0,
    hour: int = 10,
    method: str = "call",
    pressing: bool = False,
    number: int = 1,
    open: bool = True,
) -> Try:
    return Try(number, moment(ago, hour), day(ago), hour, method, Answer(answer), pressing, open)


def elsewhere(*, since: int, last: int | None = None, known: int | None = None) -> Span:
    """A span of care elsewhere."""
    return Span(day(since), _maybe(last), day(since if known is None else known))


def override(*, since: int, last: int, **values: int) -> Override:
    return Override(day(since), day(last), tuple(values.items()))


def _cancellations(rows: Sequence[tuple[int, int, int, str, Line]]) -> dict[int, Cancellation]:
    found = {}
    for index, (start, _, _, mark, _) in enumerate(rows):
        notice = CANCELLED.get(mark)
        if notice is not None:
            found[index] = Cancellation(start - notice[0], notice[1])
    return found

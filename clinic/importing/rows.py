"""Cells to facts: what a row of a file says, checked as far as the row alone can tell.

Times without an offset are clinic time; one in the hour repeated in autumn is taken as the first of the two. Today and
the zone are arguments. No reason repeats a name or what somebody wrote; a token out of place is repeated, shortened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from clinic.engagement.timeline import ATTENDED_OUTCOMES, Channel, Outcome, Purpose
from clinic.importing.csv_reader import Columns, Refused, Row, gettext_noop

CLIENTS, GROUPS, MEMBERSHIPS, ATTENDANCE = "clients", "groups", "memberships", "attendance"
# In the order in which they go in: each may name what the ones before have brought.
KINDS = {
    CLIENTS: Columns(
        ("record_number", "first_name", "last_name", "admitted_on", "discharged_on", "program"),
        ("preferred_name", "date_of_birth", "phone", "case_manager"),
    ),
    GROUPS: Columns(("name",), ("kind", "facilitator", "co_facilitators", "room", "capacity")),
    MEMBERSHIPS: Columns(("record_number", "group", "joined_on"), ("left_on",)),
    ATTENDANCE: Columns(
        ("record_number", "kind", "starts_at", "outcome", "reason"),
        ("group", "participation", "purpose", "cancelled_at", "external_id"),
    ),
}
LONGEST = {
    "record_number": 40,
    "first_name": 80,
    "last_name": 80,
    "preferred_name": 80,
    "program": 120,
    "phone": 40,
    "case_manager": 150,
    "reason": 120,
    "group": 120,
    "external_id": 80,
    "name": 120,
    "kind": 40,
    "facilitator": 150,
    "co_facilitators": 600,
    "room": 60,
}
MOST_MEMBERS = 200
FIRST_YEAR, LAST_YEAR = 1900, 2100
KNOWN_AHEAD = frozenset(
    (Outcome.CANCELLED_BY_CLIENT, Outcome.CANCELLED_BY_CLINIC, Outcome.EXCUSED, Outcome.RESCHEDULED)
)
CAME = frozenset(ATTENDED_OUTCOMES)
WITH_GROUP = frozenset((Channel.GROUP, Channel.MUTUAL_AID))

_CHANNELS = {each.value: each for each in Channel}
_OUTCOMES = {each.value: each for each in Outcome}
_PURPOSES = {each.value: each for each in Purpose}
_NUMBER = re.compile(r"\d{1,6}", re.ASCII)
_BETWEEN_NAMES = re.compile(r"[\s,;|]+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client and one stay in care. None or empty in the optional ones: the file does not say."""

    line: int
    record_number: str
    first_name: str
    last_name: str
    admitted_on: date
    discharged_on: date | None
    program: str
    preferred_name: str = ""
    date_of_birth: date | None = None
    phone: str = ""
    case_manager: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        return self.record_number, self.admitted_on.toordinal()


@dataclass(frozen=True, slots=True)
class AttendanceRow:
    """One client's place at one time. `starts_at` and `cancelled_at` are in UTC, `day` is the clinic's own."""

    line: int
    record_number: str
    channel: Channel
    starts_at: datetime
    day: date
    outcome: Outcome
    reason: str
    group: str = ""
    participation: int | None = None
    purpose: str = ""
    cancelled_at: datetime | None = None
    external_id: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it the same appointment in another file: the other system's own number, where there is one."""
        if self.external_id:
            return (self.external_id,)
        return self.record_number, self.channel.value, self.group, self.starts_at.timestamp()


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of the clinic. Empty or None: the file does not say. Facilitators are sign-in names."""

    line: int
    name: str
    kind: str = ""
    facilitator: str = ""
    co_facilitators: tuple[str, ...] = ()
    room: str = ""
    capacity: int | None = None

    @property
    def key(self) -> tuple[object, ...]:
        return (self.name,)


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A client's place in a group; `left_on` is the first day without it."""

    line: int
    record_number: str
    group: str
    joined_on: date
    left_on: date | None = None

    @property
    def key(self) -> tuple[object, ...]:
        return self.record_number, self.group, self.joined_on.toordinal()


def client_row(row: Row) -> ClientRow:
    """What a row of a clients file says. Raises Refused."""
    cells = row.cells
    admitted = _day(cells, "admitted_on") or _needed("admitted_on")
    discharged = _day(cells, "discharged_on")
    born = _day(cells, "date_of_birth")
    if discharged is not None and discharged < admitted:
        raise Refused(DISCHARGED_BEFORE_ADMITTED, field="discharged_on")
    if born is not None and born > admitted:
        raise Refused(BORN_AFTER_ADMITTED, field="date_of_birth")
    return ClientRow(
        row.line,
        _text(cells, "record_number", needed=True),
        _text(cells, "first_name", needed=True),
        _text(cells, "last_name", needed=True),
        admitted,
        discharged,
        _text(cells, "program", needed=True),
        _text(cells, "preferred_name"),
        born,
        _text(cells, "phone"),
        _text(cells, "case_manager"),
    )


def group_row(row: Row) -> GroupRow:
    """What a row of a groups file says. Raises Refused."""
    cells = row.cells
    capacity = cells.get("capacity", "")
    if capacity and not (_NUMBER.fullmatch(capacity) and 1 <= int(capacity) <= MOST_MEMBERS):
        raise Refused(NO_CAPACITY, field="capacity", text=capacity[:40], most=MOST_MEMBERS)
    return GroupRow(
        row.line,
        _text(cells, "name", needed=True),
        _text(cells, "kind"),
        _text(cells, "facilitator"),
        tuple(dict.fromkeys(filter(None, _BETWEEN_NAMES.split(_text(cells, "co_facilitators"))))),
        _text(cells, "room"),
        int(capacity) if capacity else None,
    )


def membership_row(row: Row) -> MembershipRow:
    """What a row of a memberships file says. Raises Refused."""
    cells = row.cells
    joined = _day(cells, "joined_on") or _needed("joined_on")
    left = _day(cells, "left_on")
    if left is not None and left < joined:
        raise Refused(LEFT_BEFORE_JOINED, field="left_on")
    return MembershipRow(
        row.line,
        _text(cells, "record_number", needed=True),
        _text(cells, "group", needed=True),
        joined,
        left,
    )


def attendance_row(row: Row, *, zone: ZoneInfo, today: date) -> AttendanceRow:
    """What a row of an attendance file says; `today` is the clinic's own day. Raises Refused."""
    cells = row.cells
    number = _text(cells, "record_number", needed=True)
    channel = _CHANNELS.get(cells["kind"])
    if channel is None:
        raise _unknown(cells, "kind", _CHANNELS)
    starts_at = _moment(cells, "starts_at", zone) or _needed("starts_at")
    outcome = _OUTCOMES.get(cells["outcome"])
    if outcome is None:
        raise _unknown(cells, "outcome", _OUTCOMES)
    purpose = cells.get("purpose", "")
    if purpose and purpose not in _PURPOSES:
        raise _unknown(cells, "purpose", _PURPOSES)
    group = _text(cells, "group")
    if group and channel not in WITH_GROUP:
        raise Refused(NO_GROUP_HERE, field="group", kind=channel.value)
    day = starts_at.astimezone(zone).date()
    if (outcome in CAME or outcome is Outcome.NO_SHOW) and day > today + timedelta(days=1):
        raise Refused(NOT_YET, field="outcome", outcome=outcome.value)
    cancelled_at = _moment(cells, "cancelled_at", zone)
    if cancelled_at is not None and outcome not in KNOWN_AHEAD:
        raise Refused(NOT_CANCELLED, field="cancelled_at", outcome=outcome.value)
    return AttendanceRow(
        row.line,
        number,
        channel,
        starts_at,
        day,
        outcome,
        _text(cells, "reason"),
        group,
        _participation(cells, outcome),
        purpose,
        cancelled_at,
        _text(cells, "external_id"),
    )


def _text(cells: Mapping[str, str], field: str, *, needed: bool = False) -> str:
    text = cells.get(field, "")
    if not text:
        return _needed(field) if needed else ""
    if len(text) > LONGEST[field]:
        raise Refused(TOO_LONG, field=field, column=field, most=LONGEST[field])
    # A line break inside a name or a number is the other system's, not the person's.
    return text if field == "reason" or text.isprintable() else " ".join(text.split())


def _needed(field: str) -> NoReturn:
    raise Refused(NEEDED, field=field, column=field)


def _day(cells: Mapping[str, str], field: str) -> date | None:
    text = cells.get(field, "")
    if not text:
        return None
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused(NO_DAY, field=field, text=text[:40]) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Refused(FAR_AWAY, field=field, text=text[:40], first=FIRST_YEAR, last=LAST_YEAR)
    return day


def _moment(cells: Mapping[str, str], field: str, zone: ZoneInfo) -> datetime | None:
    text = cells.get(field, "")
    if not text:
        return None
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(NO_MOMENT, field=field, text=text[:40]) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Refused(FAR_AWAY, field=field, text=text[:40], first=FIRST_YEAR, last=LAST_YEAR)
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    known = moment.replace(tzinfo=zone).astimezone(UTC)
    # Clocks that are put forward leave an hour out; only the way back shows it.
    if known.astimezone(zone).replace(tzinfo=None) != moment:
        raise Refused(SKIPPED_HOUR, field=field, text=text[:40], zone=zone.key)
    return known


def _participation(cells: Mapping[str, str], outcome: Outcome) -> int | None:
    text = cells.get("participation", "")
    if not text:
        return None
    if text not in ("1", "2", "3", "4"):
        raise Refused(NO_RATING, field="participation", text=text[:40])
    if outcome not in CAME:
        raise Refused(RATED_ABSENT, field="participation", outcome=outcome.value)
    return int(text)


def _unknown(cells: Mapping[str, str], field: str, known: Mapping[str, object]) -> Refused:
    text = cells[field]
    if not text:
        return Refused(NEEDED, field=field, column=field)
    return Refused(UNKNOWN, field=field, text=text[:40], known=", ".join(known))


NEEDED = gettext_noop("“%(column)s” must be given.")
TOO_LONG = gettext_noop("“%(column)s” is longer than %(most)s characters.")
UNKNOWN = gettext_noop("“%(text)s” is not known here. Known: %(known)s.")
NO_DAY = gettext_noop("“%(text)s” is not a date. Write it like 2025-01-31.")
NO_MOMENT = gettext_noop("“%(text)s” is not a date and time. Write it like 2025-01-31T14:30.")
FAR_AWAY = gettext_noop("“%(text)s” lies outside the years %(first)s to %(last)s.")
SKIPPED_HOUR = gettext_noop("“%(text)s” does not exist in %(zone)s: the clocks were put forward over it.")
DISCHARGED_BEFORE_ADMITTED = gettext_noop("The discharge lies before the admission.")
LEFT_BEFORE_JOINED = gettext_noop("The day of leaving lies before the day of joining.")
NO_CAPACITY = gettext_noop("“%(text)s” is not a number of members from 1 to %(most)s.")
BORN_AFTER_ADMITTED = gettext_noop("The date of birth lies after the admission.")
NO_GROUP_HERE = gettext_noop("A group belongs to the kinds group and mutual_aid, not to %(kind)s.")
NOT_YET = gettext_noop("“%(outcome)s” cannot be known yet: the appointment lies ahead.")
NOT_CANCELLED = gettext_noop("A time of cancellation does not go with “%(outcome)s”.")
NO_RATING = gettext_noop("“%(text)s” is not a participation. Write 1, 2, 3 or 4, or leave it empty.")
RATED_ABSENT = gettext_noop("Participation goes with somebody who was there, not with “%(outcome)s”.")

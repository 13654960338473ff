"""What has changed on a day sheet since a browser drew it, and what somebody marked last.

A browser says of each row it shows which one it is and how it stood (`lines.seen`); compared with the day as it stands,
nothing is missed, whatever the clocks of two machines say. A question to which the answer is "nothing" reads one day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from clinic.attendance import UNDO
from clinic.daysheet.asked import Asked
from clinic.daysheet.lines import APART, Visit, seen
from clinic.daysheet.sheet import Meeting, meetings_of
from clinic.daysheet.visits import ORDER, Counts, count, on_day, some
from clinic.models import Recording, Staff
from clinic.models.schedule import Outcome

MOST_RECORDINGS = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A row to draw: a visit or a meeting. `before` is the id of the row it is put before where it is new, empty at the
    end; None where it stands already.
    """

    visit: Visit | None
    meeting: Meeting | None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """The rows that are new or stand otherwise, in their order; `gone`: the beginnings of the ids of rows that
    no longer belong to the day.
    """

    rows: tuple[Row, ...]
    gone: tuple[str, ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class _Stand:
    """One row as it stands: its id in the page, and what a browser that shows it would say."""

    uid: UUID
    anchor: str
    seen: str
    starts_at: datetime
    is_asked_for: bool

    @property
    def start(self) -> str:
        return self.seen.partition(".")[0]


def changes(
    staff: Staff, asked: Asked, shown: Iterable[str], *, today: date, now: datetime
) -> Changes | None:
    """What is otherwise than a browser shows it; None when nothing is. Two queries for nothing, at most six else.

    A row that stays on the day stays on the sheet, even when `show` would no longer ask for it: it was just marked.
    """
    rows = on_day(staff, asked.day, today)
    known = {token.partition(".")[0]: token for token in shown}
    stands = _visits_as_they_stand(rows, asked, now) + _meetings_as_they_stand(rows, asked, now)
    stands.sort(key=lambda row: (row.starts_at, row.anchor.startswith("s-")))
    there = {row.start for row in stands}
    gone = tuple(start for start in known if start not in there)
    differs = {
        row.uid: row
        for row in stands
        if (row.start in known and known[row.start] != row.seen)
        or (row.start not in known and row.is_asked_for)
    }
    if not differs and not gone:
        return None
    drawn: dict[UUID, Row] = {}
    if any(row.anchor.startswith("a-") for row in differs.values()):
        for visit in some(staff, differs, today=today, now=now):
            drawn[visit.uid] = Row(visit, None)
    if any(row.anchor.startswith("s-") for row in differs.values()):
        for meeting in meetings_of(staff, rows, asked.day, now):
            drawn[meeting.uid] = Row(None, meeting)
    placed, following = [], ""
    for row in reversed(stands):
        if row.uid in differs and row.uid in drawn:
            found = drawn[row.uid]
            is_new = row.start not in known
            placed.append(Row(found.visit, found.meeting, following) if is_new else found)
        if row.start in known:
            following = row.anchor
    return Changes(tuple(reversed(placed)), gone, count(rows, now))


def _visits_as_they_stand(rows, asked: Asked, now: datetime) -> list[_Stand]:  # type: ignore[no-untyped-def]
    rows = rows.filter(Q(channel=asked.service) if asked.service else ~Q(channel__in=APART), session=None)
    if asked.since is not None and asked.until is not None:
        rows = rows.filter(starts_at__range=(asked.since, asked.until))
    if asked.staff is not None:
        rows = rows.filter(staff__uid=asked.staff)
    if asked.programme is not None:
        rows = rows.filter(episode__programme__uid=asked.programme)
    return [
        _Stand(
            uid,
            f"a-{uid}",
            seen(uid, version),
            starts_at,
            asked.shows(starts_at, outcome != Outcome.SCHEDULED, now),
        )
        for uid, version, starts_at, outcome in rows.order_by(*ORDER).values_list(
            "uid", "version", "starts_at", "outcome"
        )
    ]


def _meetings_as_they_stand(rows, asked: Asked, now: datetime) -> list[_Stand]:  # type: ignore[no-untyped-def]
    if not asked.shows_meetings:
        return []
    found: dict[UUID, list[tuple[datetime, int, bool]]] = {}
    rows = rows.filter(session__isnull=False)
    if asked.since is not None and asked.until is not None:
        rows = rows.filter(session__starts_at__range=(asked.since, asked.until))
    for uid, starts_at, version, outcome in rows.values_list(
        "session__uid", "session__starts_at", "version", "outcome"
    ):
        found.setdefault(uid, []).append((starts_at, version, outcome != Outcome.SCHEDULED))
    return [
        _Stand(
            uid,
            f"s-{uid}",
            seen(uid, sum(version for _starts, version, _recorded in seats)),
            seats[0][0],
            asked.shows(seats[0][0], all(recorded for _starts, _version, recorded in seats), now),
        )
        for uid, seats in found.items()
    ]


def last_mark(staff: Staff, *, today: date, now: datetime) -> Visit | None:
    """The visit this person marked last and can still take back, as it stands; None without one. Two queries."""
    since = (
        Recording.objects.filter(clinic=staff.clinic_id, at__gt=now - UNDO, session=None)
        .order_by("-pk")
        .values_list("appointment", "appointment__uid", "kind", "by")[:MOST_RECORDINGS]
    )
    taken_back: dict[int, int] = {}
    settled: set[int] = set()
    for row, uid, kind, by in since:
        if row in settled:
            continue
        if kind == Recording.Kind.UNDO:
            taken_back[row] = taken_back.get(row, 0) + 1
        elif taken_back.get(row):
            taken_back[row] -= 1
        elif by != staff.pk:
            settled.add(row)  # a colleague has corrected it since
        else:
            found = some(staff, [uid], today=today, now=now)
            return found[0] if found else None
    return None

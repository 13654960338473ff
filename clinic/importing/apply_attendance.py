"""Attendance rows to record: one appointment a row, found again by its key, written when it differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from clinic.engagement.timeline import Outcome
from clinic.importing.apply_groups import GroupIntake
from clinic.importing.csv_reader import Refused, gettext_noop
from clinic.importing.journal import Journal
from clinic.importing.rows import CAME, KNOWN_AHEAD, AttendanceRow
from clinic.models import Appointment, Clinic, Episode

SLICE = 240  # four values a place: below the 999 that old SQLite libraries take in one statement
CLIENTS_REMEMBERED = 20_000
COMPARED = (
    "episode_id",
    "channel",
    "starts_at",
    "outcome",
    "reason",
    "purpose",
    "group_id",
    "session_id",
    "participation",
    "cancelled_at",
)
WRITTEN = (*(name.removesuffix("_id") for name in COMPARED), "recorded_at", "recorded_by", "version")
# Asked place by place, so that both databases look each one up in the index; given the places as a list to join, they
# read the whole table for it, all the more in a transaction that has just filled it and knows no statistics yet.
AT_PLACES = """
    SELECT (
        SELECT held.id FROM clinic_appointment AS held
        WHERE held.external_id = '' AND held.episode_id = wanted.column1 AND held.starts_at = wanted.column2
            AND held.channel = wanted.column3 AND coalesce(held.group_id, 0) = wanted.column4
    ) FROM (VALUES %s) AS wanted
"""
UNRECORDED = Outcome.SCHEDULED.value


# Episode, start, channel, and group or 0: what no two appointments without a number share.
_Place = tuple[int, datetime, str, int]


class _Stay(NamedTuple):
    episode: int
    admitted_on: date
    discharged_on: date | None

    def covers(self, day: date) -> bool:
        return self.admitted_on <= day and (self.discharged_on is None or day <= self.discharged_on)


class _Standing(NamedTuple):
    """An appointment as the record holds it."""

    pk: int
    version: int
    recorded_at: datetime | None
    recorded_by_id: int | None
    values: dict[str, Any]


class AttendanceIntake:
    """Takes attendance rows into one clinic at the moment `on`.

    An empty optional cell leaves what the record holds, and a row that is only "scheduled" does not take back an
    outcome recorded for the same time: a list of bookings may be older than the record.
    """

    def __init__(self, clinic: Clinic, on: datetime, journal: Journal) -> None:
        self.clinic, self.on, self.today, self.journal = clinic, on, clinic.local_day(on), journal
        self.to_recheck: set[int] = set()
        self._stays: dict[str, list[_Stay]] = {}
        self._groups = GroupIntake(clinic, journal)

    def take(self, rows: Sequence[AttendanceRow]) -> list[str | Refused]:
        """For each row "created", "updated" or "unchanged", or why it is refused."""
        self._learn_stays({row.record_number for row in rows})
        numbered = self._numbered([row.external_id for row in rows if row.external_id])
        answers: list[str | Refused] = []
        placed: list[tuple[int, AttendanceRow, _Stay]] = []
        for position, row in enumerate(rows):
            try:
                owner = numbered[row.external_id][0] if row.external_id in numbered else row.record_number
                if owner != row.record_number:
                    raise Refused(ANOTHER_CLIENTS, field="external_id")
                placed.append((position, row, self._stay_of(row)))
                answers.append("unchanged")
            except Refused as refused:
                answers.append(refused)
        self._groups.learn([row for _, row, _ in placed])
        timed = self._timed([self._place(row, stay) for _, row, stay in placed if not row.external_id])
        new, changed = [], []
        for position, row, stay in placed:
            group, session = self._groups.of(row)
            if row.external_id:
                standing = numbered[row.external_id][1] if row.external_id in numbered else None
            else:
                standing = timed.get(self._place(row, stay))
            values = self._values(row, stay, group, session, standing)
            if standing is None:
                new.append(self._appointment(row, values))
                answers[position] = "created"
            elif values != standing.values:
                changed.append(self._amended(standing, values))
                answers[position] = "updated"
                self._ask(standing.values["episode_id"])
            else:
                continue
            self._ask(stay.episode, stay.discharged_on)
            self._groups.seat(row, stay.episode, stay.discharged_on)
        self.journal.changing(Appointment, (row.pk for row in changed))
        _rewrite(changed)
        Appointment.objects.bulk_create(new)
        self.journal.made(Appointment, (row.pk for row in new))
        self._groups.write()
        return answers

    def finish(self, on: datetime) -> None:
        """Nothing follows from it."""

    def _place(self, row: AttendanceRow, stay: _Stay) -> _Place:
        return stay.episode, row.starts_at, row.channel.value, self._groups.of(row)[0] or 0

    def _ask(self, episode: int, discharged_on: date | None = None) -> None:
        if discharged_on is None or discharged_on > self.today:
            self.to_recheck.add(episode)

    def _learn_stays(self, numbers: set[str]) -> None:
        if len(self._stays) > CLIENTS_REMEMBERED:
            self._stays.clear()
        for some in _slices(sorted(numbers.difference(self._stays))):
            self._stays.update((number, []) for number in some)
            stays = Episode.objects.filter(clinic=self.clinic, client__record_number__in=some)
            columns = ("client__record_number", "pk", "admitted_on", "discharged_on")
            for number, *stay in stays.order_by("-admitted_on").values_list(*columns):
                self._stays[number].append(_Stay(*stay))

    def _stay_of(self, row: AttendanceRow) -> _Stay:
        """The stay that covers the row's day; on a day that ends one stay and begins another, the newer."""
        stays = self._stays[row.record_number]
        if not stays:
            raise Refused(NO_CLIENT, field="record_number")
        for stay in stays:
            if stay.covers(row.day):
                return stay
        if row.day < stays[-1].admitted_on:
            raise Refused(BEFORE_ADMISSION, field="starts_at", day=row.day, admitted=stays[-1].admitted_on)
        ended = next(stay.discharged_on for stay in stays if stay.admitted_on <= row.day)
        raise Refused(AFTER_DISCHARGE, field="starts_at", day=row.day, discharged=ended)

    def _numbered(self, external_ids: list[str]) -> dict[str, tuple[str, _Standing]]:
        """What the record holds under these numbers of the other system, with the client it belongs to."""
        found = {}
        for some in _slices(external_ids):
            # Said twice, for the index holds numbered rows only: without it the whole clinic is read for each slice.
            rows = Appointment.objects.filter(~Q(external_id=""), clinic=self.clinic, external_id__in=some)
            for external_id, owner, standing in _standing(
                rows, "external_id", "episode__client__record_number"
            ):
                found[external_id] = (owner, standing)
        return found

    def _timed(self, places: list[_Place]) -> dict[_Place, _Standing]:
        """What the record holds at these places, without a number of another system."""
        found = {}
        for some in _slices(places):
            params = [_stored(value) for place in some for value in place]
            with connection.cursor() as cursor:
                cursor.execute(AT_PLACES % ", ".join(["(%s, %s, %s, %s)"] * len(some)), params)
                numbers = [number for (number,) in cursor.fetchall() if number is not None]
            for (standing,) in _standing(Appointment.objects.filter(pk__in=numbers)):
                values = standing.values
                place = (
                    values["episode_id"],
                    values["starts_at"],
                    values["channel"],
                    values["group_id"] or 0,
                )
                found[place] = standing
        return found

    def _values(
        self,
        row: AttendanceRow,
        stay: _Stay,
        group: int | None,
        session: int | None,
        standing: _Standing | None,
    ) -> dict[str, Any]:
        """What the record shall hold: what the row says, and where it says nothing, what is there."""
        old = standing.values if standing else {}
        outcome, reason = row.outcome.value, row.reason
        same_time = old.get("starts_at") == row.starts_at
        if same_time and outcome == UNRECORDED and old["outcome"] != UNRECORDED:
            outcome, reason = old["outcome"], old["reason"]
        if same_time and group is None and old["channel"] == row.channel.value:
            group, session = old["group_id"], old["session_id"]
        return {
            "episode_id": stay.episode,
            "channel": row.channel.value,
            "starts_at": row.starts_at,
            "outcome": outcome,
            "reason": reason,
            "purpose": row.purpose or old.get("purpose", ""),
            "group_id": group,
            "session_id": session,
            "participation": (row.participation or old.get("participation")) if outcome in CAME else None,
            "cancelled_at": (row.cancelled_at or old.get("cancelled_at")) if outcome in KNOWN_AHEAD else None,
        }

    def _appointment(self, row: AttendanceRow, values: dict[str, Any]) -> Appointment:
        return Appointment(
            clinic=self.clinic,
            external_id=row.external_id,
            recorded_at=None if values["outcome"] == UNRECORDED else self.on,
            **({"minutes": self._groups.minutes(row)} if values["session_id"] else {}),
            **values,
        )

    def _amended(self, standing: _Standing, values: dict[str, Any]) -> Appointment:
        """Somebody may have the old row open in a page: the version tells them."""
        recorded_at, recorded_by_id = standing.recorded_at, standing.recorded_by_id
        if values["outcome"] != standing.values["outcome"]:
            recorded_at, recorded_by_id = (None if values["outcome"] == UNRECORDED else self.on), None
        return Appointment(
            pk=standing.pk,
            version=standing.version + 1,
            recorded_at=recorded_at,
            recorded_by_id=recorded_by_id,
            **values,
        )


def _standing(rows: QuerySet[Appointment], *more: str) -> Iterator[tuple[Any, ...]]:
    """Each row's values of `more`, and then the row."""
    first = len(more) + 4
    for row in rows.values_list(*more, "pk", "version", "recorded_at", "recorded_by_id", *COMPARED).iterator(
        SLICE
    ):
        yield (
            *row[: len(more)],
            _Standing(*row[len(more) : first], dict(zip(COMPARED, row[first:], strict=True))),
        )


def _rewrite(rows: Sequence[Appointment]) -> None:
    """One prepared statement for all: `bulk_update` takes a millisecond and more for each row of so many columns."""
    if not rows:
        return
    fields = [field for field in Appointment._meta.concrete_fields if field.name in WRITTEN]
    columns = ", ".join(f"{field.column} = %s" for field in fields)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE clinic_appointment SET {columns} WHERE id = %s",  # noqa: S608 (names of columns, not values)
            [
                [
                    *(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields),
                    row.pk,
                ]
                for row in rows
            ],
        )


def _stored(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _slices(values: Sequence[Any]) -> Iterator[list[Any]]:
    rest = iter(values)
    while some := list(islice(rest, SLICE)):
        yield some


NO_CLIENT = gettext_noop("No client of this clinic has this record number.")
ANOTHER_CLIENTS = gettext_noop("This number belongs to an appointment of another client.")
BEFORE_ADMISSION = gettext_noop("%(day)s lies before the admission on %(admitted)s.")
AFTER_DISCHARGE = gettext_noop(
    "%(day)s lies after the discharge on %(discharged)s, outside any stay in care."
)

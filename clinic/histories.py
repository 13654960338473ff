"""Rows to timelines: everything the mind needs about some episodes, in a fixed number of queries however many they are.

The database packs: one row an episode crosses the driver, with one string of codes and one of times, read off the
covering index alone. Pure Python decides on those (docs/decisions/0003). An ordered subquery is no promise of order in
an aggregate, so times that decrease are sorted here.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from clinic.engagement.plan import Standing
from clinic.engagement.signs.sign import Level
from clinic.engagement.timeline import Cancellation, PauseSpan, Record, Seat, Timeline
from clinic.engagement.triage import OpeningHours
from clinic.models import Attempt, Clinic, Episode, Finding, Membership, Pause
from clinic.models.work import TWO_WAY

POSTGRES_EPOCH = 946_684_800
FETCHED_AT_ONCE = 250
LEVELS = {level.value: level for level in Level}
OPEN, WITHDRAWN = Finding.State.OPEN.value, Finding.State.WITHDRAWN.value
MICROSECONDS = 1_000_000

PACKED_POSTGRESQL = """
    SELECT wanted.id, packed.codes, packed.starts, packed.ids, packed.groups
    FROM unnest(%s::bigint[]) AS wanted(id), LATERAL (
        SELECT string_agg(code, '') AS codes,
               string_agg(timestamptz_send(starts_at), ''::bytea) AS starts,
               string_agg(int8send(id), ''::bytea) AS ids,
               string_agg(int8send(id) || int8send(group_id), ''::bytea)
                   FILTER (WHERE group_id IS NOT NULL) AS groups
        FROM (
            SELECT code, starts_at, id, group_id FROM clinic_appointment
            WHERE episode_id = wanted.id ORDER BY starts_at, id
        ) AS ordered
    ) AS packed
"""
# Read along the covering index: its order is the timeline's, without sorting.
PACKED_SQLITE = """
    SELECT episode_id, group_concat(code, ''), group_concat(starts_at), group_concat(id),
        group_concat(CASE WHEN group_id IS NOT NULL THEN id || ',' || group_id END)
    FROM clinic_appointment INDEXED BY appointment_timeline
    WHERE episode_id IN (SELECT value FROM json_each(%s)) GROUP BY episode_id
"""


# When it became known, and whether another was booked in its stead in time (REBOOKED_WITHIN_DAYS, a day's grace).
CANCELLED_POSTGRESQL = """
    SELECT a.episode_id, a.id, (date_part('epoch', a.starts_at) * 1000000)::bigint - 946684800000000,
        floor(date_part('epoch', a.cancelled_at))::bigint, EXISTS (
            SELECT 1 FROM clinic_appointment r WHERE r.rebooking_of_id = a.id
            AND r.starts_at <= a.starts_at + interval '7 days' AND r.booked_at <= a.starts_at + interval '1 day')
    FROM clinic_appointment a WHERE a.cancelled_at IS NOT NULL AND a.episode_id = ANY(%s)
"""
CANCELLED_SQLITE = """
    SELECT a.episode_id, a.id, a.starts_at || '', CAST(strftime('%%s', a.cancelled_at) AS INTEGER), EXISTS (
            SELECT 1 FROM clinic_appointment r WHERE r.rebooking_of_id = a.id
            AND julianday(r.starts_at) <= julianday(a.starts_at) + 7
            AND julianday(r.booked_at) <= julianday(a.starts_at) + 1)
    FROM clinic_appointment a WHERE a.cancelled_at IS NOT NULL AND a.episode_id IN (SELECT value FROM json_each(%s))
"""


class Lazy(Sequence[int]):
    """A column of whole numbers, each worked out when somebody looks at it: most are never looked at."""

    __slots__ = ("_number", "_packed", "_unpack", "_values")

    def __init__(
        self, packed: Any, number: Callable[[Any], int], unpack: Callable[[Any], Sequence[Any]]
    ) -> None:
        self._packed, self._number, self._unpack = packed, number, unpack
        self._values: Sequence[Any] | None = None

    def _all(self) -> Sequence[Any]:
        if self._values is None:
            self._values = self._unpack(self._packed)
        return self._values

    def __getitem__(self, index: Any) -> Any:
        values = self._values
        if values is None:
            values = self._all()
        if index.__class__ is slice:
            return [self._number(value) for value in values[index]]
        return self._number(values[index])

    def __len__(self) -> int:
        return len(self._all())


class GroupsOf(Sequence[int]):
    """The group of each appointment, 0 where there is none, from the few that have one: (id, group) pairs."""

    __slots__ = ("_groups", "_ids", "_pairs", "_unpack")

    def __init__(self, ids: Sequence[int], pairs: Any, unpack: Callable[[Any], Sequence[Any]]) -> None:
        self._ids, self._pairs, self._unpack = ids, pairs, unpack
        self._groups: dict[int, int] | None = None

    def __getitem__(self, index: Any) -> Any:
        if self._groups is None:
            flat = [int(number) for number in self._unpack(self._pairs)] if self._pairs else []
            self._groups = dict(zip(flat[0::2], flat[1::2], strict=True))
        if isinstance(index, slice):
            return [self._groups.get(number, 0) for number in self._ids[index]]
        return self._groups.get(self._ids[index], 0)

    def __len__(self) -> int:
        return len(self._ids)


class LocalDays(dict[int, int]):
    """The days of one time zone, each worked out once: indexing by a day gives the second it ends."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self.zone = zone
        self.of_stamp = DayOfStamp(zone)
        self.second_of_stamp = SecondOfStamp()

    def __missing__(self, ordinal: int) -> int:
        after = date.fromordinal(ordinal + 1)
        end = int(datetime(after.year, after.month, after.day, tzinfo=self.zone).timestamp())
        self[ordinal] = end
        return end

    def day(self, second: int) -> int:
        """The ordinal of the local day of an epoch second."""
        return datetime.fromtimestamp(second, self.zone).toordinal()


class SecondOfStamp(dict[Any, int]):
    """The epoch second of a time as the driver packs it: text in SQLite, microseconds since 2000 in PostgreSQL.

    Appointments stand on the same few hours of the same days, so nearly every look-up is one that was made before.
    """

    LARGEST = 30_000

    def __missing__(self, stamp: Any) -> int:
        if len(self) >= self.LARGEST:
            self.clear()
        number = self[stamp] = self.worked_out(stamp)
        return number

    def worked_out(self, stamp: Any) -> int:
        if isinstance(stamp, str):
            return int(datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp())
        return int(stamp // MICROSECONDS + POSTGRES_EPOCH)


class DayOfStamp(SecondOfStamp):
    """The local day of a packed time, in one zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self.zone = zone

    def worked_out(self, stamp: Any) -> int:
        return datetime.fromtimestamp(super().worked_out(stamp), self.zone).toordinal()


@lru_cache(maxsize=64)
def local_days(zone: str) -> LocalDays:
    """The days of a time zone, worked out once a process."""
    return LocalDays(ZoneInfo(zone))


def opening_hours(clinic: Clinic) -> OpeningHours:
    """The clinic's working hours, with its closures of the last and the coming year or so."""
    closed = frozenset(clinic.closures.values_list("day", flat=True))
    return OpeningHours(frozenset(clinic.opening_days), clinic.opens_at, clinic.closes_at, closed)


def _ints(packed: bytes) -> list[int]:
    numbers = array("q")
    numbers.frombytes(packed)
    numbers.byteswap()
    return numbers.tolist()


def _split(packed: str) -> list[str]:
    return packed.split(",")


def _as_it_is(values: Any) -> Any:
    return values


def _packed(episodes: Sequence[int]) -> Iterator[tuple[int, bytes, list[Any], Sequence[int], Sequence[int]]]:
    """One row an episode: its codes, the stamps of its times, and its ids and groups, oldest first."""
    if connection.vendor == "postgresql":
        for number, codes, starts, packed, pairs in _rows(PACKED_POSTGRESQL, PACKED_SQLITE, episodes):
            if codes is not None:
                ids = Lazy(packed, int, _ints)
                yield number, codes.encode(), _ints(starts), ids, GroupsOf(ids, pairs, _ints)
    else:
        for number, codes, starts, packed, pairs in _rows(PACKED_POSTGRESQL, PACKED_SQLITE, episodes):
            ids = Lazy(packed, int, _split)
            yield number, codes.encode(), starts.split(","), ids, GroupsOf(ids, pairs, _split)


def records(clinic: Clinic, episodes: Sequence[int]) -> Iterator[Record]:
    """The records of some episodes of one clinic, in seven queries."""
    days = local_days(clinic.time_zone)
    day_of, second_of = days.of_stamp.__getitem__, days.second_of_stamp.__getitem__
    cancellations = _cancellations(episodes)
    contacts = _contacts(episodes, days)
    pauses = _pauses(episodes)
    seats = _seats(episodes)
    closures = frozenset(day.toordinal() for day in clinic.closures.values_list("day", flat=True))
    wanted = set(episodes)
    stays = {
        number: (admitted.toordinal(), discharged.toordinal() if discharged else None)
        for number, admitted, discharged in Episode.objects.filter(**among("pk", episodes)).values_list(
            "pk", "admitted_on", "discharged_on"
        )
        if number in wanted
    }

    def record(
        number: int, codes: bytes, stamps: list[Any], ids: Sequence[int], groups: Sequence[int]
    ) -> Record:
        cancelled = cancellations.get(number)
        admitted, discharged = stays.pop(number)
        return Record(
            number,
            admitted,
            codes[0::3],
            codes[1::3],
            codes[2::3],
            list(map(day_of, stamps)),
            Lazy(stamps, second_of, _as_it_is),
            ids,
            groups,
            discharged,
            _placed(cancelled, stamps, ids) if cancelled else {},
            contacts.get(number, ()),
            pauses.get(number, ()),
            closures,
            seats.get(number, ()),
            days,
        )

    for number, codes, stamps, ids, groups in _packed(episodes):
        if number not in stays:
            continue
        if stamps != sorted(stamps):
            order = sorted(range(len(stamps)), key=lambda index: (stamps[index], ids[index]))
            codes = b"".join(codes[3 * index : 3 * index + 3] for index in order)
            stamps, ids, groups = ([column[index] for index in order] for column in (stamps, ids, groups))
        yield record(number, codes, stamps, ids, groups)
    for number in list(stays):
        yield record(number, b"", [], [], [])


def among(field: str, episodes: Sequence[int]) -> dict[str, Any]:
    """The filter for some episodes: a span of numbers where that reads little else, for long lists are slow to send."""
    first, last = min(episodes, default=0), max(episodes, default=0)
    if last - first < 2 * len(episodes):
        return {f"{field}__gte": first, f"{field}__lte": last}
    return {f"{field}__in": episodes}


def _cancellations(episodes: Sequence[int]) -> dict[int, list[tuple[int, Any, Cancellation]]]:
    """Of each episode: the number of the appointment, the stamp of its time, and its cancellation."""
    found: dict[int, list[tuple[int, Any, Cancellation]]] = defaultdict(list)
    for number, row, stamp, at, rebooked in _rows(CANCELLED_POSTGRESQL, CANCELLED_SQLITE, episodes):
        found[number].append((row, stamp, Cancellation(at, rebooked)))
    return found


def _rows(postgresql: str, sqlite: str, episodes: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Run the query written for this database, for some episodes."""
    if connection.vendor == "postgresql":
        from psycopg import Cursor

        connection.ensure_connection()
        # Django's own cursor reads text; the driver's reads the packed bytes as they are.
        with Cursor(connection.connection) as cursor:
            cursor.execute(postgresql, [list(episodes)], binary=True)
            while rows := cursor.fetchmany(FETCHED_AT_ONCE):
                yield from rows
    else:
        with connection.cursor() as cursor:
            cursor.execute(sqlite, [json.dumps(list(episodes))])
            yield from cursor


def _placed(
    cancelled: Sequence[tuple[int, Any, Cancellation]], stamps: Sequence[Any], ids: Sequence[int]
) -> dict[int, Cancellation]:
    """Cancellations by their place in the record: found by time, and by number where several share a time."""
    places = {}
    for row, stamp, cancellation in cancelled:
        index = bisect_left(stamps, stamp)
        if index + 1 < len(stamps) and stamps[index + 1] == stamp:
            while ids[index] != row:
                index += 1
        places[index] = cancellation
    return places


def _contacts(episodes: Sequence[int], days: LocalDays) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    rows = Attempt.objects.filter(**among("episode", episodes), result__in=TWO_WAY).order_by("at")
    for number, at in rows.values_list("episode_id", "at"):
        second = int(at.timestamp())
        found[number].append((second, days.day(second)))
    return found


def _pauses(episodes: Sequence[int]) -> dict[int, list[PauseSpan]]:
    found: dict[int, list[PauseSpan]] = defaultdict(list)
    rows = Pause.objects.filter(**among("episode", episodes)).order_by("starts_on")
    for number, first, last, kind in rows.values_list("episode_id", "starts_on", "ends_on", "kind"):
        found[number].append(PauseSpan(first.toordinal(), last.toordinal() if last else None, kind))
    return found


def _seats(episodes: Sequence[int]) -> dict[int, list[Seat]]:
    found: dict[int, list[Seat]] = defaultdict(list)
    rows = Membership.objects.filter(**among("episode", episodes)).order_by("joined_on", "pk")
    for number, group, joined, left, ended in rows.values_list(
        "episode_id", "group_id", "joined_on", "left_on", "ended"
    ):
        found[number].append(Seat(group, joined.toordinal(), left.toordinal() if left else None, ended))
    return found


def standing(episodes: Sequence[int]) -> dict[int, list[Standing]]:
    """Every finding on record of these episodes, open and handled, in one query."""
    found: dict[int, list[Standing]] = defaultdict(list)
    rows = (
        Finding.objects.filter(**among("episode", episodes))
        .order_by("pk")
        .values_list(
            "pk",
            "episode_id",
            "sign",
            "anchor",
            "level",
            "judged_on",
            "evidence_ids",
            "last_missed",
            "facts",
            "counts_from",
            "ended_as_of",
            "state",
            "evidence_changed",
            "follow_up__touched_at",
        )
    )
    for (
        number,
        episode,
        sign,
        anchor,
        level,
        judged,
        ids,
        last_missed,
        facts,
        counts_from,
        ended,
        state,
        changed,
        touched,
    ) in rows.iterator():
        found[episode].append(
            Standing(
                number,
                sign,
                anchor,
                LEVELS[level],
                judged.toordinal(),
                frozenset(map(int, ids.split())),
                last_missed,
                counts_from,
                None if state == OPEN else ended or 0,
                state == WITHDRAWN,
                touched is not None,
                changed,
                facts,
            )
        )
    return found


def open_episodes(clinic: Clinic, day: date, first: int = 0, last: int | None = None) -> list[int]:
    """Numbers of the episodes a sweep of `day` reads: open on it, or with a follow-up still open; ascending. Only those
    from `first` to `last`, both inclusive, when given.
    """
    rows = Episode.objects.filter(clinic=clinic, pk__gte=first)
    if last is not None:
        rows = rows.filter(pk__lte=last)
    admitted = rows.filter(admitted_on__lte=day)
    in_care = admitted.filter(discharged_on=None) | admitted.filter(discharged_on__gt=day)
    waiting = rows.filter(follow_ups__state="open")
    return sorted({*in_care.values_list("pk", flat=True), *waiting.values_list("pk", flat=True)})


def timelines(clinic: Clinic, episodes: Iterable[int], day: date) -> dict[int, Timeline]:
    """Timelines as of `day`, by episode number."""
    return {record.episode: record.as_of(day) for record in records(clinic, list(episodes))}

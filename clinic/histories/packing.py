"""How the database packs: one row an episode crosses the driver, with one string of codes and one of times.

Pure Python decides on those (docs/decisions/0003). An ordered subquery is no promise of order in an aggregate, so
`records` sorts times that decrease.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import repeat
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

POSTGRES_EPOCH = 946_684_800
FETCHED_AT_ONCE = 250
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


# When it became known that an appointment would not take place, and what was booked in the stead of others.
CANCELLED_POSTGRESQL = """
    SELECT episode_id, id, (date_part('epoch', starts_at) * 1000000)::bigint - 946684800000000,
        floor(date_part('epoch', cancelled_at))::bigint
    FROM clinic_appointment WHERE cancelled_at IS NOT NULL AND episode_id = ANY(%s)
"""
CANCELLED_SQLITE = """
    SELECT episode_id, id, starts_at || '', CAST(strftime('%%s', cancelled_at) AS INTEGER)
    FROM clinic_appointment WHERE cancelled_at IS NOT NULL AND episode_id IN (SELECT value FROM json_each(%s))
"""
STAND_INS_POSTGRESQL = """
    SELECT episode_id, id, rebooking_of_id, floor(date_part('epoch', starts_at))::bigint,
        floor(date_part('epoch', booked_at))::bigint
    FROM clinic_appointment WHERE rebooking_of_id IS NOT NULL AND episode_id = ANY(%s)
"""
STAND_INS_SQLITE = """
    SELECT episode_id, id, rebooking_of_id, CAST(strftime('%%s', starts_at) AS INTEGER),
        CAST(strftime('%%s', booked_at) AS INTEGER)
    FROM clinic_appointment WHERE rebooking_of_id IS NOT NULL AND episode_id IN (SELECT value FROM json_each(%s))
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
            return list(map(self._number, values[index]))
        return self._number(values[index])

    def __len__(self) -> int:
        return len(self._all())


class GroupsOf(Sequence[int]):
    """The group of each appointment, 0 where there is none, from the few that have one: (id, group) pairs."""

    __slots__ = ("_groups", "_ids", "_pairs", "_unpack")

    def __init__(self, ids: Sequence[int], pairs: Any, unpack: Callable[[Any], Sequence[Any]]) -> None:
        self._ids, self._pairs, self._unpack = ids, pairs, unpack
        self._groups: list[int] | None = None

    def __getitem__(self, index: Any) -> Any:
        if self._groups is None:
            flat = list(map(int, self._unpack(self._pairs))) if self._pairs else []
            group_of = dict(zip(flat[0::2], flat[1::2], strict=True))
            self._groups = list(map(group_of.get, self._ids[:], repeat(0)))
        return self._groups[index]

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


def ints(packed: bytes) -> list[int]:
    numbers = array("q")
    numbers.frombytes(packed)
    numbers.byteswap()
    return numbers.tolist()


def split(packed: str) -> list[str]:
    return packed.split(",")


def as_it_is(values: Any) -> Any:
    return values


def packed_rows(
    episodes: Sequence[int],
) -> Iterator[tuple[int, bytes, list[Any], Sequence[int], Sequence[int]]]:
    """One row an episode: its codes, the stamps of its times, and its ids and groups, oldest first."""
    if connection.vendor == "postgresql":
        for number, codes, starts, packed, pairs in rows(PACKED_POSTGRESQL, PACKED_SQLITE, episodes):
            if codes is not None:
                ids = ints(packed)
                yield number, codes.encode(), ints(starts), ids, GroupsOf(ids, pairs, ints)
    else:
        for number, codes, starts, packed, pairs in rows(PACKED_POSTGRESQL, PACKED_SQLITE, episodes):
            ids = Lazy(packed, int, split)
            yield number, codes.encode(), starts.split(","), ids, GroupsOf(ids, pairs, split)


def rows(postgresql: str, sqlite: str, episodes: Sequence[int]) -> Iterator[tuple[Any, ...]]:
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

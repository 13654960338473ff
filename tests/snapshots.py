"""Rows put back instead of built anew: the house is the same in a thousand tests, and building it costs most of them.

The first `cast.house(today)` of a process builds; its rows are kept as the database itself writes them, the objects as
they were returned. Every later one in an empty database puts the rows back and hands out a fresh copy of the objects.
The morning's check is kept the same way, and put back only where nobody has changed a row in between.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from clinic.models import Clinic
from tests import cast

Rows = dict[str, Any]  # by table, as the database writes them
WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)

_build = cast.house
_houses: dict[tuple[str, date], tuple[cast.Cast, Rows]] = {}
_checks: dict[tuple[str, date], Rows] = {}
_as_built = False  # whether the house stands as it was built, and nobody has written since


def house(today: date) -> cast.Cast:
    """The house of `cast.house`, put back where this process has built it before."""
    global _as_built
    _as_built = False
    key = (connection.vendor, today)
    empty = not Clinic.objects.exists()
    if not empty or key not in _houses:
        built = _build(today)
        if empty:
            _houses[key] = copy.deepcopy(built), dump()
            _as_built = True
        return built
    kept, rows = _houses[key]
    put_back(rows)
    _as_built = True
    return copy.deepcopy(kept)


def check(today: date, work: Callable[[], None]) -> None:
    """Do `work`, which depends on nothing but the house of a day; put back what it left when that is known already."""
    global _as_built
    key = (connection.vendor, today)
    fresh, _as_built = _as_built, False
    if not fresh:
        work()
    elif key in _checks:
        put_back(_checks[key])
    else:
        before = dump()
        work()
        after = dump()
        if all(after[table].startswith(rows) for table, rows in before.items()):
            _checks[key] = {table: rows[len(before[table]) :] for table, rows in after.items()}


@contextmanager
def noticing_changes() -> Iterator[None]:
    """Notice every statement that changes a row, for as long as this lasts."""

    global _as_built
    _as_built = False

    def look(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        global _as_built
        if _as_built and WRITES.match(sql):
            _as_built = False
        return execute(sql, *rest)

    with connection.execute_wrapper(look):
        yield


def tables() -> Iterator[tuple[str, list[str]]]:
    """Every table of the clinic with the columns one may write, its key first."""
    for model in apps.get_app_config("clinic").get_models(include_auto_created=True):
        fields = [each for each in model._meta.concrete_fields if not each.generated]
        fields.sort(key=lambda each: not each.primary_key)
        yield model._meta.db_table, [connection.ops.quote_name(each.column) for each in fields]


def dump() -> Rows:
    """Every row as text, oldest first."""
    connection.ensure_connection()
    return {table: _written(table, columns) for table, columns in tables()}


def _written(table: str, columns: list[str]) -> Any:
    if connection.vendor == "sqlite":
        row = " || ',' || ".join(f"quote({column})" for column in columns)
        found = connection.connection.execute(
            f"SELECT '(' || {row} || ')' FROM {table} ORDER BY {columns[0]}"
        ).fetchall()
        return "".join(f"{each},\n" for (each,) in found)
    chosen = f"SELECT {', '.join(columns)} FROM {table} ORDER BY {columns[0]}"
    with connection.connection.cursor().copy(f"COPY ({chosen}) TO STDOUT") as told:
        return b"".join(told)


def put_back(rows: Rows) -> None:
    """Insert rows as they were dumped; whatever refers to what is looked at when the transaction ends."""
    connection.ensure_connection()
    with transaction.atomic():
        for table, columns in tables():
            written = rows.get(table)
            if not written:
                continue
            into = f"{table} ({', '.join(columns)})"
            if connection.vendor == "sqlite":
                connection.connection.execute(f"INSERT INTO {into} VALUES {written.rstrip().rstrip(',')}")
            else:
                with connection.connection.cursor().copy(f"COPY {into} FROM STDIN") as taken:
                    taken.write(written)

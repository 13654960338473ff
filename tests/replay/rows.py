"""Rows of a replay by hand: a line of numbers for one client on one day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from clinic.engagement.signs.sign import Level
from clinic.replay.facts import Facts
from clinic.replay.lists import Row

FIRST = date(2026, 1, 1)
CALM = Facts(
    silent=0,
    in_a_row=0,
    missed_of_4=0,
    missed_of_6=0,
    newest="AA",
    fallen=False,
    missed=0,
    countable=10,
    without_session=0,
    daily=False,
    without_dose=0,
    doses_missed=0,
    days=100,
    seen=True,
)


def week(number: int) -> date:
    """The as-of day of a week; 0 is the first."""
    return FIRST + timedelta(weeks=number)


def row(
    name: str,
    at: int = 0,
    *,
    level: Level | None = None,
    priority: float = 0.0,
    newly: bool = False,
    wakes: bool = False,
    position: int = 0,
    **facts: object,
) -> Row:
    return Row(
        as_of=week(at),
        record_number=name,
        level=level,
        priority=priority,
        signs=(),
        newly=newly,
        wakes=wakes,
        facts=CALM._replace(**facts),
        position=position,
    )


def lists(rows: Iterable[Row]) -> dict[date, list[Row]]:
    """The rows by day, numbered in the order given where they have no position of their own."""
    found: dict[date, list[Row]] = {}
    for each in rows:
        of_day = found.setdefault(each.as_of, [])
        of_day.append(each)
        each.position = each.position or len(of_day)
    return found

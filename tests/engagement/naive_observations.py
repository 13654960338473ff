"""D18 the slow way: what staff noted, item by item."""

from __future__ import annotations

from clinic.engagement.background import Noted
from tests.engagement.naive import Case

IN_PAUSES = True
OBSERVATION = 5 << 48
Read = tuple[str, str, tuple[int, ...]]


def read(case: Case, today: int) -> list[Read]:
    every = sorted(case.known(today).noted, key=lambda each: (each.at, each.id))
    concerns = [each for each in every if each.item[0] != "S" and each.item != "G1"]
    now: dict[str, Noted] = {}
    for each in concerns:
        if today - each.day <= 14:
            now[each.item] = each
    told = {item for item in now if item in ("H1", "H2") and now[item].anchor > 0}
    strong = {item for item in now if now[item].anchor == 3}
    clear = {item for item in now if now[item].anchor >= 2}
    risen = {item for item in now if has_risen(now[item], concerns)}
    carrying = told | clear | risen
    if not carrying:
        return []
    if told or strong:
        level = "today"
    elif len({item[0] for item in clear}) >= 2 or risen or clear & {"B1", "G2"} or {"C2", "A2"} <= clear:
        level = "tomorrow"
    else:
        level = "two_days"
    rows = {
        each
        for item in carrying
        for each in concerns
        if each.item == item and today - each.day <= 14 and never_calm_since(each, concerns)
    }
    ordered = sorted(rows, key=lambda each: (each.at, each.id))
    return [("D18", level, tuple(OBSERVATION + each.id for each in ordered))]


def has_risen(newest: Noted, concerns: list[Noted]) -> bool:
    return any(
        each.item == newest.item
        and (each.at, each.id) < (newest.at, newest.id)
        and newest.day - each.day <= 28
        and newest.anchor >= each.anchor + 2
        for each in concerns
    )


def never_calm_since(row: Noted, concerns: list[Noted]) -> bool:
    """Whether the item stood at a concern from this time on, each time it was noted."""
    least = 1 if row.item in ("H1", "H2") else 2
    return all(
        each.anchor >= least
        for each in concerns
        if each.item == row.item and (each.at, each.id) >= (row.at, row.id)
    )

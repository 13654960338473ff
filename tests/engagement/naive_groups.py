"""D03b the slow way: counting single days back from the last meeting anybody told us of."""

from __future__ import annotations

from clinic.engagement.timeline import Channel
from tests.engagement.naive import Case


def free_days(case: Case, after: int, until: int) -> int:
    """Days later than `after`, up to `until`, on which the client was not away."""
    return sum(1 for day in range(after + 1, until + 1) if not case.in_pause(day))


def d03b(case: Case, today: int) -> list[tuple[str, str, tuple[int, ...]]]:
    told = [v for v in case.past(today) if v.channel == Channel.MUTUAL_AID and case.met(v)]
    off = case.known(today).meetings_off
    if not told or (off is not None and off <= today):
        return []
    last = told[-1]
    if free_days(case, last.day, today) < 14:
        return []
    weeks = {free_days(case, v.day, last.day) // 7 for v in told}
    return [("D03b", "two_days", (last.id,))] if len(weeks & {0, 1, 2, 3, 4, 5}) >= 4 else []


def read(case: Case, today: int) -> list[tuple[str, str, tuple[int, ...]]]:
    return d03b(case, today)

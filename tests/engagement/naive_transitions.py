"""D16 and S03 the slow way."""

from __future__ import annotations

from tests.engagement.naive import Case

IN_PAUSES = True
PAUSE = 7 << 48
KINDS = ("inpatient", "detox", "residential", "jail", "agreed_leave", "travel", "emergency")


def read(case: Case, today: int) -> list[tuple[str, str, tuple[int, ...]]]:
    found = []
    if not case.in_pause(today) and not case.unconfirmed and case.pause_kind in KINDS:
        for first, last in back(case, today):
            days = today - last
            if days > 60 or any(day > last for day in case.contact_days(today)):
                continue
            points = [step for step, after in enumerate((0, 7, 14)) if days >= after]
            level = "today" if days >= 7 else "tomorrow"
            found.append(("D16", level, tuple(PAUSE + first * 10 + step for step in points)))
    for first, last in case.pauses:
        weeks = (today - first) // 7
        if last is None and weeks >= 1:
            found.append(("S03", "upkeep", (PAUSE + first * 1000 + weeks,)))
    return found


def back(case: Case, today: int) -> list[tuple[int, int]]:
    """The pauses that are over and that no other one carries on; of those with one last day the longest."""
    over = [(first, last) for first, last in case.pauses if last is not None and last < today]
    alone = [(first, last) for first, last in over if not case.in_pause(last + 1)]
    return [
        (first, last)
        for first, last in sorted(set(alone))
        if not any(other < first and end == last for other, end in alone)
    ]

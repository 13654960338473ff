"""D01b written the slow way; D01 stands in naive.py."""

from __future__ import annotations

from clinic.engagement.timeline import Channel
from tests.engagement.naive import Case
from tests.engagement.naive_cancellations import open_days, something_booked

VISIT = 10


def read(case: Case, today: int) -> list[tuple[str, str, tuple[int, ...]]]:
    answers = []
    for visit in case.known(today).visits:
        channel = Channel(visit.channel)
        seen = any(
            v.channel == channel and case.attended(v) and v.day > visit.known for v in case.past(today)
        )
        soon = visit.by <= today or open_days(case, today, visit.by) <= 3
        if soon and not seen and not something_booked(case, channel, today):
            answers.append(("D01b", "upkeep", ((VISIT << 48) + visit.id,)))
    return answers

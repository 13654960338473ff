"""S01 and S02 written the slow way, from the table of special situations alone."""

from __future__ import annotations

from clinic.engagement.timeline import Channel, Outcome
from tests.engagement.naive import HOURS, Case, Visit, ids
from tests.engagement.naive_cancellations import (
    NOT_ASKED,
    cancelled,
    keys,
    seen_there,
    something_booked,
    told,
)

Answers = list[tuple[str, str, tuple[int, ...]]]


def s01(case: Case, today: int) -> Answers:
    planned: list[Visit] = []
    for visit in case.past(today):
        if visit.channel in NOT_ASKED or today - visit.day > 28:
            continue
        if visit.day in case.closed or case.in_pause(visit.day):
            continue
        if visit.outcome in (Outcome.CANCELLED_BY_CLINIC, Outcome.RESCHEDULED):
            continue
        if visit.outcome == Outcome.SCHEDULED and visit.day == today:
            continue
        planned.append(visit)
    excused = [v for v in planned if v.outcome == Outcome.EXCUSED]
    if len(planned) < 4 or len(excused) <= len(planned) / 2:
        return []
    return [("S01", "two_days", ids(excused))]


def s02(case: Case, today: int) -> Answers:
    answers = []
    for channel in Channel:
        ours = [v for v in cancelled(case, today, Outcome.CANCELLED_BY_CLINIC) if v.channel == channel]
        row: list[Visit] = []
        for visit in sorted({*ours, *case.past(today)}, key=lambda v: (v.start, v.id)):
            if visit.channel != channel:
                continue
            if visit.day <= today and case.counts(visit):
                row = []
            elif visit in ours:
                row.append(visit)
        if (
            len(row) >= 2
            and today - (told(row[-1]) // (24 * HOURS) + 719163) <= 60
            and not something_booked(case, channel, today)
            and not seen_there(case, channel, today, told(row[-1]))
        ):
            answers.append(("S02", "upkeep", keys(row)))
    return answers


def read(case: Case, today: int) -> Answers:
    return s01(case, today) + s02(case, today)

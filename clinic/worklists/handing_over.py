"""Rows to what the mind asks of a follow-up that nobody may have acted on: to whom it goes, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from clinic.engagement.escalation import Case, Raised
from clinic.engagement.signs.sign import Level
from clinic.models import Finding, FollowUp


def case_of(
    follow_up: FollowUp, findings: Iterable[Finding], reached_at: datetime | None, zone: ZoneInfo
) -> Case:
    """An open follow-up with its open findings; `reached_at` is the newest talk with the client on it."""
    return Case(
        level=Level(follow_up.level),
        raised=local(follow_up.opened_at, zone),
        due=local(follow_up.due_at, zone),
        findings=tuple(
            Raised(
                each.sign,
                local(each.raised_at, zone),
                datetime.fromtimestamp(each.counts_from, UTC).astimezone(zone).date(),
            )
            for each in findings
        ),
        tried_at=local(follow_up.last_attempt_at, zone) if follow_up.last_attempt_at else None,
        reached_at=local(reached_at, zone) if reached_at else None,
    )


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """A moment as the clinic's clock shows it, without its zone, as the mind counts."""
    return moment.astimezone(zone).replace(tzinfo=None)

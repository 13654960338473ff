"""What somebody sees before a stay ends: what was tried of late, what is open, what was planned and ends too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, Q

from clinic.client_file.history import Try, attempts
from clinic.intake.leaving import can_be_undone
from clinic.models import Appointment, Episode, FollowUp, Membership, Series
from clinic.models.schedule import Outcome

OUTREACH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Ending:
    """What a discharge rests on and ends with. `tries` are those of the last thirty days, newest first; `seen_on` the
    day of the last attended appointment.
    """

    tries: Sequence[Try]
    ahead: int
    next_at: datetime | None
    series: int
    groups: Sequence[str]
    open_follow_ups: int
    seen_on: date | None


def ending(stay: Episode, now: datetime) -> Ending:
    """Read it in a fixed number of queries."""
    today = stay.clinic.local_day(now)
    since = now - timedelta(days=OUTREACH_DAYS)
    rows = Appointment.objects.filter(episode=stay)
    planned = rows.filter(outcome=Outcome.SCHEDULED, starts_at__gt=now).order_by("starts_at")
    moments = list(planned.values_list("starts_at", flat=True))
    came = (Outcome.ATTENDED, Outcome.LATE, Outcome.LEFT_EARLY)
    seen = rows.filter(outcome__in=came).aggregate(last=Max("starts_at"))["last"]
    places = Membership.objects.filter(Q(left_on=None) | Q(left_on__gt=today), episode=stay)
    return Ending(
        tries=[each for each in attempts(stay) if each.at >= since],
        ahead=len(moments),
        next_at=moments[0] if moments else None,
        series=Series.objects.filter(Q(ended_on=None) | Q(ended_on__gt=today), episode=stay).count(),
        groups=list(places.order_by("group__name").values_list("group__name", flat=True)),
        open_follow_ups=FollowUp.objects.filter(episode=stay, state=FollowUp.State.OPEN).count(),
        seen_on=stay.clinic.local_day(seen) if seen else None,
    )


def may_be_undone(stay: Episode, now: datetime) -> bool:
    """Whether the discharge of a stay was entered today, so that it may be taken back."""
    return can_be_undone(stay, stay.clinic.local_day(now))

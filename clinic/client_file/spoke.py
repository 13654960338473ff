"""What a talk with a client would do to the list, and the meetings they told us about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.sign import Kind, Level, Settles
from clinic.engagement.words import Sentence
from clinic.models import Appointment, Attempt, Episode, Finding, FollowUp
from clinic.models.schedule import Channel, Outcome

TALKS_SHOWN, MEETINGS_SHOWN = 5, 20
WEEKS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Talk:
    """A two-way exchange noted before."""

    at: datetime
    method: str
    by: str
    agreed: str
    next_contact_on: date | None


@dataclass(frozen=True, slots=True)
class Spoke:
    """Before a talk is noted: the open signs it settles and those it leaves open, by title, and the follow-up about
    disengagement that stands open, where a talk that was a try to reach the client belongs.
    """

    name: str
    settles: Sequence[Sentence]
    leaves: Sequence[Sentence]
    follow_up: UUID | None
    talks: Sequence[Talk]


def spoke(stay: Episode) -> Spoke:
    """What a talk would settle of a stay, and the last talks, in three queries."""
    settled: list[Sentence] = []
    left: list[Sentence] = []
    open_ones = Finding.objects.filter(
        episode=stay, state=Finding.State.OPEN, follow_up__kind=Kind.DISENGAGEMENT
    )
    for row in open_ones.order_by("pk"):
        (settled if _is_settled(row) else left).append(Sentence.from_json(row.title))
    waiting = FollowUp.objects.filter(
        episode=stay, state=FollowUp.State.OPEN, kind=Kind.DISENGAGEMENT
    ).values_list("uid", flat=True)
    rows = Attempt.objects.filter(episode=stay, follow_up=None).select_related("by").order_by("-at", "-pk")
    return Spoke(
        name=stay.client.full_name,
        settles=settled,
        leaves=left,
        follow_up=waiting.first(),
        talks=[
            Talk(row.at, row.get_method_display(), row.by.name, row.agreed, row.next_contact_on)
            for row in rows[:TALKS_SHOWN]
        ],
    )


def _is_settled(row: Finding) -> bool:
    """Whether one contact settles a finding: `engagement.plan.is_settled`, for a talk now."""
    sign = BY_CODE.get(row.sign)
    if sign is None:
        return False
    brief = row.level == Level.CHECK_IN and sign.settles in (Settles.TWO_SESSIONS, Settles.MEDICAL)
    return brief or sign.settles is Settles.ONE_CONTACT


@dataclass(frozen=True, slots=True)
class Meeting:
    """A mutual-aid meeting; not `verified`: the client told us, and nobody has confirmed it."""

    at: datetime
    verified: bool
    by: str


@dataclass(frozen=True, slots=True)
class Week:
    """How many meetings were logged in the week that began on a Monday."""

    first: date
    count: int


@dataclass(frozen=True, slots=True)
class Meetings:
    """The last meetings of a stay, newest first, and how many a week; `off_on` is the day since which the client does
    not want them logged.
    """

    name: str
    admitted_on: date
    ended_on: date | None
    off_on: date | None
    meetings: Sequence[Meeting]
    weeks: Sequence[Week]


def meetings_of(stay: Episode, *, today: date) -> Meetings:
    """What the page of meetings shows, in two queries."""
    rows = Appointment.objects.filter(
        episode=stay,
        channel=Channel.MUTUAL_AID,
        outcome__in=(Outcome.ATTENDED, Outcome.LATE, Outcome.LEFT_EARLY),
    ).order_by("-starts_at", "-pk")
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=WEEKS_SHOWN - 1)
    recent = rows.filter(starts_at__gte=datetime.combine(first, datetime.min.time(), tzinfo=stay.clinic.zone))
    counts: Counter[date] = Counter()
    for at in recent.values_list("starts_at", flat=True):
        day = stay.clinic.local_day(at)
        counts[day - timedelta(days=day.weekday())] += 1
    weeks = [first + timedelta(weeks=n) for n in range(WEEKS_SHOWN)]
    return Meetings(
        name=stay.client.full_name,
        admitted_on=stay.admitted_on,
        ended_on=stay.discharged_on if stay.discharged_on and stay.discharged_on <= today else None,
        off_on=stay.client.meetings_off_on,
        meetings=[
            Meeting(row.starts_at, row.verified, row.recorded_by.name if row.recorded_by else "")
            for row in rows.select_related("recorded_by")[:MEETINGS_SHOWN]
        ],
        weeks=[Week(week, counts[week]) for week in weeks],
    )

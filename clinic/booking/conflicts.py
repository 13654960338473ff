"""Reads what else a client and a member of staff have at the times asked for: the same few statements whatever the
number of times.

Of another client nothing is told but the hours, for whoever books may not know them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from clinic.models import Appointment, Episode, Session, Staff
from clinic.models.schedule import Channel, Outcome

CLIENT, STAFF = "client", "staff"
# What takes up somebody's time: what is planned, and what took place.
TAKES_TIME = (Outcome.SCHEDULED, Outcome.ATTENDED, Outcome.LATE, Outcome.LEFT_EARLY)
# A dose is given between other things, and a meeting elsewhere is the client's own affair.
TAKES_NONE = (Channel.DOSING, Channel.MUTUAL_AID)
LONGEST = timedelta(minutes=600)


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment up to, not with, another."""

    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, starts_at: datetime, minutes: int) -> Span:
        return cls(starts_at, starts_at + timedelta(minutes=minutes))


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that stands in the way of the time `wanted`. `whose` is "client" or "staff"; `channel` is the service
    of a client's own appointment, `group` the name of a group, `who` the member of staff.
    """

    wanted: datetime
    whose: str
    starts_at: datetime
    ends_at: datetime
    channel: str = ""
    group: str = ""
    who: str = ""

    @property
    def service(self) -> str:
        return str(Channel(self.channel).label) if self.channel else ""


@dataclass(frozen=True, slots=True)
class Busy:
    """One thing somebody has. `at` and `until` are its span."""

    at: datetime
    until: datetime
    whose: str
    channel: str = ""
    group: str = ""
    who: str = ""


def of(
    episode: Episode, spans: Sequence[Span], *, staff: Staff | None = None, ignore: Collection[int] = ()
) -> list[Conflict]:
    """What overlaps these times, in order of time; `ignore` are appointments (by number) that are about to go."""
    if not spans:
        return []
    first = min(span.starts_at for span in spans)
    last = max(span.ends_at for span in spans)
    found = busy(episode, first, last, staff=staff, ignore=ignore)
    begins = [each.at for each in found]
    met = []
    for span in sorted(spans, key=lambda span: span.starts_at):
        for each in found[bisect_left(begins, span.starts_at - LONGEST) :]:
            if each.at >= span.ends_at:
                break
            if each.until > span.starts_at:
                met.append(
                    Conflict(
                        span.starts_at, each.whose, each.at, each.until, each.channel, each.group, each.who
                    )
                )
    return met


def busy(
    episode: Episode,
    first: datetime,
    last: datetime,
    *,
    staff: Staff | None = None,
    ignore: Collection[int] = (),
) -> list[Busy]:
    """All that the client and the member of staff have between two moments, in order of time: in three statements."""
    between = {"starts_at__gt": first - LONGEST, "starts_at__lt": last}
    found = list(_of_client(episode, between, set(ignore)))
    if staff is not None:
        found += _of_staff(episode, staff, between, set(ignore))
    return sorted(found, key=lambda each: (each.at, each.whose))


def _of_client(episode: Episode, between: dict[str, datetime], ignore: set[int]) -> Iterable[Busy]:
    rows = Appointment.objects.filter(episode=episode, outcome__in=TAKES_TIME, **between)
    for number, at, minutes, channel, group in rows.exclude(channel__in=TAKES_NONE).values_list(
        "pk", "starts_at", "minutes", "channel", "group__name"
    ):
        if number not in ignore:
            yield Busy(at, at + timedelta(minutes=minutes), CLIENT, channel, group or "")


def _of_staff(
    episode: Episode, staff: Staff, between: dict[str, datetime], ignore: set[int]
) -> Iterable[Busy]:
    rows = Appointment.objects.filter(staff=staff, session=None, outcome__in=TAKES_TIME, **between)
    # What the client has with this person stands among the client's own.
    for number, at, minutes in (
        rows.exclude(channel__in=TAKES_NONE)
        .exclude(episode=episode)
        .values_list("pk", "starts_at", "minutes")
    ):
        if number not in ignore:
            yield Busy(at, at + timedelta(minutes=minutes), STAFF, who=staff.name)
    leads = Q(facilitator=staff) | Q(facilitator=None, group__facilitator=staff)
    sessions = Session.objects.filter(
        leads | Q(group__co_facilitators=staff),
        group__clinic=episode.clinic_id,
        cancelled_at=None,
        **between,
    )
    for _number, at, minutes, group in sessions.distinct().values_list(
        "pk", "starts_at", "minutes", "group__name"
    ):
        yield Busy(at, at + timedelta(minutes=minutes), STAFF, group=group, who=staff.name)

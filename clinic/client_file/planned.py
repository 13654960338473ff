"""What a care plan asks for in the diary, and who else looks after the client, read for their page. Three queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from clinic import access
from clinic.client_file.plan import Whose
from clinic.engagement.signs.bookings import booked_in, seen_in
from clinic.engagement.timeline import CHANNEL_LETTER, Timeline
from clinic.engagement.timeline import Channel as Letter
from clinic.models import CareElsewhere, Episode, PlannedSessions, PlannedVisit
from clinic.models.schedule import Channel

# What the signs read of a schedule: doses have windows of their own, meetings are the client's own.
PLANNED_CHANNELS = (Channel.COUNSELLING, Channel.GROUP, Channel.MEDICAL, Channel.CASE_MANAGEMENT)


@dataclass(frozen=True, slots=True)
class Service:
    """What is planned in one service: the number in force as words, empty where nothing was ever said; and every number
    with the day it begins, newest first.
    """

    channel: str
    name: str
    now: str
    rows: Sequence[tuple[date, str]]
    seen: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A follow-up the plan asks for by a day. `state`: "seen" since it was asked for, "booked", "late", or "open"."""

    uid: UUID
    service: str
    by_day: date
    state: str


@dataclass(frozen=True, slots=True)
class ElsewhereLine:
    """A span in which another service looks after the client too."""

    number: int
    place: str
    starts_on: date
    ends_on: date | None
    running: bool


@dataclass(frozen=True, slots=True)
class Planned:
    """What the plan asks for in the diary."""

    services: Sequence[Service]
    visits: Sequence[VisitLine]
    elsewhere: Sequence[ElsewhereLine]

    @property
    def says_anything(self) -> bool:
        return bool(self.visits or any(each.now for each in self.services))


def planned(of: Whose, timeline: Timeline) -> Planned:
    """What the plan asks for in the diary, and care elsewhere. Three queries."""
    rows = list(PlannedSessions.objects.filter(episode=of.stay).order_by("-starts_on", "-pk"))
    return Planned(
        services=[_service(channel, rows, of.today) for channel in PLANNED_CHANNELS],
        visits=[_visit(row, timeline, of.today) for row in _visits(of.stay)],
        elsewhere=[
            ElsewhereLine(
                row.pk,
                row.place,
                row.starts_on,
                row.ends_on,
                row.starts_on <= of.today and (row.ends_on is None or of.today <= row.ends_on),
            )
            for row in CareElsewhere.objects.filter(episode=of.stay).order_by("-starts_on", "-pk")
        ],
    )


def visit_of(stay: Episode, uid: UUID) -> PlannedVisit:
    """One follow-up the plan asks for. Raises NotVisible for another stay's."""
    row = _visits(stay).filter(uid=uid).first()
    if row is None:
        raise access.NotVisible
    row.episode = stay
    return row


def elsewhere_of(stay: Episode, number: int) -> CareElsewhere:
    """One span of care elsewhere. Raises NotVisible for another stay's."""
    row = CareElsewhere.objects.filter(episode=stay, pk=number).first()
    if row is None:
        raise access.NotVisible
    row.episode = stay
    return row


def _visits(stay: Episode):  # type: ignore[no-untyped-def]
    return PlannedVisit.objects.filter(episode=stay, withdrawn_on=None).order_by("by_day", "pk")


def how_often(a_month: int) -> str:
    """So many in 28 days, as people say it: 8 is "2 a week", 2 is "1 every 2 weeks"."""
    if a_month == 0:
        return _("none")
    if a_month % 4 == 0:
        return _("%(n)d a week") % {"n": a_month // 4}
    if a_month % 2 == 0:
        return _("%(n)d every 2 weeks") % {"n": a_month // 2}
    return _("%(n)d every 4 weeks") % {"n": a_month}


def _service(channel: Channel, rows: Sequence[PlannedSessions], today: date) -> Service:
    ours = [row for row in rows if row.channel == channel]
    in_force_now = next((row for row in ours if row.starts_on <= today), None)
    return Service(
        channel=channel.value,
        name=str(channel.label),
        now=how_often(in_force_now.a_month) if in_force_now else "",
        rows=[(row.starts_on, how_often(row.a_month)) for row in ours],
        seen={row.starts_on: row.a_month for row in ours},
    )


def _visit(row: PlannedVisit, timeline: Timeline, today: date) -> VisitLine:
    letter = ord(CHANNEL_LETTER[Letter(row.channel)])
    if seen_in(timeline, letter, timeline.begins(row.known_on.toordinal() + 1) - 1):
        state = "seen"
    elif booked_in(timeline, letter):
        state = "booked"
    else:
        state = "late" if row.by_day < today else "open"
    return VisitLine(row.uid, row.get_channel_display(), row.by_day, state)

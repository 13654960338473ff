"""Reads one appointment for its page: what, when, with whom, the series it belongs to, and what was recorded of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic import recurrence
from clinic.attendance import KNOWN_AHEAD
from clinic.booking.checks import BOOKABLE
from clinic.booking.one import fresh
from clinic.engagement.words import Sentence
from clinic.models import Appointment, Episode, Recording
from clinic.models.schedule import Outcome


@dataclass(frozen=True, slots=True)
class Told:
    """One line of what was recorded: by whom, when, from what to what. `kind` is a token of Recording.Kind."""

    at: datetime
    by: str
    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Other:
    """Another appointment that this one stands in for, or that stands in for this one."""

    uid: UUID
    starts_at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class AppointmentPage:
    """One appointment. `rhythm` is its series in words, `ahead` how many of it lie ahead and are not recorded; it
    `moves` while it lies ahead and is `open` while nothing is recorded; one that did not take place `stands_again`.
    None of that holds for a seat, which belongs to its `group`.
    """

    row: Appointment
    client: str
    client_uid: UUID
    group: str
    lies_ahead: bool
    rhythm: Sentence | None
    ahead: int
    history: tuple[Told, ...]
    instead_of: Other | None
    instead: tuple[Other, ...]
    moves: bool
    open: bool
    stands_again: bool

    @property
    def outcome(self) -> str:
        return _word(self.row.outcome)


def appointment_page(found: Appointment, now: datetime) -> AppointmentPage:
    """One appointment's page, in at most five statements. `found` comes from `access`."""
    row = fresh(found)
    client = found.episode.client
    series = row.series
    running = series is not None and row.series_day is not None
    own = row.session_id is None and row.channel in BOOKABLE
    is_open = own and row.outcome == Outcome.SCHEDULED
    others = Appointment.objects.filter(rebooking_of=row).order_by("starts_at")
    return AppointmentPage(
        row=row,
        client=client.full_name,
        client_uid=client.uid,
        group=row.group.name if row.group else "",
        lies_ahead=row.starts_at > now,
        rhythm=recurrence.in_words(series.rule, series.starts_on) if series is not None and running else None,
        ahead=Appointment.objects.filter(
            series=series, episode=row.episode_id, outcome=Outcome.SCHEDULED, starts_at__gt=now
        ).count()
        if running
        else 0,
        history=tuple(_history(row)),
        instead_of=_other(Appointment.objects.get(pk=row.rebooking_of_id)) if row.rebooking_of_id else None,
        instead=tuple(_other(each) for each in others),
        moves=is_open and row.starts_at > now,
        open=is_open,
        stands_again=own and (row.outcome == Outcome.NO_SHOW or row.outcome in KNOWN_AHEAD),
    )


def booked(episode: Episode, channel: str, moment: datetime) -> UUID | None:
    """The appointment that a form sent twice has made the first time."""
    rows = Appointment.objects.filter(episode=episode, channel=channel, starts_at=moment, group=None)
    return rows.values_list("uid", flat=True).first()


def _history(row: Appointment) -> Sequence[Told]:
    rows = Recording.objects.filter(appointment=row).select_related("by").order_by("-pk")
    return [
        Told(
            each.at,
            each.by.name if each.by else "",
            each.get_kind_display(),
            _word(each.before["outcome"]),
            _word(each.after["outcome"]),
        )
        for each in rows[:50]
    ]


def _word(outcome: str) -> str:
    """What an outcome is called; nothing recorded is empty."""
    return "" if outcome == Outcome.SCHEDULED else str(Outcome(outcome).label)


def _other(row: Appointment) -> Other:
    return Other(row.uid, row.starts_at, row.outcome)

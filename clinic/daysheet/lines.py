"""One visit as a line of the day sheet: what is recorded of it in words, what can be said of it now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clinic.attendance import EARLY_ARRIVAL, KNOWN_AHEAD
from clinic.models import Appointment
from clinic.models.schedule import Channel, Excuse, Mode, Outcome

APART = (Channel.DOSING, Channel.MUTUAL_AID)
FIRST_CHOICES = (Outcome.ATTENDED, Outcome.LATE, Outcome.NO_SHOW)
MORE_CHOICES = (
    Outcome.LEFT_EARLY,
    Outcome.EXCUSED,
    Outcome.CANCELLED_BY_CLIENT,
    Outcome.CANCELLED_BY_CLINIC,
    Outcome.RESCHEDULED,
)
HOURS_A_DAY, DAYS_IN_HOURS = 24, 4
LABELS = {Outcome.ATTENDED: _("Arrived")}
SHORT = {Outcome.CANCELLED_BY_CLIENT: _("Cancelled"), Outcome.CANCELLED_BY_CLINIC: _("Clinic cancelled")}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be said of a visit; not `allowed` while it cannot be known yet. `short` is for a row."""

    outcome: str
    label: str
    short: str
    chosen: bool
    allowed: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """One line of the sheet: one client's place at one time. `begun` once its time has come.

    `told` says more of what is recorded ("12 min late", "26 h before", "Illness"), `notes` what the desk may know
    before; `may_open` says whether it has a page of its own, `may_move` whether this person may give it another time
    there; `word` names who would like a word with the client. `seen` is what a browser says of a row it shows, and
    `find` what the search of the sheet reads.
    """

    uid: UUID
    starts_at: datetime
    client: str
    record_number: str
    service: str
    with_whom: str
    staff: UUID | None
    programme: UUID
    programme_name: str
    first: bool
    outcome: str
    choices: tuple[Choice, ...]
    more: tuple[Choice, ...]
    excuse: str
    minutes_late: int | None
    minutes_stayed: int | None
    cancelled_at: datetime | None
    told: tuple[str, ...]
    notes: tuple[str, ...]
    moved_to: datetime | None
    word: str
    marked_at: datetime | None
    marked_same_day: bool
    marked_by: str
    marked_initials: str
    version: int
    begun: bool
    may_open: bool
    may_move: bool

    @property
    def recorded(self) -> bool:
        return self.outcome != Outcome.SCHEDULED

    @property
    def lacks_a_new_date(self) -> bool:
        """Whether it did not take place, and nothing is booked in its stead."""
        away = self.outcome == Outcome.NO_SHOW or self.outcome in KNOWN_AHEAD
        return self.may_move and away and self.moved_to is None

    @property
    def excuses(self) -> tuple[tuple[str, str], ...]:
        return excuses()

    @property
    def said(self) -> str:
        """What is recorded of it, in the words of the buttons; empty while nothing is."""
        return next((choice.label for choice in (*self.choices, *self.more) if choice.chosen), "")

    @property
    def seen(self) -> str:
        return seen(self.uid, self.version)

    @property
    def find(self) -> str:
        at = self.starts_at.astimezone(get_current_timezone())
        return f"{self.client} {self.record_number} {at:%H:%M}".casefold()


def excuses() -> tuple[tuple[str, str], ...]:
    """The reasons of an absence that is excused, as token and words."""
    return tuple((value, str(words)) for value, words in Excuse.choices)


def seen(uid: UUID, version: int) -> str:
    """What a browser says of one row it shows: which, and how it stood."""
    return f"{uid.hex[:8]}.{version}"


def line(row: Appointment, now: datetime) -> Visit:
    """The line of one appointment, read with `visits`: with the time that stands in for it and who wants a word."""
    zone, client = row.clinic.zone, row.episode.client
    marked = row.recorded_at.astimezone(zone).date() if row.recorded_at else None
    programme = row.episode.programme
    own = row.session_id is None and row.channel not in APART
    return Visit(
        uid=row.uid,
        starts_at=row.starts_at,
        client=client.full_name,
        record_number=client.record_number,
        service=row.group.name if row.group else row.get_channel_display(),
        with_whom=row.staff.name if row.staff else "",
        staff=row.staff.uid if row.staff else None,
        programme=programme.uid,
        programme_name=programme.name,
        first=row.purpose == "first",
        outcome=row.outcome,
        choices=_choices(FIRST_CHOICES, row, now),
        more=_choices(MORE_CHOICES, row, now),
        excuse=row.excuse,
        minutes_late=row.minutes_late,
        minutes_stayed=row.minutes_stayed,
        cancelled_at=row.cancelled_at,
        told=tuple(_told(row)),
        notes=tuple(_notes(row, now)),
        moved_to=row.moved_to if row.outcome in (*KNOWN_AHEAD, Outcome.NO_SHOW) else None,
        word=_word(row),
        marked_at=row.recorded_at,
        marked_same_day=marked == row.starts_at.astimezone(zone).date(),
        marked_by=row.recorded_by.name if row.recorded_by else "",
        marked_initials=row.recorded_by.initials if row.recorded_by else "",
        version=row.version,
        begun=row.starts_at <= now,
        may_open=own,
        may_move=own and row.plannable,  # type: ignore[attr-defined]
    )


def _word(row: Appointment) -> str:
    """Who would like a word, where the client is expected or here, and not with that person anyway."""
    away = row.outcome in KNOWN_AHEAD or (row.staff is not None and row.staff.name == row.word)
    return "" if away else row.word or ""


def _told(row: Appointment) -> Iterator[str]:
    """More of what is recorded: minutes, the excuse, how long before it was known."""
    if row.outcome == Outcome.LATE and row.minutes_late:
        yield _("%(n)s min late") % {"n": row.minutes_late}
    if row.outcome == Outcome.LEFT_EARLY and row.minutes_stayed is not None:
        yield _("stayed %(n)s min") % {"n": row.minutes_stayed}
    if row.excuse:
        yield str(row.get_excuse_display())
    if row.outcome == Outcome.CANCELLED_BY_CLIENT and row.cancelled_at:
        yield notice(row.starts_at, row.cancelled_at)


def notice(starts_at: datetime, known_at: datetime) -> str:
    """How long before an appointment it became known that it would not take place: "26 h before"."""
    minutes = (starts_at - known_at).total_seconds() // 60
    if minutes <= 0:
        return str(_("no notice"))
    if minutes < 60:
        return str(_("%(n)d min before") % {"n": minutes})
    hours = int(minutes // 60)
    if hours < DAYS_IN_HOURS * HOURS_A_DAY:
        return str(_("%(n)d h before") % {"n": hours})
    days = hours // HOURS_A_DAY
    return ngettext("%(n)d day before", "%(n)d days before", days) % {"n": days}


def _notes(row: Appointment, now: datetime) -> Iterator[str]:
    """What the desk may know of a visit before anything is recorded of it."""
    if row.purpose == "first":
        yield str(_("first visit"))
    if row.mode != Mode.IN_PERSON:
        yield str(row.get_mode_display()).lower()
    zone = row.clinic.zone
    if row.booked_at and row.booked_at.astimezone(zone).date() == row.starts_at.astimezone(zone).date():
        yield str(_("booked today %(time)s") % {"time": row.booked_at.astimezone(zone).strftime("%H:%M")})


def _choices(outcomes: Iterable[Outcome], row: Appointment, now: datetime) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            outcome=outcome.value,
            label=str(LABELS.get(outcome, outcome.label)),
            short=str(SHORT.get(outcome, LABELS.get(outcome, outcome.label))),
            chosen=row.outcome == outcome,
            allowed=_can_be_known(outcome, row.starts_at, now),
        )
        for outcome in outcomes
    )


def _can_be_known(outcome: Outcome, starts_at: datetime, now: datetime) -> bool:
    """Of what lies ahead only a cancellation is known; somebody due within the hours to come may be here early."""
    if starts_at <= now or outcome in KNOWN_AHEAD:
        return True
    return outcome == Outcome.ATTENDED and starts_at <= now + EARLY_ARRIVAL

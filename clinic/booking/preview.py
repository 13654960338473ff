"""Reads what a booking would make before anything is saved: which times, which days are left out and why, what else
somebody has then. The verbs rest on the same answer, so what was shown is what is booked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic import recurrence
from clinic.booking import conflicts
from clinic.booking.checks import (
    CLASH,
    Wanted,
    check_day,
    check_not_past,
    check_wanted,
    day_words,
    wrong_rule,
)
from clinic.booking.conflicts import Conflict, Span
from clinic.models import Appointment, Closure, Episode, Pause
from clinic.models.schedule import Outcome

# How far ahead a series without an end is booked.
AHEAD = timedelta(weeks=26)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day that a series leaves out, and why, in a sentence."""

    day: date
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be booked. `moments` are its times, `days` the day of the rule of each; `notes` and `conflicts`
    deserve a second look before it is saved.
    """

    moments: tuple[datetime, ...]
    days: tuple[date, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    through: date | None = None

    @property
    def asks(self) -> bool:
        return bool(self.notes or self.conflicts)

    @property
    def seen(self) -> str:
        """A short word for exactly this, so that "book anyway" holds only for what was on the screen."""
        told = repr((self.moments, self.notes, [(each.wanted, each.starts_at) for each in self.conflicts]))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def allow(self, despite: bool) -> None:
        """Raise ValidationError at `despite`, code CLASH, when this deserves a second look that nobody has given."""
        if self.asks and not despite:
            raise ValidationError({"despite": ValidationError(_why(self), code=CLASH)})


def of_one(
    episode: Episode,
    it: Wanted,
    starts_at: datetime,
    *,
    on: datetime,
    ignore: Collection[int] = (),
    rebooking_of: Appointment | None = None,
) -> Preview:
    """What booking one appointment would make, in at most seven statements.

    Raises ValidationError at the field for what cannot be: outside the stay, on a closed day, long past, at a time at
    which the client has the same already.
    """
    check_wanted(episode, it)
    clinic = episode.clinic
    day = clinic.local_day(starts_at)
    check_not_past(starts_at, on)
    check_day(episode, day, clinic.local_day(on))
    around = _Around(episode, day, day)
    if why := around.closed(day):
        raise ValidationError({"starts_at": why})
    taken = _taken(episode, it.channel, [starts_at], ignore)
    if starts_at in taken:
        raise ValidationError({"starts_at": _twin(taken[starts_at])})
    notes = []
    if (why := around.not_open(day)) or (why := _out_of_hours(episode, it, starts_at)):
        notes.append(why)
    if why := around.paused(day) or around.away(day):
        notes.append(why)
    if rebooking_of is not None and (there := _rebooked(rebooking_of, on)):
        notes.append(there)
    met = conflicts.of(episode, [Span.of(starts_at, it.minutes)], staff=it.staff, ignore=ignore)
    return Preview((starts_at,), (day,), notes=tuple(notes), conflicts=tuple(met))


def of_series(
    episode: Episode,
    it: Wanted,
    rule: str,
    starts_on: date,
    at: time,
    *,
    on: datetime,
    without: Iterable[date] = (),
) -> Preview:
    """What booking a series would make: closed days, days on which the clinic does not open, the client's pauses, days
    after the discharge and times already taken are skipped and named. Without an end it is booked 26 weeks ahead.

    Raises ValidationError at the field as `of_one`, and at `rule`, `until` or `count` for a rule that cannot be kept.
    """
    check_wanted(episode, it)
    clinic = episode.clinic
    today = clinic.local_day(on)
    check_day(episode, starts_on, today)
    try:
        taken_apart = recurrence.check(rule, starts_on)
        ahead = min(max(today, starts_on) + AHEAD - timedelta(days=1), recurrence.furthest(today))
        through = recurrence.furthest(starts_on) if taken_apart.ends else ahead
        named = recurrence.days(rule, starts_on, through=through, without=without)
    except recurrence.WrongRule as error:
        raise wrong_rule(error) from None
    if not named:
        raise ValidationError({"rule": _("No day is left to book.")})
    check_not_past(recurrence.moment(named[0], at, clinic.zone), on)
    return of_days(episode, it, [(day, day) for day in named], at, on=on, through=through)


def of_days(
    episode: Episode,
    it: Wanted,
    days: Sequence[tuple[date, date]],
    at: time,
    *,
    on: datetime,
    through: date | None = None,
    ignore: Collection[int] = (),
    needed: bool = True,
) -> Preview:
    """The same of days already named: pairs of the day and the day it stands for in its series."""
    clinic = episode.clinic
    today = clinic.local_day(on)
    if not days:
        return Preview((), through=through)
    around = _Around(episode, min(day for day, _of in days), max(day for day, _of in days))
    moments = {day: recurrence.moment(day, at, clinic.zone) for day, _of in days}
    taken = _taken(episode, it.channel, list(moments.values()), ignore)
    kept, skipped = [], []
    for day, of in days:
        why = (
            around.closed(day)
            or around.not_open(day)
            or around.after_the_stay(day)
            or around.paused(day)
            or (_twin(taken[moments[day]]) if moments[day] in taken else "")
        )
        if why:
            skipped.append(Skipped(day, why))
        else:
            kept.append((day, of))
    if needed and not kept:
        raise ValidationError(
            {"starts_at": _("None of these days can be booked: %(why)s") % {"why": skipped[0].why}}
        )
    notes = [why for day, _of in kept[:1] if (why := _out_of_hours(episode, it, moments[day]))]
    if away := next((why for day, _of in kept if (why := around.away(day))), ""):
        notes.append(away)
    spans = [Span.of(moments[day], it.minutes) for day, _of in kept]
    met = conflicts.of(episode, spans, staff=it.staff, ignore=ignore)
    if any(day > recurrence.furthest(today) for day, _of in kept):
        raise ValidationError({"starts_at": _("Choose a day within the next two years.")})
    return Preview(
        tuple(moments[day] for day, _of in kept),
        tuple(of for _day, of in kept),
        tuple(skipped),
        tuple(notes),
        tuple(met),
        through,
    )


class _Around:
    """The clinic's closed days and the client's pauses between two days: two statements."""

    def __init__(self, episode: Episode, first: date, last: date) -> None:
        self.episode, self.clinic = episode, episode.clinic
        self.closures = dict(
            Closure.objects.filter(clinic=episode.clinic_id, day__range=(first, last)).values_list(
                "day", "reason"
            )
        )
        self.pauses = [
            (pause.starts_on, pause.counts_to)
            for pause in Pause.objects.filter(episode=episode, starts_on__lte=last)
        ]

    def closed(self, day: date) -> str:
        if day not in self.closures:
            return ""
        reason = self.closures[day]
        if reason:
            return _("The clinic is closed on that day: %(reason)s.") % {"reason": reason}
        return _("The clinic is closed on that day.")

    def not_open(self, day: date) -> str:
        """The clinic does not open on this weekday."""
        return (
            ""
            if day.weekday() in self.clinic.opening_days
            else _("The clinic does not open on that weekday.")
        )

    def paused(self, day: date) -> str:
        """A pause whose last day is known."""
        for first, last in self.pauses:
            if last is not None and first <= day <= last:
                return _("The client is paused until %(day)s.") % {"day": day_words(last, day)}
        return ""

    def away(self, day: date) -> str:
        """A pause of which nobody knows yet when it ends: it leaves nothing out, but somebody should know."""
        for first, last in self.pauses:
            if last is None and first <= day:
                return _("The client is paused since %(day)s, with no end noted.") % {
                    "day": day_words(first, day)
                }
        return ""

    def after_the_stay(self, day: date) -> str:
        ends = self.episode.discharged_on
        if ends is None or day < ends:
            return ""
        return _("The discharge is on %(day)s.") % {"day": day_words(ends, day)}


def _taken(
    episode: Episode, channel: str, moments: Sequence[datetime], ignore: Collection[int]
) -> dict[datetime, Appointment]:
    """The client's appointments of this service at exactly these times: nobody sits on two chairs."""
    there = Appointment.objects.filter(
        episode=episode,
        channel=channel,
        group=None,
        starts_at__gte=min(moments),
        starts_at__lte=max(moments),
    )
    wanted = set(moments)
    return {
        row.starts_at: row
        for row in there
        if row.starts_at in wanted
        and row.pk not in ignore
        and (not row.external_id or row.outcome in conflicts.TAKES_TIME)
    }


def _twin(row: Appointment) -> str:
    if row.outcome == Outcome.SCHEDULED:
        return _("The client has an appointment of this kind at that time already.")
    return _(
        "An appointment of this kind at that time is recorded already: %(outcome)s. Correct that one, or choose "
        "another time."
    ) % {"outcome": row.get_outcome_display().lower()}


def _out_of_hours(episode: Episode, it: Wanted, starts_at: datetime) -> str:
    clinic = episode.clinic
    local = starts_at.astimezone(clinic.zone)
    ends = (starts_at + timedelta(minutes=it.minutes)).astimezone(clinic.zone)
    if clinic.opens_at <= local.time() and ends.date() == local.date() and ends.time() <= clinic.closes_at:
        return ""
    return _("The clinic is open from %(first)s to %(last)s.") % {
        "first": f"{clinic.opens_at:%H:%M}",
        "last": f"{clinic.closes_at:%H:%M}",
    }


def _rebooked(row: Appointment, on: datetime) -> str:
    there = Appointment.objects.filter(rebooking_of=row, outcome=Outcome.SCHEDULED, starts_at__gt=on)
    first = there.order_by("starts_at").values_list("starts_at", flat=True).first()
    if first is None:
        return ""
    local = first.astimezone(row.clinic.zone)
    return _("It has a new date already: %(day)s %(time)s.") % {
        "day": day_words(local.date(), row.clinic.local_day(on)),
        "time": f"{local:%H:%M}",
    }


def _why(found: Preview) -> str:
    if found.conflicts:
        return _(
            "Something else is booked at that time. Look at it, then choose another time or book anyway."
        )
    return " ".join((*found.notes, _("Choose another time or book anyway.")))

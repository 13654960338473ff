"""What must hold of anything booked, each with its sentence at its field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clinic import limits, recurrence
from clinic.engagement.words import Sentence
from clinic.models import Appointment, Episode, Staff
from clinic.models.schedule import Channel, Mode, Outcome, Purpose

# A seat belongs to its group, and a meeting elsewhere is logged afterwards.
BOOKABLE = (Channel.COUNSELLING, Channel.MEDICAL, Channel.CASE_MANAGEMENT, Channel.DOSING)
SHORTEST, LONGEST, USUAL_MINUTES = 5, 480, 50
# What was not written down at once may still be: today's past hour, and yesterday's.
LATEST_ENTRY = timedelta(days=1)
CLASH, CONFLICT = "clash", "conflict"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be booked, whenever it is. `minutes` is how long it lasts."""

    channel: str
    minutes: int = USUAL_MINUTES
    staff: Staff | None = None
    purpose: str = ""
    mode: str = Mode.IN_PERSON


def check_wanted(episode: Episode, it: Wanted) -> None:
    """Raise ValidationError at the field for what cannot be booked at any time."""
    if it.channel not in BOOKABLE:
        raise ValidationError({"channel": _("Choose a service that can be booked.")})
    if it.minutes < 1:
        raise ValidationError({"minutes": _("The end lies before the start.")})
    if not SHORTEST <= it.minutes <= LONGEST:
        between = {"least": SHORTEST, "most": LONGEST}
        raise ValidationError({"minutes": _("Give whole minutes, %(least)d to %(most)d.") % between})
    limits.known("mode", it.mode, Mode.values)
    if it.purpose:
        limits.known("purpose", it.purpose, Purpose.values)
    if it.staff is not None and (it.staff.clinic_id != episode.clinic_id or not it.staff.is_active):
        raise ValidationError({"staff": _("Choose somebody who works at this clinic.")})


def check_day(episode: Episode, day: date, today: date) -> None:
    """Raise ValidationError at `starts_at` for a day outside the stay in care, or too far away."""
    if day < episode.admitted_on:
        told = {"day": day_words(episode.admitted_on, today)}
        raise ValidationError(
            {"starts_at": _("The admission was on %(day)s. Choose that day or a later one.") % told}
        )
    if episode.discharged_on is not None and day >= episode.discharged_on:
        told = {"day": day_words(episode.discharged_on, today)}
        raise ValidationError(
            {"starts_at": _("The discharge is on %(day)s. Nothing can be booked from that day on.") % told}
        )
    if day > recurrence.furthest(today):
        raise ValidationError({"starts_at": _("Choose a day within the next two years.")})


def check_not_past(starts_at: datetime, on: datetime) -> None:
    if starts_at < on - LATEST_ENTRY:
        raise ValidationError({"starts_at": _("That time passed more than a day ago. Choose a later one.")})


def check_movable(row: Appointment, version: int, on: datetime) -> None:
    """Raise ValidationError for an appointment that is not as it was shown, or that cannot be planned anew."""
    if row.version != version:
        raise ValidationError({"version": ValidationError(as_it_is(row, on), code=CONFLICT)})
    check_own(row)
    if row.outcome != Outcome.SCHEDULED:
        told = {"outcome": row.get_outcome_display().lower()}
        raise ValidationError(
            {"version": _("This is recorded already: %(outcome)s. What is recorded is not moved.") % told}
        )


def check_own(row: Appointment) -> None:
    """Raise ValidationError for a seat, which belongs to its group, and for a meeting elsewhere."""
    if row.session_id is not None or row.channel not in BOOKABLE:
        raise ValidationError({"version": _("This belongs to a group and changes with its session.")})


def as_it_is(row: Appointment, on: datetime) -> str:
    """What somebody else has made of an appointment meanwhile."""
    starts = row.starts_at.astimezone(row.clinic.zone)
    return _(
        "Somebody changed this appointment meanwhile. It is now %(day)s %(time)s, %(minutes)d minutes, with %(who)s: "
        "%(outcome)s. Yours is not saved yet."
    ) % {
        "day": day_words(starts.date(), row.clinic.local_day(on)),
        "time": f"{starts:%H:%M}",
        "minutes": row.minutes,
        "who": row.staff.name if row.staff else _("nobody named"),
        "outcome": row.get_outcome_display().lower(),
    }


def wrong_rule(error: recurrence.WrongRule) -> ValidationError:
    """A rule that cannot be kept, as an error at its field."""
    sentence = error.sentence
    told = {
        name: value if isinstance(value, int) else _told(value) for name, value in sentence.values.items()
    }
    return ValidationError({error.field: _(sentence.msgid) % told})


def _told(value: date | Sentence | str) -> str:
    return (
        date_format(value, pgettext("day with its year", "D j M Y"))
        if isinstance(value, date)
        else str(value)
    )


def day_words(day: date, today: date) -> str:
    """A day as pages say it: "Fri 20 Nov", with its year when that is another one."""
    if day.year != today.year:
        return date_format(day, pgettext("day with its year", "D j M Y"))
    return date_format(day, pgettext("day", "D j M"))

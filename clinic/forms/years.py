"""The years a form takes: those at the edges of the calendar cannot be held by a time zone, or counted on from."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FIRST_YEAR, LAST_YEAR = 1900, 2199


def holds(day: date) -> bool:
    """Whether a day, or a moment, lies in these years."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def in_this_age(day: date) -> None:
    """A validator of day and moment fields. Raises ValidationError outside these years."""
    if not holds(day):
        raise ValidationError(_("That day is too far away."))

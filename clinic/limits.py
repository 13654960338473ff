"""What verbs ask of what somebody wrote: how long a text may be, which words are known, which days can be meant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic.models import Episode

LONGEST_TEXT = 200
LONGEST_LIST = 20
FARTHEST_DAYS = 1100  # three years: nobody plans farther, and a slip of the pen in a year lands beyond
Each = TypeVar("Each")


def text(field: str, words: str, *, longest: int = LONGEST_TEXT, needed: bool = False) -> str:
    """The words without space around them. Raises ValidationError at the field when too long, or missing."""
    words = words.strip()
    if len(words) > longest:
        raise ValidationError({field: _("At most %(n)d characters.") % {"n": longest}})
    if needed and not words:
        raise ValidationError({field: _("Say it in a few words.")})
    return words


def texts(field: str, words: Iterable[str]) -> list[str]:
    """The same of a list; what is blank is left out."""
    return some(field, [kept for each in words if (kept := text(field, each))])


def some(field: str, found: list[Each]) -> list[Each]:
    """A list that is not too long."""
    if len(found) > LONGEST_LIST:
        raise ValidationError({field: _("At most %(n)d of them.") % {"n": LONGEST_LIST}})
    return found


def known(field: str, token: str, known: Iterable[str]) -> str:
    """A token that is on the list. Raises ValidationError at the field for any other."""
    if token not in known:
        raise ValidationError({field: _("Choose one from the list.")})
    return token


def not_ahead(field: str, day: date, today: date) -> None:
    if day > today:
        raise ValidationError({field: _("That day lies ahead. Choose today or earlier.")})


def not_past(field: str, day: date, today: date) -> None:
    if day < today:
        raise ValidationError({field: _("That day has passed. Choose today or later.")})


def not_far(field: str, day: date | None, today: date) -> None:
    """Raise ValidationError for a day three years away or more, before or after."""
    if day is not None and abs((day - today).days) > FARTHEST_DAYS:
        raise ValidationError({field: _("That day is too far away. Look at the year.")})


def not_before_admission(field: str, day: date, episode: Episode) -> None:
    if day < episode.admitted_on:
        raise ValidationError({field: _("Choose a day on or after the admission.")})


def in_order(first: date, last: date | None) -> None:
    """Raise ValidationError at `ends_on` for an end before its start."""
    if last is not None and last < first:
        raise ValidationError({"ends_on": _("The end lies before the start.")})

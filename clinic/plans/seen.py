"""Two who change the same row notice each other: whoever saves second is told, and nothing of theirs is kept yet."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic.models import CareElsewhere, CarePlan, Client, Goal, Supporter

CONFLICT = "conflict"
# What stood on a page, by the name of the field, where a row has no version of its own.
Seen = Mapping[str, object]


def as_seen(row: CarePlan | Goal | Supporter, version: int | None) -> None:
    """Raise ValidationError with code "conflict" unless the row is still the version that was seen; None asks nothing.

    For verbs, inside their transaction, with the episode's row locked.
    """
    if version is not None and row.version != version:
        raise told_meanwhile()


def unchanged(row: CareElsewhere | Client, seen: Seen | None) -> None:
    """The same by what stood on the page; None asks nothing."""
    if any(getattr(row, name) != value for name, value in (seen or {}).items()):
        raise told_meanwhile()


def told_meanwhile() -> ValidationError:
    """What somebody is told whose page is older than the record."""
    return ValidationError(
        _("Somebody else saved a change meanwhile. What they saved is shown; yours is not saved yet."),
        code=CONFLICT,
    )

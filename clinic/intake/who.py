"""What is known of a client as a person, and how they may be reached safely: what may stand in it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic import limits
from clinic.models import Client

CONFLICT = "conflict"
TAKEN = "taken"
EARLIEST_YEAR = 1900
FEWEST_DIGITS = 3
LONGEST = {
    "record_number": 40,
    "first_name": 80,
    "last_name": 80,
    "preferred_name": 80,
    "pronouns": 40,
    "phone": 40,
    "other_phone": 40,
    "contact_note": 120,
    "languages": 80,
}
NEEDED = ("first_name", "last_name")


@dataclass(frozen=True, slots=True)
class Who:
    """A client as a person. Consents are off unless the client agreed; times are the clinic's wall clock.

    An empty `record_number` asks for the next free one.
    """

    first_name: str
    last_name: str
    record_number: str = ""
    preferred_name: str = ""
    date_of_birth: date | None = None
    pronouns: str = ""
    phone: str = ""
    other_phone: str = ""
    contact_note: str = ""
    voicemail_ok: bool = False
    text_ok: bool = False
    contact_from: time = time(9)
    contact_until: time = time(19)
    languages: str = ""
    no_outreach: bool = False

    @classmethod
    def of(cls, client: Client) -> Who:
        """As it stands in the record."""
        return cls(**{name: getattr(client, name) for name in FIELDS})

    def checked(self, today: date) -> Who:
        """The same without needless space. Raises ValidationError with a sentence at every field that cannot be so."""
        problems: dict[str, list[str]] = {}
        kept: dict[str, Any] = {}
        for name, longest in LONGEST.items():
            try:
                words = " ".join(getattr(self, name).split())
                kept[name] = limits.text(name, words, longest=longest, needed=name in NEEDED)
            except ValidationError as error:
                problems |= error.message_dict
        for name in ("phone", "other_phone"):
            number = kept.get(name, "")
            if number and sum(each.isdigit() for each in number) < FEWEST_DIGITS:
                problems[name] = [_("That is no telephone number.")]
        if (born := self.date_of_birth) is not None:
            if born > today:
                problems["date_of_birth"] = [_("A date of birth cannot lie ahead.")]
            elif born.year < EARLIEST_YEAR:
                problems["date_of_birth"] = [
                    _("A date of birth cannot lie before %(year)d. Check the year.") % {"year": EARLIEST_YEAR}
                ]
        if self.contact_until <= self.contact_from:
            problems["contact_until"] = [_("The end lies before the start.")]
        if problems:
            raise ValidationError(problems)
        return replace(self, **kept)


FIELDS = tuple(each.name for each in fields(Who))


def differing(client: Client, who: Who) -> list[str]:
    """The names of the fields in which the record says something else."""
    return [name for name in FIELDS if getattr(client, name) != getattr(who, name)]

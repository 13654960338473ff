"""The safe-contact card: how a client may be reached, and what must not be said to anybody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from clinic.models import Client


@dataclass(frozen=True, slots=True)
class ContactCard:
    """How one client may be reached. `dial` is the number as a telephone wants it; `in_hours` whether it is now the
    time they agreed to; `this_week` how often somebody tried in the last seven days. `contact_note` is what to mind
    before calling, `naloxone` whether it is at hand, in words.
    """

    called: str
    phone: str
    dial: str
    contact_from: time
    contact_until: time
    in_hours: bool
    voicemail_ok: bool
    text_ok: bool
    languages: str
    pronouns: str
    other_phone: str
    other_dial: str
    contact_note: str
    naloxone: str
    naloxone_asked_on: date | None
    no_outreach: bool
    this_week: int


def contact_card(client: Client, local: datetime, this_week: int) -> ContactCard:
    """The card of one client at a moment of the clinic's own time."""
    return ContactCard(
        called=client.called,
        phone=client.phone,
        dial=_dial(client.phone),
        contact_from=client.contact_from,
        contact_until=client.contact_until,
        in_hours=client.contact_from <= local.time() <= client.contact_until,
        voicemail_ok=client.voicemail_ok,
        text_ok=client.text_ok,
        languages=client.languages,
        pronouns=client.pronouns,
        other_phone=client.other_phone,
        other_dial=_dial(client.other_phone),
        contact_note=client.contact_note,
        naloxone=str(client.get_naloxone_display()),
        naloxone_asked_on=client.naloxone_asked_on,
        no_outreach=client.no_outreach,
        this_week=this_week,
    )


def _dial(number: str) -> str:
    return "".join(letter for letter in number if letter.isdigit() or letter == "+")

"""The safe-contact card: how a client may be reached, and what must not be said to anybody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from clinic.models import Client


@dataclass(frozen=True, slots=True)
class ContactCard:
    """How one client may be reached. `dial` is the number as a telephone wants it; `in_hours` whether it is now the
    time they agreed to; `this_week` how often somebody tried in the last seven days.
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
    no_outreach: bool
    this_week: int


def contact_card(client: Client, local: datetime, this_week: int) -> ContactCard:
    """The card of one client at a moment of the clinic's own time."""
    return ContactCard(
        called=client.called,
        phone=client.phone,
        dial="".join(letter for letter in client.phone if letter.isdigit() or letter == "+"),
        contact_from=client.contact_from,
        contact_until=client.contact_until,
        in_hours=client.contact_from <= local.time() <= client.contact_until,
        voicemail_ok=client.voicemail_ok,
        text_ok=client.text_ok,
        languages=client.languages,
        no_outreach=client.no_outreach,
        this_week=this_week,
    )

"""What holds for the client whatever the stay: their recovery date, naloxone, what they want logged, and contact."""

from __future__ import annotations

from datetime import date, datetime

from clinic import deeds, limits
from clinic.models import Client, Staff
from clinic.models.people import Naloxone


def state_recovery_start(client: Client, *, by: Staff, on: datetime, day: date | None) -> Client:
    """Keep the client's own recovery date, as they state it and like it marked; None forgets it.

    Raises ValidationError at `day` for one that lies ahead.
    """
    if day is not None:
        limits.not_ahead("day", day, client.clinic.local_day(on))
    return _change(client, "state_recovery_start", by, on, {"stated": day is not None}, recovery_start=day)


def note_naloxone(client: Client, *, by: Staff, on: datetime, status: str) -> Client:
    """Note whether the client has naloxone at hand, as asked today; "unknown" takes the answer back.

    Raises ValidationError at `status` for an unknown one.
    """
    limits.known("status", status, Naloxone.values)
    asked = None if status == Naloxone.UNKNOWN else client.clinic.local_day(on)
    values = {"naloxone": status, "naloxone_asked_on": asked}
    return _change(client, "note_naloxone", by, on, {"status": status}, **values)


def set_meeting_logging(client: Client, *, by: Staff, on: datetime, wanted: bool) -> Client:
    """Whether the client wants mutual-aid meetings logged. If not, none is asked about or logged from today on; those
    logged before stay.
    """
    with deeds.on_client(client, "set_meeting_logging", by=by, on=on) as done:
        row = Client.objects.get(pk=client.pk)
        if (row.meetings_off_on is None) == wanted:
            done.changed_nothing()
            return row
        row.meetings_off_on = None if wanted else client.clinic.local_day(on)
        row.save(update_fields=["meetings_off_on"])
        done.detail = {"wanted": wanted}
    return row


def set_no_outreach(client: Client, *, by: Staff, on: datetime, asked: bool) -> Client:
    """Whether the client has asked for no contact unless safety demands it."""
    return _change(client, "set_no_outreach", by, on, {"asked": asked}, no_outreach=asked)


def _change(
    client: Client, deed: str, by: Staff, on: datetime, detail: dict[str, object], **values: object
) -> Client:
    with deeds.on_client(client, deed, by=by, on=on) as done:
        row = Client.objects.get(pk=client.pk)
        if all(getattr(row, name) == value for name, value in values.items()):
            done.changed_nothing()
            return row
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))
        done.detail = detail
    return row

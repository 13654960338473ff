"""What holds for the client whatever the stay: their recovery date, naloxone, what they want logged, and contact."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic import deeds, limits
from clinic.models import Client, Staff
from clinic.models.people import Naloxone
from clinic.plans.seen import Seen, unchanged

EARLIEST_YEAR = 1900


def state_recovery_start(
    client: Client, *, by: Staff, on: datetime, day: date | None, seen: Seen | None = None
) -> Client:
    """Keep the client's own recovery date, as they state it and like it marked; None forgets it. `seen`: what stood on
    the page, as {"recovery_start": ...}.

    Raises ValidationError at `day` for one that lies ahead or in another century; with code "conflict" when it is no
    longer what was seen.
    """
    if day is not None:
        limits.not_ahead("day", day, client.clinic.local_day(on))
        if day.year < EARLIEST_YEAR:
            raise ValidationError({"day": _("That day is too far away. Look at the year.")})
    told: dict[str, object] = {"stated": day is not None}
    return _change(client, "state_recovery_start", by, on, told, seen, recovery_start=day)


def note_naloxone(
    client: Client, *, by: Staff, on: datetime, status: str, seen: Seen | None = None
) -> Client:
    """Note whether the client has naloxone at hand, as asked today; "unknown" takes the answer back. `seen`: what stood
    on the page, as {"naloxone": ...}.

    Raises ValidationError at `status` for an unknown one; with code "conflict" when it is no longer what was seen.
    """
    limits.known("status", status, Naloxone.values)
    asked = None if status == Naloxone.UNKNOWN else client.clinic.local_day(on)
    values = {"naloxone": status, "naloxone_asked_on": asked}
    return _change(client, "note_naloxone", by, on, {"status": status}, seen, **values)


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
    return _change(client, "set_no_outreach", by, on, {"asked": asked}, None, no_outreach=asked)


def _change(
    client: Client,
    deed: str,
    by: Staff,
    on: datetime,
    detail: dict[str, object],
    seen: Seen | None,
    **values: object,
) -> Client:
    with deeds.on_client(client, deed, by=by, on=on) as done:
        row = Client.objects.get(pk=client.pk)
        if all(getattr(row, name) == value for name, value in values.items()):
            done.changed_nothing()
            return row
        unchanged(row, seen)
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))
        done.detail = detail
    return row

"""Verbs on arriving: taking in somebody new, changing who they are, admitting somebody again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from clinic import audit, deeds, episodes
from clinic.intake.who import CONFLICT, FIELDS, TAKEN, Who, differing
from clinic.models import Client, Clinic, Episode, Programme, Staff
from clinic.models.care import DischargeKind

NUMBERED = re.compile(r"^(.*?)(\d{1,12})$")
FIRST_NUMBER = "1001"
LOOKED_AT = 20
TRIES = 5


def next_record_number(clinic: Clinic) -> str:
    """The record number after the highest of the kind the clinic gave last, as "R-1017" after "R-1016". Two short
    queries.
    """
    rows = Client.objects.filter(clinic=clinic)
    newest = rows.order_by("-pk").values_list("record_number", flat=True).first()
    found = NUMBERED.match(newest or "")
    if newest is None or found is None:
        return FIRST_NUMBER if newest is None else f"{newest[:38]}-2"
    before, number = found.groups()
    alike = rows.filter(record_number__startswith=before).annotate(length=Length("record_number"))
    for text in alike.order_by("-length", "-record_number").values_list("record_number", flat=True)[
        :LOOKED_AT
    ]:
        other = NUMBERED.match(text)
        if other is not None and other[1] == before and int(other[2]) > int(number):
            number = other[2]
    return f"{before}{int(number) + 1:0{len(number)}d}"


def register_client(
    clinic: Clinic,
    who: Who,
    *,
    by: Staff,
    on: datetime,
    programme: Programme,
    admitted_on: date,
    case_manager: Staff | None = None,
) -> Episode:
    """Take in somebody the clinic does not know yet, and begin their stay in care; held by nobody without a
    `case_manager`.

    Raises ValidationError at the field: see `Who.checked` and `episodes.admit`; with code "taken" at "record_number"
    when another client has it.
    """
    who = who.checked(clinic.local_day(on))
    with transaction.atomic():
        client = _new(clinic, who)
        audit.record(
            by=by, on=on, deed="register_client", clinic=clinic, client=client, subject=f"client:{client.uid}"
        )
        return _admitted(client, by, on, programme, admitted_on, case_manager)


def note_duplicates(clinic: Clinic, *, by: Staff, on: datetime, found: Sequence[UUID]) -> None:
    """Note whose names somebody was shown as possibly the same person. Written before anything of it is shown."""
    with transaction.atomic():
        audit.record(
            by=by,
            on=on,
            deed="offer_duplicates",
            clinic=clinic,
            detail={"clients": [str(uid) for uid in found]},
        )


def change_client(client: Client, who: Who, *, by: Staff, on: datetime, version: int | None = None) -> Client:
    """Change who a client is and how they may be reached. The same again changes nothing.

    Raises ValidationError at the field as `register_client`; with code "conflict" when `version` is given and somebody
    else has changed the client meanwhile.
    """
    who = who.checked(client.clinic.local_day(on))
    with deeds.on_client(client, "change_client", by=by, on=on) as done:
        row = Client.objects.select_for_update().get(pk=client.pk)
        row.clinic = client.clinic
        changed = differing(row, who)
        if not changed:
            done.changed_nothing()
            return row
        if version is not None and row.version != version:
            raise ValidationError(_("Somebody has changed this meanwhile."), code=CONFLICT)
        if not who.record_number:
            raise ValidationError({"record_number": _("Give the record number.")})
        _born_before(row, who.date_of_birth)
        for name in changed:
            setattr(row, name, getattr(who, name))
        row.version += 1
        _kept(row, client.clinic, [*changed, "version"])
        done.detail = {"fields": changed, "version": row.version}
    return row


def admit_again(
    client: Client,
    *,
    by: Staff,
    on: datetime,
    programme: Programme,
    admitted_on: date,
    case_manager: Staff | None = None,
    despite: bool = False,
) -> Episode:
    """Begin a new stay of somebody who was discharged: their history stays visible, nothing is carried over.

    Raises ValidationError as `episodes.admit`; at "despite" for somebody whose stay ended with their death, unless
    `despite` says that the record was wrong.
    """
    with transaction.atomic():
        last = Episode.objects.filter(client=client).order_by("-admitted_on").first()
        if last is not None and last.discharged_as == DischargeKind.DIED and not despite:
            raise ValidationError(
                {"despite": _("The record says that this client has died. Say so if that is a mistake.")}
            )
        return _admitted(client, by, on, programme, admitted_on, case_manager)


def _new(clinic: Clinic, who: Who) -> Client:
    """The new row. A number that nobody typed is taken anew when somebody else gets it in the same moment."""
    values = {name: getattr(who, name) for name in FIELDS}
    for left in reversed(range(1 if who.record_number else TRIES)):
        values["record_number"] = who.record_number or next_record_number(clinic)
        try:
            return _kept(Client(clinic=clinic, **values), clinic)
        except ValidationError:
            if not left:
                raise
    raise AssertionError("unreachable")


def _admitted(
    client: Client,
    by: Staff,
    on: datetime,
    programme: Programme,
    admitted_on: date,
    case_manager: Staff | None,
) -> Episode:
    stay = episodes.admit(client, by=by, on=on, programme=programme, admitted_on=admitted_on)
    if case_manager is not None:
        try:
            episodes.assign(stay, to=case_manager, by=by, on=on, starts_on=admitted_on)
        except ValidationError as error:
            raise ValidationError({"case_manager": error.messages}) from error
    return stay


def _kept(row: Client, clinic: Clinic, names: Sequence[str] | None = None) -> Client:
    """Save a client; the database says whether the record number is free, whoever else asks at the same time."""
    try:
        with transaction.atomic():
            row.save(update_fields=names)
    except IntegrityError as error:
        free = next_record_number(clinic)
        sentence = _("Another client has this record number. The next free one is %(number)s.")
        taken = ValidationError(sentence % {"number": free}, code=TAKEN)
        raise ValidationError({"record_number": taken}) from error
    return row


def _born_before(client: Client, born: date | None) -> None:
    if born is None:
        return
    first = (
        Episode.objects.filter(client=client)
        .order_by("admitted_on")
        .values_list("admitted_on", flat=True)
        .first()
    )
    if first is not None and born > first:
        raise ValidationError({"date_of_birth": _("The date of birth lies after the admission.")})

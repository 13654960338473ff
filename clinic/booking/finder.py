"""Finds a client to book for, by name or record number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from clinic import access
from clinic.models import Staff

MOST_FOUND, MOST_WORDS = 20, 6


@dataclass(frozen=True, slots=True)
class Bookable:
    """One client to book for, with enough to tell them from another of the same name. `uid` is the client's."""

    uid: UUID
    name: str
    record_number: str
    born: date | None
    programme: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found; `more` when there are more than are shown."""

    rows: Sequence[Bookable]
    more: bool


def find(staff: Staff, day: date, words: str) -> Found:
    """Clients in care on a day for whom this person may book and of whom every word stands in a name or in the record
    number, A to Z; in one query. Nothing is found without a word.
    """
    asked = words.split()[:MOST_WORDS]
    if not asked:
        return Found((), False)
    stays = access.bookable_for(staff, day).filter(
        Q(discharged_on=None) | Q(discharged_on__gt=day), admitted_on__lte=day
    )
    for word in asked:
        stays = stays.filter(
            Q(client__first_name__icontains=word)
            | Q(client__last_name__icontains=word)
            | Q(client__preferred_name__icontains=word)
            | Q(client__record_number__icontains=word)
        )
    stays = stays.select_related("client", "programme").order_by(
        "client__last_name", "client__first_name", "pk"
    )
    found = [
        Bookable(
            uid=row.client.uid,
            name=row.client.full_name,
            record_number=row.client.record_number,
            born=row.client.date_of_birth,
            programme=row.programme.name,
        )
        for row in stays[: MOST_FOUND + 1]
    ]
    return Found(found[:MOST_FOUND], len(found) > MOST_FOUND)

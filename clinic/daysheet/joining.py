"""Reads for letting somebody join a group: who is found by a name, which groups can be offered to a client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from clinic import access
from clinic.daysheet.groups import Rhythm, rhythm
from clinic.models import Episode, Group, Membership, Series, Staff, WaitingPlace

MOST_FOUND = 20
MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may join: `belongs` already, or `waits` for a place."""

    episode: UUID
    name: str
    record_number: str
    belongs: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, A to Z; `more` when there are more than are shown."""

    rows: Sequence[Candidate]
    more: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A group that can be offered to a client: when it meets, how many belong to it and wait."""

    uid: UUID
    name: str
    kind: str
    rhythms: tuple[Rhythm, ...]
    members: int
    capacity: int | None
    waiting: int

    @property
    def is_full(self) -> bool:
        return self.capacity is not None and self.members >= self.capacity


@dataclass(frozen=True, slots=True)
class Stood:
    """A client's place in a group: now, before, or from a day ahead. `waits` since `first`, then without an end."""

    group: str
    first: date
    end: date | None
    ended: str
    waits: bool


def find(staff: Staff, group: Group, day: date, words: str) -> Found:
    """Clients in care of whom every word stands in a name or in the record number, as far as this person may let them
    join; in one query.
    """
    rows = access.joinable_for(staff, day, group)
    for word in words.split()[:MOST_WORDS]:
        rows = rows.filter(
            Q(client__first_name__icontains=word)
            | Q(client__last_name__icontains=word)
            | Q(client__preferred_name__icontains=word)
            | Q(client__record_number__icontains=word)
        )
    rows = rows.order_by("client__last_name", "client__first_name", "pk")
    found = [_candidate(row) for row in _marked(rows, group)[: MOST_FOUND + 1]]
    return Found(found[:MOST_FOUND], len(found) > MOST_FOUND)


def one(staff: Staff, group: Group, day: date, uid: UUID) -> Candidate:
    """One stay in care by its uid, or NotVisible."""
    access.joinable_episode_for(staff, day, group, uid)
    return _candidate(_marked(access.joinable_for(staff, day, group).filter(uid=uid), group)[0])


def offers(staff: Staff, today: date) -> list[Offer]:
    """The groups to which this person may send a client, by name; in four queries."""
    rows = list(access.groups_to_offer(staff))
    numbers = [row.pk for row in rows]
    in_care = Q(episode__discharged_on=None) | Q(episode__discharged_on__gt=today)
    members = dict(
        Membership.objects.filter(in_care, group__in=numbers)
        .filter(Q(left_on=None) | Q(left_on__gt=today))
        .values_list("group")
        .annotate(Count("pk"))
    )
    waiting = dict(
        WaitingPlace.objects.filter(in_care, group__in=numbers, ended_on=None)
        .values_list("group")
        .annotate(Count("pk"))
    )
    times: dict[int, list[Rhythm]] = {}
    for series in Series.objects.filter(Q(ended_on=None) | Q(ended_on__gt=today), group__in=numbers).order_by(
        "starts_on", "at", "pk"
    ):
        times.setdefault(series.group_id or 0, []).append(rhythm(series, today))
    return [
        Offer(
            row.uid,
            row.name,
            row.kind,
            tuple(times.get(row.pk, ())),
            members.get(row.pk, 0),
            row.capacity,
            waiting.get(row.pk, 0),
        )
        for row in rows
    ]


def stood(episode: Episode) -> list[Stood]:
    """The groups of a stay in care, the newest first, those waited for above them; in two queries."""
    waits = WaitingPlace.objects.filter(episode=episode, ended_on=None).select_related("group")
    rows = Membership.objects.filter(episode=episode).select_related("group").order_by("-joined_on", "-pk")
    return [
        *(Stood(row.group.name, row.asked_on, None, "", True) for row in waits.order_by("asked_on", "pk")),
        *(
            Stood(
                row.group.name,
                row.joined_on,
                row.left_on,
                row.get_ended_display() if row.ended else "",
                False,
            )
            for row in rows
        ),
    ]


def _marked(rows, group: Group):  # type: ignore[no-untyped-def]
    here = Membership.objects.filter(group=group, episode=OuterRef("pk"), left_on=None)
    queue = WaitingPlace.objects.filter(group=group, episode=OuterRef("pk"), ended_on=None)
    return rows.select_related("client").annotate(belongs=Exists(here), waits=Exists(queue))


def _candidate(row) -> Candidate:  # type: ignore[no-untyped-def]
    return Candidate(row.uid, row.client.full_name, row.client.record_number, row.belongs, row.waits)

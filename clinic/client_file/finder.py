"""Finding a client: the list one may see, what stands open for each, and the search by name or record number.

A count on a chip and the rows behind it come from one definition: `SHOWS`. The number of queries is fixed, whatever the
length of the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from clinic import access
from clinic.engagement.signs.phrases import SERVICES
from clinic.engagement.signs.sign import Level
from clinic.engagement.summary import Week, weeks
from clinic.engagement.words import Sentence
from clinic.histories import records
from clinic.models import Assignment, Client, Episode, FollowUp, Staff

CLIENTS_A_PAGE = 50
MOST_FOUND = 50
MOST_WORDS = 6
ALL, IN_CARE, DISCHARGED = "all", "in-care", "discharged"
WITH_FOLLOW_UP, NOBODY_HOLDS = "follow-up", "nobody"


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One line of the list. `level` is that of the highest open follow-up, empty without one; `seen_days` counts from
    the last attended appointment, None when there was none; `held_by` is empty when nobody holds the client.
    """

    uid: UUID
    called: str
    last_name: str
    record_number: str
    programme: str
    held_by: str
    discharged_on: date | None
    seen_on: date | None
    seen_days: int | None
    seen_in: Sentence | None
    level: str
    follow_up: UUID | None
    weeks: Sequence[Week]


@dataclass(frozen=True, slots=True)
class ClientList:
    """One page of the list; `counts` says how many each chip holds. `page.object_list` holds ClientRows."""

    page: Page[ClientRow]
    show: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found; `more` when there are more than are shown."""

    rows: Sequence[ClientRow]
    more: bool


def shows(staff: Staff, day: date) -> dict[str, QuerySet[Client]]:
    """The clients behind each chip, A to Z. "Nobody holds" is there for those who see clients whom nobody holds."""
    stays = access.episodes_for(staff, day).filter(client=OuterRef("pk"))
    seen = access.clients_for(staff, day).order_by("last_name", "first_name", "pk")
    waiting = stays.filter(Exists(FollowUp.objects.filter(episode=OuterRef("pk"), state=FollowUp.State.OPEN)))
    in_care = stays.filter(Q(discharged_on=None) | Q(discharged_on__gt=day), admitted_on__lte=day)
    found = {
        ALL: seen,
        IN_CARE: seen.filter(Exists(in_care)),
        DISCHARGED: seen.filter(~Exists(in_care)),
        WITH_FOLLOW_UP: seen.filter(Exists(waiting)),
    }
    if staff.has_role("supervisor", "medical"):
        held = access.current(day).filter(episode=OuterRef("pk"), case_manager__is_active=True)
        found[NOBODY_HOLDS] = seen.filter(Exists(in_care.filter(~Exists(held))))
    return found


def list_clients(staff: Staff, day: date, *, show: str = ALL, page: str | None = None) -> ClientList:
    """One page of the clients this person may see; an unknown chip shows all, an impossible page the nearest."""
    chips = shows(staff, day)
    show = show if show in chips else ALL
    counts = {name: rows.count() for name, rows in chips.items()}
    chosen = Paginator(_with_stay(chips[show], staff, day), CLIENTS_A_PAGE).get_page(page)
    chosen.object_list = _rows(staff, day, list(chosen.object_list))
    return ClientList(chosen, show, counts)


def search_clients(staff: Staff, day: date, words: str) -> Found:
    """Clients of whom every word stands in a name or in the record number; at most `MOST_FOUND`, A to Z."""
    wanted = shows(staff, day)[ALL]
    for word in words.split()[:MOST_WORDS]:
        wanted = wanted.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(preferred_name__icontains=word)
            | Q(record_number__icontains=word)
        )
    found = list(_with_stay(wanted, staff, day)[: MOST_FOUND + 1])
    return Found(_rows(staff, day, found[:MOST_FOUND]), len(found) > MOST_FOUND)


def stay_for(staff: Staff, day: date, client: Client) -> Episode:
    """The newest stay in care of a client that this person may see. Raises NotVisible when there is none."""
    stays = access.episodes_for(staff, day).filter(client=client).select_related("clinic", "programme")
    stay = stays.order_by("-admitted_on").first()
    if stay is None:
        raise access.NotVisible
    return stay


def holders(episodes: Sequence[int], day: date) -> dict[int, Staff]:
    """Who holds each of these episodes on a day: in one query."""
    held: QuerySet[Assignment] = access.current(day).filter(
        episode__in=episodes, case_manager__is_active=True
    )
    return {row.episode_id: row.case_manager for row in held.select_related("case_manager")}


def _with_stay(clients: QuerySet[Client], staff: Staff, day: date) -> QuerySet[Client]:
    stays = access.episodes_for(staff, day).filter(client=OuterRef("pk")).order_by("-admitted_on")
    return clients.annotate(stay=Subquery(stays.values("pk")[:1]))


def _rows(staff: Staff, day: date, clients: Sequence[Client]) -> list[ClientRow]:
    numbers = [client.stay for client in clients]  # type: ignore[attr-defined]
    stays = Episode.objects.select_related("programme").in_bulk(numbers)
    held = holders(numbers, day)
    open_now = _highest_open(numbers)
    clinic = access.home_clinic(staff)
    timelines = {record.episode: record.as_of(day) for record in records(clinic, numbers)}
    rows = []
    for client, number in zip(clients, numbers):
        stay, timeline, follow_up = stays[number], timelines[number], open_now.get(number)
        last = timeline.event(timeline.last_attended) if timeline.last_attended >= 0 else None
        rows.append(
            ClientRow(
                uid=client.uid,
                called=client.called,
                last_name=client.last_name,
                record_number=client.record_number,
                programme=stay.programme.name,
                held_by=held[number].name if number in held else "",
                discharged_on=stay.discharged_on
                if stay.discharged_on and stay.discharged_on <= day
                else None,
                seen_on=date.fromordinal(last.day) if last else None,
                seen_days=timeline.today - last.day if last else None,
                seen_in=SERVICES[last.channel] if last else None,
                level=follow_up.level if follow_up else "",
                follow_up=follow_up.uid if follow_up else None,
                weeks=weeks(timeline),
            )
        )
    return rows


def _highest_open(episodes: Sequence[int]) -> dict[int, FollowUp]:
    """Of each episode's open follow-ups the most urgent, in one query."""
    found: dict[int, FollowUp] = {}
    for row in FollowUp.objects.filter(episode__in=episodes, state=FollowUp.State.OPEN).order_by("pk"):
        before = found.get(row.episode_id)
        if before is None or Level(row.level).rank < Level(before.level).rank:
            found[row.episode_id] = row
    return found

"""Client rows to record: people, their stays in care, and who holds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from clinic.importing.csv_reader import Refused, gettext_noop
from clinic.importing.journal import Journal
from clinic.importing.rows import ClientRow
from clinic.models import Assignment, Client, Clinic, Episode, Programme, Role, Staff

SLICE = 500
PERSON = ("first_name", "last_name", "preferred_name", "date_of_birth", "phone")
ALWAYS_SAID = ("first_name", "last_name")
WRITTEN: dict[type[Any], tuple[str, ...]] = {
    Client: (*PERSON, "version"),
    Episode: ("programme", "discharged_on", "version"),
    Assignment: ("ends_on",),
}


@dataclass(slots=True)
class _Known:
    """What the record holds of one client, with what this chunk adds."""

    client: Client
    stays: list[Episode] = field(default_factory=list)
    held: dict[int, Assignment] = field(default_factory=dict)
    ever_held: set[int] = field(default_factory=set)


class ClientIntake:
    """Takes client rows into one clinic. `today` is the clinic's own day: a new case manager holds from it on.

    An empty cell never wipes what the record holds: not a telephone number, not a discharge.
    """

    def __init__(self, clinic: Clinic, today: date, journal: Journal) -> None:
        self.clinic, self.today, self.journal = clinic, today, journal
        self.to_recheck: set[int] = set()
        self._programmes = {row.name: row for row in Programme.objects.filter(clinic=clinic)}
        workers = Staff.objects.filter(clinic=clinic, is_active=True, roles__role=Role.CASE_MANAGER)
        self._workers = dict(workers.values_list("username", "pk"))

    def take(self, rows: Sequence[ClientRow]) -> list[str | Refused]:
        """For each row "created", "updated" or "unchanged", or why it is refused."""
        known = self._known({row.record_number for row in rows})
        self._new: dict[type, list[Any]] = {Client: [], Episode: [], Assignment: []}
        self._changed: dict[type, dict[int, Any]] = defaultdict(dict)
        answers: list[str | Refused] = []
        for row in rows:
            try:
                answers.append(self._one(row, known))
            except Refused as refused:
                answers.append(refused)
        self._write()
        return answers

    def finish(self, on: datetime) -> None:
        """Nothing follows from it."""

    def _known(self, numbers: set[str]) -> dict[str, _Known]:
        known: dict[str, _Known] = {}
        by_client: dict[int, _Known] = {}
        wanted = sorted(numbers)
        for start in range(0, len(wanted), SLICE):
            for client in Client.objects.filter(
                clinic=self.clinic, record_number__in=wanted[start : start + SLICE]
            ):
                known[client.record_number] = by_client[client.pk] = _Known(client)
        numbers_of = sorted(by_client)
        for start in range(0, len(numbers_of), SLICE):
            some = numbers_of[start : start + SLICE]
            for episode in Episode.objects.filter(client__in=some).order_by("admitted_on"):
                by_client[episode.client_id].stays.append(episode)
            for held in Assignment.objects.filter(episode__client__in=some).select_related("episode"):
                who = by_client[held.episode.client_id]
                who.ever_held.add(held.episode_id)
                if held.ends_on is None:
                    who.held[held.episode_id] = held
        return known

    def _one(self, row: ClientRow, known: dict[str, _Known]) -> str:
        who = known.get(row.record_number)
        stay = (
            next((each for each in who.stays if each.admitted_on == row.admitted_on), None) if who else None
        )
        if row.case_manager and row.case_manager not in self._workers:
            raise Refused(NO_CASE_MANAGER, field="case_manager", name=row.case_manager[:40])
        ends = row.discharged_on or (stay.discharged_on if stay else None)
        self._refuse_overlap(
            row.admitted_on, ends, [each for each in who.stays if each is not stay] if who else []
        )
        if who is None:
            who = known[row.record_number] = _Known(self._new_client(row))
            became = "created"
        else:
            became = "updated" if self._person_changed(who.client, row) else "unchanged"
        if stay is None:
            self._admit(who, row)
            return "created" if became == "created" else "updated"
        moved = self._stay_changed(stay, row)
        held = self._holder_changed(who, stay, row)
        return "updated" if moved or held else became

    def _refuse_overlap(self, admitted: date, ends: date | None, others: list[Episode]) -> None:
        for other in others:
            starts_before_it_ends = other.discharged_on is None or admitted < other.discharged_on
            if starts_before_it_ends and (ends is None or other.admitted_on < ends):
                if other.discharged_on is None and other.admitted_on < admitted:
                    raise Refused(STILL_OPEN, field="admitted_on", day=other.admitted_on)
                column = "discharged_on" if other.admitted_on > admitted else "admitted_on"
                raise Refused(OVERLAPS, field=column, day=other.admitted_on)

    def _new_client(self, row: ClientRow) -> Client:
        client = Client(clinic=self.clinic, record_number=row.record_number)
        for name in PERSON:
            setattr(client, name, getattr(row, name))
        self._new[Client].append(client)
        return client

    def _person_changed(self, client: Client, row: ClientRow) -> bool:
        changed = False
        for name in PERSON:
            said = getattr(row, name)
            if (said or name in ALWAYS_SAID) and said != getattr(client, name):
                setattr(client, name, said)
                changed = True
        if changed and client.pk and client.pk not in self._changed[Client]:
            client.version += 1
            self._changed[Client][client.pk] = client
        return changed

    def _admit(self, who: _Known, row: ClientRow) -> None:
        stay = Episode(
            client=who.client,
            clinic=self.clinic,
            programme=self._programme(row.program),
            admitted_on=row.admitted_on,
            discharged_on=row.discharged_on,
        )
        who.stays.append(stay)
        self._new[Episode].append(stay)
        if row.case_manager:
            self._give(stay, row, row.admitted_on, row.discharged_on)

    def _stay_changed(self, stay: Episode, row: ClientRow) -> bool:
        programme = self._programme(row.program)
        ends = row.discharged_on or stay.discharged_on
        if (stay.programme_id, stay.discharged_on) == (programme.pk, ends):
            return False
        stay.programme, stay.discharged_on = programme, ends
        if stay.pk not in self._changed[Episode]:
            stay.version += 1
            self._changed[Episode][stay.pk] = stay
        return True

    def _holder_changed(self, who: _Known, stay: Episode, row: ClientRow) -> bool:
        """Give an open stay to the case manager named; a stay that has ended keeps the one it had."""
        if not row.case_manager:
            return False
        held = who.held.get(stay.pk)
        if held is None:
            if stay.discharged_on is not None and stay.pk in who.ever_held:
                return False
            starts = stay.admitted_on if stay.discharged_on else max(self.today, stay.admitted_on)
            self._give(stay, row, starts, stay.discharged_on)
            return True
        if held.case_manager_id == self._workers[row.case_manager] or stay.discharged_on is not None:
            return False
        held.ends_on = max(self.today, held.starts_on)
        self._changed[Assignment][held.pk] = held
        self._give(stay, row, held.ends_on, None)
        return True

    def _give(self, stay: Episode, row: ClientRow, starts: date, ends: date | None) -> None:
        self._new[Assignment].append(
            Assignment(
                episode=stay, case_manager_id=self._workers[row.case_manager], starts_on=starts, ends_on=ends
            )
        )

    def _programme(self, name: str) -> Programme:
        if name not in self._programmes:
            self._programmes[name] = Programme.objects.create(clinic=self.clinic, name=name)
            self.journal.made(Programme, [self._programmes[name].pk])
        return self._programmes[name]

    def _write(self) -> None:
        """Ends before beginnings: a client has one open stay, and a stay one case manager, at any time."""
        for model, columns in WRITTEN.items():
            changed, new = self._changed[model], self._new[model]
            self.journal.changing(model, changed)
            model.objects.bulk_update(changed.values(), columns, batch_size=SLICE)
            model.objects.bulk_create(new, batch_size=SLICE)
            self.journal.made(model, (row.pk for row in new))
        # Those discharged now as well: the recheck closes their follow-ups.
        self.to_recheck.update(self._changed[Episode])
        self.to_recheck.update(stay.pk for stay in self._new[Episode] if _open(stay, self.today))


def _open(stay: Episode, today: date) -> bool:
    return stay.discharged_on is None or stay.discharged_on > today


NO_CASE_MANAGER = gettext_noop("“%(name)s” is not the sign-in name of a case manager of this clinic.")
STILL_OPEN = gettext_noop("This client is in care since %(day)s. Give the discharge from that stay first.")
OVERLAPS = gettext_noop("This stay overlaps another one of this client, admitted on %(day)s.")

"""Group rows and membership rows to record: what a group is, who leads it, and who belongs to it from when to when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from clinic.groups import seats
from clinic.importing.csv_reader import Refused, gettext_noop
from clinic.importing.journal import Journal, slices
from clinic.importing.rows import GroupRow, MembershipRow
from clinic.models import Appointment, Clinic, Episode, Group, Membership, Role, Session, Staff

SAID = ("kind", "room", "capacity")
ONE_DAY = timedelta(days=1)


class RunningGroupIntake:
    """Takes rows of a groups file into one clinic. An empty cell leaves what the record holds, and a helper who is not
    named stays one.
    """

    def __init__(self, clinic: Clinic, journal: Journal) -> None:
        self.clinic, self.journal = clinic, journal
        self.to_recheck: set[int] = set()
        leaders = Staff.objects.filter(clinic=clinic, is_active=True, roles__role=Role.FACILITATOR)
        self._leaders = dict(leaders.values_list("username", "pk"))

    def take(self, rows: Sequence[GroupRow]) -> list[str | Refused]:
        """For each row "created", "updated" or "unchanged", or why it is refused."""
        known: dict[str, Group] = {}
        for names in slices(row.name for row in rows):
            known.update(
                (each.name, each) for each in Group.objects.filter(clinic=self.clinic, name__in=names)
            )
        helping = self._helping(group.pk for group in known.values())
        new: list[Group] = []
        changed: list[Group] = []
        helpers: list[tuple[Group, list[int]]] = []
        answers: list[str | Refused] = []
        for row in rows:
            try:
                leader, others = self._leader(row), self._others(row)
            except Refused as refused:
                answers.append(refused)
                continue
            group = known.get(row.name)
            became = "created" if group is None else "unchanged"
            if group is None:
                group = Group(clinic=self.clinic, name=row.name)
                new.append(group)
            if self._differs(group, row, leader) and group.pk:
                group.version += 1
                changed.append(group)
                became = "updated"
            missing = [
                each for each in others if each not in helping[group.pk] and each != group.facilitator_id
            ]
            if missing:
                helpers.append((group, missing))
                became = "updated" if group.pk else "created"
            answers.append(became)
        self._write(new, changed, helpers)
        return answers

    def finish(self, on: datetime) -> None:
        """Nothing follows from it."""

    def _helping(self, groups: Iterable[int]) -> dict[int | None, set[int]]:
        found: dict[int | None, set[int]] = defaultdict(set)
        through = Group.co_facilitators.through
        for some in slices(groups):
            for group, staff in through.objects.filter(group__in=some).values_list("group_id", "staff_id"):
                found[group].add(staff)
        return found

    def _leader(self, row: GroupRow) -> int | None:
        return self._known(row.facilitator, "facilitator") if row.facilitator else None

    def _others(self, row: GroupRow) -> list[int]:
        return [self._known(name, "co_facilitators") for name in row.co_facilitators]

    def _known(self, name: str, column: str) -> int:
        if name not in self._leaders:
            raise Refused(NO_FACILITATOR, field=column, name=name[:40])
        return self._leaders[name]

    def _differs(self, group: Group, row: GroupRow, leader: int | None) -> bool:
        before = [getattr(group, name) for name in (*SAID, "facilitator_id")]
        for name in SAID:
            if getattr(row, name):
                setattr(group, name, getattr(row, name))
        if leader is not None:
            group.facilitator_id = leader
        return before != [getattr(group, name) for name in (*SAID, "facilitator_id")]

    def _write(self, new: list[Group], changed: list[Group], helpers: list[tuple[Group, list[int]]]) -> None:
        self.journal.changing(Group, (group.pk for group in changed))
        Group.objects.bulk_update(changed, [*SAID, "facilitator", "version"], batch_size=200)
        Group.objects.bulk_create(new, batch_size=200)
        self.journal.made(Group, (group.pk for group in new))
        through = Group.co_facilitators.through
        links = [through(group_id=group.pk, staff_id=each) for group, missing in helpers for each in missing]
        through.objects.bulk_create(links, batch_size=400)
        self.journal.made(through, (link.pk for link in links))


class MembershipIntake:
    """Takes rows of a memberships file into one clinic at the moment `on`. Coming seats follow from them as they do
    when somebody joins or leaves on a page; a full group takes nobody more.
    """

    def __init__(self, clinic: Clinic, on: datetime, journal: Journal) -> None:
        self.clinic, self.today, self.journal = clinic, clinic.local_day(on), journal
        self.to_recheck: set[int] = set()
        self._groups = {row.name: row for row in Group.objects.filter(clinic=clinic).select_related("clinic")}
        self._counted: dict[int, list[seats.Span]] = {}
        self._joined: set[int] = set()

    def take(self, rows: Sequence[MembershipRow]) -> list[str | Refused]:
        """For each row "created", "updated" or "unchanged", or why it is refused."""
        stays = self._stays(sorted({row.record_number for row in rows}))
        places = self._places([stay.pk for each in stays.values() for stay in each])
        new: list[Membership] = []
        changed: dict[int, Membership] = {}
        answers: list[str | Refused] = []
        for row in rows:
            try:
                answers.append(self._one(row, stays.get(row.record_number, []), places, new, changed))
            except Refused as refused:
                answers.append(refused)
        self.journal.changing(Membership, changed)
        # Ends before beginnings: of two places in one group, one is open at any time.
        Membership.objects.bulk_update(changed.values(), ["left_on"], batch_size=400)
        Membership.objects.bulk_create(new, batch_size=400)
        self.journal.made(Membership, (each.pk for each in new))
        return answers

    def finish(self, on: datetime) -> None:
        """Give whoever joined their seats in the sessions ahead, as joining on a page does."""
        for group in sorted((each for each in self._groups.values() if each.pk in self._joined), key=_number):
            ahead = seats.coming(group, on)
            here = Appointment.objects.filter(session__in=[row.pk for row in ahead])
            before = set(here.values_list("pk", flat=True))
            self.journal.changing(Session, (row.pk for row in ahead))
            given = seats.give(ahead, group, on=on)
            self.journal.made(
                Appointment, here.exclude(pk__in=before).order_by("pk").values_list("pk", flat=True)
            )
            self.to_recheck |= given
            self.journal.close()

    def _one(
        self,
        row: MembershipRow,
        stays: list[Episode],
        places: dict[tuple[int, int], list[Membership]],
        new: list[Membership],
        changed: dict[int, Membership],
    ) -> str:
        group = self._groups.get(row.group)
        if group is None:
            raise Refused(NO_GROUP, field="group")
        stay = _covering(row, stays)
        left = row.left_on
        if stay.discharged_on is not None:
            last = stay.discharged_on + ONE_DAY
            if left is not None and left > last:
                raise Refused(LEFT_AFTER_DISCHARGE, field="left_on", discharged=stay.discharged_on)
            left = left or max(last, row.joined_on)
        held = places[stay.pk, group.pk]
        same = next((each for each in held if each.joined_on == row.joined_on), None)
        for other in held:
            if other is not same and _overlap(row.joined_on, left, other.joined_on, other.left_on):
                raise Refused(HELD_ALREADY, field="joined_on", day=other.joined_on)
        if same is not None:
            if left is None or left == same.left_on:
                return "unchanged"
            same.left_on = left
            if same.pk:
                changed[same.pk] = same
            self.to_recheck.add(stay.pk)
            return "updated"
        self._there_is_room(group, row.joined_on, left)
        made = Membership(episode=stay, group=group, joined_on=row.joined_on, left_on=left)
        held.append(made)
        new.append(made)
        self._counted.setdefault(group.pk, []).append(seats.Span(stay.pk, row.joined_on, left or date.max))
        self._joined.add(group.pk)
        if left is None or left > self.today:
            self.to_recheck.add(stay.pk)
        return "created"

    def _there_is_room(self, group: Group, joined: date, left: date | None) -> None:
        """Whoever belonged to it in the past belonged to it: only places from today on are counted."""
        since = max(joined, self.today)
        if group.capacity is None or (left is not None and left <= since):
            return
        if group.pk not in self._counted:
            members = Membership.objects.filter(group=group).exclude(left_on__lte=self.today)
            self._counted[group.pk] = seats.spans(members)
        spans = self._counted[group.pk]
        days = {since, *(each.first for each in spans if each.first > since)}
        if max(sum(each.covers(day) for each in spans) for day in days) >= group.capacity:
            raise Refused(FULL, field="group", n=group.capacity)

    def _stays(self, numbers: list[str]) -> dict[str, list[Episode]]:
        found: dict[str, list[Episode]] = defaultdict(list)
        for some in slices(numbers):
            stays = Episode.objects.filter(clinic=self.clinic, client__record_number__in=some)
            for stay in stays.select_related("client").order_by("-admitted_on"):
                found[stay.client.record_number].append(stay)
        return found

    def _places(self, stays: list[int]) -> dict[tuple[int, int], list[Membership]]:
        found: dict[tuple[int, int], list[Membership]] = defaultdict(list)
        for some in slices(stays):
            for each in Membership.objects.filter(episode__in=some):
                found[each.episode_id, each.group_id].append(each)
        return found


def _covering(row: MembershipRow, stays: list[Episode]) -> Episode:
    if not stays:
        raise Refused(NO_CLIENT, field="record_number")
    for stay in stays:
        if stay.admitted_on <= row.joined_on and (
            stay.discharged_on is None or row.joined_on <= stay.discharged_on
        ):
            return stay
    raise Refused(OUTSIDE_STAY, field="joined_on", day=row.joined_on)


def _overlap(first: date, end: date | None, other_first: date, other_end: date | None) -> bool:
    return first < (other_end or date.max) and other_first < (end or date.max)


def _number(group: Group) -> int:
    return group.pk


NO_FACILITATOR = gettext_noop("“%(name)s” is not the sign-in name of a facilitator of this clinic.")
NO_GROUP = gettext_noop("There is no group of this name. Bring it with a groups file, or correct the name.")
NO_CLIENT = gettext_noop("No client of this clinic has this record number.")
OUTSIDE_STAY = gettext_noop("%(day)s lies outside any stay in care of this client.")
LEFT_AFTER_DISCHARGE = gettext_noop("The day of leaving lies after the discharge on %(discharged)s.")
HELD_ALREADY = gettext_noop("This client has a place in this group since %(day)s: the days overlap.")
FULL = gettext_noop("This group is full: its capacity is %(n)s.")

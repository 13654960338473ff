"""The record of the demo clinic: everybody beside the cast, and all their appointments, written in bulk."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta
from random import Random

from clinic import models
from clinic.management.demo import lifelike
from clinic.management.demo.diary import Diary, Meetings
from clinic.management.demo.people import Person, crowd
from tests import cast
from tests.histories import COUNSELLING, meetings, visits

WEEKS_BACK = 27
CALENDAR_GROUPS = (
    ("riverside", "Women's circle", "sam", "Room 3", 1, time(17, 30)),
    ("riverside", "Early recovery", "ben", "Room 2", 0, time(13)),
    ("riverside", "Steady steps", "sam", "Room 4", 3, time(18)),
    ("riverside", "Weekend start", "ben", "Room 2", 4, time(16)),
    ("harbor", "Harbor morning group", "dasha", "Room 1", 2, time(9, 30)),
    ("harbor", "Parents in recovery", "rita", "Room 2", 3, time(12)),
    ("harbor", "Next steps", "dasha", "Room 1", 1, time(17)),
)


class Record:
    """Writes everybody beside the cast: people first, then all their appointments in one go."""

    def __init__(self, house: cast.Cast, dice: Random) -> None:
        self.house, self.dice, self.today = house, dice, house.today
        self.clinics = {"riverside": house.riverside, "harbor": house.harbor}
        self.diary = Diary(house, dice)

    def write(self) -> None:
        closed = self._closures()
        groups = self._groups(closed)
        people = list(crowd(self.dice, self.today, Counter(row[6] for row in cast.CLIENTS)))
        episodes = self._admit(people)
        self._earlier_stays(people, episodes)
        for person, episode in zip(people, episodes, strict=True):
            self._pauses(person, episode)
            self.diary.individual(person, episode, closed[person.where])
            if person.in_group:
                self.diary.in_group(person, episode, groups[person.where])
        models.Membership.objects.bulk_create(self.diary.seats)
        models.Appointment.objects.bulk_create(self.diary.rows, batch_size=2000)
        for first, second in self.diary.moved:
            second.rebooking_of = first
        models.Appointment.objects.bulk_create([second for _, second in self.diary.moved])

    # -- the house -------------------------------------------------------------------------------------------------

    def _closures(self) -> dict[str, set[date]]:
        days = {
            where: {self.today - timedelta(days=61), self.today + timedelta(days=11)}
            for where in self.clinics
        }
        models.Closure.objects.bulk_create(
            models.Closure(clinic=self.clinics[where], day=day, reason="Staff training")
            for where in days
            for day in sorted(days[where])
        )
        return days

    def _groups(self, closed: dict[str, set[date]]) -> dict[str, list[Meetings]]:
        found: dict[str, list] = {where: [] for where in self.clinics}
        for own in (self.house.morning_skills, self.house.evening_skills, self.house.harbor_group):
            where = "harbor" if own.clinic_id == self.house.harbor.pk else "riverside"
            held = own.sessions.order_by("starts_at")
            found[where].append(
                (own, {row.starts_at.astimezone(own.clinic.zone).date(): row for row in held})
            )
        for where, name, facilitator, room, weekday, at in CALENDAR_GROUPS:
            group = models.Group.objects.create(
                clinic=self.clinics[where], name=name, facilitator=getattr(self.house, facilitator), room=room
            )
            days = self.diary.days(self.today - timedelta(weeks=WEEKS_BACK), weekday, 7, closed[where])
            found[where].append((group, meetings(group, days, at)))
        self.diary.unkept = {self._newest(found["riverside"][4][1]), self._newest(found["harbor"][2][1])}
        return found

    def _newest(self, held: dict[date, models.Session]) -> int:
        """The last session before today: in two groups its register has not been kept."""
        return held[max(day for day in held if day < self.today)].pk

    # -- people ----------------------------------------------------------------------------------------------------

    def _admit(self, people: list[Person]) -> list[models.Episode]:
        clients = models.Client.objects.bulk_create(
            models.Client(
                clinic=self.clinics[person.where],
                record_number=person.record_number,
                first_name=person.first_name,
                last_name=person.last_name,
                **person.more,
            )
            for person in people
        )
        programmes = {
            ("riverside", False): self.house.outpatient,
            ("riverside", True): self.house.medication,
            ("harbor", False): self.house.harbor_outpatient,
            ("harbor", True): self.house.harbor_medication,
        }
        episodes = models.Episode.objects.bulk_create(
            models.Episode(
                client=client,
                clinic=self.clinics[person.where],
                programme=programmes[person.where, person.medicated],
                admitted_on=person.admitted_on,
                discharged_on=person.discharged_on,
            )
            for person, client in zip(people, clients, strict=True)
        )
        models.Assignment.objects.bulk_create(
            models.Assignment(
                episode=episode,
                case_manager=getattr(self.house, person.case_manager),
                starts_on=person.admitted_on,
                ends_on=person.discharged_on,
            )
            for person, episode in zip(people, episodes, strict=True)
            if person.case_manager
        )
        return episodes

    def _earlier_stays(self, people: list[Person], episodes: list[models.Episode]) -> None:
        for person, present in zip(people, episodes, strict=True):
            if self.dice.random() > 0.15:
                continue
            ended = person.admitted_on - timedelta(days=self.dice.randint(60, 240))
            weeks = self.dice.randint(6, 14)
            stay = models.Episode.objects.create(
                client=present.client,
                clinic=present.clinic,
                programme=present.programme,
                admitted_on=ended - timedelta(weeks=weeks),
                discharged_on=ended,
            )
            marks = "".join(self.dice.choices("AALM", (6, 3, 1, 2), k=weeks - 4)) + "MMM"
            self.diary.rows += visits(
                stay, COUNSELLING, marks, last=ended - timedelta(days=5), at=person.slot
            )

    def _pauses(self, person: Person, episode: models.Episode) -> None:
        weeks = person.course.weeks
        kinds = ("inpatient", "agreed_leave", "detox", "jail", "travel")
        for week, state in enumerate(weeks):
            if state is not lifelike.State.PAUSED or (week and weeks[week - 1] is state):
                continue
            after = next((w for w in range(week, len(weeks)) if weeks[w] is not state), None)
            last = person.admitted_on + timedelta(days=7 * after - 1) if after else None
            models.Pause.objects.create(
                episode=episode,
                kind=self.dice.choice(kinds),
                starts_on=person.admitted_on + timedelta(days=7 * week),
                ends_on=last if last and last < self.today else None,
            )

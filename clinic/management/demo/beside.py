"""What the demo clinic knows beside attendance and plans: medication orders, and what staff noted. All invented."""

from __future__ import annotations

from datetime import date, time, timedelta
from random import Random

from clinic import models
from tests import cast

TAKE_HOME, INJECTED = 9, 5
SUPPLY_DAYS, INJECTION_DAYS = 14, 28
OBSERVED_FROM_DAY = 2
# What is noted and how strongly; drawn like cards, mostly strengths and what is no concern or a little.
NOTES = (
    ("session", "staff_saw", {"A2": 0, "S9": 1}),
    ("session", "client_said", {"B2": 1, "S1": 1}),
    ("group", "staff_saw", {"D1": 1}),
    ("group", "staff_saw", {"S3": 1, "C1": 0}),
    ("call", "client_said", {"C2": 1, "S5": 1}),
    ("session", "client_said", {"D2": 0, "S2": 1}),
    ("front_desk", "staff_saw", {"B6": 1}),
)
# On some of the last days something clearer; one asks for an answer today.
CLEARER = (
    (2, "session", "client_said", {"C2": 2}),
    (4, "session", "client_said", {"A2": 2, "S5": 1}),
    (3, "call", "client_said", {"B2": 2, "D5": 2}),
    (1, "session", "client_said", {"A9": 3}),
    (5, "group", "staff_saw", {"D1": 2}),
)
OFTEN = 40


class Beside:
    """Writes orders, supplies, injections and observations of those in care."""

    def __init__(self, house: cast.Cast, dice: Random) -> None:
        self.house, self.dice, self.today = house, dice, house.today
        rows = models.Episode.objects.filter(discharged_on=None).select_related("clinic").order_by("pk")
        self.stays = [stay for stay in rows if (self.today - stay.admitted_on).days > 21]

    def write(self) -> None:
        dosing = models.Appointment.objects.filter(channel="dosing").values_list("episode_id", flat=True)
        observed = set(dosing)
        self._observed(observed)
        others = [stay for stay in self.stays if stay.pk not in observed]
        self.dice.shuffle(others)
        self._take_home(others[:TAKE_HOME])
        self._injected(others[TAKE_HOME : TAKE_HOME + INJECTED])
        self._notes()

    # -- medication ------------------------------------------------------------------------------------------------

    def _order(self, stay: models.Episode, kind: str, medicine: str, since: date) -> models.Medication:
        return models.Medication(episode=stay, kind=kind, medicine=medicine, starts_on=since, known_on=since)

    def _observed(self, episodes: set[int]) -> None:
        """An order for everybody who comes for doses, the whole week round."""
        rows = []
        for stay in models.Episode.objects.filter(pk__in=episodes).order_by("pk"):
            since = stay.admitted_on
            medicine = "methadone" if self.dice.random() < 0.7 else "buprenorphine"
            row = self._order(stay, "observed", medicine, since)
            row.hour, row.weekdays = time(7, 45), [0, 1, 2, 3, 4, 5, 6]
            if stay.discharged_on:
                row.ends_on, row.ended = max(stay.discharged_on, since), "other"
            rows.append(row)
        models.Medication.objects.bulk_create(rows)

    def _take_home(self, stays: list[models.Episode]) -> None:
        """Picked up every two weeks; two let their supply run out in the last days."""
        for number, stay in enumerate(stays):
            ends = (
                self.today - timedelta(days=number + 1)
                if number < 2
                else self.today + timedelta(days=2 + number)
            )
            since = ends - timedelta(days=SUPPLY_DAYS * 2)
            order = self._order(stay, "take_home", "buprenorphine", max(since, stay.admitted_on))
            order.save()
            models.Supply.objects.bulk_create(
                models.Supply(
                    medication=order,
                    picked_up_on=last - timedelta(days=SUPPLY_DAYS),
                    lasts_until=last,
                )
                for last in (ends - timedelta(days=SUPPLY_DAYS), ends)
                if last - timedelta(days=SUPPLY_DAYS) >= order.starts_on
            )

    def _injected(self, stays: list[models.Episode]) -> None:
        """Given every four weeks; the first of them is overdue."""
        for number, stay in enumerate(stays):
            due = self.today - timedelta(days=8) if number == 0 else self.today + timedelta(days=3 * number)
            before = due - timedelta(days=INJECTION_DAYS)
            order = self._order(stay, "injection", "buprenorphine", max(before, stay.admitted_on))
            order.save()
            rows = [models.Injection(medication=order, due_on=due, known_on=order.starts_on)]
            if before >= order.starts_on:
                rows.append(
                    models.Injection(medication=order, due_on=before, known_on=before, given_on=before)
                )
            models.Injection.objects.bulk_create(rows)

    # -- what staff noted ------------------------------------------------------------------------------------------

    def _notes(self) -> None:
        held = {
            row.episode_id: row.case_manager
            for row in models.Assignment.objects.filter(ends_on=None).select_related("case_manager")
        }
        stays = [stay for stay in self.stays if stay.pk in held]
        for stay in self.dice.sample(stays, min(OFTEN, len(stays))):
            setting, source, items = self.dice.choice(NOTES)
            self._note(stay, held[stay.pk], self.dice.randint(1, 27), setting, source, items)
        mine = [stay for stay in stays if held[stay.pk] == self.house.maya]
        for (ago, setting, source, items), stay in zip(
            CLEARER, self.dice.sample(mine, len(CLEARER)), strict=True
        ):
            self._note(stay, held[stay.pk], ago, setting, source, items)

    def _note(
        self,
        stay: models.Episode,
        by: models.Staff,
        ago: int,
        setting: str,
        source: str,
        items: dict[str, int],
    ) -> None:
        day = self.today - timedelta(days=ago)
        row = models.Observation.objects.create(
            episode=stay,
            at=cast.moment(stay.clinic, day, time(15, self.dice.choice((0, 15, 40)))),
            day=day,
            setting=setting,
            source=source,
            author=by,
            author_role="facilitator"
            if setting == "group" and by.has_role("facilitator")
            else "case_manager",
        )
        models.ObservationItem.objects.bulk_create(
            models.ObservationItem(observation=row, item=item, anchor=anchor)
            for item, anchor in items.items()
        )

"""The care plans of the demo clinic: nearly everybody's is there, complete and reviewed; a few leave something open.

Own dice, so that the attendance of a seed stays as it is. All of it is invented.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time, timedelta
from random import Random
from typing import Any

from clinic import models
from tests import cast

# In how many of a hundred plans something is open, and what.
LEFT_OPEN = 7
OPEN_PARTS = ("no_plan", "review", "reasons", "if_thens", "coping", "supporters", "naloxone")
REVIEWS_EARLY, EARLY_DAYS, REVIEWS_LATER = 28, 60, 84
CONSENT_DAYS = (200, 365)
REASONS = (
    "To be at my daughter’s school play",
    "A flat of my own",
    "To keep the job at the bakery",
    "To sleep through the night",
    "To look my brother in the eye again",
    "To run the river loop again",
)
# Kind, what it is, whether one can keep away from it; what the client then does.
TRIGGERS = (
    ("missed_session", "I skip a week", False, "I text and take the first slot offered"),
    ("stress", "A bad day at work", False, "I walk home along the river"),
    ("craving", "The evening feels empty", False, "I go to the seven o’clock meeting"),
    ("people", "Old friends call", True, "I say that I call back, and call my sister"),
    ("place", "Payday near the station", True, "I take the other bus"),
    ("emotion", "I feel ashamed", False, "I write it down and read my reasons"),
)
COPING = (
    "Walk by the river",
    "Breathing, ten minutes",
    "Cook something new",
    "A film with my cousin",
    "Reading",
)
ROUTINE = ("Up at seven", "Breakfast before the bus", "Group on its day", "Lights out at eleven")
LIFE_GOALS = ("Back to full shifts", "A trip to the sea", "Finish the welding course")
NAMES = ("Elena", "Ana", "Marco", "Dee", "Uncle Ray", "Tomás", "Ruthie", "Bao", "Nadine", "Joel")
RELATIONS = ("family", "friend", "sponsor", "peer", "family")
FREE_GOALS = ("Back to full shifts by spring", "A walk every Sunday", "Call my mother twice a week")
MILESTONES = (
    ("work", "First month at the new job"),
    ("home", "Keys to the new flat"),
    ("health", "Ran three miles"),
    ("recovery", "Told their story in group"),
)


class Plans:
    """Writes plans, supporters, goals and milestones of everybody in care, in bulk."""

    def __init__(self, house: cast.Cast, dice: Random) -> None:
        self.house, self.dice, self.today = house, dice, house.today
        rows = models.Episode.objects.filter(discharged_on=None).select_related("client", "clinic")
        self.stays = list(rows.order_by("pk"))
        self.cast = {episode.pk for episode in house.episodes.values()}

    def write(self) -> None:
        plans = [plan for stay in self.stays if (plan := self._plan(stay)) is not None]
        models.Client.objects.bulk_update(
            [stay.client for stay in self.stays], ["naloxone", "naloxone_asked_on", "recovery_start"]
        )
        self._goals()
        self._milestones(plans)
        self._visits()

    # -- plans -----------------------------------------------------------------------------------------------------

    def _plan(self, stay: models.Episode) -> models.CarePlan | None:
        dice = self.dice
        written = stay.admitted_on + timedelta(days=dice.randint(2, 9))
        left_open = ""
        if stay.pk not in self.cast and dice.randint(1, 100) <= LEFT_OPEN:
            left_open = dice.choice(OPEN_PARTS)
        if written > self.today:
            return None
        self._of_the_client(stay.client, written, left_open)
        if left_open == "no_plan":
            return None
        supporters = self._supporters(stay, written, left_open)
        reviews = list(self._reviews(stay.admitted_on, written))
        reviews = reviews[:1] if left_open == "review" else reviews
        chosen = sorted(
            dice.sample(range(len(TRIGGERS)), dice.randint(2, 4)) + ([0] if stay.pk in self.cast else [])
        )
        triggers = [TRIGGERS[number] for number in dict.fromkeys(chosen)]
        content: dict[str, Any] = {
            "reasons": [] if left_open == "reasons" else dice.sample(REASONS, dice.randint(1, 3)),
            "triggers": [
                {"kind": kind, "what": what, "avoidable": avoidable or left_open == "if_thens"}
                for kind, what, avoidable, _ in triggers
            ],
            "issues": [],
            "coping": [] if left_open == "coping" else dice.sample(COPING, dice.randint(1, 3)),
            "skills": [],
            "routine": dice.sample(ROUTINE, 2),
            "reminders": ["A photo on the fridge"],
            "life_goals": dice.sample(LIFE_GOALS, 1),
            "values_support": "",
            "aftercare": "",
            "area_to_strengthen": "",
            "prefers_no_supporter": not supporters and left_open != "supporters",
        }
        plan = models.CarePlan.objects.create(
            episode=stay, written_on=written, reviewed_on=reviews[-1], version=len(reviews), **content
        )
        if_thens = [] if left_open == "if_thens" else self._if_thens(plan, triggers, supporters)
        models.IfThen.objects.bulk_create(if_thens)
        kept = content | {
            "if_thens": [
                {"kind": row.kind, "trigger": row.trigger, "action": row.action, "helper": row.helper}
                for row in if_thens
            ]
        }
        models.PlanRevision.objects.bulk_create(
            models.PlanRevision(
                plan=plan,
                episode=stay,
                number=number,
                at=cast.moment(stay.clinic, day, time(11)),
                on=day,
                by=None,
                reviewed_on=day,
                content=kept,
                reasons=len(content["reasons"]),
                if_thens=len(if_thens),
                coping=len(content["coping"]),
                supporters=len(supporters),
                prefers_no_supporter=content["prefers_no_supporter"],
            )
            for number, day in enumerate(reviews, 1)
        )
        return plan

    def _of_the_client(self, client: models.Client, written: date, left_open: str) -> None:
        if left_open != "naloxone":
            client.naloxone = self.dice.choice(("has", "has", "has", "offered", "declined"))
            client.naloxone_asked_on = written
        if self.dice.random() < 0.2:
            client.recovery_start = written - timedelta(days=self.dice.randint(3, 40))

    def _reviews(self, admitted: date, written: date) -> Iterable[date]:
        """The days on which the plan was written and gone through since, each in time."""
        day = written
        while day <= self.today:
            yield day
            day += timedelta(days=REVIEWS_EARLY if (day - admitted).days < EARLY_DAYS else REVIEWS_LATER)

    def _if_thens(
        self, plan: models.CarePlan, triggers: list[tuple], supporters: list[models.Supporter]
    ) -> list[models.IfThen]:
        return [
            models.IfThen(
                plan=plan,
                position=position,
                kind=kind,
                trigger=what,
                action=action,
                helper=supporters[0].name if supporters and kind in ("missed_session", "people") else "",
            )
            for position, (kind, what, _, action) in enumerate(triggers, 1)
        ]

    def _supporters(self, stay: models.Episode, written: date, left_open: str) -> list[models.Supporter]:
        if left_open == "supporters" or (stay.pk not in self.cast and self.dice.random() < 0.1):
            return []
        rows = []
        for number, name in enumerate(self.dice.sample(NAMES, self.dice.randint(1, 2))):
            row = models.Supporter(episode=stay, name=name, relation=self.dice.choice(RELATIONS))
            if number == 0 and self.dice.random() < 0.7:
                row.phone = f"(505) 555-01{self.dice.randint(0, 99):02d}"
                row.scope = "That we would like them to call, and when the next appointment is"
                row.consent_from = written
                row.consent_until = written + timedelta(days=self.dice.randint(*CONSENT_DAYS))
            rows.append(row)
        return models.Supporter.objects.bulk_create(rows)

    # -- goals and milestones --------------------------------------------------------------------------------------

    def _goals(self) -> None:
        seated = set(models.Membership.objects.filter(left_on=None).values_list("episode_id", flat=True))
        met = models.Appointment.objects.filter(channel="mutual_aid").values_list("episode_id", flat=True)
        goes_to_meetings = set(met)
        goals, ninety = [], 2
        for stay in self.stays:
            since = stay.admitted_on + timedelta(days=self.dice.randint(3, 9))
            roll, days = self.dice.random(), (self.today - since).days
            if days < 0:
                continue
            if stay.pk in goes_to_meetings and ninety and 16 <= days <= 60:
                ninety -= 1
                goals.append(self._goal(stay, "ninety", "Ninety meetings in ninety days", 90, since))
            elif stay.pk in seated and roll < 0.18:
                target = 2 if stay.pk in goes_to_meetings else 1
                words = "Two sessions or meetings a week" if target == 2 else "Group every week"
                goals.append(self._goal(stay, "weekly", words, target, since))
            elif roll > 0.8:
                goals.append(self._goal(stay, "free", self.dice.choice(FREE_GOALS), 1, since))
        models.Goal.objects.bulk_create(goals)

    def _goal(self, stay: models.Episode, kind: str, words: str, target: int, since: date) -> models.Goal:
        return models.Goal(
            episode=stay,
            kind=kind,
            words=words,
            target=target,
            channels="ga",
            starts_on=since,
            known_on=since,
        )

    def _milestones(self, plans: list[models.CarePlan]) -> None:
        rows = []
        for plan in self.dice.sample(plans, min(5, len(plans))):
            day = max(self.today - timedelta(days=self.dice.randint(1, 5)), plan.written_on)
            kind, words = self.dice.choice(MILESTONES)
            rows.append(
                models.Milestone(episode_id=plan.episode_id, kind=kind, words=words, day=day, known_on=day)
            )
        models.Milestone.objects.bulk_create(rows)

    def _visits(self) -> None:
        """Follow-ups that a plan asks for by a day soon; some are not booked yet."""
        known = self.today - timedelta(days=12)
        long_enough = [stay for stay in self.stays if stay.admitted_on < known]
        models.PlannedVisit.objects.bulk_create(
            models.PlannedVisit(
                episode=stay,
                channel="medical",
                by_day=self.today + timedelta(days=self.dice.randint(1, 6)),
                known_on=known,
            )
            for stay in self.dice.sample(long_enough, min(8, len(long_enough)))
        )

"""The appointments of the demo clinic: each person's weeks, in every channel, as the dice and their course have it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from random import Random
from typing import Any

from clinic import models
from clinic.management.demo import lifelike
from clinic.management.demo.people import Person
from tests import cast
from tests.histories import CASE_MANAGEMENT, COUNSELLING, DOSING, GROUP, MEDICAL, MUTUAL_AID, PRESENT, visits

DAYS_AHEAD = 14
STILL_BOOKED_WHEN_AWAY = 0.35
UNRECORDED_DAYS, UNRECORDED, FORGOTTEN = 5, 0.06, 0.001
FIRST_IN_MORNING_GROUP = 8
DOSES_TAKEN_AT = time(7, 45)
REASONS = {
    "X": ("in hospital", "court date", "child ill", "moving house", "told us: work"),
    "C": ("work", "transport", "not feeling well"),
    "V": ("work", "transport", "overslept"),
    "K": ("counsellor away", "double booking"),
}

Meetings = tuple[models.Group, dict[date, models.Session]]


class Diary:
    """Collects everybody's appointments and places in groups; the record writes them in bulk.

    `unkept` are the sessions whose register nobody has kept.
    """

    def __init__(self, house: cast.Cast, dice: Random) -> None:
        self.house, self.dice, self.today = house, dice, house.today
        self.desk = {"riverside": house.lucia, "harbor": house.nell}
        self.nurse = {"riverside": house.priya, "harbor": house.carmen}
        self.prescriber = {"riverside": house.anita, "harbor": house.carmen}
        self.rows: list[models.Appointment] = []
        self.moved: list[tuple[models.Appointment, models.Appointment]] = []
        self.seats: list[models.Membership] = []
        self.unkept: set[int] = set()

    def days(self, first: date, weekday: int, every: int, closed: set[date]) -> list[date]:
        """Days from the first such weekday on, up to two weeks ahead, the closed ones left out."""
        day = first + timedelta(days=(weekday - first.weekday()) % 7)
        days = []
        while day <= self.today + timedelta(days=DAYS_AHEAD):
            if day not in closed:
                days.append(day)
            day += timedelta(days=every)
        return days

    def individual(self, person: Person, episode: models.Episode, closed: set[date]) -> None:
        dice, start = self.dice, person.admitted_on
        held_by = getattr(self.house, person.case_manager) if person.case_manager else None
        counsellor = getattr(self.house, person.counsellor)
        weekly = self.days(start, person.weekday, 7, closed)
        self._book(person, episode, COUNSELLING, weekly, person.slot, staff=counsellor)
        intake, desk_hour = (
            start + timedelta(days=dice.randint(0, 2)),
            time(dice.randint(9, 15), dice.choice((0, 30))),
        )
        talks = [intake, *self.days(start + timedelta(days=14), (person.weekday + 2) % 5, 28, closed)]
        self._book(person, episode, CASE_MANAGEMENT, talks, desk_hour, first="first", staff=held_by)
        reviews = self.days(start + timedelta(days=85), (person.weekday + 3) % 5, 84, closed)
        self._book(person, episode, CASE_MANAGEMENT, reviews, time(16), purpose="care_review", staff=held_by)
        if person.medicated or dice.random() < 0.3:
            checks = self.days(start + timedelta(days=7), (person.weekday + 1) % 5, 28, closed)
            hour = time(dice.randint(9, 16), dice.choice((0, 15, 30, 45)))
            self._book(person, episode, MEDICAL, checks, hour, staff=self.prescriber[person.where])
        if person.medicated:
            end = min(person.discharged_on or date.max, self.today + timedelta(days=7))
            doses = [start + timedelta(days=n) for n in range(2, (end - start).days)]
            at = DOSES_TAKEN_AT.replace(minute=dice.choice((0, 15, 30, 45)))
            self._book(
                person,
                episode,
                DOSING,
                doses,
                at,
                decide=lifelike.dose_letter,
                staff=self.nurse[person.where],
            )
        if person.meets:
            for weekday in dice.sample(range(7), dice.randint(1, 3)):
                self._meetings_told(person, episode, self.days(start, weekday, 7, set()))

    def _book(
        self,
        person: Person,
        episode: models.Episode,
        channel: str,
        days: list[date],
        at: time,
        *,
        decide: Callable[[Random, lifelike.Course, int], str] = lifelike.letter,
        first: str = "",
        purpose: str = "",
        **more: Any,
    ) -> None:
        for number, day in enumerate(days):
            mark = self._mark(person, day, decide)
            if mark is None:
                continue
            own = first if number == 0 and first else purpose
            row = self._row(person, episode, channel, mark, day, at, purpose=own, **more)
            self.rows.append(row)
            second = day + timedelta(days=2)
            if (
                mark == "R"
                and second < self.today
                and not (person.discharged_on and second >= person.discharged_on)
            ):
                self.moved.append(
                    (row, self._row(person, episode, channel, "A", second, at, purpose=own, **more))
                )

    def _row(
        self,
        person: Person,
        episode: models.Episode,
        channel: str,
        mark: str,
        day: date,
        at: time,
        **more: Any,
    ) -> models.Appointment:
        more.setdefault("recorded_by", self.desk[person.where])
        (row,) = visits(episode, channel, mark, last=day, at=at, **more)
        if mark in REASONS:
            row.reason = self.dice.choice(REASONS[mark])
        return row

    def _mark(
        self, person: Person, day: date, decide: Callable[[Random, lifelike.Course, int], str]
    ) -> str | None:
        """The letter of one planned appointment; None when there is none."""
        if person.discharged_on and day >= person.discharged_on:
            return None
        ahead = (day - self.today).days
        if ahead >= 0:
            away = person.course.weeks[-1] is not lifelike.State.HERE
            booked = self.dice.random() < (STILL_BOOKED_WHEN_AWAY if away else 0.94)
            cancelled = ahead <= 1 and decide is lifelike.letter and self.dice.random() < 0.05
            return ("C" if cancelled else "S") if booked else None
        recent = -ahead <= UNRECORDED_DAYS and decide is not lifelike.dose_letter
        if self.dice.random() < (UNRECORDED if recent else FORGOTTEN):
            return "S"
        return decide(self.dice, person.course, (day - person.admitted_on).days)

    def in_group(self, person: Person, episode: models.Episode, groups: list[Meetings]) -> None:
        known = person.where == "riverside" and len(self.seats) < FIRST_IN_MORNING_GROUP
        group, held = groups[0] if known else self.dice.choice(groups[1:])
        joins = person.admitted_on + timedelta(days=self.dice.randint(0, 14))
        days = [day for day in held if day >= joins]
        if not days or (person.discharged_on and days[0] >= person.discharged_on):
            return
        left = person.discharged_on
        self.seats.append(
            models.Membership(
                episode=episode,
                group=group,
                joined_on=days[0],
                left_on=left,
                ended="stopped_coming" if left else "",
            )
        )
        for day in days:
            mark = self._mark(person, day, lifelike.seat_letter)
            if mark is None:
                continue
            mark = "S" if held[day].pk in self.unkept else mark
            row = self._row(
                person,
                episode,
                GROUP,
                mark,
                day,
                held[day].starts_at.astimezone(group.clinic.zone).time(),
                group=group,
                sessions=held,
                staff=group.facilitator,
                recorded_by=group.facilitator,
            )
            if mark in PRESENT:
                row.participation = lifelike.rating(self.dice, person.course)
            self.rows.append(row)

    def _meetings_told(self, person: Person, episode: models.Episode, days: list[date]) -> None:
        """Mutual-aid meetings the client told staff about: only those they went to are known."""
        for day in days:
            since = (day - person.admitted_on).days
            over = day >= self.today or (person.discharged_on and day >= person.discharged_on)
            if over or person.course.state(since) is not lifelike.State.HERE or self.dice.random() > 0.85:
                continue
            row = self._row(person, episode, MUTUAL_AID, "A", day, time(19))
            row.booked_at = None
            self.rows.append(row)

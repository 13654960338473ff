"""How attendance tends to go, for the demo clinic: invented courses of care whose rates are those of docs/evidence.md.

About one in nine of those in care drops out within 28 days, a quarter of the sessions are missed, one to three in a
hundred are excused, in bursts. Plain Python with the dice as an argument: the same dice give the same course.
Appointments are letters, as in `clinic.engagement.timeline.MARK`, with V for a cancellation without notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random


class State(StrEnum):
    """How a client stands in one week: comes as usual, is kept away and said so, is paused, or has stopped coming."""

    HERE = "here"
    EXCUSED = "excused"
    PAUSED = "paused"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Habit:
    """How often somebody who comes misses a session, and how likely they stop coming in any one week."""

    share: float
    misses: float
    stops: float


STEADY = Habit(share=0.52, misses=0.05, stops=0.023)
PATCHY = Habit(share=0.33, misses=0.13, stops=0.05)
FRAGILE = Habit(share=0.15, misses=0.21, stops=0.085)
HABITS = (STEADY, PATCHY, FRAGILE)

EXCUSED_BURSTS = 0.013
PAUSES = 0.005
RETURNS = 0.5
KEEPS_DOSING = 0.3
AWAY_WEEKS = (4, 7)


@dataclass(frozen=True, slots=True)
class Course:
    """One stay, week by week since admission; `ended` is the week in which it was closed, None while it is open.

    `keeps_dosing`: comes for doses even in weeks in which other sessions are missed.
    """

    habit: Habit
    weeks: tuple[State, ...]
    ended: int | None
    keeps_dosing: bool

    def state(self, day: int) -> State:
        """How the client stands `day` days after admission; beyond the known weeks, as in the last of them."""
        return self.weeks[min(max(day, 0) // 7, len(self.weeks) - 1)]


def course(dice: Random, weeks: int) -> Course:
    """A stay of `weeks` weeks, the last of which is now. At least one week."""
    habit = dice.choices(HABITS, [habit.share for habit in HABITS])[0]
    states: list[State] = []
    ended = None
    while len(states) < weeks:
        roll = dice.random()
        stops = habit.stops * (1.4 if len(states) < 4 else 1.0)
        if roll < stops and states:
            states += [State.AWAY] * dice.randint(*AWAY_WEEKS)
            if dice.random() > RETURNS:
                ended = len(states) if len(states) < weeks else None
                break
        elif roll < stops + EXCUSED_BURSTS:
            states += [State.EXCUSED] * dice.randint(1, 2)
        elif roll < stops + EXCUSED_BURSTS + PAUSES:
            states += [State.PAUSED] * dice.randint(1, 3)
        else:
            states.append(State.HERE)
    return Course(habit, tuple(states[:weeks]), ended, dice.random() < KEEPS_DOSING)


def letter(dice: Random, course: Course, day: int) -> str:
    """What became of a counselling, medical or case management appointment, `day` days after admission."""
    state = course.state(day)
    roll = dice.random()
    if state is State.EXCUSED:
        return "X" if roll < 0.85 else "C"
    if state is State.PAUSED:
        return "K" if roll < 0.4 else "X" if roll < 0.5 else "M"
    if state is State.AWAY:
        return "M" if roll < 0.93 else "V" if roll < 0.97 else "K"
    misses = course.habit.misses
    if roll < misses:
        return "V" if roll < misses * 0.12 else "M"
    rest = (roll - misses) / (1 - misses)
    for share, mark in ((0.035, "C"), (0.05, "K"), (0.06, "R"), (0.065, "X"), (0.13, "L"), (0.15, "E")):
        if rest < share:
            return mark
    return "A"


def seat_letter(dice: Random, course: Course, day: int) -> str:
    """What became of a seat in a group: as `letter`, but a group is neither cancelled nor moved for one client."""
    mark = letter(dice, course, day)
    return {"C": "X", "K": "A", "R": "M", "V": "M"}.get(mark, mark)


def dose_letter(dice: Random, course: Course, day: int) -> str:
    """Whether the day's dose was taken. Whoever stops coming often keeps dosing for some days, and some never stop."""
    state = course.state(day)
    roll = dice.random()
    if state is State.PAUSED:
        return "X"
    if state is State.AWAY and not course.keeps_dosing:
        away_for = day - 7 * _began(course, day)
        return "A" if away_for < 4 and roll < 0.5 else "M"
    return "M" if roll < course.habit.misses * 0.35 else "A"


def _began(course: Course, day: int) -> int:
    """The week in which the present state began."""
    week = min(day // 7, len(course.weeks) - 1)
    while week > 0 and course.weeks[week - 1] is course.weeks[week]:
        week -= 1
    return week


def rating(dice: Random, course: Course) -> int | None:
    """A facilitator's rating of somebody who was there; one in ten is not rated."""
    if dice.random() < 0.1:
        return None
    weights = (1, 4, 5, 2) if course.habit is STEADY else (3, 5, 3, 1)
    return dice.choices((1, 2, 3, 4), weights)[0]

"""The invented crowd of the demo clinic: who is admitted where, when, to whom. Plain Python, dice as an argument.

Names are drawn from two lists, telephone numbers from those kept free for fiction (555-0100 to 555-0199).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from random import Random

from clinic.management.demo.lifelike import Course, course

# Who starts on Maya's caseload and in the morning group, so that pages show known names first.
KNOWN = (
    "Jerome Hall|Chloe Bennett|Hannah Kowalski|Laura Bianchi|Otto Brandt|Nina Delgado|Sean Farrell|Alicia Greene|"
    "Darnell Hughes|Joo-won Kim|Erik Lindqvist|Petra Novak|Kwame Osei|Soo-jin Park|Tariq Usman|Joel Navarro|"
    "Tamika Rhodes|Bill Hartmann|Omar Siddiqui|Denise Carver|Luis Ferreira|Yusuf Demir|Megan O'Rourke|"
    "Alma Reyes-Soto"
)
FIRST = (
    "Aaron Adele Alejandra Amara Angela Antoine Beatriz Bianca Brandon Caleb Camila Carla Cedric Clara Connor Curtis "
    "Damian Dana Deshawn Dolores Edgar Elena Eli Emeka Esther Fatima Felix Frances Gabriel Gina Gordon Hector Helen "
    "Ian Ines Ivan Jada Jamal Janet Javier Jill Joanna Julio Kareem Karen Kofi Lamar Leah Leonard Lorena Lydia Malik "
    "Manuel Mei Monica Nadia Nathan Noor Olga Oscar Pamela Pedro Quinn Rachel Ramon Renee Rhea Roland Sadie Salma "
    "Sergio Shauna Silas Tanya Tessa Travis Uma Vera Vincent Wanda Wesley Ximena Yolanda Zachary Zoe"
)
LAST = (
    "Abbott Acosta Alvarez Baptiste Barlow Begum Benitez Blake Boateng Cardenas Carroll Cho Costa Dalton Diallo Dixon "
    "Duarte Ellison Espinoza Fields Fischer Flores Garrett Gibbs Goodwin Guerra Harlow Hassan Hayes Holt Huang Ibarra "
    "Jacobs Jensen Joseph Keller Khan Lang Larsen Leon Lowe Maddox Marsh Mbeki Mercer Molina Nash Nguyen Nolan Okoye "
    "Olsen Ortega Pace Parrish Perez Pruitt Ramsey Reeves Rivas Rowe Salazar Santos Shaw Silva Stokes Suarez Tate "
    "Thorne Tucker Valdez Vaughn Wade Walsh Weber Whitaker Yates Young Zamora"
)
CALLED = {
    "Alejandra": "Ale", "Beatriz": "Bea", "Camila": "Cami", "Dolores": "Lola", "Edgar": "Ed", "Elena": "Lena",
    "Esther": "Essie", "Frances": "Frankie", "Gabriel": "Gabe", "Joanna": "Jo", "Leonard": "Leo", "Manuel": "Manny",
    "Nathan": "Nate", "Pamela": "Pam", "Rachel": "Rae", "Vincent": "Vince", "Yolanda": "Yoli", "Zachary": "Zach",
}  # fmt: skip
# How many clients stand on each caseload, the cast included; None is nobody's.
CASELOADS = (
    ("riverside", "maya", 68),
    ("riverside", "jonas", 36),
    ("riverside", "hana", 35),
    ("harbor", "tunde", 33),
    ("harbor", "simran", 32),
    ("harbor", "rita", 31),
    ("riverside", None, 3),
    ("harbor", None, 2),
)
AREA_CODES = {"riverside": ("505", "575"), "harbor": ("401", "774")}
COUNSELLORS = {"riverside": ("sam", "ben"), "harbor": ("dasha", "rita")}
WORKDAYS = {"riverside": range(6), "harbor": range(5)}
SLOTS = tuple(time(8 + (30 + 45 * n) // 60, (30 + 45 * n) % 60) for n in range(11))
LANGUAGES = (
    "Spanish, English",
    "Spanish",
    "Vietnamese, English",
    "Haitian Creole, English",
    "Arabic, English",
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be admitted: how their record reads, who holds them, when they come for counselling, how it goes."""

    where: str
    record_number: str
    first_name: str
    last_name: str
    more: dict[str, object]
    case_manager: str | None
    admitted_on: date
    discharged_on: date | None
    course: Course
    medicated: bool
    in_group: bool
    meets: bool
    weekday: int
    slot: time
    counsellor: str


def crowd(dice: Random, today: date, taken: dict[str | None, int]) -> Iterator[Person]:
    """Everybody beside the cast, until the caseloads are full; `taken` is how many of the cast stand on each."""
    names = _names(dice)
    slots = {where: _slots(dice, where) for where in WORKDAYS}
    numbers = {"riverside": 1100, "harbor": 2100}
    for where, holder, size in CASELOADS:
        for _ in range(size - (taken.get(holder, 0) if where == "riverside" or holder else 0)):
            numbers[where] += 1
            yield _person(dice, today, where, holder, numbers[where], next(names), slots[where].pop())


def _person(
    dice: Random, today: date, where: str, holder: str | None, number: int, name: tuple[str, str], slot: tuple
) -> Person:
    weeks = dice.randint(20, 26) if dice.random() < 0.42 else dice.randint(1, 20)
    if holder is None:
        weeks = 1
    admitted = today - timedelta(days=7 * weeks - dice.randint(0, 6))
    going = course(dice, weeks)
    discharged = None
    if going.ended is not None:
        discharged = min(admitted + timedelta(days=7 * going.ended), today)
    weekday, at, counsellor = slot
    return Person(
        where=where,
        record_number=f"{where[0].upper()}-{number}",
        first_name=name[0],
        last_name=name[1],
        more=_contact(dice, where) | {"preferred_name": CALLED.get(name[0], "")},
        case_manager=holder,
        admitted_on=admitted,
        discharged_on=discharged,
        course=going,
        medicated=dice.random() < 0.36,
        in_group=dice.random() < 0.62,
        meets=dice.random() < 0.25,
        weekday=weekday,
        slot=at,
        counsellor=counsellor,
    )


def _contact(dice: Random, where: str) -> dict[str, object]:
    born = date(dice.randint(1956, 2004), dice.randint(1, 12), dice.randint(1, 28))
    more: dict[str, object] = {"date_of_birth": born}
    if dice.random() < 0.93:
        more["phone"] = f"({dice.choice(AREA_CODES[where])}) 555-01{dice.randint(0, 99):02d}"
        more["voicemail_ok"] = dice.random() < 0.3
        more["text_ok"] = dice.random() < 0.55
    if dice.random() < 0.2:
        more["contact_from"], more["contact_until"] = time(13), time(20)
    if dice.random() < 0.14:
        more["languages"] = dice.choice(LANGUAGES)
    more["no_outreach"] = dice.random() < 0.01
    return more


def _names(dice: Random) -> Iterator[tuple[str, str]]:
    for name in KNOWN.split("|"):
        first, last = name.split(" ", 1)
        yield first, last
    pairs = [(first, last) for first in FIRST.split() for last in LAST.split()]
    yield from dice.sample(pairs, len(pairs))


def _slots(dice: Random, where: str) -> list[tuple[int, time, str]]:
    """Every hour a counsellor of this clinic has in a week, shuffled, so that nobody is booked twice at once."""
    free = [(day, slot, who) for day in WORKDAYS[where] for slot in SLOTS for who in COUNSELLORS[where]]
    return dice.sample(free, len(free))

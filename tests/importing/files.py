"""Files for imports as somebody would write them: invented clients, their stays, groups and attendance, from a seed."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

CLIENTS = "record_number,first_name,last_name,admitted_on,discharged_on,program,phone,case_manager"
GROUPS = "name,kind,facilitator,co_facilitators,room,capacity"
MEMBERSHIPS = "record_number,group,joined_on,left_on"
SEATS = "record_number,kind,starts_at,outcome,reason,group,participation,external_id"
NAMES = ("Ana", "Bo", "Chidi", "Dara", "Eun", "Farah", "Goran", "Hala")
PROGRAMMES = ("Standard outpatient", "Day programme", "Evening programme")
GROUP_NAMES = ("Evening skills", "Morning skills", "Art room", "Walking group")
CHANNELS = ("counselling", "group", "medical", "dosing", "mutual_aid")
OUTCOMES = ("scheduled", "attended", "late", "no_show", "excused", "cancelled_by_client")


def clients(random: Random, today: date, numbers: list[str], workers: list[str]) -> str:
    """A clients file: a stay for each number, now and then one that has ended and another after it."""
    rows = [CLIENTS]
    for position, number in enumerate(numbers):
        name = f"{random.choice(NAMES)},{random.choice(NAMES)}son"
        worker = random.choice([*workers, ""])
        phone = random.choice(["", "555-0101", "(505) 555-0177"])
        begun = today - timedelta(days=60 + 9 * position)
        ended = begun + timedelta(days=random.randint(5, 40)) if random.random() < 0.2 else None
        rows.append(f"{number},{name},{begun},{ended or ''},{random.choice(PROGRAMMES)},{phone},{worker}")
        if ended and random.random() < 0.5:
            again = ended + timedelta(days=random.randint(0, 10))
            rows.append(f"{number},{name},{again},,{random.choice(PROGRAMMES)},{phone},{worker}")
    return "\n".join(rows) + "\n"


def groups(random: Random, leaders: list[str]) -> str:
    """A groups file."""
    rows = [GROUPS]
    for name in random.sample(GROUP_NAMES, 3):
        helpers = " ".join(random.sample(leaders, random.randint(0, len(leaders))))
        leader, size = random.choice([*leaders, ""]), random.choice(["", "40"])
        rows.append(
            f"{name},{random.choice(['skills', ''])},{leader},{helpers},Room {random.randint(1, 4)},{size}"
        )
    return "\n".join(rows) + "\n"


def memberships(random: Random, today: date, numbers: list[str]) -> str:
    """A memberships file."""
    rows = [MEMBERSHIPS]
    for number in numbers:
        joined = today - timedelta(days=random.randint(0, 50))
        left = joined + timedelta(days=random.randint(0, 30)) if random.random() < 0.4 else ""
        rows.append(f"{number},{random.choice(GROUP_NAMES)},{joined},{left}")
    return "\n".join(rows) + "\n"


def attendance(random: Random, today: date, numbers: list[str], count: int, tag: str) -> str:
    """An attendance file: of many times some come twice, some with a number of the other system."""
    rows = [SEATS]
    for position in range(count):
        channel, outcome = random.choice(CHANNELS), random.choice(OUTCOMES)
        group = random.choice(GROUP_NAMES) if channel in ("group", "mutual_aid") else ""
        rating = (
            random.choice(["", "2", "4"]) if outcome in ("attended", "late") and channel == "group" else ""
        )
        day = today - timedelta(days=random.randint(0, 9))
        at = f"{day}T{random.choice(['09:00', '18:00'])}"
        external = f"{tag}-{position}" if position % 3 == 0 else ""
        reason = random.choice(["", "ill", "no bus"])
        rows.append(
            f"{numbers[position % len(numbers)]},{channel},{at},{outcome},{reason},{group},{rating},{external}"
        )
    return "\n".join(rows) + "\n"

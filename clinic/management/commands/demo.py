"""`manage.py demo`: fill an empty database with the demo clinic, fresh as of today and the same for the same seed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from clinic import models
from clinic.management.demo import days
from clinic.management.demo.ahead import Ahead
from clinic.management.demo.beside import Beside
from clinic.management.demo.plans import Plans
from clinic.management.demo.record import Record
from tests import cast


class Command(BaseCommand):
    help = "Fill an empty database with the demo clinic: invented people, lifelike attendance, follow-ups."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--seed", type=int, default=1, help="the same seed gives the same clinic (default 1)"
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when the database holds a clinic"
        )
        parser.add_argument("--sign-ins", action="store_true", help="only print the demo sign-ins")
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if getattr(settings, "PRODUCTION", False):
            raise CommandError("The demo clinic is for trying things out; it is never loaded in production.")
        if options["sign_ins"]:
            self.stdout.write(sign_ins())
            return
        if models.Clinic.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError(
                "This database already holds a clinic. The demo clinic goes into an empty one."
            )
        now = timezone.now()
        with transaction.atomic():
            loaded = load(options["seed"], now, lambda line: self.stderr.write(line))
        self.stdout.write(json.dumps(loaded) if options["json"] else summary(loaded))


def sign_ins() -> str:
    """The demo sign-ins as a small table, the password below."""
    rows = [
        (
            username,
            f"{first} {last}",
            ", ".join(str(models.Role(role).label) for role in roles),
            where.capitalize(),
        )
        for username, first, last, where, _, roles in cast.STAFF
    ]
    lines = [f"  {name:<8} {person:<16} {roles:<26} {where}" for name, person, roles, where in rows]
    return "\n".join(["Demo sign-ins:", *lines, f"The password of all of them: {cast.PASSWORD}"])


def summary(counts: dict[str, int]) -> str:
    """The counts as one sentence for a person."""
    return (
        f"The demo clinic is ready: {counts['clients']} clients, {counts['open_episodes']} of them in care, "
        f"{counts['appointments']} appointments, {counts['follow_ups']} follow-ups, {counts['attempts']} attempts."
    )


def load(seed: int, now: datetime, say: Callable[[str], object] = lambda line: None) -> dict[str, int]:
    """Load the whole demo clinic as of `now` and return its counts."""
    dice = Random(seed)  # noqa: S311 - dice for invented people, not for secrets
    today = now.astimezone(cast.RIVERSIDE_ZONE).date()
    say("staff, groups and the people of the cast ...")
    house = cast.house(today)
    say("240 clients and their six months ...")
    Record(house, dice).write()
    say("care plans, medication and what staff noted ...")
    beside = Random(f"{seed}, beside attendance")  # noqa: S311 - as above
    Plans(house, beside).write()
    Beside(house, beside).write()
    say("groups, their schedules and twelve weeks ahead ...")
    planned = Ahead(house, now)
    planned.schedules()
    say("ten days of checks and follow-up work ...")
    days.work(house, dice, now)
    planned.changes()
    return counts()


def counts() -> dict[str, int]:
    """What the database holds."""
    return {
        "clinics": models.Clinic.objects.count(),
        "staff": models.Staff.objects.count(),
        "clients": models.Client.objects.count(),
        "open_episodes": models.Episode.objects.filter(discharged_on=None).count(),
        "appointments": models.Appointment.objects.count(),
        "sessions": models.Session.objects.count(),
        "follow_ups": models.FollowUp.objects.count(),
        "open_follow_ups": models.FollowUp.objects.filter(state="open").count(),
        "care_plans": models.CarePlan.objects.count(),
        "observations": models.Observation.objects.count(),
        "findings": models.Finding.objects.count(),
        "attempts": models.Attempt.objects.count(),
    }

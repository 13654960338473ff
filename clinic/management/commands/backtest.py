"""`manage.py backtest`: what the list would have said on earlier days, and how well it would have done."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from clinic import sweep
from clinic.management.commands.sweep import day
from clinic.models import Clinic
from clinic.replay.calls import compared
from clinic.replay.hindsight import Lists, score
from clinic.replay.lists import days_between, replay
from clinic.replay.tables import Table, tables

COLUMNS = ("as_of", "record_number", "position", "level", "priority", "signs")


class Command(BaseCommand):
    help = "Replay history without look-ahead and without touching follow-ups."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="first", type=day, required=True, help="first as-of day")
        parser.add_argument("--to", dest="last", type=day, required=True, help="last as-of day")
        parser.add_argument("--every", type=int, default=7, help="days from one as-of day to the next")
        parser.add_argument("--clinic", help="name of the clinic, when there are several")
        parser.add_argument(
            "--output", type=Path, help="write one row per open episode and as-of day to this CSV file"
        )
        parser.add_argument("--outcomes", type=Path, help="CSV with record_number, event_on to score against")
        parser.add_argument("--within", type=int, default=28, help="an event this many days on counts")
        parser.add_argument(
            "--budget", type=float, default=0.1, help="share of clients that can be contacted"
        )
        parser.add_argument(
            "--tables",
            action="store_true",
            help="print the tables of docs/evidence.md too (needs --outcomes)",
        )
        parser.add_argument(
            "--rest", action="store_true", help="try the rest after a contact on paper too (needs --outcomes)"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            days = days_between(options["first"], options["last"], options["every"])
        except ValueError as error:
            raise CommandError(str(error)) from None
        if not 0 < options["budget"] <= 1 or options["within"] < 1:
            raise CommandError("--budget is a share between 0 and 1, and --within at least one day.")
        if (options["tables"] or options["rest"]) and not options["outcomes"]:
            raise CommandError("--tables and --rest compare with what came to pass: give --outcomes too.")
        clinic = self._clinic(options["clinic"])
        events = self._events(options["outcomes"]) if options["outcomes"] else {}
        thresholds = sweep.rules_in_force(clinic, timezone.now()).values
        console = Console(file=sys.stderr)
        with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
            reading = bar.add_task("Replaying episodes", total=None)
            lists = replay(clinic, days, thresholds, lambda done: bar.advance(reading, done))
        if options["output"]:
            self._write(options["output"], lists)
        result: dict[str, Any] = {
            "from": options["first"].isoformat(),
            "to": options["last"].isoformat(),
            "every": options["every"],
            "dates": len(days),
            "rows": sum(map(len, lists.values())),
        }
        if options["outcomes"]:
            scored = score(
                lists, events, within=options["within"], budget=options["budget"], every=options["every"]
            )
            result |= {"within": options["within"], "budget": options["budget"], **asdict(scored)}
        asked: list[Table] = []
        if options["tables"]:
            asked += tables(lists, events, within=options["within"], budget=options["budget"])
        if options["rest"]:
            asked.append(
                compared(
                    lists,
                    events,
                    within=options["within"],
                    budget=options["budget"],
                    rest_days=thresholds.rest_days,
                )
            )
        if options["json"]:
            if asked:
                result["tables"] = [table._asdict() for table in asked]
            self.stdout.write(json.dumps(result))
            return
        for name, value in result.items():
            self.stdout.write(f"{name.replace('_', ' ')}: {value if value is not None else 'none'}")
        for table in asked:
            self._print(table)

    def _print(self, table: Table) -> None:
        """A table in the form the documents use."""
        self.stdout.write(f"\n{table.title}\n\n| {' | '.join(table.columns)} |")
        self.stdout.write("|---" * len(table.columns) + "|")
        for row in table.rows:
            self.stdout.write(f"| {' | '.join('-' if cell is None else str(cell) for cell in row)} |")

    def _clinic(self, name: str | None) -> Clinic:
        clinics = Clinic.objects.order_by("pk")
        if name is not None:
            clinics = clinics.filter(name=name)
        if not clinics:
            raise CommandError(f"There is no clinic called “{name}”." if name else "There is no clinic yet.")
        if len(clinics) > 1:
            raise CommandError("There are several clinics: choose one with --clinic NAME.")
        return clinics[0]

    def _events(self, path: Path) -> dict[str, date]:
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                if not {"record_number", "event_on"} <= set(reader.fieldnames or ()):
                    raise CommandError(f"{path.name} needs the columns record_number and event_on.")
                return {
                    row["record_number"]: date.fromisoformat(row["event_on"])
                    for row in reader
                    if row["event_on"]
                }
        except OSError as error:
            raise CommandError(f"{path.name} cannot be read: {error.strerror}.") from None
        except (ValueError, UnicodeDecodeError, csv.Error):
            raise CommandError(f"{path.name} holds something that is not a day like 2025-03-06.") from None

    def _write(self, path: Path, lists: Lists) -> None:
        try:
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(COLUMNS)
                for as_of, rows in lists.items():
                    for row in rows:
                        level = row.level.value if row.level else ""
                        writer.writerow(
                            (
                                as_of.isoformat(),
                                row.record_number,
                                row.position,
                                level,
                                f"{row.priority:.4f}",
                                ";".join(row.signs),
                            )
                        )
        except OSError as error:
            raise CommandError(f"{path.name} cannot be written: {error.strerror}.") from None

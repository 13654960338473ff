"""`manage.py sweep`: read every open episode of a day, without Celery and Redis."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from clinic import sweep


def day(text: str) -> date:
    """A calendar day from the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is not a day. Write it like 2026-03-06.") from None


class Command(BaseCommand):
    help = "Compare every open episode with the documented signs and bring the follow-ups up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--date", type=day, help="the day to read as of; each clinic's own today by default"
        )
        parser.add_argument(
            "--workers",
            type=int,
            default=os.cpu_count() or 1,
            help="processes that read at once on PostgreSQL; as many as there are cores by default",
        )
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        now, started = timezone.now(), time.perf_counter()
        console = Console(file=sys.stderr)
        try:
            with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
                reading = bar.add_task("Reading episodes", total=None)
                totals = sweep.sweep_day(
                    options["date"],
                    now=now,
                    progress=lambda n: bar.advance(reading, n),
                    workers=max(options["workers"], 1),
                )
        except sweep.SweepRefused as refusal:
            raise CommandError(str(refusal)) from None
        if options["date"] is None:
            sweep.drain(now)
        as_of = options["date"] or timezone.localdate(now)
        result = {
            "date": as_of.isoformat(),
            **asdict(totals),
            "seconds": round(time.perf_counter() - started, 2),
        }
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self.stdout.write(
                "Read {read} of {episodes} open episodes as of {date} in {seconds} s. Follow-ups raised: {raised}. "
                "Findings added: {added}, settled: {settled}, withdrawn: {withdrawn}. Not read: {failed}.".format(
                    **result
                )
            )

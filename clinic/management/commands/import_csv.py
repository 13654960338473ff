"""Takes clients, groups, memberships and attendance made elsewhere into the record, from CSV files."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress as Bar

from clinic.importing.apply import ImportImpossible, Outcome, Progress, Tally, import_files

SHOWN = 50


class Command(BaseCommand):
    """Exit status 1 when a row was refused; then nothing is applied, unless --skip-refused."""

    help = (
        "Takes clients, groups, memberships and attendance into the record from CSV files, recognised by their "
        "first line. "
        "What is in the record already stays one row, however often a file is imported. An empty optional cell "
        "leaves what the record holds, and “scheduled” does not take back an outcome that was recorded."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="CSV files of any kind, in any order")
        parser.add_argument(
            "--timezone", metavar="ZONE", help="zone of the clinic an empty database gets (UTC)"
        )
        parser.add_argument(
            "--clinic", metavar="NAME", help="the clinic the files belong to, when there are several"
        )
        parser.add_argument("--dry-run", action="store_true", help="do everything and keep nothing")
        parser.add_argument(
            "--skip-refused", action="store_true", help="apply the other rows when some are refused"
        )
        parser.add_argument("--json", action="store_true", help="the result as JSON on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with _bar() as progress:
                outcome = import_files(
                    options["files"],
                    on=timezone.now(),
                    time_zone=options["timezone"],
                    clinic_name=options["clinic"],
                    dry_run=options["dry_run"],
                    skip_refused=options["skip_refused"],
                    progress=progress,
                )
        except ImportImpossible as error:
            raise CommandError(str(error)) from error
        except IntegrityError as error:
            raise CommandError(
                _("The record changed during the import. Nothing was applied; import again.")
            ) from error
        except DatabaseError as error:
            # The driver's own words may quote the row.
            raise CommandError(
                _("The database could not take the import (%(kind)s). Nothing was applied.")
                % {"kind": type(error).__name__}
            ) from error
        if options["json"]:
            for piece in _contract(outcome):
                self.stdout.write(piece, ending="")
            self.stdout.write()
        else:
            self._tell(outcome, rehearsal=options["dry_run"])
        if outcome.refusals:
            sys.exit(1)

    def _tell(self, outcome: Outcome, *, rehearsal: bool) -> None:
        for refusal in outcome.refusals.first(SHOWN):
            where = ":".join(str(part) for part in (refusal.file, refusal.line or "", refusal.field) if part)
            self.stderr.write(f"{where}: {refusal.reason}")
        more = len(outcome.refusals) - SHOWN
        if more > 0:
            self.stderr.write(_("… and %(count)s more; --json lists them all.") % {"count": more})
        names = {
            "clients": _("Clients"),
            "groups": _("Groups"),
            "memberships": _("Memberships"),
            "attendance": _("Attendance"),
        }
        for kind in outcome.kinds:
            self.stdout.write(f"{names[kind]}: {_in_words(outcome.tally(kind))}")
        if outcome.applied:
            self.stdout.write(_("Imported into %(clinic)s.") % {"clinic": outcome.clinic})
            self.stdout.write(_("To take it back: manage.py undo_import %(uid)s") % {"uid": outcome.uid})
        elif outcome.refusals and not rehearsal:
            self.stdout.write(
                _("Nothing was applied, because of what was refused. --skip-refused applies the other rows.")
            )
        else:
            self.stdout.write(_("A rehearsal: nothing was applied."))


def _in_words(tally: Tally) -> str:
    return _(
        "%(created)s created, %(updated)s updated, %(unchanged)s unchanged, %(refused)s refused"
    ) % asdict(tally)


def _contract(outcome: Outcome) -> Iterator[str]:
    """The result as JSON, a piece at a time: what was refused may be longer than memory."""
    yield json.dumps(outcome.counts())[:-1] + ', "refusals": ['
    for position, refusal in enumerate(outcome.refusals):
        told = {name: getattr(refusal, name) for name in ("file", "line", "field", "reason")}
        yield (", " if position else "") + json.dumps(told)
    yield "]}"


@contextmanager
def _bar() -> Iterator[Progress]:
    """A bar for each file on a terminal; elsewhere silence."""
    if not sys.stderr.isatty():
        yield lambda path, done, lines: None
        return
    with Bar(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(path: str, done: int, lines: int) -> None:
            if path not in tasks:
                tasks[path] = bar.add_task(path.rpartition("/")[2], total=lines)
            bar.update(tasks[path], completed=done)

        yield show

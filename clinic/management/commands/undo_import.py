"""Takes a whole import back, as long as nothing was built on it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.importing import jobs, work
from clinic.importing.undo import BuiltOn
from clinic.importing.words import built_on


class Command(BaseCommand):
    """Exit status 1, and nothing changed, when something was built on it."""

    help = (
        "Takes a whole import back: what it made goes, what it changed is again what it was. Only while nothing was "
        "built on it. Without IMPORT it lists those that can be named."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("imported", nargs="?", type=UUID, metavar="IMPORT", help="as import_csv named it")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["imported"] is None:
            for uid, applied_at, clinic in jobs.undoable():
                self.stdout.write(f"{uid}  {applied_at:%Y-%m-%d %H:%M} UTC  {clinic}")
            return
        try:
            found = work.undo_now(options["imported"], on=timezone.now())
        except BuiltOn as error:
            raise CommandError(
                _("Something was built on this import since: %(what)s. Nothing was changed.")
                % {"what": "; ".join(built_on(error.rows))}
            ) from error
        except DatabaseError as error:
            raise CommandError(
                _("The database could not undo the import (%(kind)s). Nothing was changed.")
                % {"kind": type(error).__name__}
            ) from error
        if not found:
            raise CommandError(_("There is no import of that name that is applied."))
        self.stdout.write(_("Undone. The record is as it was before the import."))

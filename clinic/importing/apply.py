"""Rows to record: takes files made elsewhere into one clinic, in one transaction, all or nothing.

Clients go in before attendance, whatever the order of the files. Rows pass in chunks, with a fixed number of queries a
chunk, so memory does not grow with the file. What came in is one audit entry; every episode it changed is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import PurePath
from typing import Any, Protocol
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext

from clinic import audit, nudge
from clinic.importing.apply_attendance import AttendanceIntake
from clinic.importing.apply_clients import ClientIntake
from clinic.importing.apply_rosters import MembershipIntake, RunningGroupIntake
from clinic.importing.csv_reader import Refused, Sheet, gettext_noop, read_sheet
from clinic.importing.journal import Journal, NoJournal
from clinic.importing.keys_seen import KeysSeen
from clinic.importing.refusals import Refusal, Refusals
from clinic.importing.rows import (
    ATTENDANCE,
    CLIENTS,
    GROUPS,
    KINDS,
    MEMBERSHIPS,
    AttendanceRow,
    ClientRow,
    GroupRow,
    MembershipRow,
    attendance_row,
    client_row,
    group_row,
    membership_row,
)
from clinic.models import Clinic, Episode, Group, Import, ImportFile, Recheck, RuleSet, Staff
from clinic.models.people import known_zone

CHUNK = 2_000
MOST_WAITING = 20_000
DEFAULT_ZONE = "UTC"

Progress = Callable[[str, int, int], None]
Known = ClientRow | GroupRow | MembershipRow | AttendanceRow


class ImportImpossible(Exception):
    """Nothing can be imported at all, and why, in a sentence for the person who asked."""


@dataclass(slots=True)
class Tally:
    """What became of the rows of one kind."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0


@dataclass
class Outcome:
    """What an import did, or in a rehearsal would have done. Without `applied`, the record is as it was before.

    `sheets` are the files that were recognised, by their place among those given; `uid` names the import that can be
    undone.
    """

    clinic: str
    applied: bool = False
    clients: Tally = field(default_factory=Tally)
    groups: Tally = field(default_factory=Tally)
    memberships: Tally = field(default_factory=Tally)
    attendance: Tally = field(default_factory=Tally)
    refusals: Refusals = field(default_factory=Refusals)
    sheets: dict[int, Sheet] = field(default_factory=dict)
    uid: UUID | None = None

    def tally(self, kind: str) -> Tally:
        return getattr(self, kind)

    @property
    def kinds(self) -> list[str]:
        """The kinds of file there are to tell of: the two old ones always, the others when one was given."""
        given = {sheet.kind for sheet in self.sheets.values()}
        return [kind for kind in KINDS if kind in (CLIENTS, ATTENDANCE) or kind in given]

    def counts(self) -> dict[str, dict[str, int]]:
        return {
            kind: {name: getattr(self.tally(kind), name) for name in Tally.__slots__} for kind in self.kinds
        }


class Intake(Protocol):
    """Takes chunks of one kind of row into the record; `to_recheck` are the episodes it changed."""

    to_recheck: set[int]

    def take(self, rows: Sequence[Any]) -> list[str | Refused]:
        """For each row "created", "updated" or "unchanged", or why it is refused."""

    def finish(self, on: datetime) -> None:
        """What follows once all rows of this kind are in."""


def import_files(
    paths: Sequence[str],
    *,
    on: datetime,
    by: Staff | None = None,
    time_zone: str | None = None,
    clinic_name: str | None = None,
    dry_run: bool = False,
    skip_refused: bool = False,
    progress: Progress = lambda path, done, lines: None,
) -> Outcome:
    """Take CSV files into a clinic. `on` is the moment of the import; `progress` hears path, lines done, lines in all.

    When a row is refused nothing is applied, unless `skip_refused`; in a rehearsal (`dry_run`) nothing is anyway.
    Raises ImportImpossible when the clinic cannot be told or its time zone is another one.
    """
    with transaction.atomic():
        clinic = _clinic_for(clinic_name, time_zone, on)
        imported = None
        if not dry_run:
            state = {"state": Import.State.APPLIED, "applied_at": on, "applied_by": by}
            imported = Import.objects.create(clinic=clinic, by=by, at=on, **state)
        outcome = take(paths, clinic, imported=imported, on=on, progress=progress)
        refused = bool(outcome.refusals) and not skip_refused
        if refused or imported is None:
            transaction.set_rollback(True)
        else:
            _keep_files(imported, paths, outcome)
            leave_traces(imported, outcome, on=on, by=by)
        if refused:
            for kind in KINDS:
                tally = outcome.tally(kind)
                tally.created = tally.updated = 0
    return outcome


def take(
    paths: Sequence[str],
    clinic: Clinic,
    *,
    imported: Import | None,
    on: datetime,
    progress: Progress = lambda path, done, lines: None,
) -> Outcome:
    """Take files into a clinic whose row is locked, inside the caller's transaction, which decides whether it stays.
    With an import it is written down for undoing, and every stay in care it changed is to be read again; without one it
    is a rehearsal.
    """
    if connection.vendor == "sqlite":
        # With the small cache it has at first, what a large transaction has written is read back again and again.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -32768")
    journal = NoJournal() if imported is None else Journal(imported)
    outcome = Outcome(clinic.name)
    for position, path in enumerate(paths):
        try:
            outcome.sheets[position] = read_sheet(path, KINDS)
        except Refused as refused:
            outcome.refusals.append(_refusal(path, refused))
    for sheet in outcome.sheets.values():
        progress(sheet.path, 0, sheet.lines)
    if outcome.sheets:
        lock_record(clinic)
    for kind in KINDS:
        wanted = [sheet for sheet in outcome.sheets.values() if sheet.kind == kind]
        if not wanted:
            continue
        intake = _intake(kind, clinic, on, journal)
        asks = _Asks(intake, journal, on, kept=imported is not None)
        for sheet in wanted:
            _take(sheet, intake, clinic, on, outcome, journal, asks, progress)
        intake.finish(on)
        journal.close()
        asks.ask()
    return outcome


@dataclass
class _Asks:
    """Asks that the stays in care a file has changed be read again, before they become too many to remember."""

    intake: Intake
    journal: Journal
    on: datetime
    kept: bool

    def when_many(self) -> None:
        if len(self.intake.to_recheck) > MOST_WAITING:
            self.ask()

    def ask(self) -> None:
        changed = self.intake.to_recheck
        if self.kept and changed:
            wanted = sorted(changed)
            self.journal.changing(Recheck, wanted)
            Recheck.objects.ask(wanted, on=self.on)
            self.journal.asked(wanted)
            self.journal.close()
        changed.clear()


def leave_traces(imported: Import, outcome: Outcome, *, on: datetime, by: Staff | None) -> None:
    """What an import that stays leaves beside the record: what came of it, its entry in the ledger, the nudge."""
    outcome.applied, outcome.uid = True, imported.uid
    imported.result, imported.refused = outcome.counts(), len(outcome.refusals)
    imported.save(update_fields=["result", "refused"])
    nudge.after_commit()
    detail: dict[str, object] = {"files": [sheet.kind for sheet in outcome.sheets.values()]}
    audit.record(
        by=by,
        on=on,
        deed="import",
        clinic=imported.clinic_id,
        subject=f"import:{imported.uid}",
        detail=detail | outcome.counts(),
    )


def _keep_files(imported: Import, paths: Sequence[str], outcome: Outcome) -> None:
    """What the files were called and how they were read; not what they held."""
    files = []
    for position, path in enumerate(paths):
        sheet = outcome.sheets.get(position)
        row = ImportFile(imported=imported, position=position, name=kept_name(PurePath(path).name))
        if sheet is not None:
            row.kind, row.lines, row.read_as = sheet.kind, sheet.lines, how_read(sheet)
        files.append(row)
    ImportFile.objects.bulk_create(files)


def kept_name(name: str) -> str:
    """The name of a file as it can be kept and shown: it may be anything that a system takes for a name."""
    return "".join(sign for sign in name if sign.isprintable())[:120]


def how_read(sheet: Sheet) -> dict[str, Any]:
    """How a file was read, for whoever looks at what came of it."""
    return {"encoding": sheet.encoding, "delimiter": sheet.delimiter, "columns": list(sheet.columns)}


def _clinic_for(name: str | None, time_zone: str | None, on: datetime) -> Clinic:
    """The clinic the files belong to, locked against a second import; an empty database gets one."""
    if time_zone is not None:
        try:
            known_zone(time_zone)
        except ValidationError as error:
            raise ImportImpossible(error.messages[0]) from error
    clinics = list(Clinic.objects.select_for_update(no_key=True).order_by("pk"))
    if not clinics:
        clinic = Clinic.objects.create(name=name or gettext("Clinic"), time_zone=time_zone or DEFAULT_ZONE)
        RuleSet.objects.create(clinic=clinic, number=1, made_at=on, reason=gettext("Starting values"))
        return clinic
    fitting = [clinic for clinic in clinics if name in (None, clinic.name)]
    if not fitting:
        raise ImportImpossible(gettext("There is no clinic named “%(name)s”.") % {"name": name})
    if len(fitting) > 1:
        raise ImportImpossible(
            gettext("There are several clinics: name the one the files belong to with --clinic.")
        )
    clinic = fitting[0]
    if time_zone is not None and time_zone != clinic.time_zone:
        raise ImportImpossible(
            gettext(
                "The clinic's time zone is %(zone)s, not %(given)s. Leave --timezone out, or name another clinic."
            )
            % {"zone": clinic.time_zone, "given": time_zone}
        )
    return clinic


def _intake(kind: str, clinic: Clinic, on: datetime, journal: Journal) -> Intake:
    if kind == CLIENTS:
        return ClientIntake(clinic, clinic.local_day(on), journal)
    if kind == GROUPS:
        return RunningGroupIntake(clinic, journal)
    if kind == MEMBERSHIPS:
        return MembershipIntake(clinic, on, journal)
    return AttendanceIntake(clinic, on, journal)


def lock_record(clinic: Clinic) -> None:
    """Groups, then stays in care, ascending, as the verbs and the sweep do: staff who save meanwhile wait, and nobody
    waits in a circle.
    """
    for rows in (
        Group.objects.select_for_update(no_key=True),
        Episode.objects.select_for_update(no_key=True),
    ):
        for _ in rows.filter(clinic=clinic).order_by("pk").values_list("pk").iterator():
            pass


def _take(
    sheet: Sheet,
    intake: Intake,
    clinic: Clinic,
    on: datetime,
    outcome: Outcome,
    journal: Journal,
    asks: _Asks,
    progress: Progress,
) -> None:
    tally, seen = outcome.tally(sheet.kind), KeysSeen()

    def refuse(refused: Refused, line: int, raw: str) -> None:
        tally.refused += 1
        outcome.refusals.append(_refusal(sheet.path, refused, line, raw))

    checked = _checked(sheet, clinic, on, seen, refuse)
    while chunk := list(islice(checked, CHUNK)):
        for (row, raw), became in zip(chunk, intake.take([row for row, _ in chunk]), strict=True):
            if isinstance(became, Refused):
                refuse(became, row.line, raw)
            else:
                setattr(tally, became, getattr(tally, became) + 1)
        journal.close()
        asks.when_many()
        progress(sheet.path, chunk[-1][0].line, sheet.lines)
    progress(sheet.path, sheet.lines, sheet.lines)
    seen.forget()


def _checked(
    sheet: Sheet, clinic: Clinic, on: datetime, seen: KeysSeen, refuse: Callable[[Refused, int, str], None]
) -> Iterator[tuple[Known, str]]:
    """The rows that hold good in themselves and whose key is new in their file, and how each stands in it."""
    zone, today = clinic.zone, clinic.local_day(on)
    plain: dict[str, Callable[[Any], Known]] = {
        CLIENTS: client_row,
        GROUPS: group_row,
        MEMBERSHIPS: membership_row,
    }
    for row in sheet.rows():
        if isinstance(row, Refused):
            refuse(row, row.line, row.raw)
            continue
        try:
            if sheet.kind == ATTENDANCE:
                known: Known = attendance_row(row, zone=zone, today=today)
            else:
                known = plain[sheet.kind](row)
            first = seen.first_line(known.key, known.line)
            if first is not None:
                raise Refused(KEY_TWICE, field=_key_column(row.cells), first=first)
        except Refused as refused:
            refuse(refused, row.line, row.raw)
        else:
            yield known, row.raw


def _key_column(cells: Any) -> str:
    if cells.get("external_id"):
        return "external_id"
    return "record_number" if "record_number" in cells else "name"


def _refusal(path: str, refused: Refused, line: int | None = None, raw: str = "") -> Refusal:
    values: dict[str, str | int] = {
        name: value if isinstance(value, int) else str(value) for name, value in refused.values.items()
    }
    reason = gettext(refused.reason) % values
    at = refused.line if line is None else line
    return Refusal(path, at, refused.field, reason, refused.reason, values, raw)


KEY_TWICE = gettext_noop("This stands in the file twice: line %(first)s says it first.")

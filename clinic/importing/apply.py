"""Rows to record: takes files made elsewhere into one clinic, in one transaction, all or nothing.

Clients go in before attendance, whatever the order of the files. Rows pass in chunks, with a fixed number of queries a
chunk, so memory does not grow with the file. What came in is one audit entry; every episode it changed is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from clinic import audit, nudge
from clinic.importing.apply_attendance import AttendanceIntake
from clinic.importing.apply_clients import ClientIntake
from clinic.importing.csv_reader import Refused, Sheet, gettext_noop, read_sheet
from clinic.importing.keys_seen import KeysSeen
from clinic.importing.rows import (
    ATTENDANCE,
    CLIENTS,
    KINDS,
    AttendanceRow,
    ClientRow,
    attendance_row,
    client_row,
)
from clinic.models import Clinic, Episode, Recheck, RuleSet, Staff
from clinic.models.people import known_zone

CHUNK = 2_000
DEFAULT_ZONE = "UTC"

Progress = Callable[[str, int, int], None]


class ImportImpossible(Exception):
    """Nothing can be imported at all, and why, in a sentence for the person who asked."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row, or a whole file, that was not taken: where it stands and why."""

    file: str
    line: int
    field: str
    reason: str


@dataclass(slots=True)
class Tally:
    """What became of the rows of one kind."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0


@dataclass
class Outcome:
    """What an import did, or in a rehearsal would have done. Without `applied`, the record is as it was before."""

    clinic: str
    applied: bool = False
    clients: Tally = field(default_factory=Tally)
    attendance: Tally = field(default_factory=Tally)
    refusals: list[Refusal] = field(default_factory=list)

    def tally(self, kind: str) -> Tally:
        return self.clients if kind == CLIENTS else self.attendance


class Intake(Protocol):
    """Takes chunks of one kind of row into the record; `to_recheck` are the episodes it changed."""

    to_recheck: set[int]

    def take(self, rows: Sequence[Any]) -> list[str | Refused]:
        """For each row "created", "updated" or "unchanged", or why it is refused."""


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
        outcome = Outcome(clinic.name)
        sheets = list(_recognised(paths, outcome))
        changed: set[int] = set()
        for kind in (CLIENTS, ATTENDANCE):
            wanted = [sheet for sheet in sheets if sheet.kind == kind]
            if wanted:
                intake = _intake(kind, clinic, on)
                for sheet in wanted:
                    _take(sheet, intake, clinic, on, outcome, progress)
                changed |= intake.to_recheck
        refused = bool(outcome.refusals) and not skip_refused
        if refused or dry_run:
            transaction.set_rollback(True)
        else:
            _leave_traces(clinic, sheets, changed, outcome, on, by)
        if refused:
            for tally in (outcome.clients, outcome.attendance):
                tally.created = tally.updated = 0
    return outcome


def _leave_traces(
    clinic: Clinic, sheets: list[Sheet], changed: set[int], outcome: Outcome, on: datetime, by: Staff | None
) -> None:
    outcome.applied = True
    if changed:
        Recheck.objects.ask(changed, on=on)
        nudge.after_commit()
    detail: dict[str, object] = {"files": [sheet.kind for sheet in sheets]}
    for kind in (CLIENTS, ATTENDANCE):
        tally = outcome.tally(kind)
        detail[kind] = {name: getattr(tally, name) for name in Tally.__slots__}
    audit.record(by=by, on=on, deed="import", clinic=clinic, detail=detail)


def _clinic_for(name: str | None, time_zone: str | None, on: datetime) -> Clinic:
    """The clinic the files belong to, locked against a second import; an empty database gets one."""
    if time_zone is not None:
        try:
            known_zone(time_zone)
        except ValidationError as error:
            raise ImportImpossible(error.messages[0]) from error
    clinics = list(Clinic.objects.select_for_update().order_by("pk"))
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


def _recognised(paths: Sequence[str], outcome: Outcome) -> Iterator[Sheet]:
    for path in paths:
        try:
            yield read_sheet(path, KINDS)
        except Refused as refused:
            outcome.refusals.append(_refusal(path, refused))


def _intake(kind: str, clinic: Clinic, on: datetime) -> Intake:
    if kind == CLIENTS:
        return ClientIntake(clinic, clinic.local_day(on))
    # Ascending, as the verbs and the sweep do: staff who save meanwhile wait, and nobody waits in a circle.
    list(Episode.objects.select_for_update().filter(clinic=clinic).order_by("pk").values_list("pk"))
    return AttendanceIntake(clinic, on)


def _take(
    sheet: Sheet, intake: Intake, clinic: Clinic, on: datetime, outcome: Outcome, progress: Progress
) -> None:
    tally, seen = outcome.tally(sheet.kind), KeysSeen()

    def refuse(refused: Refused, line: int) -> None:
        tally.refused += 1
        outcome.refusals.append(_refusal(sheet.path, refused, line))

    checked = _checked(sheet, clinic, on, seen, refuse)
    while chunk := list(islice(checked, CHUNK)):
        for row, became in zip(chunk, intake.take(chunk), strict=True):
            if isinstance(became, Refused):
                refuse(became, row.line)
            else:
                setattr(tally, became, getattr(tally, became) + 1)
        progress(sheet.path, chunk[-1].line, sheet.lines)
    progress(sheet.path, sheet.lines, sheet.lines)
    seen.forget()


def _checked(
    sheet: Sheet, clinic: Clinic, on: datetime, seen: KeysSeen, refuse: Callable[[Refused, int], None]
) -> Iterator[ClientRow | AttendanceRow]:
    """The rows that hold good in themselves and whose key is new in their file."""
    zone, today = clinic.zone, clinic.local_day(on)
    for row in sheet.rows():
        if isinstance(row, Refused):
            refuse(row, row.line)
            continue
        try:
            known: ClientRow | AttendanceRow
            if sheet.kind == CLIENTS:
                known = client_row(row)
            else:
                known = attendance_row(row, zone=zone, today=today)
            first = seen.first_line(known.key, known.line)
            if first is not None:
                column = "external_id" if row.cells.get("external_id") else "record_number"
                raise Refused(KEY_TWICE, field=column, first=first)
        except Refused as refused:
            refuse(refused, row.line)
        else:
            yield known


def _refusal(path: str, refused: Refused, line: int | None = None) -> Refusal:
    reason = gettext(refused.reason) % refused.values
    return Refusal(path, refused.line if line is None else line, refused.field, reason)


KEY_TWICE = gettext_noop("This stands in the file twice: line %(first)s says it first.")

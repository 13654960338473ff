"""What a worker does for an import: check it, apply it, take it back.

Each is one transaction around the import's own locked row, which it leaves in the state that follows: whoever comes
second finds another state, or the row held, and goes away. A worker that dies leaves nothing behind but a try that was
counted; the next one begins anew, and after the third it is said.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, OperationalError, transaction
from django.db.models import F

from clinic.importing import progress
from clinic.importing.apply import Outcome, how_read, leave_traces, take
from clinic.importing.undo import BuiltOn, take_back
from clinic.models import Clinic, Import, ImportChange, ImportFile, ImportRefusal

logger = logging.getLogger(__name__)

MOST_TRIES = 3
# Where an import stands when the work on it could not be brought to its end.
_FALLS_BACK = {
    Import.State.CHECKING.value: Import.State.STOPPED,
    Import.State.APPLYING.value: Import.State.CHECKED,
    Import.State.UNDOING.value: Import.State.APPLIED,
}


def check(number: int, on: datetime) -> None:
    """Judge the files of an import as if they were applied, and keep what came of it for somebody to look at."""
    _work(number, Import.State.CHECKING, on)


def apply(number: int, on: datetime) -> None:
    """Apply an import, all of it or nothing. Rows are judged once more: when others are not taken than somebody has
    seen, nothing is applied and it is to be looked at again.
    """
    _work(number, Import.State.APPLYING, on)


def undo(number: int, on: datetime) -> None:
    """Take an import back; it stays as it is when something was built on it."""
    _work(number, Import.State.UNDOING, on)


def _work(number: int, state: str, on: datetime) -> None:
    deeds = {
        Import.State.CHECKING: _check,
        Import.State.APPLYING: _apply,
        Import.State.UNDOING: _undo,
    }
    try:
        if not _taken_up(number, state):
            return
        with transaction.atomic():
            imported = _held(number, state)
            if imported is not None:
                deeds[Import.State(state)](imported, on)
    except SoftTimeLimitExceeded:
        _fall_back(number, state, "too_long")
    except DatabaseError as error:
        # Nothing is lost: it stands as it did, and is taken up again.
        logger.warning("import %s not %s: %s", number, state, type(error).__name__)
    except Exception as error:
        logger.error("import %s not %s: %s at %s", number, state, type(error).__name__, _place(error))
        _fall_back(number, state, "unexpected")
    finally:
        progress.forget(number)


def _held(number: int, state: str) -> Import | None:
    """The import, if it stands so and nobody else works on it; its row is locked."""
    rows = Import.objects.select_for_update(skip_locked=True, of=("self",)).select_related("clinic")
    return rows.filter(pk=number, state=state).first()


def _taken_up(number: int, state: str) -> bool:
    """Count the try. False when there is nothing to do, or it was tried too often."""
    try:
        with transaction.atomic():
            imported = _held(number, state)
            if imported is None:
                return False
            if imported.tries < MOST_TRIES:
                Import.objects.filter(pk=number).update(tries=F("tries") + 1)
                return True
    except OperationalError:
        return False  # SQLite has one writer: somebody is at it
    _fall_back(number, state, "given_up")
    return False


def _fall_back(number: int, state: str, token: str) -> None:
    told = {"token": "stayed" if state == Import.State.UNDOING else token}
    Import.objects.filter(pk=number, state=state).update(
        state=_FALLS_BACK[state], notice=told, tries=0, version=F("version") + 1
    )


def _check(imported: Import, on: datetime) -> None:
    with _on_disk(imported) as paths, transaction.atomic():
        clinic = Clinic.objects.select_for_update(no_key=True).get(pk=imported.clinic_id)
        outcome = take(list(paths), clinic, imported=None, on=on, progress=progress.Teller(imported.pk))
        transaction.set_rollback(True)
    _keep(imported, outcome, paths, on)
    _stands(imported, Import.State.CHECKED)


def _apply(imported: Import, on: datetime) -> None:
    with _on_disk(imported) as paths, transaction.atomic():
        clinic = Clinic.objects.select_for_update(no_key=True).get(pk=imported.clinic_id)
        outcome = take(list(paths), clinic, imported=imported, on=on, progress=progress.Teller(imported.pk))
        as_seen = told_apart(outcome, paths) == imported.told_apart
        if as_seen:
            leave_traces(imported, outcome, on=on, by=imported.applied_by)
        else:
            transaction.set_rollback(True)
    if as_seen:
        imported.files.update(content=None)
        _stands(imported, Import.State.APPLIED, applied_at=on)
    else:
        _keep(imported, outcome, paths, on)
        _stands(imported, Import.State.CHECKED, notice={"token": "changed"}, applied_by=None)


def _undo(imported: Import, on: datetime) -> None:
    def note(done: int, steps: int) -> None:
        progress.note(imported.pk, done, steps)

    try:
        take_back(imported, by=imported.ended_by, on=on, progress=note)
    except BuiltOn as error:
        _stands(
            imported,
            Import.State.APPLIED,
            notice={"token": "built_on", "rows": dict(error.rows)},
            ended_by=None,
        )
    else:
        _is_undone(imported, on)


def _is_undone(imported: Import, on: datetime) -> None:
    ImportChange.objects.filter(imported=imported).delete()
    ImportRefusal.objects.filter(imported=imported).delete()
    _stands(imported, Import.State.UNDONE, ended_at=on)


def _stands(imported: Import, state: str, **more: Any) -> None:
    fields = {"notice": None, **more}
    Import.objects.filter(pk=imported.pk).update(state=state, tries=0, version=F("version") + 1, **fields)


@contextmanager
def _on_disk(imported: Import) -> Iterator[dict[str, ImportFile]]:
    """The files of an import in a private folder, by path."""
    with tempfile.TemporaryDirectory(prefix="aftercare-import-") as folder:
        paths = {}
        for number in imported.files.order_by("position").values_list("pk", flat=True):
            file = ImportFile.objects.get(pk=number)
            path = Path(folder) / f"{file.position}.csv"
            path.write_bytes(file.content or b"")
            file.content = None
            paths[str(path)] = file
        yield paths


def told_apart(outcome: Outcome, paths: dict[str, ImportFile]) -> str:
    """A digest of which rows are not taken, and why."""
    digest = blake2b(digest_size=16)
    for each in outcome.refusals:
        said = f"{paths[each.file].position} {each.line} {each.field} {each.msgid}\n"
        digest.update(said.encode(errors="replace"))
    return digest.hexdigest()


def _keep(imported: Import, outcome: Outcome, paths: dict[str, ImportFile], on: datetime) -> None:
    """Keep what came of judging the files, in place of what was kept before."""
    ImportRefusal.objects.filter(imported=imported).delete()
    rows = (
        ImportRefusal(
            imported=imported,
            file=paths[each.file],
            number=number,
            line=each.line,
            field=each.field[:80],
            reason=each.msgid,
            values=each.values,
            text=each.raw,
        )
        for number, each in enumerate(outcome.refusals, 1)
    )
    while some := list(islice(rows, 500)):
        ImportRefusal.objects.bulk_create(some)
    for position, file in enumerate(paths.values()):
        sheet = outcome.sheets.get(position)
        if sheet is not None:
            file.kind, file.lines, file.read_as = sheet.kind, sheet.lines, how_read(sheet)
            file.save(update_fields=["kind", "lines", "read_as"])
    Import.objects.filter(pk=imported.pk).update(
        result=outcome.counts(),
        refused=len(outcome.refusals),
        told_apart=told_apart(outcome, paths),
        checked_at=on,
    )


def _place(error: Exception) -> str:
    """Where in this code an error came from; never its message, which may hold facts."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "unknown place"


def undo_now(uid: UUID, *, on: datetime) -> bool:
    """Take an import back here and now, without a worker. False when none of this id is applied. Raises BuiltOn."""
    with transaction.atomic():
        rows = Import.objects.select_for_update(of=("self",)).select_related("clinic")
        imported = rows.filter(uid=uid, state=Import.State.APPLIED).first()
        if imported is None:
            return False
        take_back(imported, by=None, on=on)
        _is_undone(imported, on)
    return True

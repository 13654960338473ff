"""Verbs on an import of the page: take files in, ask that they be applied or taken back, put them aside.

Each moves the import to the next state by condition on the one before, and wakes a worker, who does the rest
(clinic.importing.work).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from clinic import audit, nudge
from clinic.importing.apply import kept_name
from clinic.models import Clinic, Import, ImportFile, ImportRefusal, Staff

CONFLICT = "conflict"
KEPT_DAYS = 14
TASKS = {
    Import.State.CHECKING.value: "clinic.tasks.check_import",
    Import.State.APPLYING.value: "clinic.tasks.apply_import",
    Import.State.UNDOING.value: "clinic.tasks.undo_import",
}
RING_AGAIN_AFTER = 15  # seconds


# -- what a person does --------------------------------------------------------------------------------------------


def upload(clinic: Clinic, files: Sequence[tuple[str, bytes]], *, by: Staff, on: datetime) -> Import:
    """Take in files (name, content) to be checked. Nothing of them reaches the record yet."""
    with transaction.atomic():
        imported = Import.objects.create(clinic=clinic, by=by, at=on)
        ImportFile.objects.bulk_create(
            ImportFile(
                imported=imported, position=position, name=kept_name(name), size=len(content), content=content
            )
            for position, (name, content) in enumerate(files)
        )
        _tell(imported, "upload_import", by, on, files=len(files), bytes=sum(len(each) for _, each in files))
        nudge.call_after_commit(TASKS[imported.state], imported.pk)
    return imported


def ask_to_apply(imported: Import, *, by: Staff, on: datetime, version: int, skip_refused: bool) -> None:
    """Let what was checked be applied. `skip_refused`: although some rows are not taken.

    Raises ValidationError with code "conflict" when the import no longer stands as it did, and when rows are not taken
    that nobody agreed to leave out, or none is left.
    """
    if imported.refused and not skip_refused:
        raise ValidationError(_("Some rows are not taken. Say that the others may be applied without them."))
    if not changes(imported.result):
        raise ValidationError(_("Nothing in these files would change the record."))
    _move(
        imported,
        "apply_import",
        before=Import.State.CHECKED,
        to=Import.State.APPLYING,
        version=version,
        by=by,
        on=on,
        skip_refused=skip_refused,
        applied_by=by,
    )


def ask_to_undo(imported: Import, *, by: Staff, on: datetime, version: int) -> None:
    """Let an import be taken back. Raises ValidationError with code "conflict" when it no longer stands as it did."""
    _move(
        imported,
        "ask_to_undo_import",
        before=Import.State.APPLIED,
        to=Import.State.UNDOING,
        version=version,
        by=by,
        on=on,
        ended_by=by,
    )


def discard(imported: Import, *, by: Staff, on: datetime, version: int) -> None:
    """Put an import aside that was never applied; what its files held is forgotten. Raises ValidationError with code
    "conflict" when it no longer stands as it did.
    """
    before = Import.State.STOPPED if imported.state == Import.State.STOPPED else Import.State.CHECKED
    with transaction.atomic():
        _move(
            imported,
            "discard_import",
            before=before,
            to=Import.State.DISCARDED,
            version=version,
            by=by,
            on=on,
            ended_by=by,
            ended_at=on,
        )
        _forget_files(imported)


def note_download(imported: Import, *, by: Staff, on: datetime) -> None:
    """Somebody takes the rows that were not taken along."""
    _tell(imported, "download_not_taken", by, on, rows=imported.refused)


def changes(result: dict[str, dict[str, int]]) -> int:
    """How many rows of an import change the record."""
    return sum(tally["created"] + tally["updated"] for tally in result.values())


def _move(
    imported: Import, deed: str, *, before: str, to: str, version: int, by: Staff, on: datetime, **more: Any
) -> None:
    with transaction.atomic():
        standing = Import.objects.filter(pk=imported.pk, state=before, version=version)
        if not standing.update(state=to, version=F("version") + 1, tries=0, notice=None, **more):
            raise ValidationError(
                _("Somebody else has gone on with this import meanwhile. What it says now is shown."),
                code=CONFLICT,
            )
        _tell(imported, deed, by, on)
        if to in TASKS:
            nudge.call_after_commit(TASKS[to], imported.pk)


def _tell(imported: Import, deed: str, by: Staff | None, on: datetime, **detail: Any) -> None:
    audit.record(
        by=by,
        on=on,
        deed=deed,
        clinic=imported.clinic_id,
        subject=f"import:{imported.uid}",
        detail=detail,
    )


# -- what the clock and the machine do -----------------------------------------------------------------------------


def ring_again(imported: Import, now: datetime) -> None:
    """Wake a worker for an import that waits, now and then, when none says that it works on it."""
    if imported.state in TASKS and int(now.timestamp()) % RING_AGAIN_AFTER == 0:
        nudge.call_after_commit(TASKS[imported.state], imported.pk)


def take_up(now: datetime) -> None:
    """Wake workers for whatever waits, and forget files that nobody has applied in two weeks."""
    for number, state in Import.objects.filter(state__in=TASKS).values_list("pk", "state"):
        nudge.call_after_commit(TASKS[state], number)
    old = now - timedelta(days=KEPT_DAYS)
    for imported in Import.objects.filter(state__in=[Import.State.CHECKED, Import.State.STOPPED], at__lt=old):
        with transaction.atomic():
            standing = Import.objects.filter(pk=imported.pk, state=imported.state, version=imported.version)
            if standing.update(state=Import.State.DISCARDED, ended_at=now, version=F("version") + 1):
                _forget_files(imported)
                _tell(imported, "discard_import", None, now)


def _forget_files(imported: Import) -> None:
    ImportRefusal.objects.filter(imported=imported).delete()
    imported.files.update(content=None)


def undoable() -> Iterable[tuple[UUID, datetime, str]]:
    """The imports that are applied, newest first: id, moment, clinic."""
    rows = Import.objects.filter(state=Import.State.APPLIED).order_by("-applied_at")
    return rows.values_list("uid", "applied_at", "clinic__name")

"""What the pages of imports show: the list, one import as it stands, and the rows that were not taken."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.db.models.functions import Length, Substr
from django.utils.translation import gettext as _

from clinic import access
from clinic.importing import progress, words
from clinic.importing.csv_reader import WHY_NOT, cells_of, defused, restored
from clinic.importing.jobs import TASKS, changes
from clinic.models import Import, ImportFile, ImportRefusal, Staff

ON_A_PAGE = 50
IMPORTS_ON_A_PAGE = 20
SHOWN_OF_A_LINE = 300


@dataclass(frozen=True, slots=True)
class Kind:
    """What became of the rows of one kind of file."""

    name: str
    created: int
    updated: int
    unchanged: int
    refused: int


@dataclass(frozen=True, slots=True)
class File:
    """A file of an import: what it is and how it was read."""

    position: int
    name: str
    kind: str
    read: str
    lines: int
    not_taken: int


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A row that was not taken: where it stands, how it stands there, and why."""

    file: str
    line: int
    column: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One import as it stands. `works` while a worker is at it or awaited; `done` of `steps` when it says how far."""

    row: Import
    kinds: list[Kind]
    files: list[File]
    changes: int
    notice: str
    works: bool
    done: int | None
    steps: int | None
    not_taken: Page[Any] | None

    @property
    def state(self) -> str:
        return self.row.state


def kind_words() -> dict[str, str]:
    """The kinds of file in words."""
    return {
        "clients": _("Clients"),
        "groups": _("Groups"),
        "memberships": _("Memberships"),
        "attendance": _("Attendance"),
    }


def listing(staff: Staff, page: object) -> Page[Any]:
    """The clinic's imports, newest first."""
    rows = access.imports_for(staff).select_related("by")
    found = Paginator(rows.order_by("-at", "-pk"), IMPORTS_ON_A_PAGE).get_page(page)
    for row in found:
        row.created = sum(tally["created"] for tally in row.result.values())
        row.updated = sum(tally["updated"] for tally in row.result.values())
    return found


def shown(imported: Import, page: object = 1) -> Shown:
    """One import as it stands. While a worker is at it, only how far it has come."""
    works = imported.state in TASKS
    noted = progress.noted(imported.pk) if works else None
    files = list(imported.files.defer("content").order_by("position"))
    kinds = kind_words()
    given = {file.kind for file in files}
    result = [Kind(kinds[kind], **tally) for kind, tally in imported.result.items() if kind in given]
    per_file: dict[int, int] = {}
    not_taken = None
    if not works and imported.refused:
        not_taken = _not_taken(imported, files, page)
        per_file = _per_file(imported, files)
    return Shown(
        row=imported,
        kinds=result,
        files=[_file(file, kinds, per_file.get(file.pk, 0)) for file in files],
        changes=changes(imported.result),
        notice=words.notice(imported.notice),
        works=works,
        done=noted[0] if noted else None,
        steps=noted[1] if noted else None,
        not_taken=not_taken,
    )


def _file(file: ImportFile, kinds: dict[str, str], not_taken: int) -> File:
    read = words.how_read(file.read_as)
    return File(file.position, file.name, kinds.get(file.kind, ""), read, file.lines, not_taken)


def _per_file(imported: Import, files: list[ImportFile]) -> dict[int, int]:
    """How many rows of each file were not taken."""
    if len(files) == 1:
        return {files[0].pk: imported.refused}
    return dict(imported.refusals.values_list("file_id").annotate(Count("pk")).order_by("file_id"))


def _not_taken(imported: Import, files: list[ImportFile], page: object) -> Page[Any]:
    names = {file.pk: file.name for file in files}
    rows = imported.refusals.annotate(
        beginning=Substr("text", 1, SHOWN_OF_A_LINE), length=Length("text")
    ).defer("text")
    found = Paginator(rows.order_by("number"), ON_A_PAGE).get_page(page)
    found.object_list = [
        NotTaken(
            names[row.file_id],
            row.line,
            row.field,
            row.beginning + (" …" if row.length > SHOWN_OF_A_LINE else ""),
            words.why_not(row.reason, row.values),
        )
        for row in found.object_list
    ]
    return found


class _Echo:
    """What the writer writes is handed on at once."""

    def write(self, text: str) -> str:
        return text


def not_taken_csv(imported: Import, place: str) -> Iterator[str] | None:
    """The rows of one file that were not taken, with line and reason in front, as a CSV file that a table program shows
    without taking any cell for a formula; put right, it can be imported as it is. None when there is no such file.
    """
    if not (place.isascii() and place.isdigit() and len(place) < 4):
        return None
    file = imported.files.defer("content").filter(position=int(place)).first()
    return _lines(file, imported.refusals.filter(file=file)) if file is not None else None


def _lines(file: ImportFile, rows: QuerySet[ImportRefusal]) -> Iterator[str]:
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    columns = [name for name in file.read_as.get("columns", ()) if name not in WHY_NOT]
    again = [at for at, name in enumerate(file.read_as.get("columns", ())) if name in WHY_NOT]
    delimiter = file.read_as.get("delimiter", ",")
    yield "\ufeff" + writer.writerow([*WHY_NOT, *map(defused, columns)])
    for row in rows.order_by("number").iterator(500):
        cells = cells_of(row.text, delimiter) if columns else [row.text] * bool(row.text)
        kept = [cell for at, cell in enumerate(cells) if at not in again]
        why = words.why_not(row.reason, row.values)
        yield writer.writerow([row.line, defused(why), *(defused(restored(cell)) for cell in kept)])

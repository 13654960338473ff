"""Reads CSV files into rows of named cells, line by line, and says in a sentence what is wrong with a file.

Knows nothing of clients or clinics: which columns belong to which kind of file is an argument. A file is looked through
once before the first row is handed out, so that a file that is no text is refused before anything of it is used.
"""

from __future__ import annotations

import csv
import os
import stat
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

BLOCK = 1 << 18
LONGEST_LINE = 1_000_000


def gettext_noop(text: str) -> str:
    """Marks a sentence for translation; it is translated where it is shown, for no Django comes in here."""
    return text


class Refused(Exception):
    """Why a file or a row is not taken: `reason` is a sentence with places for `values`, `field` a column or empty.

    `line` is the physical line on which the row starts, 1 for the header, 0 for a file that cannot be read at all.
    """

    def __init__(self, reason: str, *, line: int = 0, field: str = "", **values: object) -> None:
        super().__init__(reason)
        self.reason, self.line, self.field, self.values = reason, line, field, values


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one kind of file."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> frozenset[str]:
        return frozenset(self.required + self.optional)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the physical line on which it starts, and its cells by column, without surrounding blanks."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file whose header is understood. `lines` is its number of physical lines."""

    path: str
    kind: str
    columns: tuple[str, ...]
    lines: int

    def rows(self) -> Iterator[Row | Refused]:
        """Every row in file order, or why it is refused; a broken quotation ends the file. Blank rows are left out."""
        with open(self.path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            next(reader)
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    too_long = "field limit" in str(error)
                    reason = TOO_LONG_A_CELL if too_long else BROKEN_QUOTES
                    yield Refused(reason, line=line, most=csv.field_size_limit())
                    if too_long and reader.line_num == line:
                        continue
                    return
                if not any(map(str.strip, cells)):
                    continue
                if len(cells) != len(self.columns):
                    yield Refused(WRONG_LENGTH, line=line, cells=len(cells), columns=len(self.columns))
                    continue
                yield Row(line, dict(zip(self.columns, map(str.strip, cells), strict=True)))


def read_sheet(path: str, kinds: Mapping[str, Columns]) -> Sheet:
    """Look a file through and recognise it by its header. Raises Refused, with a sentence, when that cannot be done."""
    lines = _look_through(path)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            header = tuple(cell.strip() for cell in next(csv.reader(file, strict=True), ()))
    except csv.Error as error:
        raise Refused(HEADER_UNREADABLE, line=1) from error
    if not any(header):
        raise Refused(EMPTY if lines <= 1 else HEADER_UNREADABLE, line=1)
    return Sheet(path, _kind_of(header, kinds), header, lines)


def _kind_of(header: tuple[str, ...], kinds: Mapping[str, Columns]) -> str:
    """The kind whose own columns, those no other kind has, stand in the header most."""
    given = set(header)
    own = {
        kind: set(columns.required).difference(*(other.all for name, other in kinds.items() if name != kind))
        for kind, columns in kinds.items()
    }
    kind = max(kinds, key=lambda each: len(given & own[each]))
    if not given & own[kind]:
        needed = "; ".join(f"{each}: {', '.join(columns.required)}" for each, columns in kinds.items())
        raise Refused(UNKNOWN_HEADER, line=1, needed=needed)
    missing = [column for column in kinds[kind].required if column not in given]
    unknown = [column for column in header if column not in kinds[kind].all]
    twice = sorted({column for column in header if header.count(column) > 1})
    if missing:
        raise Refused(MISSING_COLUMNS, line=1, field=missing[0], kind=kind, columns=_list(missing))
    if unknown:
        raise Refused(UNKNOWN_COLUMNS, line=1, field=unknown[0][:80], kind=kind, columns=_list(unknown))
    if twice:
        raise Refused(COLUMN_TWICE, line=1, field=twice[0], columns=_list(twice))
    return kind


def _list(columns: list[str]) -> str:
    return ", ".join(f"“{column[:80]}”" for column in columns[:12])


def _look_through(path: str) -> int:
    """The number of lines of a text file. Raises Refused when it is unreadable, empty, binary, or not UTF-8."""
    try:
        with open(path, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Refused(NOT_A_FILE)
            return _count_lines(iter(lambda: file.read(BLOCK), b""))
    except (OSError, ValueError) as error:
        # The name of the file stands beside the sentence already.
        why = getattr(error, "strerror", None) or "?"
        raise Refused(UNREADABLE, why=why) from error


def _count_lines(blocks: Iterator[bytes]) -> int:
    decoder = getincrementaldecoder("utf-8")()
    lines, unbroken, last = 0, 0, b""
    for block in blocks:
        if (at := block.find(b"\0")) >= 0:
            raise Refused(BINARY, line=lines + block.count(b"\n", 0, at) + 1)
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            raise Refused(NOT_UTF8, line=lines + error.object.count(b"\n", 0, error.start) + 1) from None
        newest = max(block.rfind(b"\n"), block.rfind(b"\r"))
        unbroken = unbroken + len(block) if newest < 0 else len(block) - newest - 1
        lines += block.count(b"\n")
        if unbroken > LONGEST_LINE:
            raise Refused(LINE_TOO_LONG, line=lines + 1, most=LONGEST_LINE)
        last = block
    if not last:
        raise Refused(EMPTY, line=1)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Refused(NOT_UTF8, line=lines + 1) from None
    return lines + (not last.endswith(b"\n"))


UNREADABLE = gettext_noop("This file cannot be read: %(why)s.")
NOT_A_FILE = gettext_noop("This is not a file. Save what it holds as a CSV file first.")
EMPTY = gettext_noop("This file is empty. Its first line must name the columns.")
BINARY = gettext_noop("This is not a text file. Save the table as “CSV UTF-8” and try again.")
NOT_UTF8 = gettext_noop("This file is not UTF-8 text. Save the table as “CSV UTF-8” and try again.")
LINE_TOO_LONG = gettext_noop("A line is longer than %(most)s bytes: this is not a table.")
HEADER_UNREADABLE = gettext_noop("The first line cannot be read as column names separated by commas.")
UNKNOWN_HEADER = gettext_noop(
    "The first line fits no file known here. Columns, separated by commas: %(needed)s."
)
MISSING_COLUMNS = gettext_noop("This %(kind)s file lacks the columns %(columns)s.")
UNKNOWN_COLUMNS = gettext_noop(
    "A %(kind)s file has no columns %(columns)s. Take them out or correct their names."
)
COLUMN_TWICE = gettext_noop("The columns %(columns)s stand in the first line more than once.")
TOO_LONG_A_CELL = gettext_noop("A cell is longer than %(most)s characters.")
BROKEN_QUOTES = gettext_noop(
    "A quotation mark is out of place from here on. The rest of the file was not read."
)
WRONG_LENGTH = gettext_noop("This row has %(cells)s cells, the first line %(columns)s.")

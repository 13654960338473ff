"""Reads CSV files into rows of named cells, line by line, and says in a sentence what is wrong with a file.

Knows nothing of clients or clinics: which columns belong to which kind of file is an argument. A file is looked through
once before the first row is handed out: how its letters and cells are told apart is found then, and a file that is no
text is refused before anything of it is used.
"""

from __future__ import annotations

import codecs
import csv
import os
import re
import stat
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from typing import TextIO

BLOCK = 1 << 18
LONGEST_LINE = 1_000_000
LONGEST_CELL = 10_000
DELIMITERS = (",", ";", "\t")
UTF_8, UTF_16, WINDOWS = "utf-8-sig", "utf-16", "cp1252"
# Columns that the list of rows not taken adds in front, so that the list, put right, comes in again as it is.
WHY_NOT = ("not_taken_line", "not_taken_why")

# What a table program would read as a formula; full-width signs are read as such too.
_FORMULA = "=+\\-@\t\r\n\0＝＋－＠"
_LOOKS_LIKE_FORMULA = re.compile(rf"'*[{_FORMULA}]")
_DEFUSED = re.compile(rf"'+[{_FORMULA}]")


def gettext_noop(text: str) -> str:
    """Marks a sentence for translation; it is translated where it is shown, for no Django comes in here."""
    return text


class Refused(Exception):
    """Why a file or a row is not taken: `reason` is a sentence with places for `values`, `field` a column or empty.

    `line` is the physical line on which the row starts, 1 for the header, 0 for a file that cannot be read at all;
    `raw` is the row as it stands in the file.
    """

    def __init__(
        self, reason: str, *, line: int = 0, field: str = "", raw: str = "", **values: object
    ) -> None:
        super().__init__(reason)
        self.reason, self.line, self.field, self.raw, self.values = reason, line, field, raw, values


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
    """One row: the physical line on which it starts, its cells by column, without surrounding blanks, and how it stands
    in the file.
    """

    line: int
    cells: Mapping[str, str]
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file whose header is understood. `lines` is its number of physical lines."""

    path: str
    kind: str
    columns: tuple[str, ...]
    lines: int
    encoding: str = UTF_8
    delimiter: str = ","

    def rows(self) -> Iterator[Row | Refused]:
        """Every row in file order, or why it is refused. Blank rows are left out.

        A quotation mark out of place costs its own line only: reading goes on with the line after it.
        """
        with open(self.path, encoding=self.encoding, newline="") as file:
            lines = _Lines(file)
            reader = csv.reader(lines, strict=True, delimiter=self.delimiter)
            next(reader)
            while True:
                line = lines.begin()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    too_long = "field limit" in str(error) and lines.of_row == 1
                    reason = TOO_LONG_A_CELL if too_long else BROKEN_QUOTES
                    yield Refused(reason, line=line, raw=lines.first, most=LONGEST_CELL)
                    lines.give_back()
                    reader = csv.reader(lines, strict=True, delimiter=self.delimiter)
                    continue
                text = lines.text
                if not any(map(str.strip, cells)):
                    continue
                if len(text) > LONGEST_CELL and max(map(len, cells)) > LONGEST_CELL:
                    yield Refused(TOO_LONG_A_CELL, line=line, raw=text, most=LONGEST_CELL)
                elif len(cells) != len(self.columns):
                    yield Refused(
                        WRONG_LENGTH, line=line, raw=text, cells=len(cells), columns=len(self.columns)
                    )
                else:
                    if "'" in text:
                        cells = map(restored, cells)
                    yield Row(line, dict(zip(self.columns, map(str.strip, cells), strict=True)), text)


class _Lines:
    """The physical lines of a file, remembering those of the row being read, which can be given back."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._number = file, 0
        self._again: deque[str] = deque()
        self._row: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._file)
        self._number += 1
        self._row.append(line)
        return line

    def begin(self) -> int:
        """A row begins: the number of its first line."""
        self._row.clear()
        return self._number + 1

    @property
    def of_row(self) -> int:
        return len(self._row)

    @property
    def first(self) -> str:
        return self._row[0].rstrip("\r\n")

    @property
    def text(self) -> str:
        return (self._row[0] if len(self._row) == 1 else "".join(self._row)).rstrip("\r\n")

    def give_back(self) -> None:
        """All lines of the row but its first are read once more, each as the beginning of a row."""
        self._again.extendleft(reversed(self._row[1:]))
        self._number -= len(self._row) - 1


def cells_of(text: str, delimiter: str) -> list[str]:
    """The cells of one row as it stands in a file; the row as one cell when it cannot be told apart."""
    try:
        return next(csv.reader(text.splitlines(keepends=True), strict=True, delimiter=delimiter), [])
    except csv.Error:
        return [text]


def defused(cell: str) -> str:
    """A cell as a table program may show it: what it would take for a formula stands behind an apostrophe."""
    return f"'{cell}" if _LOOKS_LIKE_FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """A cell as it was before it was defused."""
    cell = cell.strip()
    return cell[1:] if _DEFUSED.match(cell) else cell


def read_sheet(path: str, kinds: Mapping[str, Columns]) -> Sheet:
    """Look a file through and recognise it by its header. Raises Refused, with a sentence, when that cannot be done."""
    lines, encoding = _look_through(path)
    known = frozenset().union(*(columns.all for columns in kinds.values()))
    found: tuple[tuple[str, ...], str] | None = None
    for delimiter in DELIMITERS:
        header = _header(path, encoding, delimiter)
        if header is not None and (
            found is None or len(known.intersection(header)) > len(known.intersection(found[0]))
        ):
            found = header, delimiter
    if found is None:
        raise Refused(HEADER_UNREADABLE, line=1)
    header, delimiter = found
    if not any(header):
        raise Refused(EMPTY if lines <= 1 else HEADER_UNREADABLE, line=1)
    return Sheet(path, _kind_of(header, kinds), header, lines, encoding, delimiter)


def _header(path: str, encoding: str, delimiter: str) -> tuple[str, ...] | None:
    try:
        with open(path, encoding=encoding, newline="") as file:
            cells = next(csv.reader(file, strict=True, delimiter=delimiter), ())
    except csv.Error:
        return None
    return tuple(cell.strip() for cell in cells)


def _kind_of(header: tuple[str, ...], kinds: Mapping[str, Columns]) -> str:
    """The kind whose own columns, those no other kind has, stand in the header most."""
    given = set(header)
    own = {
        kind: columns.all.difference(*(other.all for name, other in kinds.items() if name != kind))
        for kind, columns in kinds.items()
    }
    kind = max(kinds, key=lambda each: len(given & own[each]))
    if not given & own[kind]:
        needed = "; ".join(f"{each}: {', '.join(columns.required)}" for each, columns in kinds.items())
        raise Refused(UNKNOWN_HEADER, line=1, needed=needed)
    missing = [column for column in kinds[kind].required if column not in given]
    unknown = [column for column in header if column not in kinds[kind].all and column not in WHY_NOT]
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


def _look_through(path: str) -> tuple[int, str]:
    """The number of lines of a text file, and how it is encoded. Raises Refused when it is unreadable, empty or binary.

    Without a byte-order mark it is UTF-8, or Windows-1252 (with Latin-1 in it) when that cannot be. A file that began
    as UTF-8 and then does not hold is damaged: read as the other, its letters would come out wrong.
    """
    try:
        with open(path, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Refused(NOT_A_FILE)
            if file.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                return _count_lines(file, UTF_16), UTF_16
            try:
                return _count_lines(file, UTF_8), UTF_8
            except _NotThis:
                file.seek(0)
                return _count_lines(file, WINDOWS), WINDOWS
    except (OSError, ValueError) as error:
        # The name of the file stands beside the sentence already.
        why = getattr(error, "strerror", None) or "?"
        raise Refused(UNREADABLE, why=why) from error


class _NotThis(Exception):
    """The file is not encoded as it was taken to be, and may be in another way."""


def _count_lines(file: BufferedReader, encoding: str) -> int:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, unbroken, last, wide = 0, 0, "", False
    while True:
        block = file.read(BLOCK)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            line = lines + before.count(b"\n") + 1
            if encoding == UTF_8 and block and not wide and before.isascii():
                raise _NotThis from None
            raise Refused(CUT_OFF if not block else NOT_TEXT, line=line) from None
        if (at := text.find("\0")) >= 0:
            raise Refused(BINARY, line=lines + _breaks(text[:at]) + 1)
        wide = wide or not text.isascii()
        newest = max(text.rfind("\n"), text.rfind("\r"))
        unbroken = unbroken + len(text) if newest < 0 else len(text) - newest - 1
        # The two halves of a line's end may stand in two blocks.
        lines += _breaks(text) - (last == "\r" and text.startswith("\n"))
        if unbroken > LONGEST_LINE:
            raise Refused(LINE_TOO_LONG, line=lines + 1, most=LONGEST_LINE)
        last = text[-1:] or last
        if not block:
            break
    if not last:
        raise Refused(EMPTY, line=1)
    return lines + (last not in ("\n", "\r"))


def _breaks(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


UNREADABLE = gettext_noop("This file cannot be read: %(why)s.")
NOT_A_FILE = gettext_noop("This is not a file. Save what it holds as a CSV file first.")
EMPTY = gettext_noop("This file is empty. Its first line must name the columns.")
BINARY = gettext_noop("This is not a text file. Save the table as “CSV UTF-8” and try again.")
NOT_TEXT = gettext_noop(
    "From here on this is not text as the lines before are. Save the table as “CSV UTF-8” anew."
)
CUT_OFF = gettext_noop("This file ends in the middle of a letter: a part of it is missing.")
LINE_TOO_LONG = gettext_noop("A line is longer than %(most)s bytes: this is not a table.")
HEADER_UNREADABLE = gettext_noop("The first line cannot be read as column names.")
UNKNOWN_HEADER = gettext_noop("The first line fits no file known here. Columns: %(needed)s.")
MISSING_COLUMNS = gettext_noop("This %(kind)s file lacks the columns %(columns)s.")
UNKNOWN_COLUMNS = gettext_noop(
    "A %(kind)s file has no columns %(columns)s. Take them out or correct their names."
)
COLUMN_TWICE = gettext_noop("The columns %(columns)s stand in the first line more than once.")
TOO_LONG_A_CELL = gettext_noop("A cell is longer than %(most)s characters.")
BROKEN_QUOTES = gettext_noop("A quotation mark is out of place in this row.")
WRONG_LENGTH = gettext_noop("This row has %(cells)s cells, the first line %(columns)s.")

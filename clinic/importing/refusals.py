"""What was not taken, kept in order without growing with the file: a few in memory, many on disk."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field
from itertools import islice

IN_MEMORY = 5_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row, or a whole file, that was not taken: where it stands and why.

    `reason` is the sentence in the language of whoever asked, `msgid` with `values` the same for anybody; `raw` is the
    row as it stands in the file.
    """

    file: str
    line: int
    field: str
    reason: str
    msgid: str = ""
    values: dict[str, str | int] = field(default_factory=dict)
    raw: str = ""


class Refusals:
    """A list that is only added to. The first thousands stay in memory, the others in a private table on disk."""

    def __init__(self) -> None:
        self._first: list[Refusal] = []
        self._table: sqlite3.Connection | None = None
        self._more = 0

    def append(self, refusal: Refusal) -> None:
        if len(self._first) < IN_MEMORY:
            self._first.append(refusal)
            return
        if self._table is None:
            # The empty name is a temporary database: its own file, removed by SQLite, unreadable to others.
            self._table = sqlite3.connect("", isolation_level=None)
            self._table.execute("PRAGMA journal_mode = OFF")
            self._table.execute("PRAGMA cache_size = -8000")
            self._table.execute("CREATE TABLE rest (number INTEGER PRIMARY KEY, row TEXT NOT NULL)")
            self._table.execute("BEGIN")
        self._table.execute("INSERT INTO rest (row) VALUES (?)", (json.dumps(astuple(refusal)),))
        self._more += 1

    def __len__(self) -> int:
        return len(self._first) + self._more

    def __iter__(self) -> Iterator[Refusal]:
        yield from self._first
        if self._table is not None:
            for (row,) in self._table.execute("SELECT row FROM rest ORDER BY number"):
                yield Refusal(*json.loads(row))

    def first(self, most: int) -> list[Refusal]:
        """The first so many, in order."""
        return list(islice(self, most))

"""Remembers which keys a file has already used, and on which line, without growing with the file."""

from __future__ import annotations

import sqlite3
from hashlib import blake2b


class KeysSeen:
    """The keys of one file, kept as 8-byte digests in a private table that moves to disk by itself when it is large.

    Two different keys fall together with a chance of one in ten million among a million rows.
    """

    def __init__(self) -> None:
        # The empty name is a temporary database: its own file, removed by SQLite, unreadable to others.
        self._table = sqlite3.connect("", isolation_level=None)
        self._table.execute("PRAGMA journal_mode = OFF")
        self._table.execute("PRAGMA cache_size = -8000")
        self._table.execute("CREATE TABLE seen (digest INTEGER PRIMARY KEY, line INTEGER NOT NULL)")
        self._table.execute("BEGIN")

    def first_line(self, key: tuple[object, ...], line: int) -> int | None:
        """The line that used this key before; None when this one is the first, which is then remembered."""
        digest = int.from_bytes(blake2b(repr(key).encode(), digest_size=8).digest(), "big", signed=True)
        if self._table.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (digest, line)).rowcount:
            return None
        return self._table.execute("SELECT line FROM seen WHERE digest = ?", (digest,)).fetchone()[0]

    def forget(self) -> None:
        """Give the space back."""
        self._table.close()

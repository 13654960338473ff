"""How far a worker has come with an import, for the bar on the page: a note in Redis that runs out by itself.

Not the truth, which stands in the import's own row: the work is one transaction, and nobody else can see into it.
Whatever Redis does, nothing waits for it and nothing depends on it.
"""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from functools import cache

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

KEPT = 30  # seconds; a worker that says nothing for so long has come to its end, one way or the other
EVERY = 0.4


class Teller:
    """Notes how far the work on one import has come, a few times a second at most. Called with a file's name, the lines
    of it that are done and those it has.
    """

    def __init__(self, number: int) -> None:
        self._number, self._last = number, 0.0
        self._done: dict[str, int] = defaultdict(int)
        self._lines: dict[str, int] = {}

    def __call__(self, path: str, done: int, lines: int) -> None:
        self._done[path], self._lines[path] = done, lines
        now = time.monotonic()
        if now - self._last >= EVERY:
            self._last = now
            note(self._number, sum(self._done.values()), sum(self._lines.values()))


def note(number: int, done: int, steps: int) -> None:
    """Write down how far the work on an import has come."""
    with contextlib.suppress(RedisError, OSError):
        _redis().set(_key(number), f"{done} {steps}", ex=KEPT)


def noted(number: int) -> tuple[int, int] | None:
    """How many of how many steps are done; None while no worker says anything."""
    with contextlib.suppress(RedisError, OSError, ValueError):
        if said := _redis().get(_key(number)):
            done, steps = said.split()  # type: ignore[union-attr]
            return int(done), int(steps)
    return None


def forget(number: int) -> None:
    """The work has come to its end."""
    with contextlib.suppress(RedisError, OSError):
        _redis().delete(_key(number))


def _key(number: int) -> str:
    return f"aftercare-import-{number}"


@cache
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=0.3, socket_connect_timeout=0.3)

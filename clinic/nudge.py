"""Wakes the worker after a change, and never makes anybody wait for it.

The outbox row is already committed when this runs: a lost nudge costs a minute, for the outbox is drained every minute
anyway. Publishing happens on a thread of its own, so that a dead or frozen broker neither delays nor fails a save.
Waiting nudges coalesce into one, for one drain reads everything that waits.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading

from celery import current_app
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

DRAIN = "clinic.tasks.drain_rechecks"


class _Bell:
    """A thread that publishes, made on first use in each process. At most so many wait; what comes then is dropped."""

    def __init__(self, most: int, expires: int) -> None:
        self._lock = threading.Lock()
        self._owner, self._most, self._expires = 0, most, expires
        self._waiting: queue.Queue[tuple[str, tuple[int, ...]]] = queue.Queue(maxsize=most)

    def ring(self, task: str, *args: int) -> None:
        with self._lock:
            if self._owner != os.getpid():
                # A forked child has the parent's queue but not its thread.
                self._owner, self._waiting = os.getpid(), queue.Queue(maxsize=self._most)
                threading.Thread(target=self._publish, name="nudge", daemon=True).start()
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait((task, args))

    def _publish(self) -> None:
        while True:
            task, args = self._waiting.get()
            try:
                current_app.send_task(task, args=args, retry=False, ignore_result=True, expires=self._expires)
            except Exception as error:  # whatever the broker does, the save has happened
                logger.warning("nudge not sent: %s", type(error).__name__)


_bell = _Bell(most=1, expires=60)
_calls = _Bell(most=100, expires=600)


def after_commit() -> None:
    """Wake the worker once the running transaction has committed; at once when there is none."""
    if getattr(settings, "NUDGE", True):
        transaction.on_commit(_ring, robust=True)


def _ring() -> None:
    _bell.ring(DRAIN)


def call_after_commit(task: str, number: int) -> None:
    """Hand a worker a task about one row, once the running transaction has committed. It may be lost, as any nudge."""

    def call() -> None:
        _calls.ring(task, number)

    if getattr(settings, "NUDGE", True):
        transaction.on_commit(call, robust=True)

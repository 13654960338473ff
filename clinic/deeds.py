"""The frame of a verb: one transaction with the episode's row locked first, then the recheck, the audit entry, the
nudge. And the frame of a form: sent twice, it is saved once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from clinic import audit, nudge
from clinic.models import Client, Episode, Recheck, Staff, Submission


@dataclass(slots=True)
class Deed:
    """What the ledger will say of a change. `detail` holds ids, tokens and counts, never what somebody wrote."""

    subject: str
    detail: dict[str, Any] = field(default_factory=dict)
    changes: bool = True

    def of(self, subject: str, **detail: Any) -> None:
        """Say which row it is about, as "goal:<uid>"."""
        self.subject = subject
        self.detail |= detail

    def changed_nothing(self) -> None:
        """The record already says so: no recheck, and nothing in the ledger."""
        self.changes = False


@contextmanager
def on_episode(
    episode: Episode, deed: str, *, by: Staff | None, on: datetime, recheck: bool = True
) -> Iterator[Deed]:
    """Change something of one stay in care. `recheck`: the signs may say something else afterwards. `by` is None for
    the clinic's own machinery.
    """
    with transaction.atomic():
        Episode.objects.select_for_update().get(pk=episode.pk)
        done = Deed(f"episode:{episode.uid}")
        yield done
        if done.changes:
            episodes = [episode.pk] if recheck else []
            _leave(done, deed, by, on, episode.clinic_id, episode.client_id, episodes)


@contextmanager
def on_client(client: Client, deed: str, *, by: Staff, on: datetime) -> Iterator[Deed]:
    """Change something of a client, whatever the stay; their open stays are read again."""
    with transaction.atomic():
        rows = Episode.objects.select_for_update().filter(client=client, discharged_on=None).order_by("pk")
        episodes = [row.pk for row in rows]
        done = Deed(f"client:{client.uid}")
        yield done
        if done.changes:
            _leave(done, deed, by, on, client.clinic_id, client.pk, episodes)


def _leave(
    done: Deed, deed: str, by: Staff | None, on: datetime, clinic: int, client: int, episodes: list[int]
) -> None:
    if episodes:
        Recheck.objects.ask(episodes, on=on)
        nudge.after_commit()
    audit.record(
        by=by, on=on, deed=deed, clinic=clinic, client=client, subject=done.subject, detail=done.detail
    )


@contextmanager
def once(key: UUID, *, by: Staff, on: datetime) -> Iterator[bool]:
    """One transaction around what a form does; False when the form with this key has been saved before, by a second
    click or a second try: then nothing must be done again. What raises inside is not kept, and may be sent again.
    """
    with transaction.atomic():
        _submission, first = Submission.objects.get_or_create(key=key, staff=by, defaults={"at": on})
        yield first

"""That somebody opened a page with a client's own words, in the ledger before anything of it is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from clinic import deeds
from clinic.models import Episode, Staff

Page = Literal["plan", "plan_revision", "plan_copy", "goals", "supporters", "planned"]


def note_opened(episode: Episode, *, by: Staff, on: datetime, page: Page) -> None:
    """Note that somebody opened a page of the plan; `plan_copy` is the one that is printed for the client."""
    with deeds.on_episode(episode, f"view_{page}", by=by, on=on, recheck=False) as done:
        done.of(f"episode:{episode.uid}")

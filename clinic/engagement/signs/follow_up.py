"""Which appointments are follow-ups, as D01 and D05 both ask."""

from __future__ import annotations

FOLLOW_UP_PURPOSES = frozenset(b"fuctFUCT")
FOLLOW_UP_CHANNELS = frozenset(b"mk")
NO_PURPOSE = frozenset(b"-+")


def is_follow_up(channel: int, purpose: int) -> bool:
    """Whether an appointment counts as a follow-up: by its purpose, or medical or case management without one."""
    return purpose in FOLLOW_UP_PURPOSES or (purpose in NO_PURPOSE and channel in FOLLOW_UP_CHANNELS)

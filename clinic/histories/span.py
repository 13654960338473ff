"""Which rows belong to some episodes, said so that the database reads little else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def among(field: str, episodes: Sequence[int]) -> dict[str, Any]:
    """The filter for some episodes: a span of numbers where that reads little else, for long lists are slow to send."""
    first, last = min(episodes, default=0), max(episodes, default=0)
    if last - first < 2 * len(episodes):
        return {f"{field}__gte": first, f"{field}__lte": last}
    return {f"{field}__in": episodes}

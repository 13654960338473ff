"""Every sign the slow way: what stands in naive.py and, a family a file, in the naive_*.py beside it.

Each of those has `read(case, today)`, answering with (sign, level, numbers of the evidence in order of time); with
IN_PAUSES = True it is asked while a pause goes on too.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.engagement import naive

FAMILIES: list[ModuleType] = [
    import_module(f"tests.engagement.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("naive_*.py"))
    if path.stem != "naive_all"
]


def read(case: naive.Case, today: int) -> set[tuple[str, str, tuple[int, ...]]]:
    """Everything that holds on a day, before signs raise each other's level."""
    found, case = naive.read(case, today), case.seen_from(today)
    if case.is_open(today):
        for family in FAMILIES:
            if case.readable(today) or getattr(family, "IN_PAUSES", False):
                found |= set(family.read(case, today))
    return found

"""Order and size of the mind's tests."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings

# For `make mutants`: no shrinking (a mutant is killed by the first counterexample) and the same examples every time.
settings.register_profile(
    "mutants", phases=(Phase.explicit, Phase.generate), derandomize=True, database=None, deadline=None
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tables of marks first: they say best what broke, and they are quick."""
    items.sort(key=lambda item: "hypothesis" in item.keywords)

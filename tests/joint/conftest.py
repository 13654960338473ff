"""The house on a fixed day, before and after its first sweep."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from clinic import sweep
from tests import cast

TODAY = date(2026, 11, 20)


@pytest.fixture
def house(db: None) -> cast.Cast:
    return cast.house(TODAY)


@pytest.fixture
def now(house: cast.Cast) -> datetime:
    return house.at(TODAY, 8, 30)


@pytest.fixture
def swept(house: cast.Cast, now: datetime) -> cast.Cast:
    """The house after everybody has been read."""
    sweep.sweep_day(TODAY, now=now)
    return house

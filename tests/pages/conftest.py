"""The house on a fixed morning: Friday 20 November 2026, half past eight in Riverside."""

from datetime import timedelta

import pytest
import time_machine

from clinic import sweep
from tests import cast, snapshots
from tests.pages.mornings import TODAY


@pytest.fixture
def house(db) -> cast.Cast:
    """Everybody, before anybody was checked."""
    return cast.house(TODAY)


@pytest.fixture
def before_the_sweep(house):
    """Half past eight, and nobody has been checked."""
    now = house.at(TODAY, 8, 30)
    with time_machine.travel(now, tick=False):
        yield now


@pytest.fixture
def morning(house, before_the_sweep):
    """Half past eight; everybody was checked at six."""

    def check() -> None:
        for clinic in (house.riverside, house.harbor):
            sweep.sweep(clinic, TODAY, now=before_the_sweep - timedelta(hours=2, minutes=30))

    snapshots.check(TODAY, check)
    return before_the_sweep

"""The house on a fixed morning, as pages know it."""

from tests.pages.conftest import before_the_sweep, house, morning

__all__ = ["before_the_sweep", "house", "morning"]

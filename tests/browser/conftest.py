"""A day at the clinic in a real browser: the cast, checked this morning, at half past twelve of the real day.

Half past twelve, because by then visits are due and the morning group has met. Only the hour is moved, so that cookies
and processes with clocks of their own agree on the day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from clinic import sweep
from tests import cast


@pytest.fixture
def house(transactional_db) -> cast.Cast:
    return cast.house(datetime.now(cast.RIVERSIDE_ZONE).date())


@pytest.fixture
def noon(house) -> Iterator[datetime]:
    """Half past twelve; everybody was checked at six."""
    now = house.at(house.today, 12, 30)
    for clinic in (house.riverside, house.harbor):
        sweep.sweep(clinic, house.today, now=now - timedelta(hours=6, minutes=30))
    with time_machine.travel(now, tick=True):
        yield now


@dataclass
class Desk:
    """One browser window of one person; `trouble` is what the browser complained about."""

    page: Any
    trouble: list[str] = field(default_factory=list)

    def go(self, url: str) -> None:
        self.page.goto(url)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.trouble.append(f"{self.page.url}: {message.text}")


@pytest.fixture
def desk(browser, live_server) -> Iterator[Callable[..., Desk]]:
    """`desk("maya")`: a window in which Maya is signed in. More options are those of a browser context."""
    contexts = []

    def opened(person: str = "", **options: Any) -> Desk:
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        if person:
            client = Client()
            client.login(username=person, password=cast.PASSWORD)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        desk = Desk(context.new_page())
        desk.page.on("console", desk._heard)
        desk.page.on("pageerror", lambda error: desk.trouble.append(f"{desk.page.url}: {error}"))
        return desk

    yield opened
    for context in contexts:
        context.close()

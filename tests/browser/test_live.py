"""From a click at the front desk to the case manager's list: real browser, real Redis, real worker; and without Redis.

The worker's clock cannot be moved, so these play at the real hour, with a visit of yesterday that nobody has recorded.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clinic import sweep
from clinic.models import Appointment, Finding, FollowUp, Recheck
from tests import cast
from tests.servers import ROOT, Redis, Worker, dies_with_parent

pytestmark = pytest.mark.django_db(transaction=True)

SAVE_LIMIT = 3.0  # seconds; what the front desk is promised, whatever Redis does
RAISE_LIMIT = 5.0
BACK_LIMIT = 120.0


@pytest.fixture
def visit(house) -> Appointment:
    """Gloria's medical visit of yesterday; everybody has been checked and nothing is open for her."""
    visit = house.visits(house.gloria, "medical", "S", last=1)[0]
    sweep.sweep(house.riverside, house.today, now=datetime.now(UTC))
    assert not FollowUp.objects.filter(episode=house.episode(house.gloria), state="open").exists()
    return visit


@pytest.fixture
def sheet(desk, house) -> Any:
    """The day sheet of yesterday, open at the front desk."""
    window = desk("lucia")
    window.go(f"/day/?on={house.today - timedelta(days=1)}")
    return window


@pytest.fixture
def listed(desk, house) -> Any:
    """The case manager's list in a window of its own."""
    window = desk("maya")
    window.go("/today/")
    assert window.page.locator("tbody.client-row").count() > 0
    return window


def mark(sheet: Any, visit: Appointment, choice: str) -> float:
    """Press a choice in the row of a visit; returns the seconds until the page shows that it is saved."""
    row = sheet.page.locator(f"#a-{visit.uid}")
    began = time.monotonic()
    row.get_by_role("button", name=choice, exact=True).click()
    row.locator("button[aria-pressed=true]", has_text=choice).wait_for()
    return time.monotonic() - began


def row_appears(listed: Any, name: str, seconds: float) -> float:
    """Load the list anew until a client stands on it; returns the seconds it took."""
    began = time.monotonic()
    while not listed.page.locator("tbody.client-row th", has_text=name).count():
        assert time.monotonic() - began < seconds, f"{name} was not on the list within {seconds:g} s"
        time.sleep(0.1)
        listed.go("/today/")
    return time.monotonic() - began


def stopped(broker: Redis, fault: str) -> None:
    broker.freeze() if fault == "frozen" else broker.kill()


def back(broker: Redis, fault: str) -> None:
    broker.thaw() if fault == "frozen" else broker.start()


def kept(house: cast.Cast, visit: Appointment) -> bool:
    """What was said is in the database, and so is the word that Gloria is to be read again."""
    visit.refresh_from_db()
    waits = Recheck.objects.filter(episode=house.episode(house.gloria)).exists()
    return visit.outcome == "no_show" and waits


@contextlib.contextmanager
def beat(worker: Worker) -> Iterator[None]:
    """The real clock of the clinic, which sends a drain every full minute."""
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "aftercare", "beat", "--pidfile=",
         "--schedule", str(worker.log.parent / "beat-schedule")],
        cwd=ROOT, env=worker.environment, start_new_session=True,
        stdout=worker.log.with_suffix(".beat").open("wb"), stderr=subprocess.STDOUT,
        preexec_fn=dies_with_parent(signal.SIGTERM),
    )  # fmt: skip
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_an_absence_marked_at_the_desk_stands_on_the_list_within_five_seconds(
    house, visit, worker: Worker, sheet, listed
) -> None:
    assert not listed.page.locator("tbody.client-row th", has_text="Gloria Ames").count()

    mark(sheet, visit, "Missed")

    row_appears(listed, "Gloria Ames", RAISE_LIMIT)
    row = listed.page.locator("tbody.client-row", has_text="Gloria Ames")
    assert "was missed" in row.inner_text()
    assert sheet.trouble == listed.trouble == []


def test_taken_back_it_leaves_the_list_again(house, visit, worker: Worker, sheet, listed) -> None:
    mark(sheet, visit, "Missed")
    row_appears(listed, "Gloria Ames", RAISE_LIMIT)
    mark(sheet, visit, "Arrived")

    began = time.monotonic()
    while listed.page.locator("tbody.client-row th", has_text="Gloria Ames").count():
        assert time.monotonic() - began < RAISE_LIMIT, "a withdrawn follow-up stayed on the list"
        time.sleep(0.1)
        listed.go("/today/")


def test_corrected_after_somebody_has_worked_on_it_it_stays_and_says_that_the_evidence_changed(
    house, visit, worker: Worker, sheet, listed
) -> None:
    mark(sheet, visit, "Missed")
    row_appears(listed, "Gloria Ames", RAISE_LIMIT)
    row = listed.page.locator("tbody.client-row", has_text="Gloria Ames")
    row.get_by_role("link", name="Log contact").click()
    listed.page.get_by_label("Not reached").check()
    listed.page.get_by_role("button", name="Save contact").click()
    listed.page.get_by_role("button", name="Save contact").wait_for(state="detached")

    mark(sheet, visit, "Arrived")

    began = time.monotonic()
    follow_up = FollowUp.objects.get(episode=house.episode(house.gloria), state="open")
    while not FollowUp.objects.filter(pk=follow_up.pk, evidence_changed=True).exists():
        assert time.monotonic() - began < RAISE_LIMIT, "nobody was told that the evidence changed"
        time.sleep(0.1)
    assert follow_up.attempts.count() == 1
    listed.go(f"/follow-ups/{follow_up.uid}/")
    assert "evidence changed" in listed.page.locator("main").inner_text()


@pytest.mark.parametrize("fault", ["dead", "frozen"])
def test_without_redis_the_desk_saves_at_once_and_nothing_is_lost(
    house, visit, broker: Redis, worker: Worker, sheet, listed, fault: str
) -> None:
    other = house.visits(house.marcus, "medical", "S", last=1)[0]
    sheet.go(sheet.page.url)
    stopped(broker, fault)

    assert mark(sheet, visit, "Missed") < SAVE_LIMIT
    assert kept(house, visit)
    assert mark(sheet, visit, "Late") < SAVE_LIMIT  # the second nudge meets a publisher that is still stuck
    assert mark(sheet, visit, "Missed") < SAVE_LIMIT
    assert kept(house, visit)
    assert not Finding.objects.filter(follow_up__episode=house.episode(house.gloria)).exists()
    assert sheet.trouble == []

    back(broker, fault)
    time.sleep(2)  # the publisher gives up on what it was holding
    mark(sheet, other, "Arrived")  # any later save wakes the worker, which reads everything that waits
    row_appears(listed, "Gloria Ames", BACK_LIMIT)


@pytest.mark.faults
@pytest.mark.parametrize("fault", ["dead", "frozen"])
def test_after_redis_is_back_the_clock_alone_brings_the_follow_up(
    house, visit, broker: Redis, worker: Worker, sheet, listed, fault: str
) -> None:
    """Nobody saves anything any more: only the drain of every minute can bring it."""
    with beat(worker):
        stopped(broker, fault)
        assert mark(sheet, visit, "Missed") < SAVE_LIMIT
        assert kept(house, visit)
        time.sleep(65)  # long enough for the clock to meet the fault itself
        assert kept(house, visit)

        back(broker, fault)
        row_appears(listed, "Gloria Ames", BACK_LIMIT)

"""What recording costs: `make measures` plays a front desk and a facilitator against 2 million appointments.

A PostgreSQL, a Redis, a worker and gunicorn of its own; a clinic of 10,000 clients with 200 appointments each; then in
Chromium a day of 60 visits recorded by key while a colleague watches the same sheet, and a register of twelve with two
absent. Prints one line of JSON: presses, milliseconds from press to page, seconds until the colleague sees it.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
VISITS, MEMBERS, WATCHED = 60, 12, 12
PORT = 8765
PASSWORD = "river-lantern-42"
# Of sixty visits most are kept; as many are missed or late as on an ordinary day.
KEYS = "P" * 46 + "L" * 5 + "M" * 9


def fill(clients: int) -> None:
    """The clinic, a day of visits in it that have begun, a group that has met."""
    from django.contrib.auth.hashers import make_password

    from clinic import models
    from clinic.management.commands import benchmark

    clinic = benchmark._fill(clients)
    now = datetime.now(UTC)
    clinic.time_zone = f"Etc/GMT{now.hour - 14:+d}"  # it is two in the afternoon there
    clinic.opening_days = list(range(7))
    clinic.save()
    models.RuleSet.objects.create(
        clinic=clinic, number=1, made_at=now - timedelta(days=200), reason="Starting values"
    )
    for username, role in (("desk", "front_desk"), ("colleague", "front_desk"), ("leads", "facilitator")):
        person = models.Staff.objects.create(
            username=username, first_name=username.title(), last_name="Invented", clinic=clinic,
            password=make_password(PASSWORD), is_demo=True,
        )  # fmt: skip
        models.StaffRole.objects.create(staff=person, role=role)
    episodes = list(models.Episode.objects.order_by("pk")[: VISITS + MEMBERS])
    models.Appointment.objects.bulk_create(
        models.Appointment(
            episode=episode, clinic=clinic, channel="case_management", minutes=30,
            starts_at=now - timedelta(hours=6) + timedelta(minutes=5 * number),
        )
        for number, episode in enumerate(episodes[:VISITS])
    )  # fmt: skip
    group = models.Group.objects.create(clinic=clinic, name="Skills", facilitator=person)
    session = models.Session.objects.create(group=group, starts_at=now - timedelta(hours=2))
    for episode in episodes[VISITS:]:
        models.Membership.objects.create(
            episode=episode, group=group, joined_on=clinic.local_day(now) - timedelta(30)
        )
    models.Appointment.objects.bulk_create(
        models.Appointment(
            episode=episode,
            clinic=clinic,
            channel="group",
            group=group,
            session=session,
            starts_at=session.starts_at,
        )
        for episode in episodes[VISITS:]
    )
    benchmark._tidy()


@contextmanager
def site(environment: dict[str, str]) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "aftercare.wsgi", "--workers", "2", "--threads", "4",
         "--bind", f"127.0.0.1:{PORT}", "--log-level", "error"],
        cwd=ROOT, env=environment,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{PORT}"
    finally:
        process.terminate()
        process.wait(20)


def window(browser: Any, address: str, who: str) -> Any:
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    for _attempt in range(100):
        try:
            page.goto(f"{address}/sign-in/")
            break
        except Exception:  # the server is starting
            time.sleep(0.2)
    page.fill("input[name=username]", who)
    page.fill("input[name=password]", PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    return page


def day_of_visits(page: Any, colleague: Any) -> dict[str, Any]:
    """Record the whole sheet by key; some marks are waited for at the colleague's."""
    chance = random.Random(7)
    keys = list(KEYS)
    chance.shuffle(keys)
    watched = set(chance.sample(range(VISITS), WATCHED))
    presses, took, seen = 0, [], []
    page.keyboard.press("n")
    presses += 1
    for number, key in enumerate(keys):
        row = page.evaluate("document.activeElement.closest('[data-row]').id")
        began = time.perf_counter()
        page.keyboard.press(key.lower())
        presses += 1
        page.wait_for_selector(f"#{row}:not([data-open]) button[aria-pressed=true]")
        took.append(1000 * (time.perf_counter() - began))
        if number in watched:
            began = time.perf_counter()
            colleague.wait_for_selector(f"#{row}:not([data-open]) button[aria-pressed=true]", timeout=20_000)
            seen.append(time.perf_counter() - began)
            time.sleep(chance.random())
    took.sort()
    return {
        "visits": VISITS,
        "presses": presses,
        "mark_ms_median": round(statistics.median(took)),
        "mark_ms_p95": round(took[int(len(took) * 0.95)]),
        "mark_ms_worst": round(took[-1]),
        "seen_by_a_colleague_s_median": round(statistics.median(seen), 2),
        "seen_by_a_colleague_s_worst": round(max(seen), 2),
    }


def register(page: Any, address: str) -> dict[str, Any]:
    """Everybody present but two, finished."""
    page.goto(f"{address}/groups/")
    page.locator("a[href^='/sessions/']").first.click()
    page.locator("[data-keys] [data-row]").first.wait_for()
    presses = 0

    def press(key: str) -> None:
        nonlocal presses
        page.keyboard.press(key)
        presses += 1

    page.locator("[data-keys] [data-row]").first.locator(
        "[data-key]"
    ).first.focus()  # the first Tab into the list
    presses += 1
    press("m")
    for _ in range(4):
        press("ArrowDown")
    press("m")
    page.get_by_role("button", name="present").click()
    presses += 1
    began = time.perf_counter()
    page.locator("#register-save").click()
    presses += 1
    page.get_by_text("12 of 12 recorded").first.wait_for()
    return {
        "members": MEMBERS,
        "register_presses": presses,
        "register_save_ms": round(1000 * (time.perf_counter() - began)),
    }


def main() -> None:
    sys.path.insert(0, str(ROOT))
    clients = int(os.environ.get("CLIENTS", "10000"))
    from tests import servers

    with tempfile.TemporaryDirectory(prefix="aftercare-measures-") as folder:
        postgres = servers.Postgres()
        try:
            redis = servers.Redis(Path(folder) / "redis.sock")
            with servers.running(redis):
                environment = {
                    **os.environ,
                    "AFTERCARE_VAR": folder,
                    "DATABASE_URL": postgres.create("measures"),
                    "REDIS_URL": redis.url,
                    "DJANGO_SETTINGS_MODULE": "aftercare.settings",
                    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
                    "LOG_LEVEL": "ERROR",
                }
                os.environ.update(environment)
                print(json.dumps(measured(environment, clients)))
        finally:
            postgres.stop()


def measured(environment: dict[str, str], clients: int) -> dict[str, Any]:
    import django
    from django.core.management import call_command
    from playwright.sync_api import sync_playwright

    from tests import servers

    django.setup()
    (Path(environment["AFTERCARE_VAR"]) / "static").mkdir()
    call_command("migrate", verbosity=0)
    fill(clients)
    from clinic.models import Appointment

    held = Appointment.objects.count()
    with site(environment) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=servers.chromium(), args=servers.CHROMIUM_FLAGS)
        page, colleague = window(browser, address, "desk"), window(browser, address, "colleague")
        page.goto(f"{address}/day/")
        colleague.goto(f"{address}/day/")
        found = day_of_visits(page, colleague)
        found |= register(window(browser, address, "leads"), address)
        browser.close()
    return {"clients": clients, "appointments": held} | found


if __name__ == "__main__":
    main()

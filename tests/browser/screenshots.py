"""Takes the pictures of README.md: `make screenshots` writes docs/screenshots/*.png anew, light and dark.

The demo clinic is loaded into a database of its own and served from this process with the clock standing at one
morning, so the pictures change only when the pages do. Everybody on them is invented. Where pngquant is installed the
files come out a third of the size.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "docs" / "screenshots"
MORNING = datetime(2026, 11, 20, 8, 30, tzinfo=ZoneInfo("America/Denver"))
DESK, PHONE = {"width": 1440, "height": 1020}, {"width": 390, "height": 844}
WIDTH = 1200  # pixels a picture of a desk; its window is wider, as desks are
LARGEST = 150_000  # bytes; more than that makes the README slow to open
SCHEMES = ("light", "dark")


@contextmanager
def served() -> Iterator[str]:
    """The address of the site, served by threads of this process."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    from aftercare.wsgi import application

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:
            """Nobody reads it."""

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def today(page: Any, site: str) -> None:
    page.goto(f"{site}/today/")


def follow_up(page: Any, site: str) -> None:
    """Rosa's row, opened in place."""
    page.goto(f"{site}/today/")
    row = page.locator("tbody.client-row", has_text="Rosa Medina")
    row.locator(".c-act a.btn").first.click()
    opened = page.locator("tbody.client-row.is-open")
    opened.locator(".opened").wait_for()
    opened.evaluate("row => window.scrollTo(0, row.getBoundingClientRect().top + window.scrollY - 16)")


def client(page: Any, site: str) -> None:
    page.goto(f"{site}/today/")
    page.get_by_role("link", name="Rosa Medina", exact=True).first.click()
    page.wait_for_url("**/clients/*/")


def day_sheet(page: Any, site: str) -> None:
    page.goto(f"{site}/day/")


def register(page: Any, site: str) -> None:
    """The register of a group's last session, which some have not been recorded in yet."""
    page.goto(f"{site}/groups/")
    group = page.locator("main tr", has_text="Evening skills")
    group.locator("td[data-label='Last sessions'] a").first.click()
    page.wait_for_url("**/sessions/*/")


def caseloads(page: Any, site: str) -> None:
    page.goto(f"{site}/caseloads/")


def of_the_client(where: str, first: str = "Rosa", last: str = "Medina") -> Callable[[Any, str], None]:
    """The way to one of the pages about a client."""

    def go(page: Any, site: str) -> None:
        from clinic.models import Client

        client = Client.objects.get(first_name=first, last_name=last, clinic__name="Riverside")
        page.goto(f"{site}/clients/{client.uid}/{where}")

    return go


def straight(where: str) -> Callable[[Any, str], None]:
    """The way to a page that has an address of its own."""
    return lambda page, site: page.goto(f"{site}{where}")


def book(page: Any, site: str) -> None:
    """The form of a weekly appointment, with what would be skipped."""
    of_the_client("")(page, site)
    page.get_by_role("link", name="Book", exact=True).first.click()
    page.wait_for_url("**/appointments/new/**")


def group(page: Any, site: str) -> None:
    page.goto(f"{site}/groups/")
    page.locator("main tbody a", has_text="Evening skills").first.click()
    page.wait_for_url("**/groups/*/")


def members(page: Any, site: str) -> None:
    group(page, site)
    page.goto(f"{page.url}members/")


# File name, who is signed in, the window, and the way to the page.
PICTURES: tuple[tuple[str, str, dict[str, int], Callable[[Any, str], None]], ...] = (
    ("today", "maya", DESK, today),
    ("follow-up", "maya", DESK, follow_up),
    ("client", "maya", DESK, client),
    ("day-sheet", "lucia", DESK, day_sheet),
    ("register", "ben", DESK, register),
    ("caseloads", "ruth", DESK, caseloads),
    ("day-sheet-phone", "lucia", PHONE, day_sheet),
    ("unrecorded", "lucia", DESK, straight("/day/unrecorded/")),
    ("walk-in", "lucia", DESK, straight("/day/walk-in/")),
    ("book", "maya", DESK, book),
    ("groups", "ben", DESK, straight("/groups/")),
    ("group", "ben", DESK, group),
    ("members", "ben", DESK, members),
    ("new-client", "lucia", DESK, straight("/clients/new/")),
    ("discharge", "maya", DESK, of_the_client("discharge/")),
    ("plan", "maya", DESK, of_the_client("plan/")),
    ("plan-copy", "maya", DESK, of_the_client("plan/copy/")),
    ("goals", "maya", DESK, of_the_client("goals/")),
    ("supporters", "maya", DESK, of_the_client("supporters/")),
    ("observe", "maya", DESK, of_the_client("observe/")),
    ("pauses", "maya", DESK, of_the_client("pauses/")),
    ("meetings", "maya", DESK, of_the_client("meetings/")),
    ("spoke", "maya", DESK, of_the_client("spoke/")),
    ("medication", "priya", DESK, of_the_client("medication/", "Terrence", "Boyd")),
    ("closed-days", "ruth", DESK, straight("/closures/")),
    ("imports", "alex", DESK, straight("/imports/")),
    ("today-phone", "maya", PHONE, today),
    ("register-phone", "ben", PHONE, register),
)


def take(browser: Any, site: str, scheme: str) -> None:
    """Every picture in one colour scheme, one signed-in window for each person and size."""
    from clinic.sign_ins import PASSWORD

    for name, who, size, go in PICTURES:
        context = browser.new_context(
            viewport=size,
            device_scale_factor=WIDTH / size["width"] if size is DESK else 1,
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(f"{site}/sign-in/")
        page.fill("input[name=username]", who)
        page.fill("input[name=password]", PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        go(page, site)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.activeElement && document.activeElement.blur()")
        path = TARGET / f"{name}-{scheme}.png"
        page.screenshot(path=path)
        context.close()
        print(f"{path.relative_to(ROOT)}  {smaller(path) // 1000} KB", flush=True)


def smaller(path: Path) -> int:
    """Reduce the colours where pngquant is installed; returns the size in bytes."""
    if tool := shutil.which("pngquant"):
        subprocess.run(
            [tool, "--force", "--skip-if-larger", "--strip", "--output", path, "128", path], check=False
        )
    size = path.stat().st_size
    if size > LARGEST:
        print(
            f"{path.name} is {size // 1000} KB; pngquant (apt-get install pngquant) makes it smaller.",
            file=sys.stderr,
        )
    return size


def main() -> None:
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="aftercare-screenshots-") as folder:
        os.environ |= {
            "AFTERCARE_VAR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3",
            "DJANGO_SETTINGS_MODULE": "aftercare.settings",
            "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
            "LOG_LEVEL": "ERROR",
        }
        import django
        import time_machine
        from django.core.management import call_command
        from playwright.sync_api import sync_playwright

        from tests import servers

        django.setup()
        (Path(folder) / "static").mkdir()
        TARGET.mkdir(parents=True, exist_ok=True)
        with time_machine.travel(MORNING, tick=True):
            call_command("migrate", verbosity=0)
            call_command("demo", stdout=sys.stderr)
            with served() as site, sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=servers.chromium(), args=servers.CHROMIUM_FLAGS
                )
                for scheme in SCHEMES:
                    take(browser, site, scheme)
                browser.close()


if __name__ == "__main__":
    main()

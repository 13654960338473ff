"""Signing in, in a real browser: by keyboard, without JavaScript, light and dark, on a phone."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(transactional_db) -> cast.Cast:
    return cast.house(datetime.now(cast.RIVERSIDE_ZONE).date())


def test_a_case_manager_signs_in_by_keyboard_alone(page, live_server, house) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{live_server.url}/")
    page.get_by_label("Sign-in name").focus()
    page.keyboard.type("maya")
    page.keyboard.press("Tab")
    page.keyboard.type(cast.PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url("**/today/")
    assert "Today" in page.title()
    assert page.locator("h1").count() == 1
    assert said == []  # nothing that the content policy had to stop


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_the_sign_in_page_has_no_serious_accessibility_finding(
    page, live_server, house, axe, scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{live_server.url}/sign-in/")

    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_axe_would_notice_an_image_without_words(page, live_server, house, axe) -> None:
    page.goto(f"{live_server.url}/sign-in/")
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")

    assert any(finding.startswith("image-alt") for finding in axe(page))


def test_signing_in_works_without_javascript(browser, live_server, house) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/sign-in/")
    page.fill("input[name=username]", "maya")
    page.fill("input[name=password]", cast.PASSWORD)
    page.click("main button[type=submit]")

    assert page.url.endswith("/today/")
    context.close()

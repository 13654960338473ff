"""What was typed while the session ended: kept for the one who typed it, and sent only when they say so."""

from __future__ import annotations

import html
import re

import pytest
from django.contrib.sessions.models import Session as BrowserSession
from django.test import Client

from clinic.models import FollowUp
from tests import cast
from tests.pages.mornings import follow_up_of

pytestmark = pytest.mark.django_db

AGREED = "Comes on Monday & brings Elena; “thanks”"


def signs_in(browser: Client, person: str, url: str = "/sign-in/"):
    """Fill the form of the sign-in page that stands at `url`."""
    page = browser.get(url).content.decode()
    going = re.search(r'name="next" value="([^"]*)"', page)
    told = {"username": person, "password": cast.PASSWORD, "next": going.group(1) if going else ""}
    return browser.post("/sign-in/", told)


def contact(follow_up: FollowUp) -> tuple[str, dict[str, str]]:
    told = {"method": "call", "result": "reached_rebooked", "agreed": AGREED, "barriers": ["phone", "court"]}
    return f"/follow-ups/{follow_up.uid}/contact/", told


@pytest.fixture
def lost(house, morning):
    """Maya was signed in, her session ended, and she sends a contact: the browser, and where she is sent."""
    browser = Client()
    signs_in(browser, "maya")
    BrowserSession.objects.all().delete()
    url, told = contact(follow_up_of("Rosa Medina"))
    return browser, browser.post(url, told)


def fields(page: str) -> list[tuple[str, str]]:
    """The hidden fields of the form on a page."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return [(name, html.unescape(value)) for name, value in found if name != "csrfmiddlewaretoken"]


def test_a_contact_sent_without_a_session_is_asked_about_after_signing_in_and_then_saved(lost, house):
    browser, answered = lost
    rosa = follow_up_of("Rosa Medina")

    assert answered.status_code == 302
    assert answered["Location"].startswith("/sign-in/")
    assert AGREED not in browser.get(answered["Location"]).content.decode()
    assert not rosa.attempts.exists()

    page = signs_in(browser, "maya", answered["Location"])
    assert page["Location"] == "/not-saved-yet/"
    shown = browser.get("/not-saved-yet/").content.decode()
    told = fields(shown)
    assert ("agreed", AGREED) in told
    assert [value for name, value in told if name == "barriers"] == ["phone", "court"]
    assert not rosa.attempts.exists()

    data: dict[str, list[str]] = {}
    for name, value in told:
        data.setdefault(name, []).append(value)
    browser.post(contact(rosa)[0], data)

    assert rosa.attempts.get().agreed == AGREED
    assert browser.get("/not-saved-yet/")["Location"] == "/"


def test_it_may_be_looked_at_twice_and_left(lost):
    browser, answered = lost
    signs_in(browser, "maya", answered["Location"])
    assert "Send it now" in browser.get("/not-saved-yet/").content.decode()
    assert "Send it now" in browser.get("/not-saved-yet/").content.decode()

    browser.post("/not-saved-yet/")

    assert browser.get("/not-saved-yet/")["Location"] == "/"


def test_somebody_else_at_the_same_desk_gets_nothing_of_it(lost):
    browser, answered = lost
    signs_in(browser, "jonas", answered["Location"])

    assert browser.get("/not-saved-yet/")["Location"] == "/"
    browser.post("/sign-out/")
    signs_in(browser, "maya")
    assert browser.get("/not-saved-yet/")["Location"] == "/"


def test_a_browser_in_which_nobody_was_signed_in_keeps_nothing(house, morning):
    browser = Client()
    url, told = contact(follow_up_of("Rosa Medina"))

    answered = browser.post(url, told)

    assert answered["Location"] == f"/sign-in/?next={url}"
    assert "kept_form" not in browser.session


def test_a_forged_cookie_keeps_nothing(lost, house):
    browser, _answered = lost
    browser.session.flush()
    browser.cookies["aftercare_who"] = f"{house.maya.uid}:forged"
    url, told = contact(follow_up_of("Rosa Medina"))

    browser.post(url, told)

    assert "kept_form" not in browser.session


def test_something_endless_is_not_kept(house, morning):
    browser = Client()
    signs_in(browser, "maya")
    BrowserSession.objects.all().delete()
    url, told = contact(follow_up_of("Rosa Medina"))

    browser.post(url, told | {"agreed": "a" * 300_000})

    assert "kept_form" not in browser.session

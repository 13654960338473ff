"""The register in Chromium: how many presses it takes, undo by key, a visitor, a draft, without JavaScript."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from clinic.models import Appointment, Client, Episode, Membership
from tests import cast
from tests.browser.test_pages import PHONE, overflows

pytestmark = pytest.mark.django_db(transaction=True)
MEMBERS = 12


@pytest.fixture
def twelve(house: cast.Cast, noon) -> cast.Cast:
    """Today's session with twelve members."""
    for number in range(house.register.seats.count(), MEMBERS):
        person = Client.objects.create(
            clinic=house.riverside,
            record_number=f"M-{number}",
            first_name=f"Nova {number}",
            last_name="Zeller",
        )
        episode = Episode.objects.create(
            client=person,
            clinic=house.riverside,
            programme=house.outpatient,
            admitted_on=house.today - timedelta(days=30),
        )
        Membership.objects.create(
            episode=episode, group=house.morning_skills, joined_on=house.today - timedelta(days=30)
        )
        Appointment.objects.create(
            episode=episode,
            clinic=house.riverside,
            channel="group",
            group=house.morning_skills,
            session=house.register,
            starts_at=house.register.starts_at,
        )
    return house


def opened(desk: Any, house: cast.Cast, **options: Any) -> Any:
    page = desk("ben", **options).page
    page.goto(f"/sessions/{house.register.uid}/")
    return page


def outcomes(house: cast.Cast) -> list[str]:
    rows = house.register.seats.order_by("episode__client__last_name", "episode__client__first_name", "pk")
    return list(rows.values_list("outcome", flat=True))


@pytest.mark.parametrize("absent", [(0, 1), (4, 8), (5, 6), (0, 11), (10, 11)])
def test_a_register_of_twelve_with_two_absent_takes_at_most_fifteen_keys(twelve, desk, absent) -> None:
    """Whoever is absent: up and down the list lead round."""
    page = opened(desk, twelve)
    presses = 0

    def press(key: str) -> None:
        nonlocal presses
        page.keyboard.press(key)
        presses += 1

    at = -1
    for wanted in absent:
        down, up = (wanted - at) % MEMBERS or MEMBERS, (at - wanted) % MEMBERS
        if at < 0:
            down, up = wanted + 1, MEMBERS - wanted
        for _ in range(min(down, up)):
            press("ArrowDown" if down <= up else "ArrowUp")
        press("m")
        at = wanted
    press("a")
    press("f")
    page.get_by_text("12 of 12 recorded").wait_for()

    assert presses <= 15
    assert outcomes(twelve) == ["no_show" if n in absent else "attended" for n in range(MEMBERS)]


def test_with_the_mouse_it_takes_four(twelve, desk) -> None:
    page = opened(desk, twelve)
    for row in (2, 9):
        page.locator("tr[data-row]").nth(row).get_by_label("Missed", exact=True).check()
    page.get_by_role("button", name="Mark the other 10 present").click()
    page.get_by_role("button", name="Finish").first.click()
    page.get_by_text("12 of 12 recorded").wait_for()
    assert outcomes(twelve).count("no_show") == 2


def test_undo_goes_back_step_by_step_and_says_what_it_will_undo(twelve, desk) -> None:
    page = opened(desk, twelve)
    first, second = (page.locator("tr[data-row]").nth(n) for n in (0, 1))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("l")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("2")  # present, and rated
    name = second.get_attribute("data-name")
    page.get_by_text(f"Undo {name}: present").wait_for()
    assert second.locator("[value=attended]").is_checked()
    assert second.get_by_text("not saved", exact=True).is_visible()
    page.keyboard.press("z")
    assert not second.locator("[value=attended]").is_checked() and first.locator("[value=late]").is_checked()
    page.keyboard.press("z")
    assert not first.locator("[value=late]").is_checked()
    page.keyboard.press("a")
    assert page.locator("[value=attended]:checked").count() == MEMBERS
    page.keyboard.press("z")
    assert page.locator("[value=attended]:checked").count() == 0
    assert set(outcomes(twelve)) == {"scheduled"}


def test_what_belongs_to_an_outcome_stands_beside_it_only_then(twelve, desk) -> None:
    page = opened(desk, twelve)
    row = page.locator("tr[data-row]").first
    assert not row.get_by_label("minutes late").is_visible()
    row.get_by_label("Late", exact=True).check()
    row.get_by_label("minutes late").fill("15")
    row.get_by_label("Missed", exact=True).check()
    assert row.get_by_text("not rated").is_visible() and not row.get_by_label("minutes late").is_visible()
    row.get_by_label("Excused", exact=True).check()
    row.get_by_label("reason").select_option("court")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save as draft").first.click()
    page.get_by_text("Kept as a draft").wait_for()
    assert row.get_by_label("reason").input_value() == "court"
    assert row.get_by_text("draft", exact=True).is_visible()
    assert set(outcomes(twelve)) == {"scheduled"}


def test_a_visitor_is_added_by_keyboard_and_nothing_chosen_is_lost(twelve, desk) -> None:
    page = opened(desk, twelve)
    page.locator("tr[data-row]").first.get_by_label("Late", exact=True).check()
    page.get_by_text("Add a visitor").click()
    page.get_by_label("Visitor: name or record number").fill("linh")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Give a seat Linh Tran").click()
    page.get_by_text("The visitor has a seat").wait_for()
    assert page.locator("tr[data-row]").count() == MEMBERS + 1
    assert page.locator("tr[data-row]").first.locator("[value=late]").is_checked()
    assert "linh" not in page.url.lower() and outcomes(twelve).count("attended") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [{"width": 1440, "height": 900}, PHONE], ids=["desk", "phone"])
def test_a_register_in_use_has_no_serious_finding(twelve, desk, axe, scheme: str, viewport: dict) -> None:
    page = opened(desk, twelve, color_scheme=scheme, viewport=viewport)
    for number, word in enumerate(("Late", "Left early", "Missed", "Excused", "Present")):
        page.locator("tr[data-row]").nth(number).get_by_label(word, exact=True).check()
    page.get_by_text("Session did not happen").click()
    page.get_by_text("Add a visitor").click()
    page.get_by_label("Visitor: name or record number").fill("linh")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_text("Who came?").wait_for()
    assert axe(page) == [] and overflows(page) == []
    page.get_by_role("button", name="Finish").first.click()
    page.get_by_text("5 of 12 recorded").wait_for()
    assert axe(page) == [] and overflows(page) == []


def test_without_javascript_everybody_else_is_present_at_one_click(twelve, desk) -> None:
    page = opened(desk, twelve, java_script_enabled=False)
    page.locator("tr[data-row]").nth(3).get_by_label("Missed", exact=True).check()
    page.get_by_role("button", name="Mark the other 12 present and finish").click()
    page.get_by_text("12 of 12 recorded").wait_for()
    assert outcomes(twelve) == ["no_show" if n == 3 else "attended" for n in range(MEMBERS)]

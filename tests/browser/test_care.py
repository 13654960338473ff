"""The observation form in a real browser: by keys alone, and without JavaScript; and what folds on the other pages."""

from __future__ import annotations

import pytest

from clinic.models import Attempt, Closure, Observation, Pause
from tests.browser.test_pages import PHONE, focused, overflows, tab_to, unfold

pytestmark = pytest.mark.django_db(transaction=True)


def kept() -> dict[str, int]:
    return {each.item: each.anchor for each in Observation.objects.get().items.all()}


def test_an_observation_is_noted_by_keys_alone(house, noon, desk) -> None:
    page = desk("maya").page
    page.goto(f"/clients/{house.gloria.uid}/observe/")
    tab_to(page, "Session")
    page.keyboard.press("Space")
    tab_to(page, "The client said")
    page.keyboard.press("Space")
    tab_to(page, "–", inside="[data-item]")
    for key in "02-1":
        page.keyboard.press(key)  # A1 to A4; each goes on to the next
    assert page.evaluate("document.activeElement.name") == "A5"
    for _ in range(6):
        page.keyboard.press("-")  # A5 to A10
    assert page.evaluate("document.activeElement.name") == "B1", "the next group has unfolded"
    page.keyboard.press("3")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("-")  # one thought better of it
    page.get_by_role("button", name="Save", exact=True).focus()
    page.keyboard.press("Enter")
    page.locator(".banner-done").wait_for()

    assert kept() == {"A1": 0, "A2": 2, "A4": 1}


def test_digits_in_words_are_words(house, noon, desk) -> None:
    page = desk("maya").page
    page.goto(f"/clients/{house.gloria.uid}/observe/")
    unfold(page)
    page.locator("input[name=C4-words]").fill("")
    page.locator("input[name=C4-words]").focus()
    page.keyboard.type("3 weeks - 2 jobs")
    assert page.locator("input[name=C4-words]").input_value() == "3 weeks - 2 jobs"
    assert "C4" in focused(page) or page.evaluate("document.activeElement.name") == "C4-words"


def test_without_javascript_an_observation_a_pause_and_a_talk_are_noted(house, noon, desk) -> None:
    page = desk("maya", java_script_enabled=False, viewport=PHONE).page
    page.goto(f"/clients/{house.gloria.uid}/observe/")
    page.get_by_label("Session", exact=True).check()
    page.get_by_label("The client said", exact=True).check()
    page.locator("summary", has_text="Body and day").click()
    page.locator("input[name=B2][value='2']").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".banner-done").wait_for()
    assert kept() == {"B2": 2}

    page.goto(f"/clients/{house.gloria.uid}/pauses/")
    page.get_by_label("What kind").select_option("agreed_leave")
    page.get_by_role("button", name="Note the pause").click()
    page.locator(".banner-done").wait_for()
    assert Pause.objects.filter(episode=house.episode(house.gloria), kind="agreed_leave").count() == 1

    page.goto(f"/clients/{house.gloria.uid}/spoke/")
    page.get_by_role("button", name="Note the talk").click()
    page.locator(".banner-done").wait_for()
    assert Attempt.objects.count() == 1


def test_without_javascript_a_day_is_closed_and_opened_again(house, noon, desk) -> None:
    page = desk("ruth", java_script_enabled=False, viewport=PHONE).page
    page.goto("/closures/")
    page.get_by_label("Day", exact=True).fill(f"{house.today.year + 1}-01-01")
    page.get_by_label("Why").fill("New Year")
    page.get_by_role("button", name="Close the day").click()
    page.locator(".banner-done").wait_for()
    assert Closure.objects.filter(reason="New Year").exists()
    assert overflows(page) == []
    row = page.locator("li", has_text="New Year").first
    row.locator("summary").click()
    row.get_by_role("button", name="Yes, the clinic is open").click()
    page.locator(".banner-done").wait_for()
    assert not Closure.objects.filter(reason="New Year").exists()

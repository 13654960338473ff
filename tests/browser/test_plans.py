"""The care plan in a real browser: by keyboard alone, without JavaScript, by two at once; and its sheet on paper."""

from __future__ import annotations

from typing import Any

import pytest

from clinic import plans
from clinic.models import CarePlan
from clinic.plans import IfThenPlan, PlanContent, Trigger
from tests.agreed import CONTENT, agreed
from tests.browser.test_pages import tab_to

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def rosa(house, noon) -> Any:
    agreed(house, house.rosa, noon)
    return house.rosa


def test_a_plan_is_written_by_keyboard_alone(house, noon, desk) -> None:
    window = desk("maya")
    page = window.page
    page.goto(f"/clients/{house.gloria.uid}/plan/")
    tab_to(page, "Write the plan")
    page.keyboard.press("Enter")
    page.wait_for_url("**/plan/change/")
    tab_to(page, "My reasons, 1")
    page.keyboard.type("My daughter")
    tab_to(page, "Another reason")
    page.keyboard.press("Enter")  # a row more, in place, and the focus stands in it
    assert page.evaluate("document.activeElement.name") == "reasons-2-text"
    page.keyboard.type("Sleeping well")
    tab_to(page, "If")
    page.keyboard.type("rent day")
    tab_to(page, "then I")
    page.keyboard.type("call Jo")
    tab_to(page, "What it is")
    page.keyboard.type("Rent day")
    tab_to(page, "Cannot be kept away from")
    page.keyboard.press("Space")
    tab_to(page, "Another one", inside="[data-rows=triggers]")
    page.keyboard.press("Enter")
    page.keyboard.type("The bus stop")
    tab_to(page, "Save the plan")
    page.keyboard.press("Enter")
    page.locator(".banner-done").wait_for()

    plan = CarePlan.objects.get()
    assert plan.reasons == ["My daughter", "Sleeping well"]
    assert [(each["what"], each["avoidable"]) for each in plan.triggers] == [
        ("Rent day", False),
        ("The bus stop", True),
    ]
    assert plan.if_thens.get().action == "call Jo"
    assert window.trouble == []


def test_enter_in_a_field_saves_the_plan(house, noon, desk) -> None:
    page = desk("maya").page
    page.goto(f"/clients/{house.gloria.uid}/plan/change/")
    page.get_by_label("What helps me, 1").fill("A walk")
    page.keyboard.press("Enter")
    page.locator(".banner-done").wait_for()

    assert CarePlan.objects.get().coping == ["A walk"]


def test_rows_are_added_in_place_up_to_what_a_plan_holds(house, noon, desk, axe) -> None:
    window = desk("maya", viewport=PHONE)
    page = window.page
    page.goto(f"/clients/{house.gloria.uid}/plan/change/")
    button = page.locator("[data-rows=if_thens] [data-add]")
    for _often in range(18):
        button.click()

    assert not button.is_visible()
    names = page.eval_on_selector_all(
        "[data-rows=if_thens] [data-place] [id]", "found => found.map(each => each.id)"
    )
    assert len(names) == len(set(names)) >= 80 and not [each for each in names if "__" in each]
    assert (
        page.locator("[data-rows=if_thens] [role=group]").last.get_attribute("aria-label")
        == "If … then …, 20"
    )
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert window.trouble == []


def test_without_javascript_a_row_more_is_one_request_and_nothing_is_lost(house, noon, desk) -> None:
    page = desk("maya", java_script_enabled=False, viewport=PHONE).page
    page.goto(f"/clients/{house.gloria.uid}/plan/change/")
    page.get_by_label("My reasons, 1").fill("My daughter")
    page.get_by_label("After this stay").fill("Saturday walking club")
    page.get_by_role("button", name="Another reason").click()
    page.get_by_label("My reasons, 5").fill("Sleep")
    page.get_by_role("button", name="Save the plan").last.click()
    page.locator(".banner-done").wait_for()

    plan = CarePlan.objects.get()
    assert (plan.reasons, plan.aftercare) == (["My daughter", "Sleep"], "Saturday walking club")


def test_two_write_at_once_and_the_second_decides_with_both_before_them(house, noon, desk, axe, rosa) -> None:
    mine, theirs = desk("maya").page, desk("ruth").page
    for page in (mine, theirs):
        page.goto(f"/clients/{rosa.uid}/plan/change/")
    theirs.get_by_label("My reasons, 1").fill("Theirs")
    theirs.get_by_label("Skills I am building, 1").fill("Swimming")
    theirs.get_by_role("button", name="Save the plan").click()
    theirs.locator(".banner-done").wait_for()
    mine.get_by_label("My reasons, 1").fill("Mine")
    mine.get_by_role("button", name="Save the plan").click()
    mine.get_by_role("heading", name="Where the two differ").wait_for()

    assert axe(mine) == []
    assert mine.get_by_label("My reasons, 1").input_value() == "Mine"
    assert mine.get_by_label("Skills I am building, 1").input_value() == "Swimming"
    mine.get_by_role("button", name="Save the plan").click()
    mine.locator(".banner-done").wait_for()
    plan = CarePlan.objects.get()
    assert (plan.reasons[0], plan.skills, plan.version) == ("Mine", ["Swimming"], 3)


@pytest.mark.parametrize("entries", [1, 3, 6])
def test_the_sheet_is_one_page_of_paper_without_an_address(house, noon, desk, rosa, entries: int) -> None:
    """Whatever stands in the plan, the type grows smaller before the sheet grows longer."""
    lists = {
        name: tuple(f"Something of my own, number {n}" for n in range(entries))
        for name in ("reasons", "coping", "routine", "reminders", "life_goals")
    }
    content = PlanContent(
        **lists,
        triggers=tuple(Trigger("place", f"A place I know, number {n}") for n in range(entries)),
        if_thens=tuple(
            IfThenPlan("other", f"The evening {n}", "I walk to the river") for n in range(entries)
        ),
        aftercare=CONTENT.aftercare,
    )
    plans.save_plan(house.episode(rosa), by=house.maya, on=noon, content=content, reviewed=False, version=1)
    page = desk("maya").page
    page.goto(f"/clients/{rosa.uid}/plan/copy/")

    for paper in ("Letter", "A4"):
        printed = page.pdf(format=paper)
        assert printed.count(b"/Type /Page") - printed.count(b"/Type /Pages") == 1
    page.emulate_media(media="print")
    assert not page.locator(".sheet-bar").is_visible()
    assert "Rosa" not in page.locator("body").inner_text()

"""The day sheet in a real browser: a day by keys alone, two windows at once, and nothing lost on the way."""

from __future__ import annotations

import time
from datetime import time as clock
from typing import Any

import pytest

from clinic import attendance
from clinic.models import Appointment, Recording
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)

DAY_OF = 60
MOST_PRESSES = 75
SEEN_WITHIN = 5.0  # seconds


class Presses:
    """A keyboard that counts."""

    def __init__(self, page: Any) -> None:
        self.page, self.count = page, 0

    def __call__(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.count += 1


def a_day_of(house: cast.Cast, many: int) -> list[Appointment]:
    """So many visits of this morning, which nobody has recorded; everything else of the day is out of the way."""
    Appointment.objects.filter(
        clinic=house.riverside, session=None, starts_at__gte=house.at(house.today, 0)
    ).exclude(channel="dosing").delete()
    people = [who for who in house.clients if who.clinic_id == house.riverside.pk and who != house.victor]
    return [
        house.visits(people[number % 10], "counselling", "S", at=clock(6 + number // 10, number % 10))[0]
        for number in range(many)
    ]


def focused_row(page: Any) -> str:
    return page.evaluate(
        "document.activeElement.closest('tr') ? document.activeElement.closest('tr').id : ''"
    )


def row_of(window: Any, row: Appointment) -> Any:
    return window.page.locator(f"#a-{row.uid}")


def outcome(row: Appointment) -> str:
    row.refresh_from_db()
    return row.outcome


def test_a_day_of_sixty_takes_at_most_75_presses(house, noon, desk) -> None:
    rows = a_day_of(house, DAY_OF)
    window = desk("lucia")
    window.go("/day/")
    press = Presses(window.page)

    press("n")
    for number in range(DAY_OF):
        press({7: "l", 8: "m", 9: "x", 19: "e"}.get(number % 20, "p"))

    window.page.locator("tr[data-open]").first.wait_for(state="detached")
    assert press.count <= MOST_PRESSES
    assert {outcome(row) for row in rows} == {"attended", "late", "no_show", "excused", "left_early"}
    assert Recording.objects.count() == DAY_OF
    assert outcome(rows[7]) == "late" and outcome(rows[8]) == "no_show" and outcome(rows[9]) == "excused"
    assert window.trouble == []


def test_z_takes_the_last_one_back_and_stands_on_its_row(house, noon, desk) -> None:
    rows = a_day_of(house, 4)
    window = desk("lucia")
    window.go("/day/")
    press = Presses(window.page)
    for key in "np":
        press(key)
    row_of(window, rows[0]).locator("button[aria-pressed=true]", has_text="Arrived").wait_for()
    press("m")
    row_of(window, rows[1]).locator("button[aria-pressed=true]", has_text="Missed").wait_for()
    assert focused_row(window.page) == f"a-{rows[2].uid}"

    press("z")
    row_of(window, rows[1]).locator(":focus").wait_for()
    assert (outcome(rows[0]), outcome(rows[1])) == ("attended", "scheduled")
    press("z")
    row_of(window, rows[0]).locator(":focus").wait_for()
    assert outcome(rows[0]) == "scheduled"


def test_a_second_window_sees_a_mark_within_five_seconds(house, noon, desk) -> None:
    rows = a_day_of(house, 6)
    first, second = desk("lucia"), desk("priya")
    first.go("/day/")
    second.go("/day/")

    row_of(first, rows[2]).get_by_role("button", name="Late", exact=True).click()
    began = time.monotonic()
    row_of(second, rows[2]).locator("button[aria-pressed=true]", has_text="Late").wait_for()

    assert time.monotonic() - began < SEEN_WITHIN
    assert "1 recorded" in second.page.locator("#day-counts").inner_text()
    assert second.trouble == []


def test_a_row_in_work_is_left_alone_and_the_second_to_save_is_told(house, noon, desk) -> None:
    rows = a_day_of(house, 3)
    window = desk("lucia")
    window.go("/day/")
    row = row_of(window, rows[1])
    row.locator("summary").click()
    row.locator("input[name=minutes_stayed]").fill("25")
    for each in rows:
        attendance.mark(each, by=house.priya, on=noon, outcome="attended")

    row_of(window, rows[0]).locator("button[aria-pressed=true]").wait_for()
    assert row.locator("input[name=minutes_stayed]").input_value() == "25"
    assert window.page.evaluate("document.activeElement.name") == "minutes_stayed"

    window.page.keyboard.press("Enter")
    row.get_by_text("Priya Shah recorded this meanwhile: attended. Yours is not saved yet.").wait_for()
    assert row.locator(".in-row input[name=minutes_stayed]").input_value() == "25"
    assert outcome(rows[1]) == "attended"


def test_a_search_narrows_the_sheet_in_place(house, noon, desk) -> None:
    rows = a_day_of(house, 10)
    window = desk("lucia")
    window.go("/day/")
    window.page.keyboard.press("/")
    window.page.keyboard.type("med ros")
    assert window.page.locator("tr[data-row]:visible").count() == 1
    window.page.keyboard.press("Enter")
    assert focused_row(window.page) == f"a-{rows[0].uid}"
    assert window.page.url.endswith("/day/")
    window.page.fill("#day-find", "nobody of that name")
    assert window.page.get_by_text("Nobody on this sheet has this name").is_visible()
    window.page.fill("#day-find", "")
    assert window.page.locator("tr[data-row]:visible").count() == 10


@pytest.mark.parametrize("size", [(1440, 900), (360, 740)])
def test_what_opens_in_a_row_can_be_read_by_everybody_and_fits(house, noon, desk, axe, size) -> None:
    rows = a_day_of(house, 3)
    window = desk("lucia", viewport={"width": size[0], "height": size[1]})
    window.go("/day/")
    row = row_of(window, rows[0])
    row.locator("summary").click()
    assert axe(window.page) == []
    row.get_by_role("button", name="Rescheduled").click()
    row.locator("form.in-row").wait_for()
    assert axe(window.page) == []
    assert window.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    row.locator("button[name=slot]").first.click()
    row.get_by_text("new date").wait_for()
    assert outcome(rows[0]) == "rescheduled"


def test_everything_works_without_javascript(house, noon, desk) -> None:
    rows = a_day_of(house, 3)
    window = desk("lucia", java_script_enabled=False)
    window.go("/day/")
    row_of(window, rows[0]).locator("summary").click()
    row_of(window, rows[0]).locator("select[name=excuse]").select_option("transport")
    row_of(window, rows[0]).get_by_role("button", name="Excused").click()
    assert "No transport" in row_of(window, rows[0]).inner_text()

    row_of(window, rows[1]).get_by_role("button", name="Missed").click()
    window.page.get_by_role("button", name="Undo").click()
    assert outcome(rows[1]) == "scheduled"
    assert "Taken back." in window.page.locator("#banners").inner_text()

    row_of(window, rows[2]).locator("summary").click()
    row_of(window, rows[2]).get_by_role("button", name="Rescheduled").click()
    row_of(window, rows[2]).locator("button[name=slot]").first.click()
    assert outcome(rows[2]) == "rescheduled"

    window.page.fill("#day-find", "rosa")
    window.page.get_by_role("button", name="Find").click()
    assert window.page.locator("tr[data-row]").count() == 1
    assert "rosa" not in window.page.url


def test_on_paper_nothing_can_be_pressed_and_no_number_stands(house, noon, desk) -> None:
    a_day_of(house, 3)
    window = desk("lucia")
    window.go("/day/")
    window.page.emulate_media(media="print")
    assert window.page.locator("button:visible, input:visible, select:visible").count() == 0
    assert window.page.locator("#day-rows tr:visible").count() >= 3
    assert "555" not in window.page.locator("main").inner_text()

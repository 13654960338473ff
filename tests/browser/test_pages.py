"""Every page in a real browser: readable for everybody, on a telephone, by keyboard alone and without JavaScript."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import get_resolver, resolve

from clinic.importing import jobs, work
from clinic.models import Appointment, Attempt, Client, FollowUp
from tests import cast
from tests.agreed import agreed

pytestmark = pytest.mark.django_db(transaction=True)

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
DEEDS = {
    "sign_out",
    "confirm_medical",
    "log_contact",
    "snooze",
    "wake",
    "close_follow_up",
    "mark",
    "undo_discharge",
    "undo_mark",
    "day_changes",
    "home",
    "kept",
    "withdraw_observation",
    "confirm_pause",
    "end_pause",
    "reopen_day",
    "cancel_appointment",
    "change_order",
    "meeting_logging",
    "apply_import",
    "undo_import",
    "discard_import",
    "not_taken",
}  # addresses without a page
NO_PAGES = {"health_live", "health_ready"}


def pages_of(house: cast.Cast) -> dict[str, list[str]]:
    """The pages, by who opens them. "" has not signed in."""
    rosa = FollowUp.objects.get(episode=house.episode(house.rosa), state="open")
    return {
        "": ["/sign-in/", "/nowhere/"],
        "maya": [
            "/today/",
            f"/follow-ups/{rosa.uid}/",
            "/clients/",
            f"/clients/{house.rosa.uid}/",
            f"/clients/{house.rosa.uid}/change/",
            f"/clients/{house.rosa.uid}/groups/",
            f"/clients/{house.rosa.uid}/programme/",
            f"/clients/{house.rosa.uid}/discharge/",
            *plan_pages(house),
            *care_pages(house, "observe", "pauses", "meetings", "spoke"),
        ],
        "priya": care_pages(house, "observe", "medication"),
        "lucia": ["/clients/new/", "/day/", "/day/walk-in/", "/day/unrecorded/", *booking_pages(house)],
        "ben": [
            "/groups/",
            "/groups/new/",
            f"/groups/{house.morning_skills.uid}/",
            f"/groups/{house.morning_skills.uid}/change/",
            f"/groups/{house.morning_skills.uid}/members/",
            f"/groups/{house.morning_skills.uid}/schedule/",
            f"/sessions/{house.register.uid}/plan/",
            f"/sessions/{house.register.uid}/",
        ],
        "ruth": [
            "/closures/",
            "/caseloads/",
            "/caseloads/unassigned/",
            f"/caseloads/{house.maya.uid}/",
            f"/clients/{house.victor.uid}/admit/",
        ],
        "alex": ["/", *import_pages(house)],
    }


def booking_pages(house: cast.Cast) -> list[str]:
    """Booking for Terry, and what is booked for him already."""
    visit = Appointment.objects.get(
        episode=house.episode(house.terrence), channel="counselling", outcome="scheduled"
    )
    here = f"/appointments/{visit.uid}/"
    return ["/appointments/new/", f"/appointments/new/?client={house.terrence.uid}", here, f"{here}rebook/"]


def plan_pages(house: cast.Cast) -> list[str]:
    """What Rosa has agreed, written down for the occasion."""
    rows = agreed(house, house.rosa, house.at(house.today, 8))
    here = f"/clients/{house.rosa.uid}"
    pages = ["plan", "plan/change", "plan/version", "plan/copy", "plan/sessions", "goals", "supporters"]
    return [
        *(f"{here}/{each}/" for each in pages),
        f"/goals/{rows.goal.uid}/",
        f"/supporters/{rows.supporter.uid}/",
    ]


def care_pages(house: cast.Cast, *names: str) -> list[str]:
    """Pages about a client beside attendance, of one who has something to show."""
    return [f"/clients/{house.terrence.uid}/{name}/" for name in names]


def import_pages(house: cast.Cast) -> list[str]:
    """The imports, one that was checked with a row that is not taken, and one that waits for a worker."""
    text = (
        b"record_number,group,joined_on\nR-1001,Morning skills,2020-01-01\nR-1001,No such group,2020-01-01\n"
    )
    now = house.at(house.today, 8)
    checked, waiting = (
        jobs.upload(house.riverside, [("members.csv", text)], by=house.alex, on=now) for _ in range(2)
    )
    work.check(checked.pk, now)
    return ["/imports/", f"/imports/{checked.uid}/", f"/imports/{waiting.uid}/"]


def overflows(page: Any) -> list[str]:
    """What sticks out at the side of the page."""
    return page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= wide) return [];
          return [...document.querySelectorAll("main *, header *, footer *")]
            .filter(e => e.getBoundingClientRect().right > wide + 0.5)
            .map(e => e.tagName + "." + e.className).slice(0, 5);
        }"""
    )


def unfold(page: Any) -> None:
    """Open what a page folds away, so that it is looked at too."""
    page.evaluate("document.querySelectorAll('main details:not(.menu)').forEach(d => { d.open = true; })")


def test_every_address_with_a_page_is_looked_at(house, noon) -> None:
    looked = {
        resolve(urlsplit(url).path).url_name
        for urls in pages_of(house).values()
        for url in urls
        if url != "/nowhere/"
    }
    names = {key for key in get_resolver().reverse_dict if isinstance(key, str)}

    assert looked | DEEDS | NO_PAGES == names


@pytest.mark.parametrize("person", ["", "maya", "lucia", "ben", "ruth", "priya", "alex"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_finding_sticks_out_or_complains(
    house, noon, desk, axe, person: str, scheme: str
) -> None:
    window = desk(person, color_scheme=scheme)
    page = window.page
    found: list[str] = []

    def look(where: str) -> None:
        unfold(page)
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            found.extend(f"{where} at {size['width']}: {finding}" for finding in axe(page))
            found.extend(f"{where} at {size['width']}: {part} sticks out" for part in overflows(page))

    for url in pages_of(house)[person]:
        page.goto(url)
        assert page.locator("h1").count() == 1, url
        assert page.evaluate("document.documentElement.dataset.bsTheme") == scheme
        look(url)
        if url == "/today/":
            page.locator("tbody.client-row").first.get_by_role("link", name="Log contact").click()
            page.get_by_role("button", name="Save contact").wait_for()
            look("/today/ with a row opened")

    assert found == []
    assert [line for line in window.trouble if "/nowhere/" not in line] == []


def test_a_page_that_sticks_out_is_noticed(house, noon, desk) -> None:
    """The control of the looks above: something wide, something said on the console, something the policy stops."""
    window = desk("maya", viewport=PHONE)
    window.go("/today/")
    window.page.evaluate(
        """() => {
          const wide = document.createElement("canvas");
          wide.width = "900";
          const inline = document.createElement("script");
          inline.textContent = "window.ran = 1";
          document.querySelector("main").append(wide, inline);
        }"""
    )

    assert overflows(window.page)
    assert window.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in line for line in window.trouble)


# --- By keyboard alone ---------------------------------------------------------------------------------------------


def focused(page: Any) -> str:
    """What stands in focus, in the words a screen reader would begin with."""
    return page.evaluate(
        """() => {
          const e = document.activeElement;
          const label = e.labels && e.labels[0] ? e.labels[0].innerText : "";
          return (e.getAttribute("aria-label") || label || e.innerText || e.value || "").trim();
        }"""
    )


def ring(page: Any) -> bool:
    """Whether one can see where the focus stands: on the thing itself or, for a drawn choice, on its label."""
    return page.evaluate(
        """() => {
          const look = e => getComputedStyle(e);
          const shown = e => e && look(e).outlineStyle !== "none" && parseFloat(look(e).outlineWidth);
          const e = document.activeElement;
          const drawn = e.closest("label");
          return Boolean(shown(e) || shown(e.nextElementSibling) || shown(e.firstElementChild) || shown(drawn) ||
                         getComputedStyle(e).boxShadow !== "none");
        }"""
    )


def tab_to(page: Any, words: str, *, inside: str = "body", most: int = 150) -> None:
    """Press Tab until something that begins with `words` stands in focus inside `inside`."""
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate("where => Boolean(document.activeElement.closest(where))", inside)
        if here and focused(page).startswith(words):
            assert ring(page), f"the focus on {words!r} cannot be seen"
            return
    raise AssertionError(f"Tab never reaches {words!r}")


def sign_in_by_keyboard(page: Any, person: str) -> None:
    page.goto("/sign-in/")
    tab_to(page, "Sign-in name")
    page.keyboard.type(person)
    tab_to(page, "Password")
    page.keyboard.type(cast.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)


def test_a_contact_is_logged_by_keyboard_alone_and_the_row_moves(house, noon, desk) -> None:
    page = desk().page
    sign_in_by_keyboard(page, "maya")
    row = page.locator("tbody.client-row").first
    name = row.locator("th a").inner_text()

    tab_to(page, "Log contact")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save contact").wait_for()
    tab_to(page, "Reached, re-booked")
    page.keyboard.press("Space")
    tab_to(page, "Agreed")
    page.keyboard.type("Comes on Thursday")
    tab_to(page, "Save contact")
    page.keyboard.press("Enter")
    page.locator("#worklist .banner-done").wait_for()

    attempt = Attempt.objects.get()
    assert (attempt.result, attempt.agreed) == ("reached_rebooked", "Comes on Thursday")
    assert attempt.follow_up.episode.client.full_name == name
    assert page.locator("tbody.client-row").first.locator("th a").inner_text() != name
    page.locator("#worklist .banner-done:focus").wait_for()  # the row is gone, the focus is not


def test_an_arrival_is_marked_by_keyboard_alone(house, noon, desk) -> None:
    page = desk().page
    sign_in_by_keyboard(page, "lucia")
    row = page.locator("tr[data-row]", has_text="Grace Adjei").first
    visit = Appointment.objects.get(uid=row.get_attribute("id").removeprefix("a-"))
    assert visit.outcome == "scheduled"

    tab_to(page, "Arrived", inside=f"#a-{visit.uid}")
    page.keyboard.press("Enter")
    page.locator(f"#a-{visit.uid} [data-key][aria-pressed=true]").wait_for()

    visit.refresh_from_db()
    assert visit.outcome == "attended"
    page.locator(f"#a-{visit.uid} :focus").wait_for()  # the place is kept


def test_a_register_is_saved_by_keyboard_alone(house, noon, desk) -> None:
    page = desk().page
    sign_in_by_keyboard(page, "ben")
    page.goto(f"/sessions/{house.register.uid}/")
    rows = page.locator("tr[data-row]")
    assert rows.count() == 4
    first, second = (rows.nth(n).get_attribute("id").removeprefix("m-") for n in (0, 1))

    tab_to(page, "Present", inside=f"#m-{first}")
    page.keyboard.press("Space")
    page.keyboard.press("3")
    page.keyboard.press("ArrowDown")  # the next member
    page.keyboard.press("m")
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if focused(page) == "Finish":
            break
    page.keyboard.press("Enter")
    page.locator("#register .banner-done").wait_for()

    assert Appointment.objects.get(uid=first).outcome == "attended"
    assert Appointment.objects.get(uid=first).participation == 3
    assert Appointment.objects.get(uid=second).outcome == "no_show"
    assert house.register.seats.filter(outcome="scheduled").count() == 2  # left alone is left unrecorded


# --- Without JavaScript --------------------------------------------------------------------------------------------


@pytest.fixture
def plain(desk):
    return lambda person, **options: desk(person, java_script_enabled=False, viewport=PHONE, **options).page


def test_without_javascript_a_contact_is_logged(house, noon, plain) -> None:
    page = plain("maya")
    page.goto("/today/")
    name = page.locator("tbody.client-row").first.locator("th a").inner_text()
    page.get_by_role("link", name="Log contact").first.click()
    page.get_by_label("Not reached").check()
    page.get_by_role("button", name="Save contact").click()
    page.wait_for_url("**/today/")

    attempt = Attempt.objects.get()
    assert (attempt.result, attempt.follow_up.episode.client.full_name) == ("not_reached", name)
    assert page.locator(".banner-done").is_visible()


def test_without_javascript_a_follow_up_is_snoozed_and_another_one_closed(house, noon, plain) -> None:
    page = plain("maya")
    page.goto("/today/")
    first, second = (page.locator("tbody.client-row").nth(n).get_attribute("id")[2:] for n in (0, 1))
    page.goto(f"/follow-ups/{first}/")
    page.get_by_text("Snooze until a day").click()
    page.get_by_label("Why", exact=True).fill("Asked for tomorrow")
    page.get_by_role("button", name="Snooze", exact=True).click()
    page.wait_for_url("**/today/")
    page.goto(f"/follow-ups/{second}/")
    page.get_by_text("Close this follow-up").click()
    page.get_by_label("The client does not want contact now").check()
    page.get_by_role("button", name="Close follow-up").click()
    page.wait_for_url("**/today/")

    assert FollowUp.objects.get(uid=first).quiet_as == "snoozed"
    assert FollowUp.objects.get(uid=second).closed_as == "declined"


def test_without_javascript_an_arrival_is_marked(house, noon, plain) -> None:
    page = plain("lucia")
    page.goto("/day/")
    row = page.locator("tr[data-row]", has_text="Grace Adjei").first
    visit = Appointment.objects.get(uid=row.get_attribute("id").removeprefix("a-"))
    row.get_by_role("button", name="Arrived").click()
    page.wait_for_url("**/day/**")

    visit.refresh_from_db()
    assert visit.outcome == "attended"


def test_without_javascript_a_register_is_saved(house, noon, plain) -> None:
    page = plain("ben")
    page.goto(f"/sessions/{house.register.uid}/")
    row = page.locator("tr[data-row]").first
    row.get_by_label("Late", exact=True).check()
    row.get_by_label("2", exact=True).check()
    page.locator("#register-save").click()
    page.locator(".banner-done").wait_for()

    seat = house.register.seats.get(uid=row.get_attribute("id").removeprefix("m-"))
    assert (seat.outcome, seat.participation) == ("late", 2)


def test_without_javascript_a_client_is_found_and_another_one_given_away(house, noon, plain) -> None:
    page = plain("maya")
    page.goto("/clients/")
    page.get_by_label("Name or record number").last.fill("Medina")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Medina, Rosa").click()
    assert "Rosa Medina" in page.locator("h1").inner_text()
    assert "Medina" not in page.url and "Medina" not in page.title()

    page = plain("ruth")
    page.goto("/caseloads/unassigned/")
    page.get_by_label("Case manager").first.select_option(value=str(house.jonas.uid))
    page.get_by_role("button", name="Assign").first.click()
    page.wait_for_url("**/unassigned/")

    assert house.episode(house.grace).assignments.get().case_manager == house.jonas


def test_without_javascript_somebody_is_taken_in_after_a_look_at_who_is_alike(house, noon, plain) -> None:
    page = plain("lucia")
    page.goto("/clients/new/")
    page.get_by_label("First name").fill("Rose")
    page.get_by_label("Last name").fill("Medina")
    page.get_by_label("Programme").select_option(index=1)
    page.get_by_role("button", name="Save new client").click()
    assert "Could this be Rosa Medina?" in page.locator("main").inner_text()
    page.get_by_label("None of these").check()
    page.get_by_role("button", name="Save as a new client").click()
    page.wait_for_url("**/day/")

    assert Client.objects.filter(last_name="Medina").count() == 2


def test_without_javascript_no_page_sticks_out_on_a_telephone(house, noon, plain) -> None:
    found = {}
    for person, urls in pages_of(house).items():
        page = plain(person)
        for url in urls:
            page.goto(url)
            found.update({url: parts} if (parts := overflows(page)) else {})
    assert found == {}

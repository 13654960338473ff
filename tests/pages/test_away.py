"""Pauses of a client and closed days of a clinic: noted, confirmed, ended, opened again, and what stands on them."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from clinic import episodes
from clinic.models import Closure, Pause, Session
from tests.pages.mornings import TODAY, text

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def sign_in(house, before_the_sweep, client):
    def signed_in(who: str):
        client.force_login(getattr(house, who))
        return client

    return signed_in


@pytest.fixture
def at(house) -> str:
    return reverse("pauses", args=[house.gloria.uid])


def pause(browser, at: str, **typed):
    first = {"kind": "inpatient", "starts_on": TODAY.isoformat(), "confirmed": "on", "form_key": str(uuid4())}
    return browser.post(at, {**first, **typed})


def of(house, client=None) -> list[Pause]:
    return list(Pause.objects.filter(episode=house.episode(client or house.gloria)).order_by("starts_on"))


# --- Pauses --------------------------------------------------------------------------------------------------------


def test_a_pause_is_noted_once_and_says_what_it_does(house, at, sign_in):
    browser = sign_in("maya")
    typed = {"ends_on": (TODAY + 9 * DAY).isoformat(), "source": "The ward", "form_key": str(uuid4())}
    assert [pause(browser, at, **typed).status_code for _ in range(2)] == [302, 302]

    (row,) = of(house)
    assert (row.kind, row.starts_on, row.ends_on, row.source, row.confirmed) == (
        "inpatient",
        TODAY,
        TODAY + 9 * DAY,
        "The ward",
        True,
    )
    page = text(browser.get(at))
    assert "Until Sun 29 Nov absence says nothing; the day after, a first contact is asked for." in page


def test_what_nobody_confirmed_says_when_it_runs_out_and_is_confirmed(house, at, sign_in):
    browser = sign_in("maya")
    pause(browser, at, confirmed="", kind="jail")
    assert "absence says nothing until Sun 22 Nov, then it runs out by itself." in text(browser.get(at))
    (row,) = of(house)
    browser.post(reverse("confirm_pause", args=[row.uid]), {"state": row.state})
    assert of(house)[0].confirmed
    assert "Absence says nothing until somebody notes its end." in text(browser.get(at))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"kind": ""}, "Choose what kind of pause it is."),
        ({"kind": "holiday"}, "Select a valid choice."),
        ({"starts_on": ""}, "Choose a day."),
        ({"starts_on": "2026-13-01"}, "That is no date."),
        ({"starts_on": "9999-12-31"}, "That day is too far away."),
        ({"starts_on": "2100-01-01"}, "Choose a day at most 3 years away."),
        ({"starts_on": "2026-01-01"}, "on or after the admission"),
        ({"ends_on": (TODAY - DAY).isoformat()}, "The end lies before the start."),
        ({"source": "x" * 121}, "at most 120 characters"),
    ],
)
def test_an_impossible_pause_is_refused_at_its_field(house, at, sign_in, typed, said):
    answer = pause(sign_in("maya"), at, **{"source": "The ward", **typed})
    assert answer.status_code == 422 and said in text(answer)
    assert "The ward" in answer.content.decode() or "source" in typed
    assert of(house) == []


def test_days_of_another_pause_are_refused(house, at, sign_in, before_the_sweep):
    browser = sign_in("maya")
    pause(browser, at, starts_on=(TODAY - 3 * DAY).isoformat(), ends_on=(TODAY + DAY).isoformat())
    over = pause(browser, at, starts_on=(TODAY + DAY).isoformat(), ends_on=(TODAY + 5 * DAY).isoformat())
    assert over.status_code == 422
    assert "A pause from 17 Nov 2026 to 21 Nov 2026 holds on some of these days already." in text(over)
    assert pause(browser, at, starts_on=(TODAY + 2 * DAY).isoformat()).status_code == 302
    assert pause(browser, at, starts_on=(TODAY + 9 * DAY).isoformat()).status_code == 422
    assert len(of(house)) == 2
    first = of(house)[0]
    answer = browser.post(
        reverse("end_pause", args=[first.uid]),
        {"ends_on": (TODAY + 4 * DAY).isoformat(), "state": first.state},
    )
    assert answer.status_code == 422, "nor by ending one later"
    assert "goes on already" in text(answer)


def test_a_report_that_ran_out_stands_in_nobodys_way(house, at, sign_in, before_the_sweep):
    stay, long_ago = house.episode(house.gloria), before_the_sweep - 20 * DAY
    episodes.pause(
        stay,
        by=house.maya,
        on=long_ago,
        kind="jail",
        starts_on=TODAY - 20 * DAY,
        ends_on=TODAY + 9 * DAY,
        confirmed=False,
    )
    assert pause(sign_in("maya"), at).status_code == 302


def test_a_pause_is_ended(house, at, sign_in):
    browser = sign_in("ruth")
    pause(browser, at)
    (row,) = of(house)
    url = reverse("end_pause", args=[row.uid])
    early = browser.post(url, {"ends_on": (TODAY - DAY).isoformat(), "state": row.state})
    assert early.status_code == 422 and "The end lies before the start." in text(early)
    assert browser.post(url, {"ends_on": "", "state": row.state}).status_code == 422
    assert browser.post(url, {"ends_on": (TODAY + DAY).isoformat(), "state": row.state}).status_code == 302
    assert of(house)[0].ends_on == TODAY + DAY
    assert "The pause ends with Sat 21 Nov." in text(browser.get(at))


def test_who_comes_second_is_told_and_overwrites_nothing(house, at, sign_in):
    browser = sign_in("maya")
    pause(browser, at, confirmed="")
    (row,) = of(house)
    end, confirm = (reverse(name, args=[row.uid]) for name in ("end_pause", "confirm_pause"))
    assert browser.post(end, {"ends_on": (TODAY + DAY).isoformat(), "state": row.state}).status_code == 302
    later = browser.post(end, {"ends_on": (TODAY + 7 * DAY).isoformat(), "state": row.state})
    assert later.status_code == 409
    assert "Somebody else changed this pause meanwhile." in text(later)
    assert (TODAY + 7 * DAY).isoformat() in later.content.decode(), "what was typed stays"
    assert of(house)[0].state in later.content.decode(), "and can be sent once more"
    assert of(house)[0].ends_on == TODAY + DAY
    assert browser.post(confirm, {"state": row.state}).status_code == 409
    assert not of(house)[0].confirmed


@pytest.mark.parametrize("who", ["maya", "ruth", "priya"])
def test_whoever_sees_the_file_notes_pauses(house, at, sign_in, who):
    browser = sign_in(who)
    assert "Note the pause" in text(browser.get(at))
    assert pause(browser, at).status_code == 302
    assert len(of(house)) == 1


@pytest.mark.parametrize("who", ["lucia", "jonas", "ben", "alex", "stranger", "anne"])
def test_a_stranger_finds_no_pauses(house, sign_in, who):
    at = reverse("pauses", args=[house.samir.uid])
    away = house.episode(house.samir).pauses.get()
    browser = sign_in(who)
    assert browser.get(at).status_code == 404
    assert pause(browser, at).status_code == 404
    assert browser.post(reverse("confirm_pause", args=[away.uid])).status_code == 404
    assert (
        browser.post(reverse("end_pause", args=[away.uid]), {"ends_on": TODAY.isoformat()}).status_code == 404
    )


def test_a_stay_that_has_ended_has_no_more_pauses(house, sign_in):
    at = reverse("pauses", args=[house.victor.uid])
    house.episode(house.victor).assignments.update(ends_on=None)
    browser = sign_in("maya")
    assert "This stay in care ended" in text(browser.get(at))
    assert pause(browser, at).status_code == 422


def test_the_page_costs_the_same_however_many_pauses_there_are(
    house, at, sign_in, before_the_sweep, django_assert_num_queries
):
    browser = sign_in("maya")
    pause(browser, at, starts_on=(TODAY - 90 * DAY).isoformat(), ends_on=(TODAY - 90 * DAY).isoformat())
    browser.get(at)
    with django_assert_num_queries(13):
        browser.get(at)
    for ago in range(10, 80, 10):
        day = (TODAY - ago * DAY).isoformat()
        pause(browser, at, starts_on=day, ends_on=day)
    browser.get(at)
    with django_assert_num_queries(13):
        browser.get(at)


# --- Closed days ---------------------------------------------------------------------------------------------------

CLOSURES = "/closures/"
XMAS = date(2026, 12, 25)


def close(browser, day: date | str = XMAS, reason: str = "Christmas", **typed):
    return browser.post(CLOSURES, {"day": day, "reason": reason, "form_key": str(uuid4()), **typed})


@pytest.mark.parametrize("who", ["ruth", "alex"])
def test_a_day_is_closed_once_and_stands_in_the_calendar(house, sign_in, who):
    browser = sign_in(who)
    key = str(uuid4())
    assert [close(browser, form_key=key).status_code for _ in range(2)] == [302, 302]
    row = Closure.objects.get(day=XMAS)
    assert (row.clinic, row.reason) == (house.riverside, "Christmas")
    page = text(browser.get(CLOSURES))
    assert "Closed on Fri 25 Dec. Nothing stands on it." in page
    assert "25, closed: Christmas" in page


def test_what_stands_on_a_closed_day_is_counted_and_linked(house, sign_in):
    day = TODAY + 3 * DAY
    for who in (house.gloria, house.rosa):
        house.visits(who, "counselling", "S", last=-3)
    other = house.visits(house.gloria, "medical", "A", last=-3)
    assert other[0].outcome == "attended", "what is recorded need not be moved"
    session = Session.objects.create(group=house.evening_skills, starts_at=house.at(day, 18))
    browser = sign_in("ruth")
    before = list(Session.objects.values_list("pk", "starts_at"))
    close(browser, day, "Water pipe")
    page = browser.get(CLOSURES)

    assert "Closed on Mon 23 Nov. 2 visits to move, 1 session to move." in text(page)
    assert "Session to move: Evening skills 18:00" in text(page)
    assert f'href="/day/?on={day}"' in page.content.decode()
    assert str(session.uid) in page.content.decode()
    assert list(Session.objects.values_list("pk", "starts_at")) == before, "nothing was moved by itself"
    assert "/day/?on=" not in sign_in("alex").get(CLOSURES).content.decode(), (
        "no way into what one may not see"
    )


def test_a_day_is_opened_again(house, sign_in):
    browser = sign_in("ruth")
    close(browser)
    browser.post("/closures/reopen/", {"day": XMAS.isoformat()})
    assert not Closure.objects.filter(day=XMAS).exists()
    assert "Open again on Fri 25 Dec." in text(browser.get(CLOSURES))
    assert browser.post("/closures/reopen/", {"day": XMAS.isoformat()}).status_code == 302, "twice is as once"
    assert browser.post("/closures/reopen/", {"day": "soon"}).status_code == 422


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day": ""}, "Choose a day."),
        ({"day": "25.12."}, "That is no date."),
        ({"day": "2036-12-25"}, "Choose a day at most 3 years away."),
        ({"day": "0001-01-01"}, "That day is too far away."),
        ({"reason": ""}, "Say why it is closed"),
        ({"reason": "x" * 121}, "at most 120 characters"),
    ],
)
def test_an_impossible_closed_day_is_refused_at_its_field(house, sign_in, typed, said):
    before = Closure.objects.count()
    answer = close(sign_in("ruth"), **typed)
    assert answer.status_code == 422 and said in text(answer)
    assert Closure.objects.count() == before


def test_a_day_somebody_else_has_closed_keeps_its_reason(house, sign_in):
    close(sign_in("alex"), reason="Staff training")
    answer = close(sign_in("ruth"))
    assert answer.status_code == 409
    assert "This day is closed already: Staff training." in text(answer)
    assert Closure.objects.get(day=XMAS).reason == "Staff training"


@pytest.mark.parametrize("who", ["maya", "lucia", "ben", "priya"])
def test_others_of_the_clinic_read(house, sign_in, who):
    close(sign_in("ruth"))
    browser = sign_in(who)
    page = text(browser.get(CLOSURES))
    assert "Christmas" in page and "Close the day" not in page and "Open again" not in page
    assert close(browser, TODAY + 9 * DAY).status_code == 404
    assert browser.post("/closures/reopen/", {"day": XMAS.isoformat()}).status_code == 404
    assert Closure.objects.filter(day=XMAS).exists()


def test_another_clinic_neither_sees_nor_opens_it(house, sign_in):
    close(sign_in("ruth"))
    browser = sign_in("anne")
    assert "Christmas" not in text(browser.get(CLOSURES))
    browser.post("/closures/reopen/", {"day": XMAS.isoformat()})
    assert Closure.objects.filter(day=XMAS, clinic=house.riverside).exists()


def test_any_year_can_be_looked_at_and_nonsense_is_this_year(house, sign_in):
    browser = sign_in("maya")
    assert "January" in text(browser.get(CLOSURES, {"year": "2028"}))
    for year in ("x", "0000", "9999", "-1", "²⁰²⁶"):
        assert browser.get(CLOSURES, {"year": year}).status_code == 200


def test_the_calendar_costs_the_same_however_many_days_are_closed(house, sign_in, django_assert_num_queries):
    browser = sign_in("ruth")
    close(browser)
    browser.get(CLOSURES)
    with django_assert_num_queries(10):
        browser.get(CLOSURES)
    for ahead in range(1, 30):
        Closure.objects.get_or_create(clinic=house.riverside, day=TODAY + ahead * DAY)
    with django_assert_num_queries(10):
        browser.get(CLOSURES)


@pytest.mark.parametrize("told", [{}, {"state": ""}, {"state": "x"}])
def test_a_pause_is_not_changed_without_saying_what_was_on_the_screen(house, sign_in, told):
    row = Pause.objects.create(
        episode=house.episode(house.rosa), kind="travel", starts_on=TODAY, confirmed=False
    )
    browser = sign_in("maya")
    ends = {"ends_on": (TODAY + DAY).isoformat()}
    assert browser.post(reverse("end_pause", args=[row.uid]), {**ends, **told}).status_code == 409
    assert browser.post(reverse("confirm_pause", args=[row.uid]), told).status_code == 409
    row.refresh_from_db()
    assert (row.ends_on, row.confirmed) == (None, False)

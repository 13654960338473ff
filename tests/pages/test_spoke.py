"""A quick "we spoke", and the mutual-aid meetings a client tells us about."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from clinic import sweep
from clinic.models import Appointment, Attempt, Finding, StaffRole
from tests.pages.mornings import TODAY, follow_up_of, text

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = {"day": TODAY.isoformat(), "at": "08:15"}


@pytest.fixture
def sign_in(house, before_the_sweep, client):
    def signed_in(who: str):
        client.force_login(getattr(house, who))
        return client

    return signed_in


def spoke(browser, who, **typed):
    return browser.post(
        reverse("spoke", args=[who.uid]), {**NOW, "method": "call", "form_key": str(uuid4()), **typed}
    )


def open_signs(house, who) -> set[str]:
    rows = Finding.objects.filter(episode=house.episode(who), state="open")
    return set(rows.values_list("sign", flat=True))


# --- We spoke ------------------------------------------------------------------------------------------------------


def test_a_talk_is_noted_once_with_what_was_agreed(house, sign_in):
    browser = sign_in("maya")
    typed = {
        "form_key": str(uuid4()),
        "agreed": "Comes on Monday",
        "next_contact_on": (TODAY + 3 * DAY).isoformat(),
    }
    assert [spoke(browser, house.gloria, **typed).status_code for _ in range(3)] == [302] * 3

    row = Attempt.objects.get()
    assert (row.by, row.method, row.agreed, row.next_contact_on) == (
        house.maya,
        "call",
        "Comes on Monday",
        TODAY + 3 * DAY,
    )
    assert row.at == house.at(TODAY, 8, 15)
    page = text(browser.get(reverse("spoke", args=[house.gloria.uid])))
    assert "Comes on Monday" in page and "Next contact Mon 23 Nov" in page


def test_now_is_where_the_form_begins(house, sign_in):
    body = sign_in("maya").get(reverse("spoke", args=[house.gloria.uid])).content.decode()
    assert 'value="2026-11-20"' in body and 'value="08:30"' in body


def test_what_it_does_to_the_list_is_said_before_and_happens_after(house, morning, sign_in):
    assert {"D06"} <= open_signs(house, house.linh)
    browser = sign_in("maya")
    page = text(browser.get(reverse("spoke", args=[house.linh.uid])))
    settles, _, leaves = page.partition("Stays open")
    titles = {
        row.sign: row for row in Finding.objects.filter(episode=house.episode(house.linh), state="open")
    }
    assert "No contact for" in settles, titles
    assert "Log it on the follow-up" in page
    assert (
        reverse("follow_up", args=[follow_up_of("Linh Tran").uid])
        in browser.get(reverse("spoke", args=[house.linh.uid])).content.decode()
    )

    spoke(browser, house.linh)
    sweep.drain(morning)
    assert "D06" not in open_signs(house, house.linh)
    assert bool(leaves) == bool(open_signs(house, house.linh))


def test_who_only_missed_counselling_stays_on_the_list(house, morning, sign_in):
    page = text(sign_in("maya").get(reverse("spoke", args=[house.rosa.uid])))
    assert "Has stopped coming" in page.partition("Stays open")[2]
    spoke(sign_in("maya"), house.rosa)
    sweep.drain(morning)
    assert "D08" in open_signs(house, house.rosa)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"method": "letter"}, "Select a valid choice."),
        ({"method": ""}, "Choose how you spoke."),
        ({"at": "08:31"}, "That time lies ahead."),
        ({"day": (TODAY + DAY).isoformat()}, "That time lies ahead."),
        ({"day": "2026-01-01"}, "on or after the admission"),
        ({"day": "0001-01-01"}, "That day is too far away."),
        ({"at": "noon"}, "That is no time."),
        ({"at": ""}, "Say at what time."),
        ({"next_contact_on": (TODAY - DAY).isoformat()}, "That day has passed."),
        ({"next_contact_on": (TODAY + 400 * DAY).isoformat()}, "At most a year ahead."),
        ({"agreed": "x" * 281}, "at most 280 characters"),
    ],
)
def test_an_impossible_talk_is_refused_at_its_field(house, sign_in, typed, said):
    answer = spoke(sign_in("maya"), house.gloria, **{"agreed": "Comes on Monday", **typed})
    assert answer.status_code == 422 and said in text(answer)
    assert "Comes on Monday" in answer.content.decode() or "agreed" in typed
    assert not Attempt.objects.exists()


def test_somebody_discharged_can_be_spoken_with(house, sign_in):
    house.episode(house.victor).assignments.update(ends_on=None)
    assert spoke(sign_in("maya"), house.victor).status_code == 302
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize("who", ["lucia", "jonas", "ben", "priya", "alex", "stranger", "anne"])
def test_a_stranger_notes_no_talk(house, sign_in, who):
    browser = sign_in(who)
    assert browser.get(reverse("spoke", args=[house.gloria.uid])).status_code == 404
    assert spoke(browser, house.gloria).status_code == 404
    assert not Attempt.objects.exists()


def test_the_page_costs_the_same_however_often_they_spoke(house, sign_in, django_assert_num_queries):
    browser = sign_in("maya")
    at = reverse("spoke", args=[house.gloria.uid])
    spoke(browser, house.gloria)
    browser.get(at)
    with django_assert_num_queries(14):
        browser.get(at)
    for minute in range(9):
        spoke(browser, house.gloria, at=f"07:0{minute}")
    browser.get(at)
    with django_assert_num_queries(14):
        browser.get(at)


# --- Meetings ------------------------------------------------------------------------------------------------------


def meeting(browser, who, **typed):
    typed = {"day": "2026-11-19", "at": "18:30", "form_key": str(uuid4()), **typed}
    return browser.post(reverse("meetings", args=[who.uid]), typed)


def logged(house):
    return Appointment.objects.filter(episode=house.episode(house.marcus), channel="mutual_aid")


@pytest.mark.parametrize("who", ["maya", "ruth", "priya"])
def test_a_meeting_is_logged_once_as_self_reported(house, sign_in, who):
    browser, key = sign_in(who), str(uuid4())
    assert [meeting(browser, house.marcus, form_key=key).status_code for _ in range(2)] == [302, 302]
    row = logged(house).get()
    assert (row.verified, row.outcome, row.starts_at) == (False, "attended", house.at(TODAY - DAY, 18, 30))
    page = text(browser.get(reverse("meetings", args=[house.marcus.uid])))
    assert "Thu 19 Nov 18:30" in page and "self-reported" in page


def test_one_that_somebody_verified_says_so(house, sign_in):
    browser = sign_in("maya")
    meeting(browser, house.marcus, verified="on")
    assert logged(house).get().verified
    assert "verified" in text(browser.get(reverse("meetings", args=[house.marcus.uid])))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day": (TODAY + DAY).isoformat()}, "That time lies ahead."),
        ({"day": "2026-01-01"}, "on or after the admission"),
        ({"day": ""}, "Choose a day."),
        ({"at": ""}, "Say at what time."),
        ({"at": "24:01"}, "That is no time."),
    ],
)
def test_an_impossible_meeting_is_refused_at_its_field(house, sign_in, typed, said):
    answer = meeting(sign_in("maya"), house.marcus, **typed)
    assert answer.status_code == 422 and said in text(answer)
    assert not logged(house).exists()


def test_who_does_not_want_them_logged_is_heard(house, sign_in):
    browser = sign_in("maya")
    wish = reverse("meeting_logging", args=[house.marcus.uid])
    browser.post(wish, {"wanted": "no"})
    house.marcus.refresh_from_db()
    assert house.marcus.meetings_off_on == TODAY
    page = text(browser.get(reverse("meetings", args=[house.marcus.uid])))
    assert "the client does not want meetings to be logged" in page and "Log the meeting" not in page
    answer = meeting(browser, house.marcus)
    assert answer.status_code == 422 and "The client does not want meetings to be logged." in text(answer)
    assert not logged(house).exists()
    browser.post(wish, {"wanted": "yes"})
    assert meeting(browser, house.marcus).status_code == 302
    assert browser.post(wish, {"wanted": "perhaps"}).status_code == 422


def test_after_the_end_of_a_stay_no_meeting_belongs_to_it(house, sign_in):
    house.episode(house.victor).assignments.update(ends_on=None)
    answer = meeting(sign_in("maya"), house.victor)
    assert answer.status_code == 422 and "This stay had ended on that day." in text(answer)
    assert meeting(sign_in("maya"), house.victor, day="2026-10-20").status_code == 302


@pytest.mark.parametrize("who", ["lucia", "jonas", "ben", "alex", "stranger", "carmen"])
def test_a_stranger_finds_no_meetings(house, sign_in, who):
    browser = sign_in(who)
    assert browser.get(reverse("meetings", args=[house.marcus.uid])).status_code == 404
    assert meeting(browser, house.marcus).status_code == 404
    assert (
        browser.post(reverse("meeting_logging", args=[house.marcus.uid]), {"wanted": "no"}).status_code == 404
    )
    assert not logged(house).exists()


def test_the_page_costs_the_same_however_many_meetings_there_are(house, sign_in, django_assert_num_queries):
    browser = sign_in("maya")
    at = reverse("meetings", args=[house.marcus.uid])
    meeting(browser, house.marcus)
    browser.get(at)
    with django_assert_num_queries(13):
        browser.get(at)
    for ago in range(2, 30):
        meeting(browser, house.marcus, day=(TODAY - ago * DAY).isoformat())
    browser.get(at)
    with django_assert_num_queries(13):
        browser.get(at)


# --- Somebody with two roles ---------------------------------------------------------------------------------------


def test_who_is_medical_too_notes_a_talk_with_the_own_clients_only(house, sign_in):
    StaffRole.objects.create(staff=house.jonas, role="medical")
    browser = sign_in("jonas")
    assert browser.get(reverse("client", args=[house.rosa.uid])).status_code == 200
    assert (
        reverse("spoke", args=[house.rosa.uid])
        not in browser.get(reverse("client", args=[house.rosa.uid])).content.decode()
    )
    assert browser.get(reverse("spoke", args=[house.rosa.uid])).status_code == 404
    assert spoke(browser, house.rosa).status_code == 404
    assert not Attempt.objects.exists()
    assert spoke(browser, house.andre).status_code == 302

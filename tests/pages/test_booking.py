"""Booking: find whom, see what stands in the way, save once; move, cancel, book again."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import models
from clinic.models import Appointment, Closure, Pause, Recording, Series
from tests import cast

TODAY = date(2026, 11, 20)
TUESDAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 20, 17, 42, tzinfo=UTC)
BOOK = "/appointments/new/"
NAMES = ("Rosa", "Medina", "R-1001", "Paul", "Nowak", "Gloria", "Ames")


@pytest.fixture
def house(db):
    return cast.house(TODAY)


@pytest.fixture(autouse=True)
def morning():
    """It is 10:42 at Riverside."""
    with time_machine.travel("2026-11-20T17:42:00Z", tick=False):
        yield


@pytest.fixture
def lucia(client, house):
    client.force_login(house.lucia)
    return client


@pytest.fixture
def typed(house):
    """What a person types for Paul; `more` replaces fields, None leaves one out."""

    def typed(**more):
        sent = {
            "client": house.paul.uid,
            "day": TUESDAY.isoformat(),
            "at": "10:00",
            "minutes": "50",
            "service": "counselling",
            "staff": house.sam.uid,
            "mode": "in_person",
            "form_key": uuid4(),
            **more,
        }
        return {name: value for name, value in sent.items() if value is not None}

    return typed


def made(house, who=None):
    rows = Appointment.objects.filter(episode=house.episode(who or house.paul), booked_at=NOW)
    return list(rows.order_by("starts_at", "pk"))


def text(answer) -> str:
    return unescape(re.sub(r"\s+", " ", answer.content.decode()))


def errors(answer) -> dict[str, str]:
    """What a page says at its fields, by the end of the field's id."""
    told = answer.content.decode()
    found = re.findall(r'id="[a-z]+[0-9a-f-]*?-(\w+)_error">\s*<p>.*?</svg>\s*(.*?)</p>', told, re.DOTALL)
    return {name: unescape(words.strip()) for name, words in found}


def hidden(answer, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', answer.content.decode()).group(1)


def when(house, row) -> str:
    return f"{row.starts_at.astimezone(house.riverside.zone):%m-%d %H:%M}"


# --- Whom ----------------------------------------------------------------------------------------------------------


def test_booking_begins_with_whom_and_the_search_is_in_no_address(lucia, house):
    page = lucia.get(BOOK)
    assert page.status_code == 200 and "Name or record number" in text(page)
    found = lucia.post(BOOK, {"q": "nowak"})
    assert found.status_code == 200 and "Paul Nowak" in text(found)
    assert f"{BOOK}?client={house.paul.uid}" in text(found)
    assert lucia.post(BOOK, {"q": "R-1004"}).content.count(b"Paul Nowak") >= 1
    assert "Nobody in care has this name" in text(lucia.post(BOOK, {"q": "Chen"}))  # discharged
    assert errors(lucia.post(BOOK, {"q": ""})) == {} and lucia.post(BOOK, {"q": ""}).status_code == 422


def test_what_the_day_sheet_opens_it_with_is_handed_on(lucia, house):
    found = lucia.post(f"{BOOK}?day=2026-11-25&at=11:00", {"q": "paul"})
    assert f"client={house.paul.uid}&day=2026-11-25&at=11%3A00" in text(found)
    page = text(lucia.get(f"{BOOK}?client={house.paul.uid}&day=2026-11-25&at=11:00"))
    assert 'value="2026-11-25"' in page and 'value="11:00"' in page


def test_a_case_manager_is_named_and_finds_the_own_clients_only(client, house):
    client.force_login(house.maya)
    page = text(client.get(f"{BOOK}?client={house.paul.uid}"))
    assert f'<option value="{house.maya.uid}" selected>' in page
    assert "Andre" not in text(client.post(BOOK, {"q": "Andre"})).split("<main")[1].replace(
        'value="Andre"', ""
    )


# --- One -----------------------------------------------------------------------------------------------------------


def test_one_appointment_is_booked_in_the_clinics_own_time(lucia, house, typed):
    answer = lucia.post(BOOK, typed(purpose="follow_up"))
    (row,) = made(house)
    assert (answer.status_code, answer.url) == (302, f"/appointments/{row.uid}/")
    assert (when(house, row), row.minutes, row.staff, row.purpose, row.outcome) == (
        "11-24 10:00",
        50,
        house.sam,
        "follow_up",
        "scheduled",
    )
    page = text(lucia.get(answer.url))
    assert "Booked: Tue 24 Nov 10:00." in page and "Paul Nowak, Tue 24 Nov 10:00" in page
    assert "Paul" not in "".join(cookie.value for cookie in answer.cookies.values())


@pytest.mark.parametrize(
    ("more", "field", "told"),
    [
        ({"day": None}, "day", "Choose a day."),
        ({"day": "2026-02-30"}, "day", "That is no date. Write it like 2026-11-20."),
        ({"day": "9999-12-31"}, "day", "That day is too far away."),
        ({"day": "2029-01-01"}, "day", "Choose a day within the next two years."),
        ({"day": "2026-11-18"}, "day", "That time passed more than a day ago. Choose a later one."),
        ({"day": "2026-11-26"}, "day", "The clinic is closed on that day: Thanksgiving."),
        ({"at": ""}, "at", "Say at what time."),
        ({"at": "25:00"}, "at", "That is no time. Write it like 14:30."),
        ({"minutes": "0"}, "minutes", "The end lies before the start."),
        ({"minutes": "-50"}, "minutes", "The end lies before the start."),
        ({"minutes": "9999999999999"}, "minutes", "Give whole minutes, 5 to 480."),
        ({"minutes": "an hour"}, "minutes", "Give whole minutes."),
        ({"service": ""}, "service", "Choose a service."),
        ({"repeat": "week", "until": "2026-11-01"}, "until", "The end lies before the start."),
        ({"repeat": "week", "count": "0"}, "count", "Choose 1 to 200 times."),
        (
            {"repeat": "week", "count": "5", "until": "2026-12-24"},
            "count",
            "Give a last day or a number of times",
        ),
        (
            {"repeat": "week", "until": "2029-06-01"},
            "until",
            "At most two years ahead: until Fri 24 Nov 2028.",
        ),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(lucia, house, typed, more, field, told):
    Closure.objects.create(clinic=house.riverside, day=date(2026, 11, 26), reason="Thanksgiving")
    sent = typed(purpose="care_review", **more)
    answer = lucia.post(BOOK, sent)
    assert answer.status_code == 422
    assert list(errors(answer)) == [field] and errors(answer)[field].startswith(told)
    page = text(answer)
    assert 'value="care_review" selected' in page and f'value="{house.sam.uid}" selected' in page
    assert f'value="{sent["form_key"]}"' in page
    assert made(house) == [] and not models.Submission.objects.exists()


def test_before_the_admission_and_after_the_discharge(lucia, house, typed):
    stay = house.episode(house.paul)
    stay.admitted_on, stay.discharged_on = date(2026, 11, 23), date(2026, 11, 24)
    stay.save()
    early, late = lucia.post(BOOK, typed(day="2026-11-20", at="15:00")), lucia.post(BOOK, typed())
    assert errors(early)["day"].startswith("The admission was on Mon 23 Nov")
    assert errors(late)["day"].startswith("The discharge is on Tue 24 Nov")
    assert "The discharge is on Tue 24 Nov" in text(lucia.get(f"{BOOK}?client={house.paul.uid}"))


def test_somebody_of_another_clinic_is_not_on_the_list(lucia, house, typed):
    answer = lucia.post(BOOK, typed(staff=house.tunde.uid))
    assert errors(answer) == {"staff": "Choose somebody who works at this clinic."}
    assert "Tunde" not in text(answer)


def test_sent_twice_it_is_booked_once(lucia, house, typed):
    sent = typed()
    first, second = lucia.post(BOOK, sent), lucia.post(BOOK, sent)
    (row,) = made(house)
    assert first.url == second.url == f"/appointments/{row.uid}/"
    assert "This was saved already." in text(lucia.get(second.url))
    twin = lucia.post(BOOK, {**sent, "form_key": uuid4(), "despite": "on"})
    assert errors(twin) == {"day": "The client has an appointment of this kind at that time already."}
    assert len(made(house)) == 1


def test_what_stands_in_the_way_is_shown_before_saving_and_can_be_overridden(lucia, house, typed):
    house.visits(house.gloria, "counselling", "S", last=-4, at=time(10, 30), staff=house.sam)
    sent = typed()
    answer = lucia.post(BOOK, sent)
    page = text(answer)
    assert answer.status_code == 422 and made(house) == []
    assert "Sam Whitfield has another appointment, 10:30 to 11:" in page and "Gloria" not in page
    assert "despite" in errors(answer) or "Book anyway" in page
    ticked = {**sent, "despite": "on"}
    assert lucia.post(BOOK, ticked).status_code == 422  # of something else than what was shown
    assert lucia.post(BOOK, {**ticked, "seen": hidden(answer, "seen")}).status_code == 302
    assert len(made(house)) == 1


def test_a_tick_holds_only_for_what_was_on_the_screen(lucia, house, typed):
    house.visits(house.gloria, "counselling", "S", last=-4, at=time(10, 30), staff=house.sam)
    sent = {**typed(), "despite": "on", "seen": hidden(lucia.post(BOOK, typed()), "seen")}
    house.visits(house.marcus, "counselling", "S", last=-4, at=time(10, 5), staff=house.sam)
    answer = lucia.post(BOOK, sent)
    assert answer.status_code == 422 and "10:05" in text(answer)
    assert made(house) == []


def test_a_pause_warns_without_saying_which(lucia, house, typed):
    Pause.objects.create(episode=house.episode(house.paul), kind="jail", starts_on=TUESDAY, ends_on=TUESDAY)
    page = text(lucia.post(BOOK, typed()))
    assert "The client is paused until Tue 24 Nov." in page and "jail" not in page.lower()


def test_the_next_free_times_are_one_press_away(lucia, house, typed):
    page = text(lucia.get(f"{BOOK}?client={house.paul.uid}&staff={house.sam.uid}"))
    free = re.findall(r'name="slot" value="([^"]+)"', page)
    assert len(free) == 5 and free[0] == "2026-11-20T11:30"
    answer = lucia.post(BOOK, typed(day="", at="", slot=free[1]))
    assert answer.status_code == 302
    assert when(house, made(house)[0]) == "11-20 12:00"
    looked = lucia.post(BOOK, typed(day="2026-11-30", at="", times="1"))
    assert looked.status_code == 200 and errors(looked) == {}
    assert 'name="slot" value="2026-11-30T08:00"' in text(looked)
    assert lucia.post(BOOK, typed(day="x", at="", slot="tomorrow")).status_code == 422


def test_a_skipped_hour_is_moved_on_and_ten_o_clock_stays(lucia, house, typed):
    night = typed(day="2027-03-14", at="02:30")
    asks = lucia.post(BOOK, night)
    assert lucia.post(BOOK, {**night, "despite": "on", "seen": hidden(asks, "seen")}).status_code == 302
    assert when(house, made(house)[0]) == "03-14 03:00"


# --- A series ------------------------------------------------------------------------------------------------------


def test_a_series_is_shown_before_it_is_saved(lucia, house, typed):
    Closure.objects.create(clinic=house.riverside, day=date(2026, 12, 1), reason="Inventory")
    sent = typed(repeat="week", count="5")
    shown = lucia.post(BOOK, sent)
    page = text(shown)
    assert shown.status_code == 200 and made(house) == []
    assert "4 appointments will be booked" in page and "every week on Tuesday, 5 times" in page
    assert "Tue 1 Dec" in page and "The clinic is closed on that day: Inventory." in page
    days = re.findall(r'name="without"\s+value="([\d-]+)"', page)
    assert days == ["2026-11-24", "2026-12-08", "2026-12-15", "2026-12-22"]
    answer = lucia.post(BOOK, {**sent, "seen": hidden(shown, "seen"), "without": ["2026-12-15"]})
    assert answer.status_code == 302
    assert [when(house, row) for row in made(house)] == ["11-24 10:00", "12-08 10:00", "12-22 10:00"]
    assert lucia.post(BOOK, {**sent, "seen": hidden(shown, "seen")}).status_code == 302  # a second click
    assert Series.objects.count() == 1


def test_changed_after_it_was_shown_it_is_shown_again(lucia, house, typed):
    sent = typed(repeat="week", count="5")
    seen = hidden(lucia.post(BOOK, sent), "seen")
    again = lucia.post(BOOK, {**sent, "seen": seen, "at": "11:00"})
    assert again.status_code == 200 and made(house) == []
    assert lucia.post(BOOK, {**sent, "seen": seen, "check": "1"}).status_code == 200
    assert made(house) == []


def test_what_overlaps_in_a_series_is_named_by_its_day(lucia, house, typed):
    house.visits(house.gloria, "counselling", "S", last=-11, at=time(10), staff=house.sam)
    sent = typed(repeat="week", count="3")
    shown = lucia.post(BOOK, sent)
    assert shown.status_code == 200 and "<b>Tue 1 Dec:</b>" in text(shown)
    assert lucia.post(BOOK, {**sent, "seen": hidden(shown, "seen")}).status_code == 422
    assert lucia.post(BOOK, {**sent, "seen": hidden(shown, "seen"), "despite": "on"}).status_code == 302
    assert len(made(house)) == 3


def test_a_day_that_overlaps_may_be_left_out_instead(lucia, house, typed):
    house.visits(house.gloria, "counselling", "S", last=-11, at=time(10), staff=house.sam)
    sent = typed(repeat="week", count="3")
    seen = hidden(lucia.post(BOOK, sent), "seen")
    assert lucia.post(BOOK, {**sent, "seen": seen, "without": ["2026-12-01"]}).status_code == 302
    assert [when(house, row) for row in made(house)] == ["11-24 10:00", "12-08 10:00"]


def test_one_without_an_end_says_how_far_it_is_booked(lucia, house, typed):
    page = text(lucia.post(BOOK, typed(repeat="month_weekday")))
    assert "every month on the fourth Tuesday" in page
    assert "goes on by itself, until somebody ends it" in page


# --- One appointment -----------------------------------------------------------------------------------------------


@pytest.fixture
def series(lucia, house, typed):
    sent = typed(repeat="week", count="4")
    lucia.post(BOOK, {**sent, "seen": hidden(lucia.post(BOOK, sent), "seen")})
    return made(house)


@pytest.fixture
def move(lucia, house):
    def move(row, **more):
        row.refresh_from_db()
        sent = {
            "day": "2026-11-25",
            "at": "11:00",
            "minutes": "50",
            "staff": house.sam.uid,
            "mode": "in_person",
            "scope": "one",
            "version": row.version,
            **more,
        }
        return lucia.post(f"/appointments/{row.uid}/", sent)

    return move


def test_the_page_says_what_when_and_what_was_recorded(lucia, house, series):
    page = text(lucia.get(f"/appointments/{series[0].uid}/"))
    assert "every week on Tuesday, 4 times" in page and "4 lie ahead" in page
    assert "Sam Whitfield" in page and "Nothing yet. Unrecorded is not missed." in page
    assert re.search(r"<title>Appointment · Aftercare</title>", page)
    lucia.post(
        f"/appointments/{series[0].uid}/cancel/", {"who": "client", "version": 1, "reason": "court date"}
    )
    page = text(lucia.get(f"/appointments/{series[0].uid}/"))
    assert "Cancelled by client" in page and "Lucia Ortiz" in page and "Book again" in page
    assert "court date" not in page


def test_one_is_moved(house, series, move):
    assert move(series[1]).status_code == 302
    assert [when(house, row) for row in made(house)] == [
        "11-24 10:00",
        "11-25 11:00",
        "12-08 10:00",
        "12-15 10:00",
    ]


def test_several_are_shown_before_they_move(house, series, move):
    Closure.objects.create(clinic=house.riverside, day=date(2026, 12, 9))
    shown = move(series[1], day="2026-12-02", scope="following")
    assert shown.status_code == 200 and "2 appointments would move." in text(shown)
    assert "1 is taken off" in text(shown) and "Wed 9 Dec" in text(shown)
    assert [when(house, row) for row in made(house)][1] == "12-01 10:00"
    answer = move(series[1], day="2026-12-02", scope="following", seen=hidden(shown, "seen"))
    assert answer.status_code == 302
    assert [when(house, row) for row in made(house)] == ["11-24 10:00", "12-02 11:00", "12-16 11:00"]


def test_who_moves_second_is_told_and_loses_nothing(lucia, house, series, move):
    row = series[0]
    move(row)
    stale = move(row, version="1", at="15:30")
    assert stale.status_code == 409
    page = text(stale)
    assert "It is now Wed 25 Nov 11:00, 50 minutes, with Sam Whitfield: scheduled" in page
    assert 'value="15:30"' in page and hidden(stale, "version") == "2"
    assert when(house, Appointment.objects.get(pk=row.pk)) == "11-25 11:00"
    assert move(row, version=hidden(stale, "version"), at="15:30").status_code == 302


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"day": "2026-11-26"}, "day"),
        ({"minutes": "0"}, "minutes"),
        ({"at": ""}, "at"),
        ({"scope": "x"}, "scope"),
    ],
)
def test_a_move_that_cannot_be_says_why(house, series, move, more, field):
    Closure.objects.create(clinic=house.riverside, day=date(2026, 11, 26), reason="Thanksgiving")
    answer = move(series[0], **more)
    assert answer.status_code == 422 and list(errors(answer)) == [field]
    assert when(house, Appointment.objects.get(pk=series[0].pk)) == "11-24 10:00"


def test_what_stands_in_the_way_of_a_move_is_shown(house, series, move):
    house.visits(house.gloria, "counselling", "S", last=-5, at=time(11), staff=house.sam)
    shown = move(series[0])
    assert shown.status_code == 422 and "Sam Whitfield has another appointment" in text(shown)
    assert move(series[0], despite="on", seen=hidden(shown, "seen")).status_code == 302


def test_cancelling_keeps_when_the_client_told_us(lucia, house, series):
    answer = lucia.post(
        f"/appointments/{series[0].uid}/cancel/",
        {"who": "client", "told_at": "2026-11-19T16:10", "version": 1, "scope": "one"},
    )
    assert answer.status_code == 302
    row = Appointment.objects.get(pk=series[0].pk)
    assert (row.outcome, row.cancelled_at) == ("cancelled_by_client", house.at(date(2026, 11, 19), 16, 10))
    assert Recording.objects.filter(appointment=row).count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"who": ""}, "who"),
        ({"told_at": "2026-11-20T18:00"}, "told_at"),
        ({"told_at": "x"}, "told_at"),
        ({"reason": "x" * 121}, "reason"),
    ],
)
def test_a_cancellation_that_cannot_be_says_why(lucia, series, more, field):
    sent = {"who": "client", "version": 1, **more}
    answer = lucia.post(f"/appointments/{series[0].uid}/cancel/", sent)
    assert answer.status_code == 422 and list(errors(answer)) == [field]
    assert Appointment.objects.get(pk=series[0].pk).outcome == "scheduled"


def test_ending_a_series_takes_off_what_follows(lucia, house, series):
    sent = {"who": "clinic", "version": 1, "scope": "following"}
    assert lucia.post(f"/appointments/{series[2].uid}/cancel/", sent).status_code == 302
    assert [row.outcome for row in made(house)] == ["scheduled", "scheduled", "cancelled_by_clinic"]


def test_a_stale_cancellation_is_told_how_it_stands(lucia, house, series, move):
    move(series[0])
    answer = lucia.post(
        f"/appointments/{series[0].uid}/cancel/", {"who": "client", "version": 1, "reason": "flu"}
    )
    assert answer.status_code == 409 and "It is now Wed 25 Nov 11:00" in text(answer)
    assert 'value="flu"' in text(answer)
    assert Appointment.objects.get(pk=series[0].pk).outcome == "scheduled"


# --- Book again ----------------------------------------------------------------------------------------------------


def test_a_missed_one_is_booked_again_and_linked(lucia, house, typed):
    (row,) = house.visits(house.paul, "counselling", "M", last=1, at=time(9), staff=house.sam)
    page = text(lucia.get(f"/appointments/{row.uid}/rebook/"))
    assert "Instead of counselling on Thu 19 Nov 09:00" in page and "(missed)" in page
    slot = re.findall(r'name="slot" value="([^"]+)"', page)[0]
    sent = {
        "minutes": 50,
        "staff": house.sam.uid,
        "mode": "in_person",
        "version": 1,
        "slot": slot,
        "form_key": uuid4(),
    }
    first = lucia.post(f"/appointments/{row.uid}/rebook/", sent)
    second = lucia.post(f"/appointments/{row.uid}/rebook/", sent)
    (new,) = made(house)
    assert first.status_code == 302 and first.url == second.url == f"/appointments/{new.uid}/"
    assert new.rebooking_of == row and new.channel == "counselling"
    assert "Instead of" in text(lucia.get(first.url))
    assert "New time" in text(lucia.get(f"/appointments/{row.uid}/"))
    again = lucia.post(
        f"/appointments/{row.uid}/rebook/", {**sent, "slot": "2026-11-30T10:00", "form_key": uuid4()}
    )
    assert again.status_code == 422 and "It has a new date already" in text(again)


def test_one_that_cannot_be_kept_is_rescheduled_in_one_step(lucia, house, series):
    row = series[0]
    page = text(lucia.get(f"/appointments/{row.uid}/rebook/"))
    assert "The old time is marked rescheduled" in page
    sent = {
        "day": "2026-11-25",
        "at": "09:00",
        "minutes": 50,
        "staff": house.sam.uid,
        "mode": "video",
        "version": 1,
    }
    assert lucia.post(f"/appointments/{row.uid}/rebook/", {**sent, "version": 9}).status_code == 409
    assert (
        lucia.post(f"/appointments/{row.uid}/rebook/", {**sent, "told_at": "2026-11-20T10:00"}).status_code
        == 302
    )
    row.refresh_from_db()
    new = Appointment.objects.get(rebooking_of=row)
    assert (row.outcome, row.cancelled_at) == ("rescheduled", house.at(TODAY, 10))
    assert (when(house, new), new.mode) == ("11-25 09:00", "video")


def test_nothing_is_booked_in_the_stead_of_one_that_took_place(lucia, house):
    (row,) = house.visits(house.paul, "counselling", "A", last=1)
    answer = lucia.get(f"/appointments/{row.uid}/rebook/", follow=True)
    assert "nothing is booked in its stead" in text(answer)


# --- Days are the clinic's own -------------------------------------------------------------------------------------


def test_half_past_eleven_at_night_stands_on_its_own_day_in_two_clinics(client, house, typed):
    """The same wall-clock time in Los Angeles and in Auckland: two moments, each on its clinic's own day sheet."""
    clinics = (
        (house.riverside, "America/Los_Angeles", house.lucia, house.paul, house.sam),
        (house.harbor, "Pacific/Auckland", house.nell, house.theo, house.dasha),
    )
    found = {}
    for clinic, zone, desk, who, staff in clinics:
        clinic.time_zone, clinic.opens_at, clinic.closes_at = zone, time(0), time(23, 59)
        clinic.save()
        client.force_login(desk)
        sent = typed(client=who.uid, staff=staff.uid, at="23:30", minutes="25")
        assert client.post(BOOK, sent).status_code == 302
        (found[zone],) = made(house, who)
    for clinic, zone, desk, who, _staff in clinics:
        client.force_login(desk)
        assert f"{found[zone].starts_at.astimezone(clinic.zone):%Y-%m-%d %H:%M}" == "2026-11-24 23:30"
        for day in (TUESDAY - timedelta(1), TUESDAY, TUESDAY + timedelta(1)):
            page = text(client.get("/day/", {"on": day.isoformat()}))
            assert (str(found[zone].uid) in page) is (day == TUESDAY), (zone, day)
            assert (who.last_name in page and "23:30" in page) or day != TUESDAY
    assert found["America/Los_Angeles"].starts_at - found["Pacific/Auckland"].starts_at == timedelta(hours=21)


# --- Who, and how much ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stranger", ["tunde", "nell", "jonas", "ben", "alex", None])
def test_a_stranger_books_nothing_and_is_told_nothing(client, house, typed, stranger):
    (row,) = house.visits(house.paul, "counselling", "S", last=-4, staff=house.sam)
    if stranger:
        client.force_login(getattr(house, stranger))
    before = Appointment.objects.count()
    asked = [
        client.get(BOOK, {"client": house.paul.uid}),
        client.post(BOOK, typed()),
        client.get(f"/appointments/{row.uid}/"),
        client.post(f"/appointments/{row.uid}/", {"day": "2026-11-25", "version": 1}),
        client.post(f"/appointments/{row.uid}/cancel/", {"who": "client", "version": 1}),
        client.get(f"/appointments/{row.uid}/rebook/"),
        client.post(f"/appointments/{row.uid}/rebook/", {}),
    ]
    for answer in asked:
        assert answer.status_code == (404 if stranger else 302)
        assert not any(name in answer.content.decode() for name in NAMES)
    if stranger:
        missing = client.get(BOOK, {"client": uuid4()})
        assert (asked[0].content, asked[2].content) == (missing.content, missing.content)
    row.refresh_from_db()
    assert (row.outcome, Appointment.objects.count()) == ("scheduled", before)


def test_a_seat_is_only_looked_at_and_a_meeting_elsewhere_not_even_that(lucia, house):
    seat = Appointment.objects.filter(session__isnull=False, outcome="scheduled").latest("starts_at")
    page = text(lucia.get(f"/appointments/{seat.uid}/"))
    assert "A seat is recorded in its register" in page and seat.group.name in page
    assert "/cancel/" not in page and "/rebook/" not in page and 'name="day"' not in page
    assert lucia.get(f"/appointments/{seat.uid}/rebook/").status_code == 404
    for way in ("", "cancel/", "rebook/"):
        assert (
            lucia.post(f"/appointments/{seat.uid}/{way}", {"who": "client", "version": 1}).status_code == 404
        )
    (meeting,) = house.visits(house.paul, "mutual_aid", "A", last=1)
    assert lucia.get(f"/appointments/{meeting.uid}/").status_code == 404


@pytest.mark.parametrize("wrong", ["x", "00000000-0000-4000-8000-000000000000", "1"])
def test_an_address_that_names_nobody_is_not_found(lucia, house, typed, wrong):
    assert lucia.get(BOOK, {"client": wrong}).status_code == 404
    assert lucia.post(BOOK, typed(client=wrong)).status_code == 404


def test_the_front_desk_has_it_in_the_navigation(lucia, house):
    page = text(lucia.get(BOOK))
    assert re.search(r'<a href="/appointments/new/" aria-current="page">Book</a>', page)


def statements(call) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert call().status_code in (200, 302)
    return len([query for query in caught.captured_queries if "SAVEPOINT" not in query["sql"]])


def test_the_pages_cost_the_same_in_a_full_diary(lucia, house, typed):
    (row,) = house.visits(house.paul, "counselling", "S", last=-4, at=time(8), staff=house.sam)

    def costs(hour: int) -> list[int]:
        return [
            statements(lambda: lucia.get(BOOK, {"client": house.paul.uid, "staff": house.sam.uid})),
            statements(lambda: lucia.post(BOOK, {"q": "a"})),
            statements(lambda: lucia.get(f"/appointments/{row.uid}/")),
            statements(lambda: lucia.get(f"/appointments/{row.uid}/rebook/")),
            statements(lambda: lucia.post(BOOK, typed(at=f"{hour}:00"))),
        ]

    costs(9)
    few = costs(10)
    house.visits(house.gloria, "counselling", "S" * 30, last=-60, at=time(16), staff=house.sam)
    house.visits(house.paul, "medical", "S" * 30, last=-60, at=time(15))
    assert costs(11) == few


# --- Held with somebody whose client it is not ----------------------------------------------------------------------


@pytest.fixture
def held_with_jonas(house):
    """Paul belongs to Maya; this one hour of his is with Jonas."""
    return house.visits(house.paul, "counselling", "S", last=-4, at=time(8), staff=house.jonas)[0]


def test_who_merely_holds_an_appointment_sees_it_and_plans_nothing(client, house, held_with_jonas):
    client.force_login(house.jonas)
    at = f"/appointments/{held_with_jonas.uid}/"
    page = client.get(at)
    assert page.status_code == 200 and "Paul Nowak" in text(page)
    for way in ("/cancel/", "/rebook/", 'name="day"', "Book another", "Open the file"):
        assert way not in text(page), way
    before = Appointment.objects.count()
    new = {"day": "2026-11-25", "at": "10:00", "minutes": "50", "mode": "in_person", "form_key": uuid4()}
    assert client.get(f"{at}rebook/").status_code == 404
    assert client.post(at, {**new, "version": held_with_jonas.version}).status_code == 404
    assert client.post(at, {**new, "times": ""}).status_code == 404
    assert client.post(f"{at}rebook/", {**new, "version": held_with_jonas.version}).status_code == 404
    told = {"who": "client", "version": held_with_jonas.version}
    assert client.post(f"{at}cancel/", told).status_code == 404
    held_with_jonas.refresh_from_db()
    assert (held_with_jonas.outcome, Appointment.objects.count()) == ("scheduled", before)


def test_the_clients_own_case_manager_plans_what_is_held_with_a_colleague(client, house, held_with_jonas):
    client.force_login(house.maya)
    at = f"/appointments/{held_with_jonas.uid}/"
    page = text(client.get(at))
    assert "/cancel/" in page and "/rebook/" in page and "Book another" in page
    assert client.get(f"{at}rebook/").status_code == 200
    told = {"who": "client", "version": held_with_jonas.version}
    assert client.post(f"{at}cancel/", told).status_code == 302


# --- What no form may break on --------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", ["\u00b2", "9" * 5000, "\u0663\u0660", "-5", "0"])
def test_minutes_that_are_no_number_show_the_usual_free_times(lucia, house, typed, held_with_jonas, minutes):
    at = f"/appointments/{held_with_jonas.uid}/"
    tries = [
        lucia.get(BOOK, {"client": house.paul.uid, "minutes": minutes}),
        lucia.post(BOOK, typed(minutes=minutes, times="")),
        lucia.post(BOOK, typed(minutes=minutes, day="")),
        lucia.post(at, {**typed(minutes=minutes, times=""), "version": 1}),
        lucia.post(f"{at}rebook/", {**typed(minutes=minutes, times=""), "version": 1}),
    ]
    assert [answer.status_code for answer in tries] == [200, 200, 422, 200, 200]


@pytest.mark.parametrize(
    "told_at", ["0001-01-01T00:00", "1899-12-31T23:59", "2200-01-01T00:00", "9999-12-31T23:59"]
)
def test_a_moment_at_the_edge_of_the_calendar_is_refused_in_a_sentence(
    lucia, typed, held_with_jonas, told_at
):
    at = f"/appointments/{held_with_jonas.uid}/"
    more = {"told_at": told_at, "version": held_with_jonas.version}
    tries = (
        lucia.post(f"{at}cancel/", {"who": "client", **more}),
        lucia.post(f"{at}rebook/", {**typed(), **more}),
    )
    for answer in tries:
        assert answer.status_code == 422
        assert "far away" in errors(answer)["told_at"] or "interpreted" in errors(answer)["told_at"]

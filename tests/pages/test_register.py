"""The register: one session, everybody's outcome and rating saved at once; blank stays unrecorded."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Appointment, AuditEntry, Client, Episode, Pause, Recheck, Session
from tests import cast

TODAY = date(2026, 11, 20)
NAMES = ("Keisha", "Gloria", "Marcus", "Paul", "Nowak", "Ames")
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def house(db):
    return cast.house(TODAY)


@pytest.fixture(autouse=True)
def morning():
    """It is 10:42 at Riverside; the session began at 10:00."""
    with time_machine.travel("2026-11-20T17:42:00Z", tick=False):
        yield


@pytest.fixture
def ben(client, house):
    client.force_login(house.ben)
    return client


def seats(house, session=None):
    rows = Appointment.objects.filter(session=session or house.register).select_related("episode__client")
    return {row.episode.client.first_name: row for row in rows}


def address(session):
    return reverse("register", args=[session.uid])


def fields(text):
    """What a browser would send of the form on a page: hidden fields and checked radios."""
    sent = {}
    for tag in re.findall(r"<input[^>]*>", text[text.index('id="register"') :]):
        attribute = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attribute["type"] == "hidden" or re.search(r"\bchecked\b", tag):
            sent[attribute["name"]] = attribute["value"]
    return sent


def shown(client, session):
    answer = client.get(address(session))
    assert answer.status_code == 200
    return answer.content.decode()


def say(client, house, outcomes, session=None, **more):
    """Open the register, choose, save. `outcomes`: by first name an outcome, a rating or both."""
    session = session or house.register
    sent = fields(shown(client, session))
    for name, said in outcomes.items():
        uid = seats(house, session)[name].uid
        for word in said if isinstance(said, tuple) else (said,):
            sent[f"{'rating' if str(word).isdigit() else 'outcome'}-{uid}"] = str(word)
    extra = {key: more.pop(key) for key in list(more) if key in ("others", "version")}
    return client.post(address(session), {**sent, **extra}, **more)


def recorded(house, session=None):
    return {name: (row.outcome, row.participation) for name, row in seats(house, session).items()}


def test_every_member_stands_in_it_with_the_last_four_sessions(ben, house):
    text = shown(ben, house.register)
    assert "Register, Fri 20 Nov 10:00" in text and "Morning skills" in text and "Room 2" in text
    order = [text.index(f"<b>{name}</b>") for name in ("Gloria", "Keisha", "Paul", "Marcus")]
    assert order == sorted(order)
    assert "23 Oct, 30, 6 Nov, 13" in text
    paul = text[text.index("<b>Paul</b>") : text.index("<b>Marcus</b>")]
    assert paul.count("not yet a member") == 3
    assert "joined 13 Nov" in paul
    assert "0 of 4 recorded" in text and "4 are still unrecorded." in text


def test_one_save_records_everybody_and_asks_for_a_recheck(ben, house):
    answer = say(ben, house, {"Keisha": ("late", 3), "Marcus": "no_show", "Gloria": ("attended", 4)})
    assert (answer.status_code, answer.url) == (302, address(house.register))
    assert recorded(house) == {
        "Keisha": ("late", 3),
        "Marcus": ("no_show", None),
        "Gloria": ("attended", 4),
        "Paul": ("scheduled", None),
    }
    assert Recheck.objects.count() == 3
    entry = AuditEntry.objects.get(deed="save_register")
    assert entry.staff == house.ben and len(entry.detail["changed"]) == 3
    text = shown(ben, house.register)
    assert "3 of 4 recorded" in text and "1 is still unrecorded." in text


def test_what_is_left_blank_stays_unrecorded_and_is_never_called_missed(ben, house):
    say(ben, house, {"Keisha": "attended"})
    assert recorded(house)["Paul"] == ("scheduled", None)
    text = shown(ben, house.register)
    paul = text[text.index("<b>Paul</b>") : text.index("<b>Marcus</b>")]
    assert "unrecorded" in paul
    assert "checked" not in paul


def test_a_rating_alone_means_the_member_was_there(ben, house):
    say(ben, house, {"Keisha": 2})
    assert recorded(house)["Keisha"] == ("attended", 2)


def test_a_rating_of_somebody_who_was_not_there_is_dropped(ben, house):
    say(ben, house, {"Keisha": ("no_show", 2)})
    assert recorded(house)["Keisha"] == ("no_show", None)


def test_mark_the_others_present_fills_the_blanks_only(ben, house):
    say(ben, house, {"Keisha": "no_show", "Gloria": 4}, others="attended")
    assert recorded(house) == {
        "Keisha": ("no_show", None),
        "Gloria": ("attended", 4),
        "Marcus": ("attended", None),
        "Paul": ("attended", None),
    }
    assert "Mark the other" not in shown(ben, house.register)


def test_a_mark_can_be_taken_back(ben, house):
    say(ben, house, {"Keisha": ("attended", 3)})
    say(ben, house, {"Keisha": "scheduled"})
    row = seats(house)["Keisha"]
    assert (row.outcome, row.participation, row.recorded_at, row.recorded_by) == (
        "scheduled",
        None,
        None,
        None,
    )


def test_saving_without_a_change_changes_nothing(ben, house):
    say(ben, house, {"Keisha": ("attended", 3)})
    before = Session.objects.get(pk=house.register.pk).version
    say(ben, house, {})
    assert Session.objects.get(pk=house.register.pk).version == before
    assert AuditEntry.objects.filter(deed="save_register").count() == 1


def test_a_member_left_alone_keeps_what_somebody_else_recorded(ben, house):
    sent = fields(shown(ben, house.register))
    keisha = seats(house)["Keisha"]
    Appointment.objects.filter(pk=keisha.pk).update(outcome="excused", reason="told by phone")
    ben.post(address(house.register), {**sent, f"outcome-{seats(house)['Paul'].uid}": "attended"})
    assert recorded(house)["Keisha"] == ("excused", None)
    assert recorded(house)["Paul"] == ("attended", None)


def test_an_outcome_the_register_does_not_offer_is_shown_and_kept(ben, house):
    keisha = seats(house)["Keisha"]
    Appointment.objects.filter(pk=keisha.pk).update(outcome="cancelled_by_clinic")
    text = shown(ben, house.register)
    assert "Cancelled by clinic" in text
    say(ben, house, {"Paul": "attended"})
    assert recorded(house)["Keisha"] == ("cancelled_by_clinic", None)


@pytest.mark.parametrize("more", [{}, HTMX], ids=["plain", "htmx"])
def test_who_saves_second_sees_both_and_loses_nothing(ben, house, more):
    sent = fields(shown(ben, house.register))
    say(ben, house, {"Keisha": ("late", 1)})
    keisha, paul = seats(house)["Keisha"].uid, seats(house)["Paul"].uid
    mine = {**sent, f"outcome-{keisha}": "no_show", f"outcome-{paul}": "attended", f"rating-{paul}": "2"}
    answer = ben.post(address(house.register), mine, **more)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else saved this register meanwhile." in text
    assert "Recorded now: late, 1." in text and "Recorded now: nothing." in text
    kept = fields(text)
    assert (kept[f"outcome-{keisha}"], kept[f"outcome-{paul}"], kept[f"rating-{paul}"]) == (
        "no_show",
        "attended",
        "2",
    )
    assert recorded(house)["Keisha"] == ("late", 1)
    assert recorded(house)["Paul"] == ("scheduled", None)
    assert ben.post(address(house.register), kept).status_code == 302
    assert recorded(house)["Keisha"] == ("no_show", None)
    assert recorded(house)["Paul"] == ("attended", 2)


def test_with_htmx_the_register_itself_comes_back(ben, house):
    text = say(ben, house, {"Keisha": "attended"}, **HTMX).content.decode()
    assert text.strip().startswith('<div id="register">')
    assert "Saved: 1 member." in text and "1 of 4 recorded" in text
    assert 'name="version" value="2"' in text


def test_a_session_that_has_not_begun_cannot_be_recorded(ben, house):
    coming = Session.objects.get(
        group=house.morning_skills, starts_at=house.at(TODAY + timedelta(days=7), 10)
    )
    text = shown(ben, coming)
    assert "This session has not begun." in text
    assert "<fieldset" not in text and "Save register" not in text
    keisha = seats(house, coming)["Keisha"].uid
    answer = ben.post(address(coming), {"version": 1, f"outcome-{keisha}": "attended"})
    assert answer.status_code == 422
    assert "nothing can be recorded yet" in answer.content.decode()
    assert recorded(house, coming)["Keisha"] == ("scheduled", None)


@pytest.mark.parametrize("wrong", [("outcome", "relapsed"), ("rating", "5"), ("was", "x")])
def test_what_is_no_register_is_refused_whole(ben, house, wrong):
    field, value = wrong
    keisha, paul = seats(house)["Keisha"].uid, seats(house)["Paul"].uid
    answer = ben.post(
        address(house.register), {"version": 1, f"{field}-{keisha}": value, f"outcome-{paul}": "attended"}
    )
    assert answer.status_code == 422
    assert recorded(house)["Paul"] == ("scheduled", None)
    assert ben.post(address(house.register), {f"outcome-{paul}": "attended"}).status_code == 422


def test_a_seat_of_another_session_is_not_touched(ben, house):
    other = seats(
        house, Session.objects.get(group=house.morning_skills, starts_at=house.at(TODAY - timedelta(7), 10))
    )
    ben.post(address(house.register), {"version": 1, f"outcome-{other['Keisha'].uid}": "no_show"})
    other["Keisha"].refresh_from_db()
    assert other["Keisha"].outcome == "attended"


def test_a_pause_is_said_and_never_drawn_as_missed(ben, house):
    Pause.objects.create(
        episode=house.episode(house.keisha), kind="jail", starts_on=TODAY - timedelta(days=14), ends_on=TODAY
    )
    Appointment.objects.filter(
        episode=house.episode(house.keisha), starts_at__date=TODAY - timedelta(days=7)
    ).update(outcome="scheduled", participation=None)
    text = shown(ben, house.register)
    keisha = text[text.index("<b>Keisha</b>") : text.index("<b>Paul</b>")]
    assert "paused: absence says nothing" in keisha
    assert "mark-paused" in keisha and "jail" not in text.lower()


def test_a_supervisor_of_the_clinic_may_keep_it_too(client, house):
    client.force_login(house.ruth)
    assert say(client, house, {"Keisha": "attended"}).status_code == 302


@pytest.mark.parametrize(
    "stranger", ["maya", "lucia", "priya", "sam", "alex", "tunde", "anne", "dasha", None]
)
def test_a_stranger_gets_nothing_of_a_member(client, house, stranger):
    if stranger:
        client.force_login(getattr(house, stranger))
    keisha = seats(house)["Keisha"].uid
    for answer in (
        client.get(address(house.register)),
        client.post(address(house.register), {"version": 1, f"outcome-{keisha}": "no_show"}),
        client.post(address(house.register), {"version": 1, f"outcome-{keisha}": "no_show"}, **HTMX),
    ):
        assert answer.status_code == (404 if stranger else 302)
        assert not any(name in answer.content.decode() for name in (*NAMES, "Morning skills"))
    assert recorded(house)["Keisha"] == ("scheduled", None)


def test_thirty_members_cost_what_five_do(ben, house):
    counts = {}
    for size in (5, 30):
        enrol(house, size)
        with CaptureQueriesContext(connection) as reading:
            text = shown(ben, house.register)
        with CaptureQueriesContext(connection) as saving:
            ben.post(address(house.register), {**fields(text), "others": "attended"})
        assert len(seats(house)) == size
        counts[size] = (len(reading.captured_queries), len(saving.captured_queries))
        assert {row.outcome for row in seats(house).values()} == {"attended"}
    assert counts[5] == counts[30]


def enrol(house, size):
    """Seats for `size` members in today's session, besides those who have one."""
    while (number := Appointment.objects.filter(session=house.register).count()) < size:
        person = Client.objects.create(
            clinic=house.riverside,
            record_number=f"M-{number}",
            first_name=f"Member {number}",
            last_name="More",
        )
        episode = Episode.objects.create(
            client=person,
            clinic=house.riverside,
            programme=house.outpatient,
            admitted_on=TODAY - timedelta(days=30),
        )
        Appointment.objects.create(
            episode=episode,
            clinic=house.riverside,
            channel="group",
            group=house.morning_skills,
            session=house.register,
            starts_at=house.register.starts_at,
        )

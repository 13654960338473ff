"""The register: one session, everybody's outcome and rating saved at once; blank stays unrecorded."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import (
    Appointment,
    AuditEntry,
    Client,
    Episode,
    Membership,
    Pause,
    Recheck,
    Recording,
    Session,
)
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
    """What a browser would send of the form on a page: everything but radios that are not checked."""
    sent, form = {}, text[text.index('id="register"') :]
    for tag in re.findall(r"<input[^>]*>", form):
        attribute = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attribute["type"] != "radio" or re.search(r"\bchecked\b", tag):
            sent[attribute["name"]] = attribute["value"]
    for name, options in re.findall(r'<select[^>]* name="([^"]*)">(.*?)</select>', form, flags=re.DOTALL):
        chosen = re.search(r'value="(\w+)" selected', options)
        sent[name] = chosen[1] if chosen else ""
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


def test_who_joined_the_day_after_an_evening_session_is_said_to_have_joined_later(ben, house):
    """An evening in Denver is the next day by UTC: whoever joined on that day joined after the session."""
    group, clinic = house.morning_skills, house.riverside
    first = Session.objects.filter(group=group, starts_at__lt=house.register.starts_at).order_by(
        "-starts_at"
    )[3]
    evening = house.at(clinic.local_day(first.starts_at), 20)
    Session.objects.filter(pk=first.pk).update(starts_at=evening)
    place = Membership.objects.get(group=group, episode__client=house.paul)
    place.joined_on = clinic.local_day(evening) + timedelta(days=1)
    place.save()
    text = shown(ben, house.register)
    assert "joined 24 Oct" in text[text.index("<b>Paul</b>") : text.index("<b>Marcus</b>")]


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


def press(client, house, session=None, **pressed):
    """Open the register and press one of its buttons."""
    session = session or house.register
    return client.post(address(session), {**fields(shown(client, session)), **pressed})


def test_a_draft_is_seen_by_whoever_opens_the_register_and_counts_for_nothing(ben, client, house):
    keisha = seats(house)["Keisha"].uid
    answer = press(ben, house, do="draft", topic="Sleep", **{f"outcome-{keisha}": "no_show"})
    assert answer.status_code == 302
    assert recorded(house)["Keisha"] == ("scheduled", None)
    client.force_login(house.ruth)
    text = shown(client, house.register)
    assert "Draft of Ben Castillo" in text and "0 of 4 recorded" in text and "Sleep" in text
    assert fields(text)[f"outcome-{keisha}"] == "no_show"
    assert press(client, house, do="finish").status_code == 302
    assert recorded(house)["Keisha"] == ("no_show", None)
    assert "Draft of" not in shown(client, house.register)


def test_a_draft_can_be_dropped(ben, house):
    press(ben, house, do="draft", **{f"outcome-{seats(house)['Keisha'].uid}": "no_show"})
    press(ben, house, do="discard")
    text = shown(ben, house.register)
    assert "Draft of" not in text and "checked" not in text


@pytest.mark.parametrize("do", ["finish", "draft"])
def test_who_comes_second_sees_the_draft_and_the_topic_of_the_first(ben, client, house, do):
    keisha = seats(house)["Keisha"].uid
    stale = fields(shown(ben, house.register))
    press(ben, house, do="draft", topic="Sleep", **{f"outcome-{keisha}": "late"})
    client.force_login(house.ruth)
    mine = {**stale, "do": do, "topic": "Anger", f"outcome-{keisha}": "no_show"}
    answer = client.post(address(house.register), mine)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "In the draft: late." in text and "Saved now: “Sleep”." in text
    kept = fields(text)
    assert (kept[f"outcome-{keisha}"], kept["topic"]) == ("no_show", "Anger")
    assert Session.objects.get(pk=house.register.pk).topic == "Sleep"
    assert client.post(address(house.register), {**kept, "do": "finish"}).status_code == 302
    assert recorded(house)["Keisha"] == ("no_show", None)


def test_what_was_saved_last_is_taken_back_within_ten_minutes(ben, house):
    say(ben, house, {"Keisha": ("attended", 3)})
    assert "Take back what you saved at 10:42" in shown(ben, house.register)
    assert press(ben, house, do="undo").status_code == 302
    assert recorded(house)["Keisha"] == ("scheduled", None)
    with time_machine.travel("2026-11-20T17:43:00Z", tick=False):
        say(ben, house, {"Keisha": ("attended", 3)})
    with time_machine.travel("2026-11-20T17:53:00Z", tick=False):
        assert "Take back what" not in shown(ben, house.register)
        answer = press(ben, house, do="undo")
        assert answer.status_code == 422 and "10 minutes are over" in answer.content.decode()
    assert recorded(house)["Keisha"] == ("attended", 3)


def test_a_correction_asks_why_at_its_field_and_keeps_what_was_chosen(ben, house):
    say(ben, house, {"Keisha": "no_show"})
    assert 'name="why"' not in shown(ben, house.register)
    keisha = seats(house)["Keisha"].uid
    with time_machine.travel("2026-11-20T18:30:00Z", tick=False):
        answer = press(ben, house, **{f"outcome-{keisha}": "attended", f"rating-{keisha}": "2"})
        text = answer.content.decode()
        assert answer.status_code == 422 and "Say why it is corrected." in text
        kept = fields(text)
        assert (kept[f"outcome-{keisha}"], kept[f"rating-{keisha}"]) == ("attended", "2")
        assert ben.post(address(house.register), {**kept, "why": "Came late"}).status_code == 302
    assert recorded(house)["Keisha"] == ("attended", 2)
    assert Recording.objects.get(kind="correction").why == "Came late"


@pytest.mark.parametrize("wrong", ["many", "-5", "601"])
def test_minutes_that_are_none_are_refused_at_their_row_and_stay_as_typed(ben, house, wrong):
    keisha, paul = seats(house)["Keisha"].uid, seats(house)["Paul"].uid
    chosen = {f"outcome-{keisha}": "late", f"late-{keisha}": wrong, f"outcome-{paul}": "attended"}
    answer = press(ben, house, **chosen)
    text = answer.content.decode()
    row = text[text.index("<b>Keisha</b>") : text.index("<b>Paul</b>")]
    assert answer.status_code == 422 and "Give whole minutes, up to 600." in row
    kept = fields(text)
    assert {name: kept[name] for name in chosen} == chosen
    assert recorded(house)["Paul"] == ("scheduled", None)
    assert ben.post(address(house.register), {**kept, f"late-{keisha}": "15"}).status_code == 302
    assert seats(house)["Keisha"].minutes_late == 15


def test_an_excuse_and_minutes_stayed_are_kept_and_shown(ben, house):
    keisha, paul = seats(house)["Keisha"].uid, seats(house)["Paul"].uid
    more = {f"outcome-{keisha}": "excused", f"excuse-{keisha}": "child_care"}
    press(ben, house, **more, **{f"outcome-{paul}": "left_early", f"stayed-{paul}": "40"})
    assert seats(house)["Keisha"].excuse == "child_care" and seats(house)["Paul"].minutes_stayed == 40
    text = shown(ben, house.register)
    assert (
        "Child care"
        in text[text.index("<b>Keisha</b>") : text.index("<fieldset", text.index("<b>Keisha</b>"))]
    )
    assert press(ben, house).status_code == 302
    assert Recording.objects.count() == 2  # saved again as shown, nothing changes


@pytest.mark.parametrize("pressed", [{"do": "find"}, {"do": "enter"}], ids=["button", "enter"])
def test_a_visitor_is_found_and_seated_without_losing_what_is_chosen(ben, house, pressed):
    keisha = seats(house)["Keisha"].uid
    found = press(ben, house, visitor="tra lin", **{f"outcome-{keisha}": "late"}, **pressed)
    text = found.content.decode()
    assert found.status_code == 200 and "Linh Tran" in text and "R-1003" in text
    assert recorded(house)["Keisha"] == ("scheduled", None)
    kept = fields(text)
    assert kept[f"outcome-{keisha}"] == "late"
    stay = house.episode(house.linh).uid
    text = ben.post(address(house.register), {**kept, "add": stay}).content.decode()
    assert fields(text)[f"outcome-{keisha}"] == "late"
    assert recorded(house)["Linh"] == ("attended", None)
    row = text[text.index("<b>Linh</b>") :]
    assert "visitor" in row[: row.index("</th>")]
    assert ben.post(address(house.register), fields(text)).status_code == 302
    assert recorded(house)["Keisha"] == ("late", None)
    assert press(ben, house, remove=seats(house)["Linh"].uid).status_code == 302
    assert "Linh" not in recorded(house)


@pytest.mark.parametrize("words", ["theo", "victor", "keisha", "x", "", "%"])
def test_nobody_is_found_who_cannot_be_seated(ben, house, words):
    """Of the other clinic, discharged, seated already, or by less than two letters."""
    text = press(ben, house, do="find", visitor=words).content.decode()
    assert "Nobody in care here is found" in text and "Give a seat" not in text


def test_somebody_of_the_other_clinic_cannot_be_seated(ben, house):
    assert press(ben, house, add=house.episode(house.theo).uid).status_code == 404


def test_a_session_that_did_not_happen_says_so_and_counts_for_nobody(ben, house):
    answer = press(ben, house, do="cancel", reason="")
    assert answer.status_code == 422 and "Say it in a few words." in answer.content.decode()
    assert press(ben, house, do="cancel", reason="Burst pipe").status_code == 302
    assert {outcome for outcome, _rating in recorded(house).values()} == {"cancelled_by_clinic"}
    text = shown(ben, house.register)
    assert "This session did not happen." in text and "Burst pipe" in text
    assert "<fieldset" not in text and "Session did not happen" not in text
    answer = press(ben, house, do="happened", why="It was next door")
    assert answer.status_code == 302
    assert {outcome for outcome, _rating in recorded(house).values()} == {"scheduled"}


def test_of_a_session_ahead_the_topic_can_be_said(ben, house):
    coming = Session.objects.get(
        group=house.morning_skills, starts_at=house.at(TODAY + timedelta(days=7), 10)
    )
    answer = press(ben, house, coming, do="topic", topic="Sleep")
    assert answer.status_code == 302
    text = shown(ben, coming)
    assert "Sleep" in text and "booked" in text
    assert press(ben, house, coming, do="topic", topic="x" * 121).status_code == 422


def test_a_moved_session_says_from_when(ben, house):
    Session.objects.filter(pk=house.register.pk).update(moved_from=house.at(TODAY - timedelta(days=1), 16))
    assert "moved from Thu 19 Nov 16:00" in shown(ben, house.register)


def test_a_cancelled_session_ahead_says_why(ben, house):
    coming = Session.objects.get(
        group=house.morning_skills, starts_at=house.at(TODAY + timedelta(days=7), 10)
    )
    Session.objects.filter(pk=coming.pk).update(cancelled_at=house.at(TODAY, 9), reason="Room closed")
    text = shown(ben, coming)
    assert "This session is cancelled." in text and "Room closed" in text


def test_nothing_about_a_client_stands_in_an_address_a_title_or_the_ledger(ben, house):
    press(ben, house, do="find", visitor="linh")
    press(ben, house, add=house.episode(house.linh).uid)
    say(ben, house, {"Keisha": ("excused", 2)}, reason="ignored")
    assert re.search(r"<title>\s*Register · Aftercare", shown(ben, house.register))
    told = " ".join(str(entry.detail) + entry.subject for entry in AuditEntry.objects.all())
    assert not any(name in told for name in (*NAMES, "Linh", "Tran"))


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

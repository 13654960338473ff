"""Taking somebody in, admitting again, another programme, discharge: as people meet them on the pages."""

import re
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import followups, sweep
from clinic.histories import opening_hours
from clinic.models import Appointment, AuditEntry, Client, Episode, FollowUp, Membership
from tests.pages.mornings import TODAY, text

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NEW = reverse("new_client")


def errors(answer):
    """The sentences at the fields of a page, by the field's name."""
    found = {}
    for name, words in re.findall(
        r'id="id_(\w+)_error">(.*?)</div>', answer.content.decode(), flags=re.DOTALL
    ):
        found[name] = " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).split())
    return found


def typed(answer, name):
    """What stands in a text field of a page."""
    body = answer.content.decode()
    tag = next(tag for tag in re.findall(r"<input[^>]*>", body) if f'name="{name}"' in tag)
    value = re.search(r'value="([^"]*)"', tag)
    return unescape(value[1]) if value else ""


def una(house, **more):
    return {
        "form_key": str(uuid4()),
        "first_name": "Una",
        "last_name": "Bell",
        "date_of_birth": "1990-05-04",
        "phone": "(505) 555-0177",
        "programme": str(house.outpatient.uid),
        "admitted_on": TODAY.isoformat(),
        **more,
    }


def rose(house, **more):
    return una(house, first_name="Róse", last_name="Medína", **more)


def page_of(name, person):
    return reverse(name, args=[person.uid])


# -- taking in ------------------------------------------------------------------------------------------------------


def test_the_front_desk_takes_somebody_in_and_sees_no_file(house, morning, client):
    client.force_login(house.lucia)
    page = client.get(NEW)
    assert typed(page, "record_number") == "R-1016"
    assert "Maya Okafor" in text(page) and "Tunde" not in text(page)
    answer = client.post(NEW, una(house, record_number="R-1016"), follow=True)

    assert answer.redirect_chain == [(reverse("day"), 302)]
    assert "Saved. The client is in care now." in text(answer)
    person = Client.objects.get(record_number="R-1016")
    assert (person.voicemail_ok, person.text_ok) == (False, False)
    assert client.get(page_of("client", person)).status_code == 404


def test_a_case_manager_goes_on_to_the_file_and_holds_the_client(house, morning, client):
    client.force_login(house.maya)
    mine = f'<option value="{house.maya.uid}" selected>'
    assert mine in client.get(NEW).content.decode()
    answer = client.post(NEW, una(house, case_manager=str(house.maya.uid)), follow=True)
    person = Client.objects.get(first_name="Una")

    assert answer.redirect_chain == [(page_of("client", person), 302)]
    assert "In care since Fri 20 Nov · day 1 · Standard outpatient" in text(answer)


def test_given_to_somebody_else_the_client_is_theirs(house, morning, client):
    client.force_login(house.maya)
    answer = client.post(NEW, una(house, case_manager=str(house.jonas.uid)))

    assert answer.url == reverse("clients")
    client.force_login(house.jonas)
    assert client.get(page_of("client", Client.objects.get(first_name="Una"))).status_code == 200


@pytest.mark.parametrize("who", ["ben", "priya", "alex", "dasha"])
def test_others_take_nobody_in(house, morning, client, who):
    client.force_login(getattr(house, who))
    assert client.get(NEW).status_code == client.post(NEW, una(house)).status_code == 404
    assert not Client.objects.filter(first_name="Una").exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("first_name", " ", "Give the first name."),
        ("last_name", "", "Give the last name."),
        ("date_of_birth", "2026-11-21", "A date of birth cannot lie ahead."),
        ("date_of_birth", "1066-01-01", "A date of birth cannot lie before 1900. Check the year."),
        ("date_of_birth", "soon", "That is no date. Write it like 1987-03-14."),
        ("admitted_on", "2026-11-21", "That day lies ahead. Choose today or earlier."),
        ("admitted_on", "1990-05-03", "The admission lies before the date of birth."),
        ("admitted_on", "", "Choose a day."),
        ("programme", "", "Choose a programme."),
        ("programme", "harbor", "Select a valid choice."),
        ("case_manager", "tunde", "Select a valid choice."),
        ("record_number", "R-1001", "Another client has this record number. The next free one is R-1016."),
        ("phone", "ask her sister", "That is no telephone number."),
        ("contact_until", "08:00", "The end lies before the start."),
        ("contact_from", "nine", "That is no time. Write it like 09:30."),
        ("contact_note", "x" * 121, "Ensure this value has at most 120 characters"),
    ],
)
def test_every_error_stands_at_its_field_and_nothing_typed_is_lost(
    house, morning, client, field, value, sentence
):
    client.force_login(house.lucia)
    value = {"harbor": str(house.harbor_outpatient.uid), "tunde": str(house.tunde.uid)}.get(value, value)
    sent = una(house, languages="Finnish", **{field: value})
    # Whoever has the number is offered too; say that it is somebody else, to see what the field says.
    sent |= {"seen": str(house.rosa.uid), "different": "on"}
    answer = client.post(NEW, sent)

    assert answer.status_code == 422
    assert sentence in errors(answer)[field], errors(answer)
    assert len(errors(answer)) == 1
    assert (typed(answer, "languages"), typed(answer, "other_phone")) == ("Finnish", "")
    assert not Client.objects.filter(first_name="Una").exists()


def test_sent_twice_somebody_is_taken_in_once(house, morning, client):
    client.force_login(house.lucia)
    sent = una(house)
    answers = [client.post(NEW, sent) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [302] * 3
    assert (
        Client.objects.filter(first_name="Una").count()
        == Episode.objects.filter(client__first_name="Una").count()
    )
    assert Client.objects.filter(first_name="Una").count() == 1


def test_who_may_be_the_same_person_is_offered_before_a_second_record_is_made(house, morning, client):
    client.force_login(house.lucia)
    answer = client.post(NEW, rose(house, languages="Spanish"))
    page = text(answer)

    assert answer.status_code == 422
    assert "Could this be Rosa Medina?" in page and "record R-1001 · in care" in page
    assert "alike: name" in page and "Ask Maya Okafor" in page
    assert "Open this one" not in page, "the front desk opens no file"
    assert (typed(answer, "first_name"), typed(answer, "languages")) == ("Róse", "Spanish")
    assert not Client.objects.filter(first_name="Róse").exists()
    seen = AuditEntry.objects.get(deed="offer_duplicates")
    assert (seen.staff, seen.detail) == (house.lucia, {"clients": [str(house.rosa.uid)]})

    sent = rose(house, seen=typed(answer, "seen"), different="on")
    assert client.post(NEW, sent).status_code == 302
    assert Client.objects.get(first_name="Róse").record_number == "R-1016"


def test_somebody_not_yet_looked_at_is_offered_even_so(house, morning, client):
    client.force_login(house.lucia)
    answer = client.post(NEW, rose(house, seen=str(house.linh.uid), different="on"))

    assert answer.status_code == 422 and "Could this be Rosa Medina?" in text(answer)
    assert not re.search(r'name="different"[^>]*checked', answer.content.decode()), (
        "looked at anew, said anew"
    )
    assert typed(answer, "seen") == str(house.rosa.uid)


def test_whoever_may_open_the_file_is_led_there(house, morning, client):
    client.force_login(house.maya)
    page = client.post(NEW, rose(house)).content.decode()
    assert page_of("client", house.rosa) in page and page_of("admit", house.rosa) not in page

    client.force_login(house.ruth)
    page = client.post(NEW, una(house, first_name="Vic", last_name="Chen")).content.decode()
    assert page_of("client", house.victor) in page and page_of("admit", house.victor) in page


def test_nothing_of_a_file_is_told_of_who_may_be_the_same(house, morning, client):
    Client.objects.filter(pk=house.rosa.pk).update(date_of_birth=date(1987, 3, 14))
    client.force_login(house.jonas)
    page = text(client.post(NEW, rose(house)))

    assert "born 1987" in page
    for secret in ("555-0142", "14 Mar", "Evening skills", "Contact today", "Spanish, English"):
        assert secret not in page


def test_nobody_of_another_clinic_is_offered_or_numbered_along(house, morning, client):
    client.force_login(house.nell)
    assert typed(client.get(NEW), "record_number") == "H-2002"
    answer = client.post(NEW, rose(house, programme=str(house.harbor_outpatient.uid)))
    assert answer.status_code == 302
    assert Client.objects.get(first_name="Róse").clinic == house.harbor


def test_the_statements_of_taking_in_do_not_grow_with_the_clinic(house, morning, client):
    client.force_login(house.lucia)

    def counted(**more):
        with CaptureQueriesContext(connection) as seen:
            client.get(NEW)
            assert client.post(NEW, rose(house, **more)).status_code == 422
        return len(seen)

    before = counted()
    Client.objects.bulk_create(
        Client(clinic=house.riverside, record_number=f"R-{n}", first_name="Rosa", last_name="Medina")
        for n in range(2000, 2200)
    )
    assert counted() == before


# -- changing who and safe contact ----------------------------------------------------------------------------------


def changed(person, **more):
    person.refresh_from_db()
    names = ("first_name", "last_name", "preferred_name", "record_number", "phone", "languages")
    kept = {name: getattr(person, name) for name in names}
    return kept | {"version": person.version} | more


def test_safe_contact_is_changed_and_shown(house, morning, client):
    client.force_login(house.maya)
    said = {"other_phone": "(505) 555-0188", "contact_note": "Shared with her mother", "voicemail_ok": "on"}
    sent = changed(house.rosa, **said, pronouns="she/her", contact_from="10:00", contact_until="17:30")
    answer = client.post(page_of("change_client", house.rosa), sent, follow=True)
    page = text(answer)

    assert "Saved." in page
    assert "(505) 555-0188" in page and "Shared with her mother" in page and "Pronouns: she/her." in page
    assert "From 10:00 to 17:30" in page and "No text" in page
    assert "“Please call me back”, no clinic name" in page


def test_whoever_comes_too_late_is_told_what_changed_and_keeps_what_was_typed(house, morning, client):
    client.force_login(house.maya)
    sent = changed(house.rosa, phone="505 555 0111", languages="Spanish")
    client.force_login(house.ruth)
    client.post(page_of("change_client", house.rosa), changed(house.rosa, phone="505 555 0199"))
    client.force_login(house.maya)
    answer = client.post(page_of("change_client", house.rosa), sent)
    page = text(answer)

    assert answer.status_code == 409
    assert "Not saved: somebody has changed this meanwhile." in page
    assert "Telephone (changed by Ruth Adeyemi at 08:30), now: 505 555 0199" in page
    assert "Languages (changed" not in page, "that one only I have changed"
    assert (typed(answer, "phone"), typed(answer, "languages")) == ("505 555 0111", "Spanish")
    again = client.post(page_of("change_client", house.rosa), sent | {"version": typed(answer, "version")})
    house.rosa.refresh_from_db()
    assert (again.status_code, house.rosa.phone) == (302, "505 555 0111")


def test_an_error_of_a_change_stands_at_its_field(house, morning, client):
    client.force_login(house.maya)
    answer = client.post(
        page_of("change_client", house.rosa),
        changed(house.rosa, record_number="R-1002", last_name="Medina-Ruiz"),
    )
    assert answer.status_code == 422
    assert "Another client has this record number." in errors(answer)["record_number"]
    assert typed(answer, "last_name") == "Medina-Ruiz"


def test_opening_the_form_is_noted_like_opening_the_file(house, morning, client):
    client.force_login(house.maya)
    client.get(page_of("change_client", house.rosa))
    assert AuditEntry.objects.filter(deed="view_client_file", client=house.rosa).count() == 1


# -- admitting again, another programme -----------------------------------------------------------------------------


def test_somebody_comes_back(house, morning, client):
    client.force_login(house.ruth)
    page = text(client.get(page_of("admit", house.victor)))
    assert "Last in care from Sun 2 Aug to Sat 31 Oct." in page
    sent = {
        "form_key": str(uuid4()),
        "programme": str(house.medication.uid),
        "admitted_on": "2026-11-19",
        "case_manager": str(house.jonas.uid),
    }
    answers = [client.post(page_of("admit", house.victor), sent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert house.victor.episodes.count() == 2
    client.force_login(house.jonas)
    page = text(client.get(page_of("client", house.victor)))
    assert (
        "In care since Thu 19 Nov · day 2 · Medication and counselling · case manager Jonas Eriksen" in page
    )
    assert "Earlier stays Standard outpatient Sun 2 Aug to Sat 31 Oct" in page


@pytest.mark.parametrize(
    ("who", "day", "where", "sentence"),
    [
        ("rosa", "2026-11-20", "", "This client is in care already."),
        ("victor", "2026-10-01", "admitted_on", "The stay before had not ended on that day."),
        ("victor", "2026-11-21", "admitted_on", "That day lies ahead. Choose today or earlier."),
    ],
)
def test_an_impossible_admission_says_so(house, morning, client, who, day, where, sentence):
    client.force_login(house.ruth)
    sent = {"programme": str(house.outpatient.uid), "admitted_on": day}
    answer = client.post(page_of("admit", getattr(house, who)), sent)

    assert answer.status_code == 422
    assert sentence in (errors(answer)[where] if where else text(answer))


def test_another_programme_stands_in_the_file_with_its_day(house, morning, client):
    client.force_login(house.maya)
    url = page_of("change_programme", house.gloria)
    sent = {
        "form_key": str(uuid4()),
        "programme": str(house.medication.uid),
        "day": "2026-11-18",
        "version": "1",
    }
    assert [client.post(url, sent).status_code for _ in range(2)] == [302, 302]
    page = text(client.get(page_of("client", house.gloria), {"of": "notes"}))
    assert "· Medication and counselling ·" in page
    assert (
        "Wed 18 Nov Programme changed : from Standard outpatient to Medication and counselling Maya Okafor"
        in page
    )

    late = client.post(url, sent | {"form_key": str(uuid4()), "programme": str(house.outpatient.uid)})
    assert late.status_code == 409
    assert "Somebody has changed this stay meanwhile." in text(late)
    assert typed(late, "version") == "2"


# -- discharge ------------------------------------------------------------------------------------------------------


def leaving(**more):
    return {
        "form_key": str(uuid4()),
        "kind": "planned",
        "discharged_on": TODAY.isoformat(),
        "version": "1",
        **more,
    }


def test_a_discharge_shows_what_was_tried_and_what_ends_with_it(house, morning, client):
    row = FollowUp.objects.get(episode=house.episode(house.rosa), state="open")
    followups.log_contact(
        row,
        by=house.maya,
        on=morning - 2 * DAY,
        method="letter",
        result="not_reached",
        hours=opening_hours(house.riverside),
    )
    followups.log_contact(
        row,
        by=house.maya,
        on=morning - 31 * DAY,
        method="visit",
        result="not_reached",
        hours=opening_hours(house.riverside),
    )
    client.force_login(house.maya)
    page = text(client.get(page_of("discharge", house.rosa)))

    assert "What was tried in the last 30 days 1" in page
    assert "Letter" in page and "Visit" not in page
    assert "Last seen Wed 4 Nov." in page
    assert "2 appointments to come are cancelled by the clinic" in page
    assert "The place in Evening skills ends" in page
    assert "1 open follow-up closes" in page


def test_a_discharge_ends_all_that_was_planned_and_is_told_in_the_file(house, morning, client):
    client.force_login(house.maya)
    stay = house.episode(house.rosa)
    sent = leaving(note="Goes on at Hillside")
    answers = [client.post(page_of("discharge", house.rosa), sent, follow=True) for _ in range(2)]
    page = text(answers[1])

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "Discharged Fri 20 Nov. Planned, as agreed. “Goes on at Hillside”" in page
    assert "Take the discharge back" in page and "We spoke" not in page
    assert not Appointment.objects.filter(episode=stay, starts_at__gt=morning, outcome="scheduled").exists()
    assert not Membership.objects.filter(episode=stay, left_on=None).exists()
    assert AuditEntry.objects.filter(deed="discharge").count() == 1
    sweep.drain(morning)
    assert not FollowUp.objects.filter(episode=stay, state="open").exists()


def test_taking_a_discharge_back_locks_the_groups_before_the_stay(house, morning, client):
    """As every verb on a group does: in the other order two of them would wait for each other."""
    client.force_login(house.maya)
    client.post(page_of("discharge", house.rosa), leaving())
    with CaptureQueriesContext(connection) as caught:
        client.post(page_of("undo_discharge", house.rosa), {"version": "2"})
    told = [query["sql"] for query in caught.captured_queries]
    groups = next(at for at, sql in enumerate(told) if 'FROM "clinic_group"' in sql)
    begins = max(at for at, sql in enumerate(told[:groups]) if sql.startswith(("BEGIN", "SAVEPOINT")))
    assert groups == begins + 1, told[begins : groups + 1]
    assert any('UPDATE "clinic_episode"' in sql for sql in told[groups:])
    assert not any('UPDATE "clinic_episode"' in sql for sql in told[:groups])


def test_a_discharge_by_mistake_is_taken_back_the_same_day(house, morning, client):
    client.force_login(house.maya)
    stay = house.episode(house.rosa)
    before = set(
        Appointment.objects.filter(episode=stay, starts_at__gt=morning).values_list(
            "starts_at", "outcome", "group"
        )
    )
    client.post(page_of("discharge", house.rosa), leaving())
    answer = client.post(page_of("undo_discharge", house.rosa), {"version": "2"}, follow=True)

    assert "Saved. The stay goes on as before." in text(answer)
    after = Appointment.objects.filter(episode=stay, starts_at__gt=morning)
    assert set(after.values_list("starts_at", "outcome", "group")) == before and before
    assert Membership.objects.filter(episode=stay, left_on=None).count() == 1

    client.post(page_of("discharge", house.rosa), leaving(version="3"))
    late = client.post(page_of("undo_discharge", house.rosa), {"version": "2"}, follow=True)
    assert "Somebody has changed this stay meanwhile." in text(late)
    Episode.objects.filter(pk=stay.pk).update(
        discharge_undo={"at": (morning - DAY).isoformat(), "follow_ups": [], "appointments": []}
    )
    page = text(client.post(page_of("undo_discharge", house.rosa), {"version": "4"}, follow=True))
    assert "on the day it was entered only" in page
    assert "Take the discharge back" not in page


@pytest.mark.parametrize(
    ("field", "what", "sentence"),
    [
        ("kind", {"kind": ""}, "Choose how the stay ends."),
        ("discharged_on", {"discharged_on": ""}, "Choose a day."),
        ("discharged_on", {"discharged_on": "2026-11-21"}, "That day lies ahead. Choose today or earlier."),
        ("discharged_on", {"discharged_on": "2026-08-24"}, "The discharge lies before the admission."),
        ("note", {"note": "x" * 281}, "Ensure this value has at most 280 characters"),
        ("outreach_seen", {"kind": "unplanned"}, "Look at what was tried first, and say that you did."),
    ],
)
def test_an_impossible_discharge_says_so_and_keeps_what_was_typed(
    house, morning, client, field, what, sentence
):
    client.force_login(house.maya)
    answer = client.post(page_of("discharge", house.rosa), leaving(**{"note": "Goes on at Hillside", **what}))

    assert answer.status_code == 422
    assert sentence in errors(answer)[field]
    assert (what.get("note") or "Goes on at Hillside") in text(answer)
    assert Episode.objects.get(pk=house.episode(house.rosa).pk).discharged_on is None


def test_a_day_before_the_client_was_last_seen_is_asked_about(house, morning, client):
    client.force_login(house.maya)
    first = client.post(page_of("discharge", house.rosa), leaving(discharged_on="2026-11-01"))
    assert first.status_code == 422
    assert "The client was seen on" in errors(first)["discharged_on"]
    assert "Yes, the stay ended on this day" in text(first)
    again = client.post(page_of("discharge", house.rosa), leaving(discharged_on="2026-11-01", despite="on"))
    assert again.status_code == 302


def test_of_two_who_discharge_the_second_is_told(house, morning, client):
    client.force_login(house.ruth)
    client.post(page_of("discharge", house.rosa), leaving())
    answer = client.post(page_of("discharge", house.rosa), leaving(kind="other"))

    assert answer.status_code == 409
    assert "This stay has ended meanwhile." in text(answer)
    assert Episode.objects.get(pk=house.episode(house.rosa).pk).discharged_as == "planned"


@pytest.mark.parametrize("who", ["jonas", "stranger", "anne", "lucia", "ben", "priya", "alex"])
@pytest.mark.parametrize(
    "name", ["change_client", "admit", "change_programme", "discharge", "undo_discharge"]
)
def test_only_who_looks_after_the_client_may(house, morning, client, who, name):
    client.force_login(getattr(house, who))
    before = AuditEntry.objects.count()
    url = page_of(name, house.rosa)
    if name != "undo_discharge":
        assert client.get(url).status_code == 404
    assert client.post(url, leaving()).status_code == 404
    assert AuditEntry.objects.count() == before


def test_a_discharged_clients_file_offers_the_way_back(house, morning, client):
    client.force_login(house.ruth)
    page = client.get(page_of("client", house.victor)).content.decode()
    assert page_of("admit", house.victor) in page
    assert page_of("discharge", house.victor) not in page


@pytest.mark.parametrize("told", [{}, {"version": ""}, {"version": "x"}, {"version": "-1"}])
def test_a_discharge_is_not_taken_back_without_saying_what_was_on_the_screen(house, morning, client, told):
    client.force_login(house.maya)
    client.post(page_of("discharge", house.rosa), leaving())
    answer = client.post(page_of("undo_discharge", house.rosa), told, follow=True)
    assert "Somebody has changed this stay meanwhile." in text(answer)
    assert Episode.objects.get(client=house.rosa).discharged_on is not None


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "9999-12-31"])
def test_a_day_at_the_edge_of_the_calendar_is_refused_in_a_sentence(house, morning, client, day):
    client.force_login(house.maya)
    tries = (
        ("discharged_on", client.post(page_of("discharge", house.rosa), leaving(discharged_on=day))),
        ("admitted_on", client.post(NEW, una(house, admitted_on=day))),
        ("date_of_birth", client.post(NEW, una(house, date_of_birth=day))),
        (
            "day",
            client.post(
                page_of("change_programme", house.rosa),
                {"programme": house.medication.uid, "day": day, "version": "1", "form_key": str(uuid4())},
            ),
        ),
    )
    for name, answer in tries:
        assert answer.status_code == 422, name
        assert name in errors(answer), name

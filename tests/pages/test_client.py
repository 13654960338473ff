"""One client's file: where they stand, what happened, what counted; and to whom it is not shown."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from clinic import attendance, episodes, followups, histories, observations, plans, sweep
from clinic.client_file.page import client_file
from clinic.models import (
    Appointment,
    Assignment,
    AuditEntry,
    Client,
    Episode,
    FollowUp,
    Medication,
)
from tests.pages.mornings import TODAY, text

# The driver's own cursor, with which PostgreSQL's packed rows are read, escapes Django's count.
UNSEEN = 3 if connection.vendor == "postgresql" else 0

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}


def url_of(person):
    return reverse("client", args=[person.uid])


def opened(client, staff, person, **query):
    client.force_login(staff)
    answer = client.get(url_of(person), query)
    assert answer.status_code == 200
    return text(answer)


def open_follow_up(person):
    return FollowUp.objects.select_related("clinic", "episode").get(episode__client=person, state="open")


def file_of(house, person, morning, staff=None, **more):
    return client_file(
        Client.objects.select_related("clinic").get(pk=person.pk),
        staff=staff or house.maya,
        now=morning,
        **more,
    )


def service(file, name):
    return next(row for row in file.weeks.services if row.name == name)


def log_a_contact(house, person, at, result="not_reached", **more):
    return followups.log_contact(
        open_follow_up(person),
        by=house.maya,
        on=at,
        method="call",
        result=result,
        hours=histories.opening_hours(house.riverside),
        **more,
    )


def test_the_head_says_who_how_soon_since_when_and_with_whom(house, morning, client):
    page = opened(client, house.maya, house.rosa)

    assert "Rosa Medina" in page
    assert "Contact today" in page
    assert "In care since Tue 25 Aug · day 88 · Standard outpatient" in page
    assert "case manager Maya Okafor" in page
    assert "record R-1001" in page


def test_the_name_stands_neither_in_the_title_nor_in_the_address(house, morning, client):
    client.force_login(house.maya)
    answer = client.get(url_of(house.rosa))

    title = re.search(r"<title>(.*?)</title>", answer.content.decode()).group(1)
    assert title == "Client · Aftercare"
    assert "osa" not in answer.wsgi_request.get_full_path()


def test_the_banner_says_what_is_due_last_seen_and_next_booked(house, morning, client):
    page = opened(client, house.maya, house.rosa)

    assert "First attempt due" in page
    assert "Last seen 16 days ago (Wed 4 Nov" in page
    assert "Open the follow-up" in page


def test_after_an_attempt_the_banner_speaks_of_the_next_one(house, morning, client):
    log_a_contact(house, house.rosa, morning)
    page = opened(client, house.maya, house.rosa)

    assert "Next attempt due Sat 12:00." in page
    assert "First attempt" not in page


def test_a_client_who_was_reached_rests(house, morning, client):
    log_a_contact(house, house.rosa, morning, result="reached_rebooked")

    assert "Rests until Fri 4 Dec after a contact." in opened(client, house.maya, house.rosa)


def test_twelve_weeks_count_what_the_signs_count(house, morning):
    weeks = file_of(house, house.rosa, morning).weeks

    counselling = service(file_of(house, house.rosa, morning), "Counselling")
    assert (counselling.attended.part, counselling.attended.whole) == (9, 12)
    assert [cell.marks[0].token for cell in counselling.cells[-5:-2]] == ["no_show"] * 3
    assert "Thu 14:00" in counselling.usual and "Priya Shah" in counselling.usual
    group = service(file_of(house, house.rosa, morning), "Evening skills")
    assert (group.attended.part, group.attended.whole) == (9, 10), (
        "excused and unrecorded are in neither number"
    )
    assert [column.this_week for column in weeks.columns].index(True) == 11
    assert [column.ahead for column in weeks.columns] == [False] * 12 + [True] * 2


def test_past_and_not_recorded_is_unrecorded_and_ahead_is_booked(house, morning):
    group = service(file_of(house, house.rosa, morning), "Evening skills")

    tokens = [[each.token for each in cell.marks] for cell in group.cells[-3:]]
    assert tokens == [["unrecorded"], ["booked"], ["booked"]]


def test_a_busy_service_shows_each_mark_once_with_its_number(house, morning, client):
    dosing = service(file_of(house, house.terrence, morning), "Dosing")

    assert dosing.busy
    assert dosing.usual.startswith("daily")
    this_week = next(cell for cell in dosing.cells if cell.column.this_week)
    assert {each.token: each.count for each in this_week.marks} == {
        "attended": 1,
        "no_show": 3,
        "unrecorded": 1,
    }


def test_what_was_not_counted_is_named_with_its_days(house, morning, client):
    kinds = {each.token: each for each in file_of(house, house.rosa, morning).weeks.not_counted}

    assert set(kinds) == {"unrecorded", "excused", "cancelled_by_clinic"}
    assert str(kinds["unrecorded"].days) == "18 Nov"
    assert "no_show" not in kinds
    assert "Not counted in the 12 weeks" in opened(client, house.maya, house.rosa)


def test_a_cancellation_without_notice_is_said_to_count(house, morning, client):
    house.visits(house.gloria, "case_management", "V", last=2)
    page = opened(client, house.maya, house.gloria)

    assert "less than 24 hours before, counts as missed" in page
    row = service(file_of(house, house.gloria, morning), "Case management")
    assert (row.attended.part, row.attended.whole) == (0, 1)


def test_what_was_missed_in_a_pause_counts_for_nothing(house, morning, client):
    counselling = service(file_of(house, house.dwayne, morning), "Counselling")

    assert "paused" in {each.token for cell in counselling.cells for each in cell.marks}
    assert "closed or paused that day, counts for nothing" in opened(client, house.maya, house.dwayne)


def test_signs_stand_with_their_evidence_and_what_settles_them(house, morning, client):
    signs = file_of(house, house.rosa, morning).signs
    page = opened(client, house.maya, house.rosa)

    three = next(
        sign for sign in signs if "3 counselling sessions missed in a row" in " ".join(map(str, sign.why))
    )
    assert [each.day.day for each in three.counted] == [5, 12, 19]
    assert f"Signs now {len(signs)}" in page
    assert "3 counselling sessions missed in a row (5, 12, 19 Nov)." in page
    assert "Settles by itself after 2 attended sessions within 14 days." in page
    assert "Rows it counted (3)" in page
    assert "read 06:00 today" in page


def test_no_sign_proves_that_somebody_looked(house, morning, client):
    page = opened(client, house.maya, house.gloria)

    assert "No sign holds." in page
    assert "Read with everybody 06:00 today." in page


def test_before_the_check_no_sign_means_nothing(house, before_the_sweep, client):
    page = opened(client, house.maya, house.rosa)

    assert "The daily check has not read this client yet" in page
    assert "No sign holds." not in page


def test_the_timeline_is_newest_first_and_says_who_recorded_what_when(house, morning, client):
    entries = file_of(house, house.rosa, morning).history.entries
    page = opened(client, house.maya, house.rosa)

    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    assert (entries[0].what, entries[0].token) == ("Counselling", "no_show")
    assert "Counselling 14:00 missed recorded Thu 19 Nov 14:50 by Lucia Ortiz" in page
    assert "Evening skills 18:00 not recorded yet" in page
    assert "Evening skills 18:00 attended, took part freely" in page
    assert all(entry.at <= morning for entry in entries), "what is booked stands in the grid"


def test_attempts_stand_on_the_timeline_and_on_their_follow_up(house, morning, client):
    log_a_contact(
        house, house.rosa, morning, result="reached_thinking", barriers=["transport"], agreed="Tries Monday"
    )
    file = file_of(house, house.rosa, morning)

    assert file.history.entries[0].result == "Reached, thinking about it"
    assert file.history.entries[0].barriers == ("Transport",)
    assert file.lead.attempts[0].agreed == "Tries Monday"
    assert opened(client, house.maya, house.rosa).count("Tries Monday") == 2


def test_the_timeline_can_show_contacts_alone_or_attendance_alone(house, morning):
    log_a_contact(house, house.rosa, morning)

    contacts = file_of(house, house.rosa, morning, of="contact").history
    assert {entry.kind for entry in contacts.entries} == {"try"}
    assert {entry.kind for entry in file_of(house, house.rosa, morning, of="attendance").history.entries} == {
        "visit"
    }
    assert file_of(house, house.rosa, morning, of="nonsense").history.of == "all"


def test_earlier_entries_follow_without_a_gap_or_a_twin(house, morning, client):
    shown = file_of(house, house.rosa, morning).history
    assert len(shown.entries) == 20 and shown.earlier == 2

    more = file_of(house, house.rosa, morning, part=2).history
    assert more.entries[:20] == shown.entries
    everything = file_of(house, house.rosa, morning, of="attendance", part=50).history
    assert everything.earlier is None
    past = Appointment.objects.filter(episode=house.episode(house.rosa), starts_at__lte=morning)
    assert len(everything.entries) == past.count()


@pytest.mark.parametrize("part", ["0", "-1", "x", "99999", "", "²"])
def test_an_impossible_part_is_not_an_error(house, morning, client, part):
    opened(client, house.maya, house.rosa, part=part)


def test_htmx_gets_the_timeline_alone(house, morning, client):
    client.force_login(house.maya)
    answer = client.get(url_of(house.rosa), {"of": "attendance", "part": 2}, **HTMX).content.decode()

    assert answer.strip().startswith("<section") and 'id="timeline"' in answer
    assert "<html" not in answer and "555-0142" not in answer


def test_opening_the_file_is_recorded_every_time(house, morning, client):
    opened(client, house.maya, house.rosa)
    client.get(url_of(house.rosa), **HTMX)

    entries = AuditEntry.objects.filter(deed="view_client_file")
    assert [(entry.staff, entry.client_id, entry.at) for entry in entries] == [
        (house.maya, house.rosa.pk, morning)
    ] * 2
    assert entries[0].subject == f"client:{house.rosa.uid}"
    assert entries[0].detail == {}


def test_the_contact_card_says_how_to_reach_the_client_safely(house, morning, client):
    page = opened(client, house.maya, house.rosa)

    assert "(505) 555-0142" in page
    assert "No message" in page
    assert "Opening this card is recorded." in page


def test_past_follow_ups_stay_with_why_they_ended(house, morning, client):
    followups.close(
        open_follow_up(house.marcus),
        by=house.maya,
        on=morning,
        closed_as="not_a_concern",
        note="At a wedding",
    )
    page = opened(client, house.maya, house.marcus)

    assert "Not a concern: At a wedding" in page
    assert "closed Fri 20 Nov, Maya Okafor" in page
    assert "First attempt" not in page


def test_pauses_and_earlier_stays_are_listed(house, morning, client):
    Episode.objects.create(
        client=house.samir,
        clinic=house.riverside,
        programme=house.medication,
        admitted_on=TODAY - timedelta(days=400),
        discharged_on=TODAY - timedelta(days=300),
    )
    page = opened(client, house.maya, house.samir)

    assert "Agreed leave" in page and "since Sat 14 Nov" in page
    assert "Paused since Sat 14 Nov (Agreed leave): absence says nothing." in page
    assert "Medication and counselling Thu 16 Oct 2025 to Sat 24 Jan" in page


def test_a_discharged_client_has_a_file_up_to_that_day(house, morning, client):
    page = opened(client, house.ruth, house.victor)

    assert "Discharged Sat 31 Oct." in page
    assert "Signs are read only while somebody is in care." in page
    assert "Nothing is booked." not in page


def test_a_client_who_has_nothing_on_record_has_a_page(house, morning, client):
    Appointment.objects.filter(episode=house.episode(house.grace)).delete()
    page = opened(client, house.ruth, house.grace)

    assert "Nothing was planned in these weeks." in page
    assert "Not seen yet." in page
    assert "no case manager" in page


def test_medical_staff_read_but_do_not_work(house, morning, client):
    assert "Log contact" not in opened(client, house.priya, house.rosa)
    assert "Log contact" in opened(client, house.maya, house.rosa)


def test_someone_who_held_an_earlier_stay_does_not_see_the_present_one(house, morning, client):
    """Ruth sees stays that nobody holds; the present one is held outside her teams."""
    house.jonas.team = house.harbor_team
    house.jonas.save()
    Episode.objects.create(
        client=house.andre,
        clinic=house.riverside,
        programme=house.medication,
        admitted_on=TODAY - timedelta(days=400),
        discharged_on=TODAY - timedelta(days=300),
    )
    page = opened(client, house.ruth, house.andre)

    assert "In care from Thu 16 Oct 2025 to Sat 24 Jan" in page
    assert "Evening skills" not in page and "Jonas" not in page


@pytest.mark.parametrize("who", ["jonas", "stranger", "anne", "lucia", "ben", "alex", "carmen"])
def test_a_stranger_gets_the_same_answer_as_for_nobody(house, morning, client, who):
    client.force_login(getattr(house, who))
    refused = client.get(url_of(house.rosa))
    nobody = client.get(reverse("client", args=["00000000-0000-4000-8000-000000000000"]))

    assert refused.status_code == nobody.status_code == 404
    assert refused.content == nobody.content
    assert not AuditEntry.objects.filter(deed="view_client_file").exists()


def test_somebody_signed_out_is_sent_to_the_door(house, morning, client):
    answer = client.get(url_of(house.rosa))

    assert answer.status_code == 302 and answer.url.startswith(reverse("sign_in"))


def test_a_former_case_manager_no_longer_opens_the_file(house, morning, client):
    Assignment.objects.filter(episode=house.episode(house.rosa)).update(ends_on=TODAY)
    client.force_login(house.maya)

    assert client.get(url_of(house.rosa)).status_code == 404


def test_nothing_is_posted_to_a_file(house, morning, client):
    client.force_login(house.maya)

    assert client.post(url_of(house.rosa)).status_code == 405


# -- what is agreed, and what was noted ------------------------------------------------------------------------------


@pytest.fixture
def agreed(house, morning):
    """Rosa has a plan, two goals, a milestone, two supporters, an order, and was noticed twice."""
    stay, by = house.episode(house.rosa), {"by": house.maya, "on": morning}
    content = plans.PlanContent(
        reasons=["My daughter’s school play"],
        if_thens=[plans.IfThenPlan("missed_session", "I skip a week", "I text Elena", "Elena")],
    )
    plans.save_plan(stay, **by, content=content, reviewed=True, version=None)
    plans.set_goal(
        stay, **by, kind="weekly", words="Two meetings a week", target=2, channels="a", starts_on=TODAY
    )
    plans.set_goal(stay, **by, kind="free", words="Walk on Sundays", starts_on=TODAY)
    plans.note_milestone(stay, **by, kind="work", words="Back at work", day=TODAY - timedelta(days=2))
    sister = plans.add_supporter(stay, **by, name="Elena", relation="family", phone="(505) 555-0155")
    plans.give_consent(
        sister, **by, scope="That we would like a call", starts_on=TODAY, ends_on=TODAY + timedelta(days=90)
    )
    plans.add_supporter(stay, **by, name="Ana P.", relation="sponsor", phone="(505) 555-0156")
    Medication.objects.create(
        episode=stay, kind="take_home", medicine="buprenorphine", starts_on=TODAY, known_on=TODAY
    )
    noted = {"setting": "call", "source": "client_said"}
    observations.observe(stay, **by, role="case_manager", items={"C2": 2}, **noted)
    observations.observe(
        stay,
        by=house.priya,
        on=morning,
        role="medical",
        items={"G2": 2},
        in_words="Sleeps badly on it",
        **noted,
    )
    return stay


def test_what_is_agreed_stands_in_the_file(house, agreed, client):
    page = opened(client, house.maya, house.rosa)

    assert "If I skip a week" in page and "then I text Elena" in page and "My daughter’s school play" in page
    assert "Two meetings a week no full week yet" in page
    assert "Walk on Sundays their own goal, not tracked" in page
    assert "Back at work Wed 18 Nov" in page and "90 days in the programme Mon 23 Nov" in page
    assert "Buprenorphine Take-home or prescription, since Fri 20 Nov now" in page
    assert "Evening skills since" in page


def test_who_may_be_told_stands_on_the_card_and_others_numbers_nowhere(house, agreed, client):
    page = opened(client, house.maya, house.rosa)

    assert "May be told Elena, Family: That we would like a call To Thu 18 Feb 2027." in page
    assert "client calls; no consent for staff" in page
    assert "555-0156" not in page, "Ana has given no consent to be called"


def test_notes_stand_on_the_timeline_as_far_as_one_may_read_them(house, agreed, client):
    page = opened(client, house.maya, house.rosa, of="notes")
    for words in (
        "Plan gone through with the client",
        "Milestone : Back at work",
        "Admitted : Standard outpatient",
    ):
        assert words in page, words
    assert "Joined a group : Evening skills" in page
    assert "A stressful event" in page and "Sleeps badly" not in page
    assert "Sleeps badly on it" in opened(client, house.priya, house.rosa, of="notes")
    kinds = {
        entry.kind for entry in file_of(house, house.rosa, house.at(TODAY, 8, 30), of="notes").history.entries
    }
    assert kinds == {"note", "observation"}


def test_a_correction_is_said_on_the_timeline(house, morning, client):
    row = Appointment.objects.filter(episode=house.episode(house.rosa), channel="counselling").latest(
        "starts_at"
    )
    assert "corrected" not in opened(client, house.maya, house.rosa)
    attendance.mark(row, by=house.maya, on=morning, outcome="excused", excuse="illness", why="She had called")
    page = opened(client, house.maya, house.rosa)

    assert "corrected once" in page
    attendance.mark(row, by=house.ruth, on=morning, outcome="no_show", why="It was another day")
    assert "corrected 2 times" in opened(client, house.maya, house.rosa)


def test_a_meeting_the_client_told_us_about_is_called_so(house, morning, client):
    attendance.log_meeting(
        house.episode(house.rosa), by=house.maya, on=morning, at=morning - timedelta(hours=12)
    )

    assert "Mutual aid 20:30 attended, self-reported" in opened(client, house.maya, house.rosa)


def test_each_sign_says_how_many_sessions_nobody_recorded(house, morning, client):
    house.visits(house.rosa, "counselling", "S", last=3)
    told = {str(sign.title): sign.unrecorded for sign in file_of(house, house.rosa, morning).signs}

    assert told["Counselling missed 3 times in a row"] == 1
    assert "1 unrecorded" in opened(client, house.maya, house.rosa)


def test_what_to_mind_before_calling_stands_on_the_card(house, morning, client):
    Client.objects.filter(pk=house.rosa.pk).update(
        other_phone="(505) 555-0188",
        contact_note="Shared with her mother",
        pronouns="she/her",
        naloxone="has",
    )
    page = opened(client, house.maya, house.rosa)

    assert "Or (505) 555-0188" in page and "Mind Shared with her mother" in page
    assert "Pronouns: she/her." in page and "Naloxone Has it" in page
    assert "Nobody: no consent is live." in page


def test_the_way_to_everything_else_is_in_the_file_for_who_may(house, morning, client):
    client.force_login(house.maya)
    page = client.get(url_of(house.rosa)).content.decode()
    for name in ("change_client", "change_programme", "discharge"):
        assert reverse(name, args=[house.rosa.uid]) in page
    client.force_login(house.priya)
    page = client.get(url_of(house.rosa)).content.decode()
    for name in ("change_client", "change_programme", "discharge"):
        assert reverse(name, args=[house.rosa.uid]) not in page


def test_the_number_of_queries_does_not_grow_with_the_history(
    house, morning, client, django_assert_num_queries
):
    client.force_login(house.maya)
    with django_assert_num_queries(48 - UNSEEN):
        client.get(url_of(house.rosa))
    log_a_contact(house, house.rosa, morning)
    log_a_contact(house, house.rosa, morning)
    house.visits(house.rosa, "dosing", "A" * 60, last=1, every=1)
    followups.close(open_follow_up(house.rosa), by=house.maya, on=morning, closed_as="reached")
    house.visits(house.rosa, "counselling", "M", last=0, every=1)
    episodes.pause(
        house.episode(house.rosa),
        by=house.maya,
        on=morning,
        kind="travel",
        starts_on=TODAY - timedelta(days=60),
        ends_on=TODAY - timedelta(days=50),
    )
    sweep.drain(morning)
    assert FollowUp.objects.filter(episode=house.episode(house.rosa)).count() >= 1
    with django_assert_num_queries(48 - UNSEEN):
        client.get(url_of(house.rosa), {"part": 3})

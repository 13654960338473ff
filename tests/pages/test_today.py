"""Today: a case manager sees whom to contact first and why, and what is done moves the row."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic import sweep
from clinic.engagement.triage import place_key
from clinic.models import Appointment, FollowUp
from clinic.worklists.today import worklist
from tests import cast
from tests.pages.mornings import TODAY, follow_up_of, new_rules, rows_of, text

pytestmark = pytest.mark.django_db


def names(shown, level=None):
    return [row.name for section in shown.sections if level in (None, section.level) for row in section.rows]


def test_the_list_stands_in_levels_the_most_urgent_first(house, morning, client):
    client.force_login(house.maya)
    page = text(client.get(reverse("today")))

    shown = worklist(house.maya, morning)
    levels = ["today", "tomorrow", "two_days", "check_in", "good_news"]
    assert [section.level for section in shown.sections] == levels
    assert "Rosa Medina" in names(shown, "today")
    assert page.index("first attempt within 4 working hours") < page.index("Rosa Medina")
    assert (
        page.index("Rosa Medina")
        < page.index("first attempt within 1 working day")
        < page.index("Keisha Grant")
    )
    assert (
        page.index("Keisha Grant") < page.index("if time allows; no escalation") < page.index("Marcus Webb")
    )


def test_inside_a_level_the_order_is_that_of_the_mind(house, morning):
    for section in worklist(house.maya, morning).sections:
        keys = [place_key(row.place, morning) for row in section.rows]
        assert keys == sorted(keys)


def test_a_row_says_since_when_why_and_what_first(house, morning, client):
    client.force_login(house.maya)
    row = rows_of(client.get(reverse("today")))["Rosa Medina"]

    assert "16 days" in row
    assert "3 counselling sessions missed in a row (5, 12, 19 Nov)." in row
    assert "First:" in row
    assert "no attempt yet" in row
    assert "12 weeks:" in row, "the strip has its sentence"


def test_a_lifted_row_says_so_in_numbers(house, before_the_sweep, client):
    new_rules(house.riverside, lift_tomorrow=8)
    sweep.sweep(house.riverside, TODAY, now=before_the_sweep)
    client.force_login(house.maya)
    rows = rows_of(client.get(reverse("today")))

    assert "Marcus Webb" in names(worklist(house.maya, before_the_sweep), "tomorrow")
    facts = "7 days since last seen, the last session missed, 1 of 20 missed since admission"
    assert f"Lifted: {facts}." in rows["Marcus Webb"]
    assert "Lifted:" not in rows["Rosa Medina"], "her own signs are for today"


def test_the_line_of_proof_counts_the_own_caseload(house, morning, client):
    client.force_login(house.maya)
    page = text(client.get(reverse("today")))
    caseload = worklist(house.maya, morning).caseload

    assert f"{caseload} of {caseload}" in page
    assert f"{caseload} on your caseload" in page


def test_a_chip_counts_the_rows_it_shows(house, morning):
    everything = worklist(house.maya, morning)

    for chip in everything.chips:
        assert worklist(house.maya, morning, level=chip.token).shown == chip.count
    for sign in everything.signs:
        filtered = worklist(house.maya, morning, sign=sign.code)
        assert filtered.shown == sign.count > 0
        for chip in filtered.chips:
            assert worklist(house.maya, morning, level=chip.token, sign=sign.code).shown == chip.count


def test_an_unknown_filter_filters_nothing(house, morning, client):
    client.force_login(house.maya)
    answer = client.get(reverse("today"), {"level": "urgent", "sign": "<b>"})

    assert answer.status_code == 200
    assert answer.content.count(b'<tbody class="client-row') == worklist(house.maya, morning).waiting


def test_somebody_elses_clients_and_those_without_a_sign_are_not_on_it(house, morning, client):
    client.force_login(house.maya)
    page = text(client.get(reverse("today")))

    assert "Andre" not in page, "Jonas holds him"
    assert "Theo" not in page, "another clinic"
    assert "Gloria Ames" not in names(worklist(house.maya, morning)), "steady"
    assert "Samir Haddad" not in names(worklist(house.maya, morning)), "paused"


def test_unrecorded_sessions_are_named_and_never_called_missed(house, morning, client):
    client.force_login(house.maya)
    shown = worklist(house.maya, morning)
    page = text(client.get(reverse("today")))

    assert "Irina Petrova" in [each.name for each in shown.unrecorded]
    assert "Irina Petrova" not in names(shown)
    assert f"Unrecorded sessions {len(shown.unrecorded)}" in page


def test_the_capacity_line_stands_after_as_many_rows_as_one_can_do(house, morning, client):
    new_rules(house.riverside, contacts_a_day=2)
    client.force_login(house.maya)
    page = text(client.get(reverse("today")))
    first, second, third, *_ = names(worklist(house.maya, morning))

    assert page.index(second) < page.index("Your 2 contacts for today end here.") < page.index(third)
    assert "end here" not in text(client.get(reverse("today"), {"level": "today"})), (
        "a filtered list has no line"
    )
    follow_up = follow_up_of(first)
    client.post(reverse("log_contact", args=[follow_up.uid]), {"method": "call", "result": "not_reached"})
    assert "Your 2 contacts for today end here, 1 of them made." in text(client.get(reverse("today")))


def test_when_all_contacts_of_the_day_are_made_the_line_stands_on_top(house, morning, client):
    new_rules(house.riverside, contacts_a_day=2)
    client.force_login(house.maya)
    for name in ("Rosa Medina", "Keisha Grant"):
        follow_up = follow_up_of(name)
        client.post(reverse("log_contact", args=[follow_up.uid]), {"method": "call", "result": "not_reached"})
    page = text(client.get(reverse("today")))

    assert page.index("Your 2 contacts for today are made.") < page.index(
        "first attempt within 4 working hours"
    )


def test_the_chip_of_unrecorded_sessions_unfolds_them(house, morning, client):
    client.force_login(house.maya)

    assert (
        '<details class="panel" id="unrecorded" open>'
        in client.get(reverse("today"), {"show": "unrecorded"}).content.decode()
    )
    assert '<details class="panel" id="unrecorded" >' in client.get(reverse("today")).content.decode()


def test_a_contact_not_reached_moves_the_row_to_those_tried_today(house, morning, client):
    client.force_login(house.maya)
    follow_up = follow_up_of("Rosa Medina")
    answer = client.post(
        reverse("log_contact", args=[follow_up.uid]), {"method": "call", "result": "not_reached"}, follow=True
    )

    assert answer.redirect_chain[-1][0] == reverse("today")
    assert "Contact saved. Stays open. Next try due Sat 21 Nov." in text(answer)
    shown = worklist(house.maya, morning)
    assert "Rosa Medina" not in names(shown)
    assert [row.name for row in shown.tried] == ["Rosa Medina"]
    assert "Tried today" in text(answer)


def test_the_next_morning_it_is_back_in_its_level(house, morning, client):
    client.force_login(house.maya)
    follow_up = follow_up_of("Rosa Medina")
    client.post(reverse("log_contact", args=[follow_up.uid]), {"method": "call", "result": "not_reached"})

    tomorrow = worklist(house.maya, morning + timedelta(days=1))
    assert "Rosa Medina" in names(tomorrow)
    assert tomorrow.tried == ()


def test_a_client_reached_rests_and_can_be_brought_back(house, morning, client):
    client.force_login(house.maya)
    follow_up = follow_up_of("Rosa Medina")
    client.post(
        reverse("log_contact", args=[follow_up.uid]), {"method": "call", "result": "reached_thinking"}
    )
    page = text(client.get(reverse("today")))

    assert [row.name for row in worklist(house.maya, morning).resting] == ["Rosa Medina"]
    assert "Rests until Fri 4 Dec" in page
    client.post(reverse("wake", args=[follow_up.uid]))
    assert "Rosa Medina" not in [row.name for row in worklist(house.maya, morning).resting]


@pytest.mark.parametrize(
    ("quiet_as", "on_the_list", "on_the_page"),
    [
        (
            "declined",
            "Asked for no contact until Fri 4 Dec; only safety ends it sooner",
            "Asked for no contact until Fri 4 Dec. Only safety ends it sooner.",
        ),
        (
            "paused",
            "Paused: absence says nothing now",
            "Paused: absence says nothing now. It comes back when the pause has ended.",
        ),
    ],
)
def test_why_somebody_is_not_asked_for(house, morning, client, quiet_as, on_the_list, on_the_page):
    row = follow_up_of("Rosa Medina")
    FollowUp.objects.filter(pk=row.pk).update(quiet_as=quiet_as, quiet_until=TODAY + timedelta(days=14))
    client.force_login(house.maya)

    assert on_the_list in text(client.get(reverse("today"))).split("Resting or snoozed")[1]
    assert on_the_page in text(client.get(reverse("follow_up", args=[row.uid])))
    file = text(client.get(reverse("client", args=[house.rosa.uid])))
    said = {"declined": "Asked for no contact until Fri 4 Dec.", "paused": "Nobody is asked for in a pause."}
    assert said[quiet_as] in file
    client.force_login(house.ruth)
    caseload = text(client.get(f"{reverse('caseload', args=[house.maya.uid])}?show=resting"))
    short = {"declined": "asked for no contact until Fri 4 Dec", "paused": "in a pause"}
    assert short[quiet_as] in caseload


def test_htmx_gets_the_list_anew_with_the_filter_that_was_on(house, morning, client):
    client.force_login(house.maya)
    follow_up = follow_up_of("Rosa Medina")
    answer = client.post(
        reverse("log_contact", args=[follow_up.uid]),
        {"method": "call", "result": "not_reached"},
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/today/?level=today"},
    )

    assert answer.status_code == 200
    assert answer["HX-Retarget"] == "#worklist"
    body = text(answer)
    assert "<html" not in answer.content.decode()
    assert "Contact saved." in body and "Tried today" in body
    assert "if time allows" not in body, "the list was filtered to one level"
    assert 'data-announce="Contact saved.' in answer.content.decode()


def test_an_empty_list_proves_itself_first(house, morning, client):
    FollowUp.objects.update(quiet_until=TODAY + timedelta(days=5), quiet_as="rests")
    Appointment.objects.filter(outcome="scheduled").delete()
    client.force_login(house.maya)
    page = text(client.get(reverse("today")))
    caseload = worklist(house.maya, morning).caseload

    assert "Nobody is waiting for a contact from you." in page
    assert f"{caseload} of {caseload} of your clients have been checked." in page
    assert "not recorded" not in page.split("Resting")[0].split("Nobody is waiting")[1]


def test_an_empty_list_names_what_could_hide_behind_it(house, morning, client):
    FollowUp.objects.update(quiet_until=TODAY + timedelta(days=5), quiet_as="rests")
    client.force_login(house.maya)
    count = len(worklist(house.maya, morning).unrecorded)

    assert count > 1
    assert f"{count} sessions are not recorded, so nobody knows yet" in text(client.get(reverse("today")))


def test_an_empty_list_without_a_check_does_not_claim_to_be_complete(house, before_the_sweep, client):
    client.force_login(house.maya)
    page = text(client.get(reverse("today")))

    assert "Nothing is on the list, but the check is not complete." in page
    assert "Nobody is waiting" not in page


@pytest.mark.parametrize("who", ["ruth", "lucia", "ben", "priya", "alex"])
def test_only_a_case_manager_has_a_list(house, morning, client, who):
    client.force_login(getattr(house, who))
    answer = client.get(reverse("today"))

    assert answer.status_code == 404
    assert "Medina" not in answer.content.decode()


def test_a_stranger_sees_an_own_list_and_nobody_of_this_clinic(house, morning, client):
    client.force_login(house.stranger)
    page = client.get(reverse("today")).content.decode()

    assert not [
        person
        for person in house.clients
        if person.clinic_id == house.riverside.pk and person.last_name in page
    ]


def test_signed_out_leads_to_the_sign_in_page(house, morning, client):
    answer = client.get(reverse("today"))

    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_the_title_is_neutral(house, morning, client):
    client.force_login(house.maya)
    body = client.get(reverse("today")).content.decode()

    assert "<title>Today · Aftercare</title>" in body.replace("\n", "")


def test_the_number_of_statements_does_not_grow_with_the_list(
    house, morning, client, django_assert_max_num_queries
):
    client.force_login(house.maya)
    with django_assert_max_num_queries(100) as few:
        client.get(reverse("today"))
    rows = worklist(house.maya, morning).waiting
    for number in range(12):
        person = house.riverside.clients.create(
            record_number=f"X-{number}", first_name="Extra", last_name=f"Person {number}"
        )
        episode = person.episodes.create(
            clinic=house.riverside, programme=house.outpatient, admitted_on=TODAY - timedelta(days=60)
        )
        episode.assignments.create(case_manager=house.maya, starts_on=episode.admitted_on)
        house.episodes[person.pk] = episode
        house.visits(person, "counselling", "AAAAAMMM", last=1)
    sweep.sweep(house.riverside, TODAY, now=morning)
    assert worklist(house.maya, morning).waiting == rows + 12
    with django_assert_max_num_queries(100) as many:
        client.get(reverse("today"))

    assert len(many) == len(few) <= 23


def test_the_password_of_the_cast_is_not_on_any_page(house, morning, client):
    client.force_login(house.maya)

    assert cast.PASSWORD not in client.get(reverse("today")).content.decode()

"""A follow-up opened: the evidence, what was not counted, how to reach the client, and what is done with it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic import followups
from clinic.models import Attempt, AuditEntry, Finding, FollowUp, Recheck, StaffRole
from clinic.worklists.opened import opened
from tests.pages.mornings import TODAY, follow_up_of, text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/today/"}
VERBS = {
    "log_contact": {"method": "call", "result": "not_reached"},
    "snooze": {"until": "2026-11-21", "reason": "Asked for tomorrow"},
    "wake": {},
    "close_follow_up": {"closed_as": "declined", "note": ""},
}


@pytest.fixture
def rosa(house, morning):
    return follow_up_of("Rosa Medina")


def at(follow_up, name="follow_up"):
    return reverse(name, args=[follow_up.uid])


def test_the_evidence_stands_in_sentences_with_what_settles_it(house, rosa, client):
    client.force_login(house.maya)
    page = text(client.get(at(rosa)))

    assert "3 counselling sessions missed in a row (5, 12, 19 Nov)." in page
    assert "Has stopped coming: reach out today." in page
    assert "Settles by itself after 2 attended sessions within 14 days." in page
    assert "Why this is a sign" in page
    assert "Lifted: 16 days since last seen" in page or "Here because: 16 days since last seen" in page


def test_the_marks_of_each_service_show_what_the_signs_rest_on(rosa, morning):
    it = opened(rosa, morning)
    counselling = next(service for service in it.services if str(service.name) == "counselling")

    assert [mark.token for mark in counselling.marks][-3:] == ["no_show"] * 3
    assert [mark.counted for mark in counselling.marks][-4:] == [False, True, True, True]
    assert str(counselling.rhythm) == "weekly, 14:00"
    evening = next(service for service in it.services if service.name == "Evening skills")
    assert "unrecorded" in [mark.token for mark in evening.marks] or evening.next_at
    assert not [mark for mark in evening.marks if mark.token == "booked"]


def test_what_is_not_counted_is_said(house, rosa, client):
    house.visits(house.rosa, "medical", "X", last=3)
    house.visits(house.rosa, "case_management", "S", last=2)
    client.force_login(house.maya)
    page = text(client.get(at(rosa)))

    assert "Medical, 17 Nov: excused, counts for nothing." in page
    assert "Case management, 18 Nov: unrecorded, counts for nothing." in page


def test_first_steps_of_all_signs_stand_each_once(rosa, morning):
    steps = [str(step) for step in opened(rosa, morning).steps]

    assert len(steps) == len(set(steps)) > 3


def test_each_result_says_beforehand_what_it_leads_to(house, rosa, client):
    client.force_login(house.maya)
    page = text(client.get(at(rosa)))

    assert "Reached, re-booked Rests until Fri 4 Dec, unless another session is missed." in page
    assert "Not reached Stays open. Next try due Sat 21 Nov." in page
    declined = "No further attempts until Sun 20 Dec, unless safety asks for one."
    assert f"Reached, does not want contact now {declined}" in page


def test_the_contact_card_says_how_to_call_and_opening_it_is_recorded(house, rosa, client):
    client.force_login(house.maya)
    body = client.get(at(rosa))
    page = text(body)

    assert 'href="tel:5055550142"' in body.content.decode()
    assert "From 09:00 to 19:00 not now" in page, "it is half past eight"
    assert "No message" in page and "Generic only" in page
    entry = AuditEntry.objects.get(deed="open_contact_card")
    assert (entry.staff, entry.client, entry.subject) == (house.maya, house.rosa, f"follow-up:{rosa.uid}")


def test_looking_writes_nothing_but_that_entry(house, rosa, client):
    before = (FollowUp.objects.get(pk=rosa.pk).version, Recheck.objects.count(), Attempt.objects.count())
    client.force_login(house.maya)
    client.get(at(rosa))

    assert (
        FollowUp.objects.get(pk=rosa.pk).version,
        Recheck.objects.count(),
        Attempt.objects.count(),
    ) == before
    assert set(AuditEntry.objects.values_list("deed", flat=True)) == {"open_contact_card"}


def test_htmx_opens_the_row_in_place_and_folds_it_up_without_the_card(house, rosa, client):
    client.force_login(house.maya)
    row = client.get(at(rosa), headers=HTMX).content.decode()

    assert row.lstrip().startswith("<tbody") and "is-open" in row and "<html" not in row
    assert f'id="f-{rosa.uid}"' in row and "555-0142" in row
    AuditEntry.objects.all().delete()
    folded = client.get(at(rosa), {"as": "row"}, headers=HTMX).content.decode()
    assert "is-open" not in folded and "555-0142" not in folded and "Rosa Medina" in folded
    assert not AuditEntry.objects.exists(), "nobody saw the card"


def test_without_htmx_it_is_a_page_with_its_attempts(house, rosa, client):
    client.force_login(house.maya)
    client.post(
        at(rosa, "log_contact"),
        {
            "method": "call",
            "result": "not_reached",
            "barriers": ["transport"],
            "agreed": "Try her sister’s <b>line</b>",
        },
    )
    body = client.get(at(rosa), {"as": "row"}).content.decode()

    assert "<title>Follow-up · Aftercare</title>" in body.replace("\n", "")
    assert "Try her sister’s &lt;b&gt;line&lt;/b&gt;" in body
    page = text(client.get(at(rosa)))
    assert "Call: Not reached" in page and "in the way: Transport" in page
    assert "1 attempt" in page


def test_a_contact_is_a_row_an_audit_entry_and_a_recheck(house, rosa, morning, client):
    Recheck.objects.all().delete()
    client.force_login(house.maya)
    client.post(
        at(rosa, "log_contact"),
        {
            "method": "visit",
            "result": "reached_rebooked",
            "barriers": ["transport", "work_hours"],
            "agreed": "Fridays",
            "next_contact_on": "2026-11-27",
        },
    )

    attempt = Attempt.objects.get()
    assert (attempt.by, attempt.method, attempt.result) == (house.maya, "visit", "reached_rebooked")
    assert attempt.barriers == ["transport", "work_hours"]
    assert FollowUp.objects.get(pk=rosa.pk).quiet_until == TODAY + timedelta(days=7), (
        "the agreed day, if sooner"
    )
    entry = AuditEntry.objects.get(deed="log_contact")
    assert entry.client == house.rosa and "Fridays" not in str(entry.detail)
    assert Recheck.objects.filter(episode=rosa.episode).exists()


def test_a_contact_without_a_result_is_asked_again_and_keeps_what_was_typed(house, rosa, client):
    client.force_login(house.maya)
    answer = client.post(at(rosa, "log_contact"), {"method": "letter", "agreed": "Wrote to her"})

    assert answer.status_code == 422
    page = text(answer)
    assert "Choose what happened." in page and "Not saved yet." in page
    assert "Wrote to her" in page
    assert not Attempt.objects.exists()


@pytest.mark.parametrize(
    ("verb", "typed", "sentence"),
    [
        ("log_contact", {**VERBS["log_contact"], "next_contact_on": "2026-11-19"}, "That day has passed"),
        ("log_contact", {"method": "owl", "result": "not_reached"}, "Select a valid choice"),
        (
            "log_contact",
            {"method": "call", "result": "not_reached", "agreed": "x" * 281},
            "at most 280 characters",
        ),
        ("snooze", {"until": "2026-11-21", "reason": " "}, "Say why, so that a colleague understands."),
        ("snooze", {"until": "2026-11-20", "reason": "later"}, "Choose a day after today."),
        ("snooze", {"until": "2026-11-23", "reason": "later"}, "At most 2 days"),
        ("close_follow_up", {"closed_as": "not_a_concern", "note": ""}, "Say why it is not a concern."),
        ("close_follow_up", {"closed_as": "settled"}, "Select a valid choice"),
        ("close_follow_up", {}, "Choose why it is closed."),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_on_the_page_and_in_the_row(
    house, rosa, client, verb, typed, sentence
):
    client.force_login(house.maya)
    for headers in ({}, HTMX):
        answer = client.post(at(rosa, verb), typed, headers=headers)
        assert answer.status_code == 422
        assert sentence in text(answer)
        assert answer.content.decode().count('aria-invalid="true"') >= 1
    rosa.refresh_from_db()
    assert rosa.state == "open" and rosa.quiet_until is None


def test_a_snooze_needs_a_reason_and_shows_it(house, rosa, client):
    client.force_login(house.maya)
    answer = client.post(at(rosa, "snooze"), VERBS["snooze"], follow=True)

    assert "Snoozed until Sat 21 Nov." in text(answer)
    assert "Snoozed until Sat 21 Nov: Asked for tomorrow" in text(answer)
    assert AuditEntry.objects.filter(deed="snooze", client=house.rosa).exists()


def test_closing_ends_its_findings_and_the_page_says_who_and_why(house, rosa, client):
    client.force_login(house.maya)
    client.post(
        at(rosa, "close_follow_up"), {"closed_as": "not_a_concern", "note": "Away, agreed by telephone"}
    )
    page = text(client.get(at(rosa)))

    assert not Finding.objects.filter(follow_up=rosa, state="open").exists()
    assert "Closed Fri 20 Nov." in page and "Not a concern, Maya Okafor" in page
    assert "Away, agreed by telephone" in page
    assert "Save contact" not in page, "there is nothing left to do on it"


def test_of_two_who_act_at_once_one_is_told_and_keeps_what_was_typed(house, rosa, morning, client):
    followups.close(rosa, by=house.ruth, on=morning, closed_as="declined")
    client.force_login(house.maya)
    for headers in ({}, HTMX):
        answer = client.post(
            at(rosa, "log_contact"),
            {"method": "call", "result": "not_reached", "agreed": "Left no message"},
            headers=headers,
        )
        assert answer.status_code == 409
        assert "This follow-up has been closed meanwhile" in text(answer)
        assert "Left no message" in text(answer)
    assert not Attempt.objects.exists()


def test_the_supervisor_of_the_team_may_work_on_it(house, rosa, client):
    client.force_login(house.ruth)
    assert "Save contact" in text(client.get(at(rosa)))
    answer = client.post(at(rosa, "log_contact"), VERBS["log_contact"], follow=True)

    assert answer.redirect_chain[-1][0] == at(rosa)
    assert Attempt.objects.get().by == house.ruth


def test_medical_staff_read_it_and_change_nothing(house, rosa, client):
    client.force_login(house.priya)
    page = text(client.get(at(rosa)))

    assert "Rosa Medina" in page and "Save contact" not in page
    for verb, typed in VERBS.items():
        assert client.post(at(rosa, verb), typed).status_code == 404
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("who", ["jonas", "stranger", "lucia", "ben", "alex", "anne", "carmen"])
def test_to_a_stranger_there_is_no_such_follow_up(house, rosa, client, who):
    client.force_login(getattr(house, who))
    missing = client.get(reverse("follow_up", args=[house.rosa.uid])).content
    answers = [client.get(at(rosa)), client.get(at(rosa), {"as": "row"}, headers=HTMX)]
    answers += [client.post(at(rosa, verb), typed) for verb, typed in VERBS.items()]
    answers += [client.post(at(rosa, verb), typed, headers=HTMX) for verb, typed in VERBS.items()]

    for answer in answers:
        assert answer.status_code == 404
        assert answer.content == missing, "denied and missing are the same page"
    assert b"Rosa" not in missing and b"Medina" not in missing
    assert not Attempt.objects.exists() and not AuditEntry.objects.exists()


def test_signed_out_leads_to_the_sign_in_page(house, rosa, client):
    for answer in (
        client.get(at(rosa)),
        *(client.post(at(rosa, verb), typed) for verb, typed in VERBS.items()),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/")
    rosa.refresh_from_db()
    assert rosa.state == "open" and not Attempt.objects.exists()


def test_what_changes_it_is_never_a_get(house, rosa, client):
    client.force_login(house.maya)

    assert {client.get(at(rosa, verb)).status_code for verb in VERBS} == {405}


def test_the_number_of_statements_does_not_grow_with_the_history(
    house, rosa, morning, client, django_assert_max_num_queries
):
    client.force_login(house.maya)
    with django_assert_max_num_queries(60) as few:
        client.get(at(rosa))
    house.visits(house.rosa, "medical", "A" * 40, last=40, every=1)
    for _ in range(5):
        Attempt.objects.create(
            episode=rosa.episode,
            follow_up=rosa,
            by=house.maya,
            at=morning,
            method="call",
            result="not_reached",
        )
    with django_assert_max_num_queries(60) as many:
        client.get(at(rosa))

    assert len(many) == len(few)


@pytest.mark.parametrize("verb", VERBS)
def test_who_is_medical_too_reads_others_follow_ups_and_works_on_none(house, rosa, client, verb):
    StaffRole.objects.create(staff=house.jonas, role="medical")
    client.force_login(house.jonas)
    page = client.get(at(rosa))
    assert page.status_code == 200 and at(rosa, "log_contact") not in page.content.decode()
    assert client.post(at(rosa, verb), VERBS[verb]).status_code == 404
    rosa.refresh_from_db()
    assert rosa.state == "open" and not Attempt.objects.exists()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_edge_of_the_calendar_is_refused_in_a_sentence(house, rosa, client, day):
    client.force_login(house.maya)
    tries = (
        client.post(at(rosa, "snooze"), {"until": day, "reason": "Asked"}),
        client.post(
            at(rosa, "log_contact"), {"method": "call", "result": "reached_rebooked", "next_contact_on": day}
        ),
    )
    for answer in tries:
        assert answer.status_code == 422 and "That day is too far away." in text(answer)


def test_the_card_says_whether_there_is_naloxone_and_when_that_was_asked(client, house, morning):
    house.rosa.naloxone, house.rosa.naloxone_asked_on = "has", TODAY - timedelta(days=400)
    house.rosa.save()
    client.force_login(house.maya)
    address = f"/follow-ups/{follow_up_of('Rosa Medina').uid}/"

    for headers in ({}, {"hx-request": "true"}):
        page = client.get(address, headers=headers)
        assert page.status_code == 200
        assert "asked Thu 16 Oct 2025" in " ".join(page.content.decode().split())

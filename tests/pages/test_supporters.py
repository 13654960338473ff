"""Who stands beside a client: named, consented to, taken back; and a number nobody sees without a live consent."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from clinic import plans
from clinic.models import PlanRevision, Supporter
from tests.agreed import SCOPE, agreed
from tests.pages.mornings import TODAY, text

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
PHONE = "(505) 555-0177"


def url(person):
    return reverse("supporters", args=[person.uid])


def of(row):
    return reverse("supporter", args=[row.uid])


@pytest.fixture
def maya(house, client):
    client.force_login(house.maya)
    return client


@pytest.fixture
def elena(house, morning):
    """Rosa's sister, with a live consent."""
    return agreed(house, house.rosa, morning).supporter


def consent(**more):
    sent = {"do": "consent", "scope": SCOPE, "starts_on": "2026-11-20", "ends_on": "2027-11-20"}
    return sent | {"written": "on", "version": 2} | more


def everywhere(maya, house, row):
    return [maya.get(url(house.rosa)).content.decode(), maya.get(of(row)).content.decode()]


# -- the number -----------------------------------------------------------------------------------------------------


def test_with_a_live_consent_the_number_and_what_may_be_said_are_shown(maya, house, elena):
    page = text(maya.get(url(house.rosa)))

    assert f"Elena Ferro Family {PHONE} live to Sat 27 Feb 2027 {SCOPE}" in page
    assert PHONE in maya.get(of(elena)).content.decode()


@pytest.mark.parametrize(
    ("consent", "said"),
    [
        ({"consent_ended": TODAY}, "taken back Fri 20 Nov"),
        ({"consent_until": TODAY - DAY}, "over since Thu 19 Nov"),
        ({"consent_from": None, "consent_until": None}, "none"),
    ],
)
def test_without_a_live_consent_the_number_is_nowhere_in_the_page(maya, house, elena, consent, said):
    Supporter.objects.filter(pk=elena.pk).update(**{"consent_from": TODAY - 9 * DAY, **consent})

    assert said in text(maya.get(url(house.rosa)))
    for page in everywhere(maya, house, elena):
        assert "555-01" not in page and SCOPE not in re.sub(
            r"<textarea.*?</textarea>", "", page, flags=re.DOTALL
        )


def test_on_its_last_day_a_consent_is_live_and_about_to_end(maya, house, elena):
    Supporter.objects.filter(pk=elena.pk).update(consent_until=TODAY)
    page = text(maya.get(url(house.rosa)))

    assert PHONE in page and "ask anew soon" in page


def test_taken_back_the_number_is_gone_at_once(maya, house, elena):
    assert maya.post(of(elena), {"do": "end_consent", "version": 2}).status_code == 302

    for page in everywhere(maya, house, elena):
        assert "555-01" not in page
    elena.refresh_from_db()
    assert elena.consent_ended == TODAY


def test_what_is_not_shown_is_not_taken_away(maya, house, elena):
    """Correcting a name without a live consent leaves the number on record as it is."""
    Supporter.objects.filter(pk=elena.pk).update(consent_ended=TODAY)
    sent = {"do": "change", "who": "Elena Medina", "relation": "family", "phone": "", "active": "on"}
    maya.post(of(elena), {**sent, "version": 2})

    elena.refresh_from_db()
    assert (elena.name, elena.phone) == ("Elena Medina", PHONE)


def test_what_is_shown_can_be_taken_away(maya, house, elena):
    sent = {"do": "change", "who": "Elena Ferro", "relation": "family", "phone": "", "active": "on"}
    maya.post(of(elena), {**sent, "version": 2})

    elena.refresh_from_db()
    assert elena.phone == ""


# -- naming, consenting ---------------------------------------------------------------------------------------------


def test_somebody_is_named_and_counts_for_the_plan(maya, house, elena):
    sent = {"who": "Jo", "relation": "sponsor", "phone": "(505) 555-0178"}
    page = text(maya.post(url(house.rosa), sent, follow=True))

    assert "Nobody speaks with them until the client has signed a consent." in page
    assert "555-0178" not in page
    assert PlanRevision.objects.latest("number").supporters == 2


def test_sent_twice_one_supporter_is_named(maya, house, morning):
    sent = {"who": "Jo", "relation": "friend", "form_key": str(uuid4())}

    assert {maya.post(url(house.gloria), sent).status_code for _often in range(10)} == {302}
    assert Supporter.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "at", "sentence"),
    [
        ({"who": " "}, "who", "Say who it is."),
        ({"who": "x" * 121}, "who", "at most 120 characters"),
        ({"relation": ""}, "relation", "Choose a relation."),
        ({"relation": "neighbour"}, "relation", "Select a valid choice."),
        ({"phone": "5" * 41}, "phone", "at most 40 characters"),
    ],
)
def test_bad_input_is_said_at_its_field(maya, house, morning, more, at, sentence):
    answer = maya.post(url(house.gloria), {"who": "Jo", "relation": "friend", "phone": ""} | more)
    page = answer.content.decode()

    assert answer.status_code == 422
    assert re.findall(r'class="error" id="add-(\w+)_error"', page) == [at]
    assert sentence in text(answer)
    assert at == "who" or 'value="Jo"' in page
    assert not Supporter.objects.exists()


@pytest.mark.parametrize(
    ("more", "at", "sentence"),
    [
        ({"scope": ""}, "scope", "Say what they may be told"),
        ({"scope": "x" * 281}, "scope", "at most 280 characters"),
        ({"starts_on": "2026-11-21"}, "starts_on", "That day lies ahead."),
        ({"ends_on": "2026-11-19", "starts_on": "2026-11-01"}, "ends_on", "That day has passed."),
        ({"ends_on": "2026-11-01"}, "ends_on", "The end lies before the start."),
        ({"ends_on": "2027-11-21"}, "ends_on", "A consent holds at most 365 days"),
        ({"written": ""}, "written", "Without a signed consent nobody speaks with them."),
    ],
)
def test_a_consent_names_what_about_and_until_when(maya, elena, more, at, sentence):
    before = (elena.consent_from, elena.consent_until)
    answer = maya.post(of(elena), consent(**more))

    assert answer.status_code == 422
    found = re.findall(r'class="error" id="consent-(\w+)_error"', answer.content.decode())
    assert found == [at]
    assert sentence in text(answer)
    elena.refresh_from_db()
    assert (elena.consent_from, elena.consent_until) == before


def test_a_new_consent_takes_the_place_of_the_one_before(maya, house, elena):
    page = text(maya.post(of(elena), consent(scope="Only the hour"), follow=True))

    assert "live to Sat 20 Nov 2027 Only the hour" in page


def test_nobody_is_left_with_a_consent_that_goes_on_unseen(maya, elena):
    sent = {"do": "change", "who": "Elena Ferro", "relation": "family", "phone": PHONE, "version": 2}
    answer = maya.post(of(elena), sent)
    assert answer.status_code == 422
    assert re.findall(r'id="change-(\w+)_error"', answer.content.decode()) == ["active"]

    maya.post(of(elena), {"do": "end_consent", "version": 2})
    assert maya.post(of(elena), {**sent, "version": 3}).status_code == 302
    assert "not leaned on now" in text(maya.get(of(elena)))
    late = maya.post(of(elena), consent(version=4))
    assert late.status_code == 422 and "no longer leans on this person" in text(late)


@pytest.mark.parametrize(
    "sent",
    [
        {"do": "change", "who": "Mine", "relation": "friend", "phone": "", "active": "on"},
        {
            "do": "consent",
            "scope": "Mine",
            "starts_on": "2026-11-20",
            "ends_on": "2027-01-01",
            "written": "on",
        },
        {"do": "end_consent"},
    ],
)
def test_who_changes_a_supporter_second_is_told_and_loses_nothing(maya, house, elena, morning, sent):
    said = {"name": "Theirs", "relation": "family", "phone": PHONE, "active": True}
    plans.change_supporter(elena, by=house.ruth, on=morning, version=2, **said)
    answer = maya.post(of(elena), {**sent, "version": 2})
    page = answer.content.decode()

    assert answer.status_code == 409
    assert "Somebody else saved a change meanwhile." in text(answer) and "Theirs" in text(answer)
    assert sent["do"] == "end_consent" or "Mine" in page
    elena.refresh_from_db()
    assert (elena.name, elena.version, elena.consent_ended) == ("Theirs", 3, None)
    assert maya.post(of(elena), {**sent, "version": 3}).status_code == 302


def test_who_prefers_none_is_not_asked_again(maya, house, morning):
    page = text(maya.get(url(house.gloria)))
    assert "Nobody is named." in page
    content = plans.PlanContent(prefers_no_supporter=True)
    plans.save_plan(
        house.episode(house.gloria), by=house.maya, on=morning, content=content, reviewed=True, version=None
    )
    assert "The client prefers no supporter." in text(maya.get(url(house.gloria)))


# -- strangers, statements ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["jonas", "stranger", "lucia", "ben", "alex"])
def test_a_stranger_learns_of_nobody(client, house, elena, person):
    client.force_login(getattr(house, person))

    for answer in (
        client.get(url(house.rosa)),
        client.post(url(house.rosa), {"who": "Jo", "relation": "friend"}),
        client.get(of(elena)),
        client.post(of(elena), {"do": "end_consent", "version": 2}),
    ):
        assert answer.status_code == 404 and b"Elena" not in answer.content
    elena.refresh_from_db()
    assert (Supporter.objects.count(), elena.consent_ended) == (1, None)


def test_the_number_of_statements_does_not_grow_with_supporters(
    maya, house, elena, morning, django_assert_max_num_queries
):
    with django_assert_max_num_queries(40) as few:
        maya.get(url(house.rosa))
    for number in range(8):
        plans.add_supporter(
            house.episode(house.rosa), by=house.maya, on=morning, name=f"Friend {number}", relation="friend"
        )
    with django_assert_max_num_queries(len(few)):
        maya.get(url(house.rosa))

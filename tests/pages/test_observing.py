"""The observation form: what was noticed, kept item by item, read by role, and taken back."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from clinic import observations, sweep
from clinic.engagement.items import ITEMS, How
from clinic.models import AuditEntry, Episode, Finding, Observation, Submission
from clinic.observations import ItemNoted
from tests.pages.mornings import TODAY, text

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SAID = {"seen_on": TODAY.isoformat(), "setting": "session", "source": "client_said"}


@pytest.fixture
def at(house, before_the_sweep) -> str:
    return reverse("observe", args=[house.gloria.uid])


@pytest.fixture
def sign_in(house, client):
    def signed_in(who: str):
        client.force_login(getattr(house, who))
        return client

    return signed_in


def send(browser, at: str, **typed):
    return browser.post(at, {**SAID, "form_key": str(uuid4()), **typed})


def kept() -> dict[str, tuple[int, dict]]:
    return {each.item: (each.anchor, each.detail) for each in Observation.objects.get().items.all()}


def test_what_was_talked_about_is_kept_and_nothing_of_the_rest(house, at, sign_in):
    answer = send(
        sign_in("maya"),
        at,
        A2="0",
        B2="2",
        D1="2",
        **{"D1-parts": ["0", "2"], "C4": "1", "C4-words": "Lost the flat"},
        S1="on",
        **{"S4-words": "Called Jo"},
        in_words="Sleeps badly",
        shared_with_client="on",
    )

    assert (answer.status_code, answer["Location"]) == (302, at)
    assert kept() == {
        "A2": (0, {}),
        "B2": (2, {}),
        "C4": (1, {"words": "Lost the flat"}),
        "D1": (2, {"parts": {"0": "", "2": ""}}),
        "S1": (1, {}),
        "S4": (1, {"words": "Called Jo"}),
    }
    row = Observation.objects.get()
    assert (row.author, row.author_role, row.in_words) == (house.maya, "case_manager", "Sleeps badly")
    assert row.shared_with_client


def test_every_item_stands_at_not_asked_until_somebody_says_otherwise(house, at, sign_in):
    body = sign_in("priya").get(at).content.decode()
    anchored = [code for code, item in ITEMS.items() if item.how is How.ANCHORED]

    for code in anchored:
        radios = re.findall(rf'<input type="radio"[^>]*name="{code}"[^>]*>', body)
        assert len(radios) == 5, code
        assert [radio for radio in radios if "checked" in radio] == [
            radio for radio in radios if 'value=""' in radio
        ]
    assert "passing, used a skill" in text(sign_in("priya").get(at)), "what 1 means here stands there"


def test_nothing_said_is_refused_in_a_sentence(house, at, sign_in):
    answer = send(sign_in("maya"), at, A2="", in_words="  ")

    assert answer.status_code == 422
    assert "Nothing is noted yet: everything stands at “not asked”." in text(answer)
    assert not Observation.objects.exists()
    assert not Submission.objects.exists(), "the same form may be sent again"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"setting": ""}, "Choose where it was."),
        ({"source": "rumour"}, "Select a valid choice."),
        ({"A2": "4"}, "Choose one of the steps, or leave it as not asked."),
        ({"seen_on": (TODAY + DAY).isoformat()}, "That day lies ahead."),
        ({"seen_on": (TODAY - 15 * DAY).isoformat()}, "Choose a day of the last 14 days."),
        ({"seen_on": "9999-12-31"}, "That day is too far away."),
        ({"seen_on": "soon"}, "That is no date."),
        ({"in_words": "x" * 281}, "at most 280 characters"),
        ({"C4-words": "Lost the flat"}, "Choose how strongly as well, from 0 to 3."),
        ({"D1-parts": ["0"]}, "Choose how strongly as well, from 0 to 3."),
        ({"source": "supporter_told"}, "There is no live consent to speak with a supporter."),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(house, at, sign_in, typed, said):
    answer = send(sign_in("maya"), at, **{"B6": "1", "strength": "Came all the same", **typed})

    assert answer.status_code == 422
    assert said in text(answer)
    body = answer.content.decode()
    assert re.search(r'name="B6"\s+value="1"\s+checked', body) and "Came all the same" in body
    assert not Observation.objects.exists()


def test_before_the_admission_there_was_nothing_to_see(house, before_the_sweep, sign_in):
    at = reverse("observe", args=[house.paul.uid])
    answer = send(sign_in("maya"), at, A2="1", seen_on=(TODAY - 12 * DAY).isoformat())

    assert answer.status_code == 422 and "on or after the admission" in text(answer)


def test_the_same_form_sent_twice_is_one_record(house, at, sign_in):
    typed = {**SAID, "form_key": str(uuid4()), "A2": "1"}
    answers = [sign_in("maya").post(at, typed) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [302] * 3
    assert Observation.objects.count() == 1


def test_that_no_strength_was_noted_is_a_reminder_and_no_error(house, at, sign_in):
    browser = sign_in("maya")
    send(browser, at, A2="1")
    assert "No strength was noted: next time, ask for at least one." in text(browser.get(at))
    send(browser, at, A2="1", S5="on")
    assert "No strength was noted" not in text(browser.get(at))


def test_an_earlier_day_stands_before_what_was_noted_since(house, at, sign_in, before_the_sweep):
    browser = sign_in("maya")
    send(browser, at, A2="3")
    send(browser, at, A2="0", seen_on=(TODAY - 2 * DAY).isoformat())
    sweep.drain(before_the_sweep)

    late = Observation.objects.latest("pk")
    assert (late.day, late.at < before_the_sweep) == (TODAY - 2 * DAY, True)
    finding = Finding.objects.get(episode=house.episode(house.gloria), sign="D18", state="open")
    assert finding.level == "today", "what was said today is not calmed by what was said before"


# --- Clinical groups -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["maya", "ruth", "ben"])
def test_clinical_groups_are_on_nobody_elses_page(house, at, sign_in, who):
    answer = sign_in(who).get(at)
    body = answer.content.decode()

    for code in ("G1", "G2", "H1", "H2"):
        assert not re.search(rf'name="{code}', body)
        assert str(ITEMS[code].wording.msgid) not in text(answer)
    refused = send(sign_in(who), at, A2="1", G2="2")
    assert refused.status_code == 422
    assert "Groups G and H are for clinical roles to note." in text(refused)
    assert not Observation.objects.exists()


def test_what_a_client_tells_of_use_is_kept_part_by_part(house, at, sign_in):
    account = {
        "H1-0": "2026-11-18",
        "H1-2": "no",
        "H1-3": "smoked",
        "H1-4": "yes",
        "H1-5": "A bed for tonight",
    }
    send(sign_in("priya"), at, **account)

    parts = {"0": "2026-11-18", "2": "no", "3": "smoked", "4": "yes", "5": "A bed for tonight"}
    assert kept() == {"H1": (1, {"parts": parts})}
    page = text(sign_in("priya").get(at))
    assert "when: Wed 18 Nov" in page and "alone?: no" in page and "naloxone at hand?: yes" in page
    assert "A bed for tonight" not in text(sign_in("maya").get(at))


def test_a_day_of_use_after_the_day_it_was_told_is_refused(house, at, sign_in):
    answer = send(sign_in("priya"), at, **{"H1-0": (TODAY + DAY).isoformat()})
    assert answer.status_code == 422
    assert "That day lies after the day on which it was told." in text(answer)


def test_an_emergency_shows_what_to_do_before_anything_is_saved(house, at, sign_in):
    browser = sign_in("priya")
    call = "Call first, now: emergency services (911) and the clinician on duty."
    assert call in text(browser.get(at))

    answer = send(browser, at, **{"H2-parts": ["0"]})
    assert answer.status_code == 422 and call in text(answer)
    assert "Call first: emergency services or the clinician on duty, now." in text(answer)
    assert not Observation.objects.exists()

    assert send(browser, at, **{"H2-parts": ["0"], "H2-called": "on"}).status_code == 302
    assert kept() == {"H2": (1, {"parts": {"0": ""}})}


# --- Who reads, who takes back -------------------------------------------------------------------------------------


@pytest.fixture
def note(house, before_the_sweep):
    def observe(items, *, who="maya", role="case_manager", on=before_the_sweep, client=None, **more):
        what = {"setting": "session", "source": "client_said", **more}
        stay = house.episode(client or house.gloria)
        return observations.observe(stay, by=getattr(house, who), on=on, role=role, items=items, **what)

    return observe


def test_each_reads_what_the_role_may_read(house, at, note, sign_in):
    note({"A2": 2}, in_words="Wants to sleep")
    note({"G2": 2}, who="priya", role="medical", in_words="Feels sick")
    note({"B6": 1}, who="ben", role="facilitator", in_words="Quiet today", setting="group")

    def read(who):
        page = text(sign_in(who).get(at))
        return [words for words in ("Wants to sleep", "Feels sick", "Quiet today") if words in page]

    assert read("maya") == read("ruth") == ["Wants to sleep", "Quiet today"]
    assert read("priya") == ["Wants to sleep", "Feels sick", "Quiet today"]
    assert read("ben") == ["Quiet today"]


@pytest.mark.parametrize("who", ["lucia", "jonas", "sam", "alex", "stranger", "carmen", "dasha"])
def test_a_stranger_finds_no_form_and_notes_nothing(house, at, sign_in, who):
    assert sign_in(who).get(at).status_code == 404
    assert send(sign_in(who), at, A2="1").status_code == 404
    assert not Observation.objects.exists()


def test_looking_is_recorded(house, at, sign_in):
    sign_in("maya").get(at)
    entry = AuditEntry.objects.get(deed="view_observations")
    assert (entry.staff, entry.client) == (house.maya, house.gloria)


def test_a_note_made_in_error_is_taken_back_with_a_reason(house, at, note, sign_in):
    row = note({"A2": 3}, in_words="Wants to sleep")
    withdraw = reverse("withdraw_observation", args=[row.uid])
    browser = sign_in("maya")

    answer = browser.post(withdraw, {"reason": ""})
    assert answer.status_code == 422 and "Choose why it is taken back." in text(answer)
    assert browser.post(withdraw, {"reason": "other_client"}).status_code == 302
    assert "Wants to sleep" not in text(browser.get(at))
    assert AuditEntry.objects.get(deed="withdraw_observation").detail == {"reason": "other_client"}
    assert browser.post(withdraw, {"reason": "mistake"}).status_code == 404, "it is shown to nobody any more"


def test_only_the_author_a_supervisor_or_medical_staff_take_it_back(house, at, note, sign_in):
    row = note({"A2": 3}, who="priya", role="medical")
    withdraw = reverse("withdraw_observation", args=[row.uid])

    assert "Take it back" not in text(sign_in("maya").get(at))
    for who in ("maya", "ben", "lucia", "stranger"):
        assert sign_in(who).post(withdraw, {"reason": "mistake"}).status_code == 404
    assert sign_in("ruth").post(withdraw, {"reason": "mistake"}).status_code == 302


def test_a_stay_that_has_ended_takes_no_notes(house, before_the_sweep, sign_in):
    at = reverse("observe", args=[house.victor.uid])
    answer = sign_in("priya").get(at)
    assert answer.status_code == 200 and "This stay in care has ended" in text(answer)
    assert send(sign_in("priya"), at, A2="1").status_code == 422
    assert not Observation.objects.exists()


def test_the_page_costs_the_same_however_much_was_noted(
    house, at, note, sign_in, before_the_sweep, django_assert_num_queries
):
    browser = sign_in("priya")
    note({"A2": 1})
    with django_assert_num_queries(13):
        browser.get(at)
    for ago in range(12):
        note({"A2": 1, "D1": ItemNoted(1, {0: ""}), "S1": 1}, on=before_the_sweep - ago * DAY)
    with django_assert_num_queries(13):
        browser.get(at)


def test_saving_costs_the_same_however_much_is_noted(house, at, sign_in, django_assert_num_queries):
    browser = sign_in("priya")
    send(browser, at, A2="1")
    with django_assert_num_queries(20):
        send(browser, at, A2="1")
    many = {code: "2" for code, item in ITEMS.items() if item.how is How.ANCHORED}
    with django_assert_num_queries(20):
        send(browser, at, **many, S1="on")


def test_older_notes_are_a_click_away(house, at, note, sign_in, before_the_sweep):
    for ago in range(25):
        note({"A2": 1}, on=before_the_sweep - ago * DAY, in_words=f"note {ago:02}")
    browser = sign_in("maya")
    assert "note 24" not in text(browser.get(at)) and "Show earlier ones" in text(browser.get(at))
    assert "note 24" in text(browser.get(at, {"part": "2"}))
    assert browser.get(at, {"part": "x"}).status_code == 200


def test_a_facilitator_of_two_roles_notes_as_the_one_that_sees_the_client(house, before_the_sweep, sign_in):
    house.rita.roles.create(role="medical")
    stay = Episode.objects.get(pk=house.episode(house.theo).pk)
    send(sign_in("rita"), reverse("observe", args=[stay.client.uid]), G2="1")
    assert Observation.objects.get().author_role == "medical"


def test_a_facilitator_finds_the_form_beside_each_member(house, before_the_sweep, sign_in):
    group = reverse("group", args=[house.evening_skills.uid])
    link = reverse("observe", args=[house.rosa.uid])
    assert link in sign_in("ben").get(group).content.decode()
    assert link not in sign_in("ruth").get(group).content.decode()

"""Beside an opened follow-up: what is read first, the evidence, their own plan and people, who is told and confirms."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from clinic import followups, sweep
from clinic.models import (
    AuditEntry,
    CarePlan,
    Finding,
    IfThen,
    Observation,
    Pause,
    Recheck,
    Supporter,
)
from clinic.worklists.opened import opened
from tests.pages.mornings import TODAY, follow_up_of, text

pytestmark = pytest.mark.django_db
OWN_WORDS = "text my sister and take the first slot"
CRAVING = "go to the seven o’clock meeting"


def look(house, client, name="Rosa Medina", who="maya"):
    client.force_login(getattr(house, who))
    return text(client.get(reverse("follow_up", args=[follow_up_of(name).uid])))


def file_of(house, client, person):
    client.force_login(house.maya)
    return text(client.get(reverse("client", args=[person.uid])))


@pytest.fixture
def planned(house):
    """Rosa has planned for a missed session and for a craving."""
    stay = house.episode(house.rosa)
    plan = CarePlan.objects.create(episode=stay, written_on=TODAY, reviewed_on=TODAY)
    IfThen.objects.create(
        plan=plan, kind="missed_session", trigger="I skip a week", action=OWN_WORDS, helper="Elena"
    )
    IfThen.objects.create(
        plan=plan, position=2, kind="craving", trigger="The evening is empty", action=CRAVING
    )
    return plan


def note(house, person, by, **items):
    row = Observation.objects.create(
        episode=house.episode(person),
        at=house.at(TODAY - timedelta(days=1), 15),
        day=TODAY - timedelta(days=1),
        setting="session",
        source="client_said",
        author=by,
        author_role="case_manager",
    )
    for item, anchor in items.items():
        row.items.create(item=item, anchor=anchor)


# -- read first ----------------------------------------------------------------------------------------------------


def test_a_banner_stands_before_everything_else(house, morning, client):
    page = look(house, client, "Terry Boyd")
    words = "Read first: Prescriber or nurse assessment before the next dose: tolerance may have fallen."

    assert page.index(words) < page.index("What happened")
    assert words in file_of(house, client, house.terrence)
    url = reverse("follow_up", args=[follow_up_of("Terry Boyd").uid])
    assert client.get(url).content.decode().count('role="note"') == 1
    assert "Read first" not in look(house, client)


def test_for_weeks_after_a_stay_the_note_stands_whatever_became_of_its_finding(house, morning, client):
    words = "Tolerance may be lower for 28 days after an inpatient stay: ask about safety."
    assert look(house, client, "Dwayne Lewis").count(words) == 1
    Finding.objects.filter(sign="D16").update(state="settled", ended_at=morning)

    assert words in look(house, client, "Dwayne Lewis")
    assert words in file_of(house, client, house.dwayne)
    Pause.objects.filter(episode=house.episode(house.dwayne)).update(
        starts_on=TODAY - timedelta(days=40), ends_on=TODAY - timedelta(days=29)
    )
    assert words not in file_of(house, client, house.dwayne)


def test_nothing_is_read_first_once_it_is_closed(house, morning, client):
    row = follow_up_of("Terry Boyd")
    followups.close(row, by=house.maya, on=morning, closed_as="reached")
    client.force_login(house.maya)

    assert "Read first" not in text(client.get(reverse("follow_up", args=[row.uid])))


# -- evidence that is no appointment ---------------------------------------------------------------------------------


def test_what_is_no_appointment_is_listed_with_its_day(house, before_the_sweep, client):
    note(house, house.rosa, house.maya, C2=2)
    sweep.sweep(house.riverside, TODAY, now=before_the_sweep)

    for page in (look(house, client), file_of(house, client, house.rosa)):
        assert "On Thu 19 Nov: A stressful event: loss, housing, court, job, family" in page


# -- their own plan ------------------------------------------------------------------------------------------------


def test_the_plans_that_fit_are_said_in_their_own_words(house, planned, morning, client):
    page = look(house, client)
    assert f"If I skip a week then {OWN_WORDS} with Elena" in page
    assert CRAVING not in page, "nobody noted a craving"
    page = file_of(house, client, house.rosa)
    assert f"If I skip a week fits now then {OWN_WORDS} with Elena" in page
    assert CRAVING in page and page.count("fits now") == 1, "the file holds the whole plan"


def test_an_item_noted_brings_its_plan(house, planned, before_the_sweep, client):
    note(house, house.rosa, house.maya, A2=2)
    sweep.sweep(house.riverside, TODAY, now=before_the_sweep)

    for page in (look(house, client), file_of(house, client, house.rosa)):
        assert OWN_WORDS in page and CRAVING in page


def test_personal_words_stand_on_no_list(house, planned, morning, client):
    client.force_login(house.maya)
    for name in ("today", "clients"):
        assert "first slot" not in text(client.get(reverse(name))).replace("offer a slot", "")
        assert "Elena" not in text(client.get(reverse(name)))


def test_without_an_open_sign_no_plan_fits(house, planned, morning, client):
    row = follow_up_of("Rosa Medina")
    followups.close(row, by=house.maya, on=morning, closed_as="reached")
    Finding.objects.filter(episode=row.episode, state="open").update(state="closed", ended_at=morning)

    page = file_of(house, client, house.rosa)
    assert OWN_WORDS in page and "fits now" not in page


# -- their people --------------------------------------------------------------------------------------------------


def test_only_a_live_consent_shows_a_name_and_a_number(house, morning, client):
    stay = house.episode(house.rosa)
    live = {"consent_from": TODAY - timedelta(days=9), "consent_until": TODAY}
    for name, more in {
        "Elena": live,
        "Marco": live | {"consent_until": TODAY - timedelta(days=1)},
        "Nadine": live | {"consent_ended": TODAY},
        "Joel": {},
        "Ruthie": live | {"active": False},
    }.items():
        phone = f"(505) 555-01{len(name):02d}"
        Supporter.objects.create(episode=stay, name=name, relation="family", phone=phone, **more)
    page = look(house, client)

    assert "Elena, Family · (505) 555-0105 consent to Fri 20 Nov" in page
    assert not [name for name in ("Marco", "Nadine", "Joel", "Ruthie") if name in page]
    assert "555-0106" not in page and "555-0104" not in page
    assert "3 people without a live consent: only the client speaks with them." in page


def test_nobody_is_named_where_no_step_asks_for_it(house, morning, client):
    Supporter.objects.create(
        episode=house.episode(house.marcus),
        name="Elena",
        relation="family",
        consent_from=TODAY,
        consent_until=TODAY,
    )

    assert opened(follow_up_of("Marcus Webb"), morning).people is None
    assert "Elena" not in look(house, client, "Marcus Webb")


# -- if nobody acts ------------------------------------------------------------------------------------------------


def test_what_happens_if_nobody_acts_is_said(house, morning, client):
    page = look(house, client)

    assert "If nobody acts For the supervisor since Fri 20 Nov." in page
    assert "Goes to the supervisor on Fri 20 Nov at 16:00 if nobody has tried by then." in page
    followups.snooze(
        follow_up_of("Rosa Medina"),
        by=house.maya,
        on=morning,
        until=TODAY + timedelta(days=1),
        reason="Asked",
    )
    assert "If nobody acts" not in look(house, client)


def test_missed_doses_are_due_in_two_hours_by_the_clock(house, morning):
    assert follow_up_of("Terry Boyd").due_at == house.at(TODAY, 8), "before the clinic opens: on call"
    assert follow_up_of("Rosa Medina").due_at == house.at(TODAY, 12)


# -- confirmed by medical staff ------------------------------------------------------------------------------------


def test_only_medical_staff_are_asked_to_confirm(house, morning, client):
    button = "Confirmed by medical staff"

    assert button in look(house, client, "Terry Boyd", "priya")
    assert button not in look(house, client, "Terry Boyd", "maya")
    assert button not in look(house, client, "Rosa Medina", "priya")
    assert "Stays until medical staff confirm it." in look(house, client, "Terry Boyd", "maya")


def test_confirming_handles_their_findings_and_leaves_the_others(house, morning, client):
    row = follow_up_of("Terry Boyd")
    others = Finding.objects.filter(follow_up=row, state="open").exclude(sign="D09").count()
    client.force_login(house.priya)
    answer = client.post(reverse("confirm_medical", args=[row.uid]), follow=True)
    row.refresh_from_db()

    assert "Confirmed by medical staff." in text(answer)
    assert {found.state for found in Finding.objects.filter(follow_up=row, sign="D09")} == {"confirmed"}
    assert others > 0 and row.state == "open", "a medical visit was missed too"
    assert Finding.objects.filter(follow_up=row, state="open").count() == others
    assert Recheck.objects.filter(episode=row.episode).exists()
    assert AuditEntry.objects.filter(deed="confirm_medical", staff=house.priya).count() == 1
    sweep.drain(morning)
    assert not Finding.objects.filter(episode=row.episode, sign="D09", state="open").exists()


def test_a_follow_up_that_holds_nothing_else_closes(house, morning):
    row = follow_up_of("Terry Boyd")
    Finding.objects.filter(follow_up=row).exclude(sign="D09").update(state="closed", ended_at=morning)
    followups.confirm_medical(row, by=house.priya, on=morning)
    row.refresh_from_db()

    assert (row.state, row.closed_as, row.closed_by) == ("closed", "confirmed", house.priya)


def test_the_next_dose_missed_raises_it_anew(house, morning):
    row = follow_up_of("Terry Boyd")
    followups.confirm_medical(row, by=house.priya, on=morning)
    house.visits(house.terrence, "dosing", "M", last=-1)
    sweep.sweep(house.riverside, TODAY + timedelta(days=2), now=morning + timedelta(days=2))

    assert Finding.objects.filter(episode=row.episode, sign="D09", state="open").count() == 1


def test_nobody_else_confirms_and_nothing_is_confirmed_twice(house, morning):
    row = follow_up_of("Terry Boyd")
    with pytest.raises(ValidationError, match="Only medical staff"):
        followups.confirm_medical(row, by=house.maya, on=morning)
    assert Finding.objects.filter(follow_up=row, sign="D09", state="open").exists()
    followups.confirm_medical(row, by=house.priya, on=morning)
    with pytest.raises(ValidationError, match="Nothing on this follow-up waits"):
        followups.confirm_medical(row, by=house.priya, on=morning)

"""Taking somebody in, who may be the same person, the end of a stay with all that was planned, and taking it back."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic import episodes, followups, groups, intake, sweep
from clinic.client_file.duplicates import Asked, possible_duplicates
from clinic.client_file.likeness import Name, allowed, apart, pieces, wrong_letters
from clinic.intake import Who
from clinic.models import (
    Appointment,
    Assignment,
    AuditEntry,
    Client,
    Episode,
    Finding,
    FollowUp,
    Membership,
    Programme,
    Recheck,
    Recording,
    Series,
    WaitingPlace,
)
from tests import cast
from tests.joint.conftest import TODAY

DAY = timedelta(days=1)


def refused(field: str):
    return pytest.raises(ValidationError, check=lambda error: field in error.message_dict)


def conflict():
    return pytest.raises(
        ValidationError,
        check=lambda error: not hasattr(error, "error_dict") and error.error_list[0].code == "conflict",
    )


@pytest.fixture
def by(house: cast.Cast, now: datetime) -> dict:
    return {"by": house.maya, "on": now}


UNA = Who("Una", "Bell", date_of_birth=date(1990, 5, 4), phone="(505) 555-0177")


def taken_in(house: cast.Cast, by: dict, who: Who = UNA, **more) -> Episode:
    stay = {"programme": house.outpatient, "admitted_on": TODAY, **more}
    return intake.register_client(house.riverside, who, **by, **stay)


# -- taking in ------------------------------------------------------------------------------------------------------


def test_somebody_new_is_in_care_with_the_next_number_and_every_consent_off(
    house: cast.Cast, by: dict
) -> None:
    stay = taken_in(house, by, case_manager=house.jonas)
    person = Client.objects.get(pk=stay.client_id)
    assert (person.record_number, person.full_name, person.clinic) == ("R-1016", "Una Bell", house.riverside)
    assert (person.voicemail_ok, person.text_ok, person.no_outreach) == (False, False, False)
    assert (stay.programme, stay.admitted_on, stay.discharged_on) == (house.outpatient, TODAY, None)
    assert stay.assignments.get().case_manager == house.jonas
    assert Recheck.objects.filter(episode=stay).exists()
    deeds = AuditEntry.objects.filter(client=person).order_by("pk").values_list("deed", flat=True)
    assert list(deeds) == ["register_client", "admit", "assign"]
    assert "Una" not in "".join(str(each.detail) + each.subject for each in AuditEntry.objects.all())


@pytest.mark.parametrize(
    ("numbers", "following"),
    [
        ([], "1001"),
        (["7"], "8"),
        (["A-009"], "A-010"),
        (["A-999"], "A-1000"),
        (["A-1000", "A-999"], "A-1001"),
        (["R-5", "X-90", "R-6"], "R-7"),
        (["ODD"], "ODD-2"),
    ],
)
def test_the_next_free_number_follows_the_highest_of_its_kind(
    house: cast.Cast, numbers: list[str], following: str
) -> None:
    other = type(house.harbor).objects.create(name="Elsewhere", time_zone="UTC")
    for number in numbers:
        Client.objects.create(clinic=other, record_number=number, first_name="A", last_name="B")
    assert intake.next_record_number(other) == following


@pytest.mark.parametrize(
    ("field", "who"),
    [
        ("first_name", replace(UNA, first_name="  ")),
        ("last_name", replace(UNA, last_name="")),
        ("last_name", replace(UNA, last_name="x" * 81)),
        ("date_of_birth", replace(UNA, date_of_birth=TODAY + DAY)),
        ("date_of_birth", replace(UNA, date_of_birth=date(1899, 12, 31))),
        ("phone", replace(UNA, phone="ask her sister")),
        ("other_phone", replace(UNA, other_phone="none")),
        ("contact_note", replace(UNA, contact_note="x" * 121)),
        ("contact_until", replace(UNA, contact_from=time(19), contact_until=time(9))),
        ("record_number", replace(UNA, record_number="R-1001")),
    ],
)
def test_an_impossible_newcomer_is_refused_at_the_field(
    house: cast.Cast, by: dict, field: str, who: Who
) -> None:
    before = Client.objects.count(), Episode.objects.count(), AuditEntry.objects.count()
    with refused(field):
        taken_in(house, by, who)
    assert (Client.objects.count(), Episode.objects.count(), AuditEntry.objects.count()) == before


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("admitted_on", {"admitted_on": TODAY + DAY}),
        ("admitted_on", {"admitted_on": date(1990, 5, 3)}),
        ("programme", {"programme": "harbor_outpatient"}),
        ("case_manager", {"case_manager": "tunde"}),
        ("case_manager", {"case_manager": "lucia"}),
    ],
)
def test_an_impossible_stay_leaves_nobody_behind(house: cast.Cast, by: dict, field: str, what: dict) -> None:
    what = {name: getattr(house, value) if isinstance(value, str) else value for name, value in what.items()}
    with refused(field):
        taken_in(house, by, **what)
    assert not Client.objects.filter(first_name="Una").exists()


def test_a_taken_number_names_the_next_free_one(house: cast.Cast, by: dict) -> None:
    with pytest.raises(ValidationError, match="R-1016"):
        taken_in(house, by, replace(UNA, record_number="R-1001"))
    assert taken_in(house, by, replace(UNA, record_number=" R-77 ")).client.record_number == "R-77"


# -- who they are ---------------------------------------------------------------------------------------------------


def test_a_change_keeps_what_was_not_changed_and_says_which_fields(house: cast.Cast, by: dict) -> None:
    rosa = Client.objects.select_related("clinic").get(pk=house.rosa.pk)
    said = replace(Who.of(rosa), phone="505 555 0199", text_ok=False, pronouns="she/her")
    row = intake.change_client(rosa, said, **by, version=1)
    assert (row.phone, row.text_ok, row.pronouns, row.version) == ("505 555 0199", False, "she/her", 2)
    assert (row.languages, row.record_number) == ("Spanish, English", "R-1001")
    detail = AuditEntry.objects.get(deed="change_client").detail
    assert (sorted(detail["fields"]), detail["version"]) == (["phone", "pronouns", "text_ok"], 2)
    intake.change_client(rosa, said, **by, version=1)
    assert AuditEntry.objects.filter(deed="change_client").count() == 1, "the same again changes nothing"


def test_a_change_that_comes_too_late_is_refused(house: cast.Cast, by: dict) -> None:
    rosa = Client.objects.select_related("clinic").get(pk=house.rosa.pk)
    intake.change_client(rosa, replace(Who.of(rosa), phone="505 555 0199"), **by, version=1)
    with conflict():
        intake.change_client(rosa, replace(Who.of(rosa), phone="505 555 0111"), **by, version=1)
    assert Client.objects.get(pk=rosa.pk).phone == "505 555 0199"


def test_nobody_is_born_after_their_admission_or_gets_the_number_of_another(
    house: cast.Cast, by: dict
) -> None:
    rosa = Client.objects.select_related("clinic").get(pk=house.rosa.pk)
    with refused("date_of_birth"):
        intake.change_client(rosa, replace(Who.of(rosa), date_of_birth=TODAY - DAY), **by)
    for number in ("", "R-1002"):
        with refused("record_number"):
            intake.change_client(rosa, replace(Who.of(rosa), record_number=number), **by)


# -- who may be the same person -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rosa Medina", "ROSA MEDINA"),
        ("Rosa Medina", "Rósa Médína"),
        ("Rosa Medina", "Medina Rosa"),
        ("Rosa Medina", "Roza Medina"),
        ("Rosa Medina", "Rosa Madena"),
        ("Rosa Medina", "Orsa Medina"),
        ("Rosa Medina", "Rosita Medina"),
        ("Robert Smith", "Bob Smyth"),
        ("Victor Chen", "Vic Chen"),
        ("Liz O’Hara", "Elizabeth OHara"),
        ("Jesús Núñez", "Chuy Nunez"),
        ("Ana de la Cruz", "Ana Delacruz"),
        ("Ana García López", "Ana Garcia"),
        ("Ana-Maria Vega", "Ana Maria Vega"),
        ("Thanh Nguyễn", "Thanh Nguyen"),
        ("Łukasz Wójcik", "Lukasz Wojcik"),
        ("Jörg Strauß", "Jorg Strauss"),
    ],
)
def test_two_ways_to_write_one_name(house: cast.Cast, one: str, other: str) -> None:
    """Whichever of the two stands in the record, the other one finds it."""
    for first, second in ((one, other), (other, one)):
        there, here = (name.split(" ", 1) for name in (first, second))
        assert apart(Name.of(*there), Name.of(*here)) is not None
        row = Client.objects.create(
            clinic=house.riverside, record_number="N-1", first_name=there[0], last_name=there[1]
        )
        found, _more = possible_duplicates(house.lucia, house.riverside, TODAY, Asked(*here))
        assert row.uid in {each.uid for each in found}, (first, second)
        row.delete()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rosa Medina", "Rosa Nowak"),
        ("Rosa Medina", "Paul Medina"),
        ("Rosa Medina", "Medina Paul"),
        ("Ana Vega", "Ana Lopez"),
        ("Client 00001", "Client 00002"),
        ("Lee Wu", "Lee Xi"),
    ],
)
def test_two_people(one: str, other: str) -> None:
    there, here = (name.split(" ", 1) for name in (one, other))
    assert apart(Name.of(*there), Name.of(*here)) is None


def mistyped(picked: random.Random, word: str) -> str:
    """The word with one letter changed, left out, added or swapped with the next."""
    letter, at = picked.choice("abcdeimnorst"), picked.randrange(len(word))
    return picked.choice(
        (
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
        )
    )


def test_what_the_database_looks_for_never_loses_what_the_comparison_would_find() -> None:
    picked = random.Random(4)
    alike = 0
    for _ in range(6000):
        word = other = "".join(picked.choice("abcdeimnorst") for _ in range(picked.randint(2, 9)))
        for _ in range(picked.randint(0, 2)):
            other = mistyped(picked, other) or "a"
        if wrong_letters(word, other, allowed(word, other)) <= allowed(word, other):
            alike += 1
            assert any(part in f" {other} " for part in pieces(word)), (word, other)
    assert alike > 3000


def test_everybody_of_the_cast_is_found_with_a_letter_wrong(house: cast.Cast) -> None:
    picked = random.Random(4)
    for person in house.clients:
        if person.clinic_id != house.riverside.pk:
            continue
        first, last = person.first_name, mistyped(picked, person.last_name.lower())
        found, _more = possible_duplicates(house.lucia, house.riverside, TODAY, Asked(first, last))
        assert person.uid in {each.uid for each in found}, (first, last)


@pytest.mark.parametrize(
    ("asked", "same"),
    [
        (Asked("Xenia", "Qvist", phones=("505-555-0142",)), ("phone",)),
        (Asked("Xenia", "Qvist", phones=("", "+1 505 5550142")), ("phone",)),
        (Asked("Xenia", "Qvist", date_of_birth=date(1987, 3, 14)), ("birth",)),
        (Asked("Xenia", "Qvist", record_number="r-1001"), ("number",)),
        (Asked("Rose", "Medina", date_of_birth=date(1987, 3, 14)), ("birth", "name")),
    ],
)
def test_what_is_alike_is_said(house: cast.Cast, asked: Asked, same: tuple[str, ...]) -> None:
    Client.objects.filter(pk=house.rosa.pk).update(date_of_birth=date(1987, 3, 14))
    found, more = possible_duplicates(house.lucia, house.riverside, TODAY, asked)
    assert [(each.uid, each.same, each.born, more) for each in found] == [(house.rosa.uid, same, 1987, 0)]


def test_nobody_of_another_clinic_is_offered(house: cast.Cast) -> None:
    assert possible_duplicates(house.nell, house.harbor, TODAY, Asked("Rosa", "Medina")) == ([], 0)
    found, _ = possible_duplicates(house.nell, house.harbor, TODAY, Asked("Theo", "Lambert"))
    assert [each.name for each in found] == ["Theo Lambert"]


def test_who_may_open_is_told_apart_from_who_must_ask(house: cast.Cast) -> None:
    def offered(staff, *name):
        (one,) = possible_duplicates(staff, house.riverside, TODAY, Asked(*name))[0]
        return one.may_open, one.ask, one.in_care, one.discharged_on

    assert offered(house.maya, "Rosa", "Medina") == (True, "Maya Okafor", True, None)
    assert offered(house.jonas, "Rosa", "Medina") == (False, "Maya Okafor", True, None)
    assert offered(house.lucia, "Grace", "Adjei") == (False, "", True, None)
    assert offered(house.ruth, "Victor", "Chen") == (True, "", False, TODAY - 20 * DAY)


def test_the_number_of_statements_does_not_grow_with_the_clinic(
    house: cast.Cast, django_assert_num_queries
) -> None:
    asked = Asked("Rosa", "Medina", "Rosie", date(1987, 3, 14), ("505 555 0142",), "R-1001")
    assert house.maya.role_tokens  # read once per request
    with django_assert_num_queries(5):
        possible_duplicates(house.maya, house.riverside, TODAY, asked)
    Client.objects.bulk_create(
        Client(clinic=house.riverside, record_number=f"X-{n}", first_name="Rosa", last_name="Medina")
        for n in range(300)
    )
    with django_assert_num_queries(5):
        found, more = possible_duplicates(house.maya, house.riverside, TODAY, asked)
    assert (len(found), more) == (6, 295)
    assert found[0].uid == house.rosa.uid, "who is alike in most things stands first"


# -- another programme ----------------------------------------------------------------------------------------------


def test_another_programme_from_a_day_on(house: cast.Cast, by: dict) -> None:
    stay = house.episode(house.gloria)
    row = episodes.change_programme(stay, **by, programme=house.medication, day=TODAY - 3 * DAY, version=1)
    assert (row.programme, row.version) == (house.medication, 2)
    kept = row.programme_changes.get()
    assert (kept.before, kept.after, kept.day, kept.by) == (
        house.outpatient,
        house.medication,
        TODAY - 3 * DAY,
        house.maya,
    )
    assert Recheck.objects.filter(episode=stay).exists()
    assert AuditEntry.objects.get(deed="change_programme").detail["to"] == str(house.medication.uid)
    third = Programme.objects.create(clinic=house.riverside, name="Intensive")
    episodes.change_programme(stay, **by, programme=third, day=TODAY - 3 * DAY)
    assert row.programme_changes.get().after == third, "of two on one day the later one counts"
    episodes.change_programme(stay, **by, programme=house.outpatient, day=TODAY - 3 * DAY)
    assert not row.programme_changes.exists(), "back to what it was: nothing has changed"


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("programme", {"programme": "outpatient"}),
        ("programme", {"programme": "harbor_outpatient"}),
        ("day", {"day": TODAY + DAY}),
        ("day", {"day": TODAY - 121 * DAY}),
        ("day", {"day": TODAY - 10 * DAY}),
    ],
)
def test_an_impossible_change_of_programme_is_refused(
    house: cast.Cast, by: dict, field: str, what: dict
) -> None:
    stay = house.episode(house.gloria)
    third = Programme.objects.create(clinic=house.riverside, name="Intensive")
    episodes.change_programme(stay, **by, programme=third, day=TODAY - 9 * DAY)
    episodes.change_programme(stay, **by, programme=house.outpatient, day=TODAY - 5 * DAY)
    said = {"programme": "medication", "day": TODAY, **what}
    with refused(field):
        episodes.change_programme(stay, **by, **said | {"programme": getattr(house, said["programme"])})


def test_of_two_changes_of_programme_the_later_form_is_told(house: cast.Cast, by: dict) -> None:
    stay = house.episode(house.gloria)
    episodes.change_programme(stay, **by, programme=house.medication, day=TODAY, version=1)
    with conflict():
        episodes.change_programme(stay, **by, programme=house.outpatient, day=TODAY, version=1)


# -- the end of a stay ----------------------------------------------------------------------------------------------


@pytest.fixture
def planned(swept: cast.Cast, by: dict) -> Episode:
    """Marcus has an open follow-up, two visits ahead, a series, a seat, and waits for a second group."""
    stay = swept.episode(swept.marcus)
    swept.visits(swept.marcus, "counselling", "SS", last=-14)
    Series.objects.create(
        clinic=swept.riverside,
        episode=stay,
        rule="FREQ=WEEKLY",
        starts_on=TODAY - 60 * DAY,
        at=time(14),
        channel="counselling",
    )
    assert Membership.objects.get(episode=stay).group == swept.morning_skills
    WaitingPlace.objects.create(episode=stay, group=swept.evening_skills, asked_on=TODAY - DAY)
    return stay


def ahead(stay: Episode, now: datetime) -> set[tuple]:
    rows = Appointment.objects.filter(episode=stay, starts_at__gt=now)
    return set(rows.values_list("starts_at", "channel", "group", "outcome"))


def left(stay: Episode, by: dict, **more) -> Episode:
    said = {"discharged_on": TODAY, "kind": "planned", **more}
    with transaction.atomic():
        row = intake.discharge(stay, **by, **said)
        groups.leave_all(stay, **by, day=said["discharged_on"])
    return row


def taken_back(stay: Episode, by: dict) -> Episode:
    with transaction.atomic():
        undone = intake.undo_discharge(stay, **by)
        groups.return_all(undone.stay, **by, day=undone.discharged_on)
    return undone.stay


def test_nobody_who_was_discharged_is_expected_anywhere(planned: Episode, by: dict, now: datetime) -> None:
    assert FollowUp.objects.filter(episode=planned, state="open").exists()
    row = left(planned, by, note="Moves to another town")
    assert (row.discharged_on, row.discharged_as, row.discharge_note) == (
        TODAY,
        "planned",
        "Moves to another town",
    )
    assert {outcome for *_, outcome in ahead(planned, now)} <= {"cancelled_by_clinic"}
    assert (
        Recording.objects.filter(appointment__episode=planned, after__outcome="cancelled_by_clinic").count()
        >= 2
    )
    assert Series.objects.get(episode=planned).ended_on == TODAY
    assert not Membership.objects.filter(episode=planned, left_on=None).exists()
    assert not WaitingPlace.objects.filter(episode=planned, ended_on=None).exists()
    sweep.drain(now)
    assert not FollowUp.objects.filter(episode=planned, state="open").exists()
    assert not FollowUp.objects.filter(episode=planned).exclude(closed_as="episode_ended").exists()
    assert "town" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_a_discharge_by_mistake_is_taken_back_whole(planned: Episode, by: dict, now: datetime) -> None:
    follow_up = FollowUp.objects.get(episode=planned, state="open")
    followups.snooze(follow_up, **by, until=TODAY + DAY, reason="Asked for tomorrow")
    names = ("state", "level", "quiet_until", "quiet_as", "quiet_reason", "closed_as")
    before = ahead(planned, now), FollowUp.objects.values(*names).get(pk=follow_up.pk)
    open_findings = set(Finding.objects.filter(episode=planned, state="open").values_list("sign", flat=True))
    left(planned, by)
    sweep.drain(now)
    row = taken_back(planned, by | {"on": now + timedelta(hours=2)})
    assert (row.discharged_on, row.discharged_as, row.discharge_undo) == (None, "", None)
    assert (ahead(planned, now), FollowUp.objects.values(*names).get(pk=follow_up.pk)) == before
    assert Series.objects.get(episode=planned).ended_on is None
    assert Membership.objects.filter(episode=planned, left_on=None).count() == 1
    assert WaitingPlace.objects.get(episode=planned).ended_on is None
    sweep.drain(now + timedelta(hours=2))
    assert (
        set(Finding.objects.filter(episode=planned, state="open").values_list("sign", flat=True))
        == open_findings
    )
    assert intake.undo_discharge(planned, **by).discharged_on is None, "twice changes nothing"


def test_what_somebody_changed_since_stays_as_they_left_it(planned: Episode, by: dict, now: datetime) -> None:
    left(planned, by)
    one = Appointment.objects.filter(episode=planned, starts_at__gt=now, session=None).earliest("starts_at")
    Appointment.objects.filter(pk=one.pk).update(reason="Told him by telephone", version=one.version + 1)
    taken_back(planned, by)
    one.refresh_from_db()
    assert (one.outcome, one.reason) == ("cancelled_by_clinic", "Told him by telephone")


def test_a_discharge_is_taken_back_on_its_own_day_only(planned: Episode, by: dict, now: datetime) -> None:
    left(planned, by)
    with pytest.raises(ValidationError, match="on the day it was entered"):
        intake.undo_discharge(planned, by=by["by"], on=now + DAY)
    intake.admit_again(planned.client, **by, programme=planned.programme, admitted_on=TODAY)
    with pytest.raises(ValidationError, match="admitted again"):
        intake.undo_discharge(planned, **by)


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("kind", {"kind": "expelled"}),
        ("kind", {"kind": ""}),
        ("discharged_on", {"discharged_on": TODAY + DAY}),
        ("discharged_on", {"discharged_on": TODAY - 76 * DAY}),
        ("note", {"note": "x" * 281}),
        ("outreach_seen", {"kind": "unplanned"}),
        ("discharged_on", {"discharged_on": TODAY - 30 * DAY}),
    ],
)
def test_an_impossible_discharge_changes_nothing(
    planned: Episode, by: dict, now: datetime, field: str, what: dict
) -> None:
    before = ahead(planned, now)
    with refused(field):
        left(planned, by, **what)
    assert Episode.objects.get(pk=planned.pk).discharged_on is None
    assert ahead(planned, now) == before
    assert not AuditEntry.objects.filter(deed="discharge").exists()


def test_a_day_before_the_client_was_last_seen_is_questioned_once(planned: Episode, by: dict) -> None:
    with pytest.raises(
        ValidationError, check=lambda e: e.error_dict["discharged_on"][0].code == intake.DESPITE
    ):
        left(planned, by, discharged_on=TODAY - 30 * DAY)
    assert left(planned, by, discharged_on=TODAY - 30 * DAY, despite=True).discharged_on == TODAY - 30 * DAY


def test_an_unplanned_end_needs_somebody_to_have_looked_at_what_was_tried(planned: Episode, by: dict) -> None:
    assert left(planned, by, kind="unplanned", outreach_seen=True).discharged_as == "unplanned"


def test_of_two_who_discharge_the_second_is_told(planned: Episode, by: dict) -> None:
    left(planned, by, version=1)
    with conflict():
        left(planned, by, version=1)
    other = Episode.objects.get(pk=planned.pk)
    with conflict():
        left(other, by, version=other.version)


def test_who_died_is_not_asked_for_and_no_milestone_is_raised(
    swept: cast.Cast, by: dict, now: datetime
) -> None:
    stay = swept.episode(swept.gloria)
    Episode.objects.filter(pk=stay.pk).update(admitted_on=TODAY - 179 * DAY)
    left(stay, by, kind="died")
    sweep.drain(now)
    assert not FollowUp.objects.filter(episode=stay, state="open").exists()
    for days in (1, 2, 5):
        sweep.sweep_day(TODAY + days * DAY, now=now + days * DAY)
    assert not FollowUp.objects.filter(episode=stay, state="open").exists(), "180 days are not marked"


def test_who_is_said_to_have_died_is_admitted_only_when_that_was_wrong(house: cast.Cast, by: dict) -> None:
    left(house.episode(house.gloria), by, kind="died")
    again = {"programme": house.outpatient, "admitted_on": TODAY}
    with refused("despite"):
        intake.admit_again(house.gloria, **by, **again)
    assert intake.admit_again(house.gloria, **by, **again, despite=True).discharged_on is None


def test_coming_back_carries_nothing_over(swept: cast.Cast, by: dict, now: datetime) -> None:
    old = swept.episode(swept.rosa)
    left(old, by)
    sweep.drain(now)
    new = intake.admit_again(
        swept.rosa, **by, programme=swept.medication, admitted_on=TODAY, case_manager=swept.jonas
    )
    sweep.drain(now)
    assert not FollowUp.objects.filter(episode=new).exists()
    assert Assignment.objects.get(episode=new).case_manager == swept.jonas
    assert Appointment.objects.filter(episode=old).exists(), "the history stays"
    with refused("case_manager"):
        intake.admit_again(
            swept.victor, **by, programme=swept.medication, admitted_on=TODAY, case_manager=swept.lucia
        )
    assert swept.victor.episodes.count() == 1


def test_statements_of_a_discharge_do_not_grow_with_what_was_planned(house: cast.Cast, by: dict) -> None:
    counts = []
    for client, visits in ((house.gloria, "SS"), (house.isaiah, "S" * 40)):
        house.visits(client, "counselling", visits, last=-len(visits), every=1)
        with CaptureQueriesContext(connection) as seen:
            intake.discharge(house.episode(client), **by, discharged_on=TODAY, kind="planned")
        with CaptureQueriesContext(connection) as back:
            intake.undo_discharge(house.episode(client), **by)
        counts.append((len(seen), len(back)))
    assert counts[0] == counts[1]

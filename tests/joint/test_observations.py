"""What staff noted: who may note what, what is refused, who reads it afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from clinic import access, medication, observations, plans
from clinic.engagement.items import ITEMS, How
from clinic.models import AuditEntry, Observation, ObservationItem, Recheck
from clinic.observations import ItemNoted
from tests import cast
from tests.joint.conftest import TODAY

DAY = timedelta(days=1)


def refused(field: str):
    return pytest.raises(ValidationError, check=lambda error: field in error.message_dict)


@pytest.fixture
def note(house: cast.Cast, now: datetime):
    def observe(items: dict, *, who: str = "maya", role: str = "case_manager", client=None, **more):
        what = {"setting": "session", "source": "client_said", **more}
        stay = house.episode(client or house.gloria)
        return observations.observe(stay, by=getattr(house, who), on=now, role=role, items=items, **what)

    return observe


def kept(row: Observation) -> dict[str, tuple[int, dict]]:
    return {each.item: (each.anchor, each.detail) for each in row.items.all()}


def test_only_what_was_talked_about_is_kept(house: cast.Cast, note, now: datetime) -> None:
    row = note(
        {"A2": 0, "B2": 3, "S1": 1, "D1": ItemNoted(2, parts={0: "", 2: "left early"})},
        in_words=" Sleeps badly ",
        strength="Came all the same",
        shared_with_client=True,
    )
    assert kept(row) == {
        "A2": (0, {}),
        "B2": (3, {}),
        "S1": (1, {}),
        "D1": (2, {"parts": {"0": "", "2": "left early"}}),
    }
    assert (row.at, row.day, row.author, row.author_role) == (now, TODAY, house.maya, "case_manager")
    assert (row.in_words, row.strength, row.shared_with_client) == ("Sleeps badly", "Came all the same", True)
    assert Recheck.objects.filter(episode=row.episode).exists()


def test_the_ledger_says_how_many_and_not_which(note) -> None:
    note({"A2": 3, "C4": ItemNoted(1, words="Lost the flat")}, in_words="Sleeps badly")
    entry = AuditEntry.objects.get(deed="observe")
    assert entry.detail == {"role": "case_manager", "items": 2}


@pytest.mark.parametrize(
    ("field", "items", "more"),
    [
        ("items", {"Z9": 1}, {}),
        ("items", {"A2": -1}, {}),
        ("items", {"A2": 4}, {}),
        ("items", {"A2": True}, {}),
        ("items", {"S1": 0}, {}),
        ("items", {"S1": 2}, {}),
        ("items", {"A2": ItemNoted(1, parts={0: ""})}, {}),
        ("items", {"D1": ItemNoted(1, parts={5: ""})}, {}),
        ("items", {"D1": ItemNoted(1, parts={0: "x" * 201})}, {}),
        ("items", {"S4": ItemNoted(words="x" * 281)}, {}),
        ("items", {}, {}),
        ("items", {}, {"in_words": "  "}),
        ("in_words", {"A2": 1}, {"in_words": "x" * 281}),
        ("strength", {"A2": 1}, {"strength": "x" * 281}),
        ("setting", {"A2": 1}, {"setting": "street"}),
        ("source", {"A2": 1}, {"source": "rumour"}),
        ("role", {"A2": 1}, {"role": "facilitator"}),
        ("role", {"A2": 1}, {"who": "lucia", "role": "front_desk"}),
        ("role", {"A2": 1}, {"who": "alex", "role": "administrator"}),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(note, field: str, items: dict, more: dict) -> None:
    with refused(field):
        note(items, **more)
    assert not Observation.objects.exists()


@pytest.mark.parametrize("code", [code for code, item in ITEMS.items() if item.clinical_only])
@pytest.mark.parametrize(
    ("who", "role"), [("maya", "case_manager"), ("ruth", "supervisor"), ("ben", "facilitator")]
)
def test_clinical_items_are_for_clinical_roles(note, code: str, who: str, role: str) -> None:
    with refused("items"):
        note({"A2": 1, code: 1}, who=who, role=role)
    assert not Observation.objects.exists()
    assert kept(note({code: 1}, who="priya", role="medical")) == {code: (1, {})}


def test_every_item_can_be_noted(note) -> None:
    everything = {code: 3 if item.how is How.ANCHORED else 1 for code, item in ITEMS.items()}
    assert set(kept(note(everything, who="priya", role="medical"))) == set(ITEMS)


@pytest.mark.parametrize("only", [{"in_words": "Tired"}, {"strength": "Came"}])
def test_words_alone_are_an_observation(note, only: dict) -> None:
    assert kept(note({}, **only)) == {}


def test_a_supporter_tells_only_with_a_live_consent(house: cast.Cast, note, now: datetime) -> None:
    told = {"items": {"B6": 2}, "source": "supporter_told"}
    with refused("source"):
        note(**told)
    by = {"by": house.maya, "on": now - DAY}
    jo = plans.add_supporter(house.episode(house.gloria), **by, name="Jo", relation="friend")
    with refused("source"):
        note(**told)
    plans.give_consent(jo, **by, scope="Well-being", starts_on=TODAY - DAY, ends_on=TODAY)
    assert note(**told).source == "supporter_told"
    with refused("source"):
        note(**told, client=house.marcus)
    plans.end_consent(jo, by=house.maya, on=now)
    with refused("source"):
        note(**told)


def test_one_entered_by_mistake_is_taken_back_once(house: cast.Cast, note, now: datetime) -> None:
    row = note({"A2": 3})
    with refused("reason"):
        observations.withdraw(row, by=house.maya, on=now, reason="just because")
    Recheck.objects.all().delete()
    observations.withdraw(row, by=house.maya, on=now, reason="mistake")
    again = observations.withdraw(row, by=house.ruth, on=now + DAY, reason="twice")
    assert again.withdrawn_at == now
    assert Recheck.objects.filter(episode=row.episode).exists()
    assert ObservationItem.objects.filter(observation=row).count() == 1, "it stays on record"
    assert AuditEntry.objects.get(deed="withdraw_observation").detail == {"reason": "mistake"}


# -- who reads it ---------------------------------------------------------------------------------------------------


@pytest.fixture
def noted(note) -> dict[str, Observation]:
    return {
        "plain": note({"A2": 2, "C2": 1}, in_words="Tired", strength="Came"),
        "mixed": note(
            {"B1": 2, "G1": 3, "G2": 2}, who="priya", role="medical", in_words="Lost it", strength="Told us"
        ),
        "clinical": note({"H1": 1}, who="priya", role="medical", in_words="On Sunday"),
    }


def seen(house: cast.Cast, who: str) -> dict[int, tuple[str, list[str]]]:
    rows = access.observations_for(getattr(house, who), TODAY)
    return {
        row.pk: (row.words_seen + row.strength_seen, [each.item for each in row.items_seen]) for row in rows
    }


@pytest.mark.parametrize("who", ["maya", "ruth"])
def test_who_keeps_the_case_reads_all_but_the_clinical_items(house: cast.Cast, noted: dict, who: str) -> None:
    assert seen(house, who) == {
        noted["plain"].pk: ("TiredCame", ["A2", "C2"]),
        noted["mixed"].pk: ("", ["B1"]),
    }


def test_medical_staff_read_everything(house: cast.Cast, noted: dict) -> None:
    assert seen(house, "priya") == {
        noted["plain"].pk: ("TiredCame", ["A2", "C2"]),
        noted["mixed"].pk: ("Lost itTold us", ["B1", "G1", "G2"]),
        noted["clinical"].pk: ("On Sunday", ["H1"]),
    }


@pytest.mark.parametrize("who", ["lucia", "alex", "jonas", "stranger", "carmen", "ben"])
def test_nobody_else_reads_any(house: cast.Cast, noted: dict, who: str) -> None:
    """The front desk and the administrator, another caseload, the other clinic, a facilitator of others' notes."""
    assert seen(house, who) == {}


def test_a_facilitator_notes_of_the_own_members_and_reads_the_own_notes(house: cast.Cast, note) -> None:
    members = set(access.observable_for(house.ben, TODAY).values_list("client", flat=True))
    assert {house.gloria.pk, house.rosa.pk} <= members
    assert house.isaiah.pk not in members, "in no group"
    assert not access.observable_for(house.sam, TODAY).exists(), "runs no group"
    assert not access.observable_for(house.lucia, TODAY).exists(), "front desk"
    own = note({"B6": 1}, who="ben", role="facilitator")
    note({"B6": 2})
    assert set(seen(house, "ben")) == {own.pk}


def test_one_observation_and_who_may_take_it_back(house: cast.Cast, note) -> None:
    row = note({"A2": 2}, who="priya", role="medical")
    for who in ("maya", "ruth", "priya"):
        assert access.observation_for(getattr(house, who), TODAY, row.uid) == row
    for who in ("ruth", "priya"):
        assert access.observation_for(getattr(house, who), TODAY, row.uid, to_withdraw=True) == row
    with pytest.raises(access.NotVisible):
        access.observation_for(house.maya, TODAY, row.uid, to_withdraw=True)
    mine = note({"A2": 2})
    assert access.observation_for(house.maya, TODAY, mine.uid, to_withdraw=True) == mine


def test_what_was_withdrawn_is_shown_to_nobody(house: cast.Cast, note, now: datetime) -> None:
    row = note({"A2": 2})
    observations.withdraw(row, by=house.maya, on=now, reason="other_client")
    for who in ("maya", "ruth", "priya"):
        with pytest.raises(access.NotVisible):
            access.observation_for(getattr(house, who), TODAY, row.uid)


# -- the other new gates --------------------------------------------------------------------------------------------


def test_orders_are_changed_by_medical_staff_only(house: cast.Cast, now: datetime) -> None:
    row = medication.order(
        house.episode(house.gloria),
        by=house.priya,
        on=now,
        kind="take_home",
        medicine="other",
        starts_on=TODAY,
    )
    for who in ("maya", "ruth", "priya"):
        assert access.medication_for(getattr(house, who), TODAY, row.uid) == row
    assert access.medication_for(house.priya, TODAY, row.uid, to_change=True) == row
    for who, to_change in (
        ("maya", True),
        ("ruth", True),
        ("lucia", False),
        ("jonas", False),
        ("carmen", True),
    ):
        with pytest.raises(access.NotVisible):
            access.medication_for(getattr(house, who), TODAY, row.uid, to_change=to_change)


def test_a_supporters_number_shows_only_with_a_live_consent(house: cast.Cast, now: datetime) -> None:
    by = {"by": house.maya, "on": now}
    jo = plans.add_supporter(
        house.episode(house.gloria), **by, name="Jo", relation="friend", phone="(505) 555-0177"
    )

    def number(day) -> str:
        return access.supporters_for(house.maya, day).get().phone_seen

    assert number(TODAY) == ""
    plans.give_consent(jo, **by, scope="Well-being", starts_on=TODAY, ends_on=TODAY + DAY)
    shown = [bool(number(TODAY + day * DAY)) for day in (-1, 0, 1, 2)]
    assert shown == [False, True, True, False]
    plans.end_consent(jo, **by)
    assert number(TODAY) == ""
    for who in ("lucia", "jonas", "stranger", "ben"):
        assert not access.supporters_for(getattr(house, who), TODAY).exists()


def test_rules_are_seen_by_those_who_may_change_them(house: cast.Cast) -> None:
    for who in ("ruth", "alex"):
        assert [row.clinic for row in access.rule_sets_for(getattr(house, who))] == [house.riverside]
    for who in ("maya", "lucia", "ben", "priya"):
        assert not access.rule_sets_for(getattr(house, who)).exists()

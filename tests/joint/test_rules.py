"""The thresholds of a clinic are numbered versions that never change; those of one client end by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from clinic import rules, sweep
from clinic.engagement.signs.thresholds import DEFAULTS
from clinic.models import AuditEntry, Finding, Override, Recheck, RuleSet
from clinic.models.rules import NeverChanged
from tests import cast
from tests.joint.conftest import TODAY

DAY = timedelta(days=1)


def change(house: cast.Cast, now: datetime, **more) -> RuleSet:
    what = {"thresholds": {"silence_standard": 21}, "reason": "Agreed in the team", **more}
    return rules.change_rules(house.riverside, by=house.ruth, on=now, **what)


def refused(field: str):
    return pytest.raises(ValidationError, check=lambda error: field in error.message_dict)


def test_a_change_is_a_new_version_and_the_old_one_stays(house: cast.Cast, now: datetime) -> None:
    made = change(house, now)
    assert (made.number, made.made_by, made.made_at) == (2, house.ruth, now)
    assert made.values.silence_standard == 21
    assert list(RuleSet.objects.filter(clinic=house.riverside).values_list("number", "thresholds")) == [
        (1, {}),
        (2, {"silence_standard": 21}),
    ]
    entry = AuditEntry.objects.get(deed="change_rules")
    assert (entry.staff, entry.clinic, entry.detail) == (
        house.ruth,
        house.riverside,
        {"thresholds": {"silence_standard": 21}},
    )
    assert RuleSet.objects.filter(clinic=house.harbor).count() == 1, "the other clinic keeps its own"


def test_only_what_differs_from_the_defaults_is_kept(house: cast.Cast, now: datetime) -> None:
    made = change(house, now, thresholds={"silence_standard": 21, "rest_days": DEFAULTS.rest_days})
    assert made.thresholds == {"silence_standard": 21}
    assert change(house, now, thresholds={}).thresholds == {}


def test_the_same_values_make_no_new_version(house: cast.Cast, now: datetime) -> None:
    first = change(house, now)
    assert change(house, now, reason="Once more") == first
    assert RuleSet.objects.filter(clinic=house.riverside).count() == 2


@pytest.mark.parametrize("reason", ["", "   ", "x" * 281])
def test_a_change_needs_a_reason_of_some_words(house: cast.Cast, now: datetime, reason: str) -> None:
    with refused("reason"):
        change(house, now, reason=reason)


@pytest.mark.parametrize(
    ("thresholds", "field"),
    [
        ({"no_such": 3}, "thresholds"),
        ({"rest_days": 0}, "rest_days"),
        ({"rest_days": -1}, "rest_days"),
        ({"rest_days": "7"}, "rest_days"),
        ({"rest_days": 7.5}, "rest_days"),
        ({"rest_days": True}, "rest_days"),
        ({"unrecorded_percent": 101}, "unrecorded_percent"),
        ({"noted_strong": 4}, "noted_strong"),
        ({"doses_urgent": 1}, "doses_urgent"),
        ({"doses_concern": 4}, "doses_concern"),
        ({"doses_concern": 4, "doses_urgent": 3}, "doses_urgent"),
    ],
)
def test_an_impossible_threshold_is_refused_at_its_field(
    house: cast.Cast, now: datetime, thresholds: dict, field: str
) -> None:
    with refused(field):
        change(house, now, thresholds=thresholds)
    assert RuleSet.objects.filter(clinic=house.riverside).count() == 1


@pytest.mark.parametrize(
    "thresholds",
    [{"rest_days": 1}, {"unrecorded_percent": 100}, {"noted_clear": 3}, {"doses_concern": 3}],
)
def test_the_last_possible_one_is_not(house: cast.Cast, now: datetime, thresholds: dict) -> None:
    assert change(house, now, thresholds=thresholds).number == 2


def test_the_defaults_themselves_are_possible(house: cast.Cast, now: datetime) -> None:
    everything = {name: getattr(DEFAULTS, name) for name in rules.UNITS}
    assert change(house, now, thresholds=everything).thresholds == {}
    assert {name for pair in rules.RISING for name in pair} <= set(everything)


def test_of_two_who_change_at_once_one_is_told(
    house: cast.Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(house, now, based_on=1)
    with pytest.raises(ValidationError) as told:
        change(house, now, thresholds={"rest_days": 7}, based_on=1)
    assert told.value.code == rules.CONFLICT
    # Even when neither saw the other: the database refuses the twin.
    monkeypatch.setattr(rules, "_newest", lambda clinic: RuleSet.objects.get(clinic=clinic, number=1))
    with pytest.raises(ValidationError) as told:
        change(house, now, thresholds={"rest_days": 7})
    assert told.value.code == rules.CONFLICT
    assert RuleSet.objects.filter(clinic=house.riverside).count() == 2


def test_a_clinic_without_rules_gets_its_first(house: cast.Cast, now: datetime) -> None:
    RuleSet.objects.filter(clinic=house.riverside)._raw_delete("default")
    assert change(house, now).number == 1


def test_a_version_never_changes(house: cast.Cast) -> None:
    row = RuleSet.objects.get(clinic=house.riverside)
    row.reason = "Something else"
    for attempt in (
        row.save,
        row.delete,
        lambda: RuleSet.objects.filter(pk=row.pk).update(reason="Something else"),
        lambda: RuleSet.objects.bulk_update([row], ["reason"]),
        lambda: house.riverside.rule_sets.all().delete(),
    ):
        with pytest.raises(NeverChanged):
            attempt()
    row.refresh_from_db()
    assert row.reason.startswith("Starting values")


def test_a_finding_names_the_version_that_raised_it(house: cast.Cast, now: datetime) -> None:
    sweep.sweep_day(TODAY, now=now)
    first = set(
        Finding.objects.filter(episode__clinic=house.riverside).values_list("rules__number", flat=True)
    )
    assert first == {1}
    change(house, now, thresholds={"counselling_watch": 1, "counselling_urgent": 1})
    sweep.sweep_day(TODAY + DAY, now=now + DAY)
    assert Finding.objects.filter(episode__clinic=house.riverside, rules__number=2).exists()


def own(house: cast.Cast, now: datetime, **more) -> Override:
    what = {
        "thresholds": {"silence_standard": 21},
        "reason": "Works away from home",
        "starts_on": TODAY,
        "ends_on": TODAY + 30 * DAY,
        **more,
    }
    return rules.override(house.episode(house.gloria), by=house.ruth, on=now, **what)


def test_a_client_may_have_thresholds_of_their_own(house: cast.Cast, now: datetime) -> None:
    row = own(house, now)
    assert (row.made_by, row.made_at, row.thresholds) == (house.ruth, now, {"silence_standard": 21})
    assert Recheck.objects.filter(episode=row.episode).exists()
    entry = AuditEntry.objects.get(deed="override_rules")
    assert entry.client == house.gloria
    assert "Works away" not in str(entry.detail)


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("reason", {"reason": " "}),
        ("thresholds", {"thresholds": {}}),
        ("thresholds", {"thresholds": {"no_such": 1}}),
        ("silence_standard", {"thresholds": {"silence_standard": 0}}),
        ("starts_on", {"starts_on": TODAY - DAY}),
        ("ends_on", {"ends_on": TODAY - DAY}),
        ("ends_on", {"ends_on": TODAY + 90 * DAY}),
    ],
)
def test_within_limits(house: cast.Cast, now: datetime, field: str, what: dict) -> None:
    with refused(field):
        own(house, now, **what)
    assert not Override.objects.exists()


def test_ninety_days_are_the_most(house: cast.Cast, now: datetime) -> None:
    row = own(house, now, ends_on=TODAY + 89 * DAY)
    assert (row.ends_on - row.starts_on).days + 1 == 90


def test_one_threshold_is_set_once_for_a_day(house: cast.Cast, now: datetime) -> None:
    own(house, now)
    with refused("thresholds"):
        own(house, now, starts_on=TODAY + 30 * DAY, ends_on=TODAY + 40 * DAY)
    own(house, now, starts_on=TODAY + 31 * DAY, ends_on=TODAY + 40 * DAY)
    own(house, now, thresholds={"rest_days": 7})
    assert Override.objects.count() == 3


def test_it_is_possible_only_beside_the_clinics_own(house: cast.Cast, now: datetime) -> None:
    own(house, now, thresholds={"doses_concern": 3})
    change(house, now, thresholds={"doses_concern": 1, "doses_urgent": 2})
    with refused("doses_concern"):
        own(house, now, thresholds={"doses_concern": 3}, starts_on=TODAY + 40 * DAY, ends_on=TODAY + 41 * DAY)


@pytest.mark.parametrize(("begun", "left"), [(0, []), (1, [TODAY]), (5, [TODAY + 4 * DAY])])
def test_it_may_end_sooner(house: cast.Cast, now: datetime, begun: int, left: list) -> None:
    row = own(house, now)
    rules.end_override(row, by=house.ruth, on=now + begun * DAY)
    assert list(Override.objects.values_list("ends_on", flat=True)) == left
    assert AuditEntry.objects.filter(deed="end_override").count() == 1


def test_one_that_was_to_begin_later_never_was_and_one_that_is_over_stays(
    house: cast.Cast, now: datetime
) -> None:
    later = own(house, now, starts_on=TODAY + 3 * DAY)
    rules.end_override(later, by=house.ruth, on=now)
    assert not Override.objects.exists()
    over = own(house, now, ends_on=TODAY)
    rules.end_override(over, by=house.ruth, on=now + DAY)
    assert Override.objects.get().ends_on == TODAY
    assert AuditEntry.objects.filter(deed="end_override").count() == 1

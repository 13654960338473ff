"""The thresholds of a clinic, and those of a client's own."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds, _setting, in_force
from tests.notation import TODAY, history, override


def test_a_setting_says_its_unit_and_meaning() -> None:
    setting = _setting(14, "days", "Something")
    assert setting.default == 14 and dict(setting.metadata) == {"unit": "days", "meaning": "Something"}
    for each in fields(Thresholds):
        assert each.metadata["unit"] and each.metadata["meaning"] and each.default >= 1


def test_some_are_described_for_commands_and_documents() -> None:
    assert Thresholds.describe(["settle_days"]) == [
        {
            "name": "settle_days",
            "default": DEFAULTS.settle_days,
            "unit": "days",
            "meaning": next(
                each.metadata["meaning"] for each in fields(Thresholds) if each.name == "settle_days"
            ),
        }
    ]
    assert [each["name"] for each in Thresholds.describe(["recent_days", "early_days"])] == [
        "recent_days",
        "early_days",
    ]


@pytest.mark.parametrize("value", [0, -1, True, 1.5, "14", None])
def test_only_whole_numbers_from_one_on_are_possible(value: Any) -> None:
    with pytest.raises(ValueError, match="recent_days must be a whole number of at least 1"):
        Thresholds.of({"recent_days": value})
    assert Thresholds.of({"recent_days": 1}).recent_days == 1


def test_unknown_ones_are_named_in_order() -> None:
    with pytest.raises(ValueError, match=r"^unknown thresholds: first, second$"):
        Thresholds.of({"second": 1, "recent_days": 9, "first": 2})


def test_equal_ones_are_one_key_and_others_another() -> None:
    assert hash(Thresholds.of({"recent_days": 9})) == hash(Thresholds.of({"recent_days": 9}))
    for name in ("recent_days", "stopped_days", "lift_today"):
        assert hash(Thresholds.of({name: 9})) != hash(DEFAULTS)


def test_tuned_keeps_what_the_clinic_has_set() -> None:
    own = Thresholds.of({"recent_days": 9, "settle_days": 8}).tuned({"settle_days": 7})
    assert (own.recent_days, own.settle_days, own.early_days) == (9, 7, DEFAULTS.early_days)


@pytest.mark.parametrize(
    ("since", "last", "holds"), [(5, 0, True), (0, -5, True), (0, 0, True), (5, 1, False), (-1, -5, False)]
)
def test_those_of_a_clients_own_hold_from_their_first_day_to_their_last(
    since: int, last: int, holds: bool
) -> None:
    timeline = history("+", facts=[override(since=since, last=last, recent_days=9)]).as_of(TODAY)
    clinic = Thresholds.of({"settle_days": 8})
    found = in_force(timeline, clinic)
    assert (found.recent_days == 9) is holds and found.settle_days == 8
    assert (found is clinic) is not holds

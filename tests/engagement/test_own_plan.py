"""Which of the client's own if-then plans fit what is going on."""

from __future__ import annotations

import pytest

from clinic.engagement.items import ITEMS
from clinic.engagement.own_plan import IfThen, Trigger, fitting
from clinic.engagement.signs.catalogue import BY_CODE

OWN = [IfThen(kind, f"if {kind}", f"then {kind}", "Sam") for kind in Trigger]


def kinds(signs: list[str], items: list[str]) -> set[str]:
    return {str(each.trigger_kind) for each in fitting(OWN, [BY_CODE[code] for code in signs], items)}


@pytest.mark.parametrize(
    ("signs", "items", "fit"),
    [
        ([], [], set()),
        (["D02b"], [], {"missed_session"}),
        (["D06", "D08"], [], {"missed_session"}),
        (["D18"], [], set()),
        (["D17"], [], set()),
        (["D12"], [], set()),
        ([], ["A2"], {"craving"}),
        ([], ["A5"], {"craving", "emotion"}),
        ([], ["A10"], {"craving", "emotion"}),
        ([], ["B1"], set()),
        ([], ["C2"], {"stress", "emotion"}),
        ([], ["D1"], {"people"}),
        ([], ["E1"], {"place"}),
        ([], ["F1"], {"stress"}),
        ([], ["G2"], set()),
        ([], ["H1"], set()),
        ([], ["S4"], set()),
        (["D01", "D18"], ["C1", "E2"], {"missed_session", "stress", "emotion", "place"}),
    ],
)
def test_what_fits(signs: list[str], items: list[str], fit: set[str]) -> None:
    assert kinds(signs, items) == fit


def test_they_stand_in_the_clients_own_order_and_each_once() -> None:
    own = [
        IfThen(Trigger.PLACE, "the old corner", "walk the other way"),
        IfThen(Trigger.CRAVING, "an urge", "ride it out"),
        IfThen(Trigger.PLACE, "the park at night", "call Sam", "Sam"),
    ]
    assert fitting(own, [], ["A2", "E1", "E2"]) == tuple(own)


def test_without_a_plan_nothing_fits() -> None:
    assert fitting([], [BY_CODE["D01"]], list(ITEMS)) == ()


def test_what_only_the_client_can_place_never_fits_by_itself() -> None:
    assert kinds(list(BY_CODE), list(ITEMS)) == {str(kind) for kind in Trigger} - {"other"}

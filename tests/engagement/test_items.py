"""The items of the observation form: complete, sourced, and guarded where they are for clinical roles."""

from __future__ import annotations

import re

import pytest

from clinic.engagement.items import (
    ANCHORS,
    GROUPS,
    ITEMS,
    NOT_ASKED,
    SETTINGS,
    SOURCES,
    How,
    Item,
    _item,
    _strength,
)
from clinic.engagement.words import gettext_noop

HOW_MANY = {"A": 10, "B": 6, "C": 4, "D": 7, "E": 2, "F": 1, "G": 2, "H": 2, "S": 10}
LINES_OF = {"000": 27, "001": 116, "002": 27, "003": 11, "004": 165}


def test_every_group_has_its_items_in_order() -> None:
    assert list(ITEMS) == [f"{group}{n}" for group, count in HOW_MANY.items() for n in range(1, count + 1)]
    assert list(GROUPS) == list(HOW_MANY)


@pytest.mark.parametrize("item", ITEMS.values(), ids=list(ITEMS))
def test_an_item_has_a_wording_and_sources_that_exist(item: Item) -> None:
    assert ITEMS[item.code] is item
    assert len(str(item.wording)) > 10
    assert item.sources
    assert len(set(item.sources)) == len(item.sources)
    for source in item.sources:
        match = re.fullmatch(r"(\d{3}):(\d+)", source)
        assert match and 1 <= int(match[2]) <= LINES_OF[match[1]], source
    assert [anchor for anchor, _ in item.help] == sorted({anchor for anchor, _ in item.help})
    assert {anchor for anchor, _ in item.help} <= {1, 2, 3}


def test_no_two_items_say_the_same() -> None:
    assert len({str(item.wording) for item in ITEMS.values()}) == len(ITEMS)


def test_medication_and_use_are_for_clinical_roles() -> None:
    assert {item.code for item in ITEMS.values() if item.clinical_only} == {"G1", "G2", "H1", "H2"}


def test_only_the_concern_about_supply_is_kept_off_every_list() -> None:
    assert {item.code for item in ITEMS.values() if not item.listed} == {"G1"}


def test_strengths_are_ticked_and_have_no_scale() -> None:
    strengths = [item for item in ITEMS.values() if item.is_strength]
    assert len(strengths) == HOW_MANY["S"]
    assert {item.code for item in strengths if item.how is How.WHICH} == {"S4", "S6"}
    assert {item.how for item in strengths} == {How.TICKED, How.WHICH}
    assert not [item.code for item in strengths if item.help]


def test_what_a_client_told_has_fields_of_its_own() -> None:
    told = [item for item in ITEMS.values() if item.how is How.TOLD]
    assert {item.code: len(item.parts) for item in told} == {"H1": 6, "H2": 6}


def test_all_other_items_are_on_the_scale() -> None:
    assert {item.group for item in ITEMS.values() if item.how is How.ANCHORED} == set("ABCDEFG")
    assert list(ANCHORS) == [0, 1, 2, 3]
    assert str(NOT_ASKED) != str(ANCHORS[0])


@pytest.mark.parametrize(
    ("code", "anchor", "says"),
    [
        ("B2", 1, "under 6 or over 9 hours on some nights"),
        ("B1", 2, "medical review"),
        ("D1", 2, "from several"),
        ("E1", 2, "visiting"),
        ("A5", 3, "also ask about suicide, as the protocol says"),
        ("G2", 2, "tell the prescriber"),
    ],
)
def test_help_where_the_general_anchors_say_too_little(code: str, anchor: int, says: str) -> None:
    assert str(dict(ITEMS[code].help)[anchor]) == says


def test_where_it_comes_from_and_where_it_was_noted() -> None:
    assert list(SOURCES) == ["client_said", "staff_saw", "supporter_told"]
    assert list(SETTINGS) == ["session", "group", "dosing", "call", "visit", "front_desk"]


def test_an_item_is_written_down_in_the_order_of_its_anchors() -> None:
    wording, little, much = gettext_noop("Wording"), gettext_noop("a little"), gettext_noop("much")
    assert _item("A1", wording, "001:12", "001:14") == Item("A1", wording, ("001:12", "001:14"))
    assert _item("A1", wording, help=(little, None, much)).help == ((1, little), (3, much))
    told = _item("H1", wording, how=How.TOLD, parts=(little, much), listed=False)
    assert told == Item("H1", wording, (), How.TOLD, (), (little, much), False)


def test_a_strength_is_ticked_unless_it_asks_which() -> None:
    wording = gettext_noop("Wording")
    assert _strength("S1", wording, "004:97") == Item("S1", wording, ("004:97",), How.TICKED)
    assert _strength("S4", wording, how=How.WHICH) == Item("S4", wording, (), How.WHICH)

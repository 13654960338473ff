"""docs/sources.md has a row for every entry of the five documents, and each row names a place that is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist

from clinic.engagement.items import ITEMS
from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.steps import FIRST_STEPS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
WORDING = (ROOT / "docs" / "wording.md").read_text(encoding="utf-8")

# Entries of each document, 000 to 004.
ENTRIES = (46, 67, 35, 27, 102)
# They come from how special situations are handled, not from the five documents.
FROM_SITUATIONS = {
    *("S01", "S02", "S03", "S04"),
    *("FS-ATNEXT", "FS-CONSENT", "FS-CONTACT", "FS-PAUSE", "FS-REENTRY"),
}
# Its sources are also those of what is said and done next, and their rows lead to the first steps.
WITH_STEPS = {"H1"}
SHORTEST_REASON = 20

ROW = re.compile(r"^\| *(\d-\d+) *\|(.*)\|$", re.MULTILINE)
LINES = re.compile(r"00(\d):\d+(-\d+)?(,\d+(-\d+)?)*")
PLACES = re.compile(
    r"(?P<places>`[^`]+`(?:, `[^`]+`)*)?(?:(?:^|; )(?:left out|comes with the pages):(?P<reason>.*))?"
)
NOT_THERE = re.compile(r"(?:left out|comes with the pages):")
RULE = re.compile(r"^## (W\d\d) ", re.MULTILINE)


def expected() -> list[str]:
    """0-01 to 0-46, 1-01 to 1-67 and so on."""
    return [f"{doc}-{number:02}" for doc, count in enumerate(ENTRIES) for number in range(1, count + 1)]


def rows(text: str) -> list[tuple[str, list[str]]]:
    """Each entry with the cells after it."""
    return [(entry, [cell.strip() for cell in rest.split("|")]) for entry, rest in ROW.findall(text)]


@cache
def codes() -> frozenset[str]:
    """What has a code: signs, items, first steps and rules of wording."""
    return frozenset([*BY_CODE, *ITEMS, *FIRST_STEPS, *RULE.findall(WORDING)])


def is_there(place: str) -> bool:
    """Whether a code, a field of the record or a file is there."""
    if place in codes():
        return True
    if "/" in place:
        return ".." not in place and not place.startswith("/") and (ROOT / place).exists()
    if match := re.fullmatch(r"([A-Z]\w+)\.([a-z_]+)", place):
        try:
            apps.get_model("clinic", match[1])._meta.get_field(match[2])
        except (LookupError, FieldDoesNotExist):
            return False
        return True
    return False


def places(where: str) -> list[str]:
    return re.findall(r"`([^`]+)`", NOT_THERE.split(where)[0])


def single_lines(lines: str) -> list[str]:
    """ "001:1,2-4" is four lines."""
    document, _, numbers = lines.partition(":")
    spans = [part.partition("-") for part in numbers.split(",")]
    return [f"{document}:{n}" for first, _, last in spans for n in range(int(first), int(last or first) + 1)]


def wrong(text: str) -> Iterator[str]:
    """What is wrong with the rows, in words."""
    if [entry for entry, _ in rows(text)] != expected():
        yield "the entries are not all there once and in order"
    for entry, cells in rows(text):
        if len(cells) != 3:
            yield f"{entry}: not four columns"
            continue
        lines, short, where = cells
        if not (match := LINES.fullmatch(lines)) or match[1] != entry[0]:
            yield f"{entry}: not a line of document 00{entry[0]}: {lines}"
        if len(short) < 4:
            yield f"{entry}: says nothing in short"
        named = PLACES.fullmatch(where)
        if not where or not named:
            yield f"{entry}: neither places nor a reason: {where}"
        elif named["reason"] is not None and len(named["reason"].strip()) < SHORTEST_REASON:
            yield f"{entry}: left out without a reason"
        for place in places(where):
            if not is_there(place):
                yield f"{entry}: no such place: {place}"


def without_a_source(text: str, wanted: set[str]) -> set[str]:
    """Which of some codes no row names."""
    return wanted - {place for _, cells in rows(text) for place in places(cells[-1])}


def not_led_back(text: str) -> Iterator[str]:
    """Sources of signs and items, the line of which has no row that names them."""
    named = {
        (place, line)
        for _, cells in rows(text)
        for line in single_lines(cells[0])
        for place in places(cells[-1])
    }
    for code, each in [*BY_CODE.items(), *ITEMS.items()]:
        for source in each.sources:
            if code not in WITH_STEPS | FROM_SITUATIONS and (code, source) not in named:
                yield f"{code} {source}"


def test_the_five_documents_have_277_entries() -> None:
    assert len(expected()) == len(set(expected())) == 277
    assert (expected()[0], expected()[-1]) == ("0-01", "4-102")


def test_every_entry_lives_somewhere_or_is_left_out_for_a_reason() -> None:
    assert list(wrong(TEXT)) == []


def test_the_table_of_the_documents_counts_their_entries() -> None:
    counted = re.findall(r"^\| 00\d \| [^|]+ \| (\d+) \|$", TEXT, re.MULTILINE)

    assert [int(count) for count in counted] == list(ENTRIES)


def test_a_code_means_one_thing() -> None:
    """D10 is a sign and D1 an item: the two lists of codes are told apart by what they hold, so they may not meet."""
    families = (set(BY_CODE), set(ITEMS), set(FIRST_STEPS), set(RULE.findall(WORDING)))

    assert sum(len(family) for family in families) == len(codes())


@pytest.mark.parametrize(
    "family", (set(BY_CODE) - FROM_SITUATIONS, set(ITEMS), set(FIRST_STEPS) - FROM_SITUATIONS)
)
def test_every_sign_item_and_first_step_has_a_source(family: set[str]) -> None:
    assert len(family) > 5
    assert without_a_source(TEXT, family) == set()


def test_code_and_rows_name_the_same_lines() -> None:
    """A line that a sign or an item gives as its source is an entry whose row leads back to it."""
    assert list(not_led_back(TEXT)) == []
    assert single_lines("001:1,2-4") == ["001:1", "001:2", "001:3", "001:4"]


def test_a_row_that_no_longer_leads_back_would_be_noticed() -> None:
    assert set(not_led_back(TEXT.replace("`B6`", "`B5`"))) >= {"B6 004:99", "B6 004:127"}


def test_what_comes_from_situations_is_there_and_has_no_row() -> None:
    assert codes() >= FROM_SITUATIONS
    assert without_a_source(TEXT, FROM_SITUATIONS) == FROM_SITUATIONS


def without_row(text: str) -> str:
    return re.sub(r"^\| 2-07 .*\n", "", text, flags=re.MULTILINE)


def twice(text: str) -> str:
    return re.sub(r"^(\| 2-07 .*\n)", r"\1\1", text, flags=re.MULTILINE)


def with_place(invented: str) -> Callable[[str], str]:
    return lambda text: re.sub(r"^(\| 2-07 .*)\|$", rf"\1, `{invented}` |", text, flags=re.MULTILINE).replace(
        " , ", ", "
    )


def with_where(where: str) -> Callable[[str], str]:
    return lambda text: re.sub(r"^(\| 2-07 \|[^|]+\|[^|]+\|).*$", rf"\1 {where} |", text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    "spoil, noticed",
    [
        (without_row, "the entries are not all there once and in order"),
        (twice, "the entries are not all there once and in order"),
        (with_place("D99"), "2-07: no such place: D99"),
        (with_place("FS-SCOLD"), "2-07: no such place: FS-SCOLD"),
        (with_place("A11"), "2-07: no such place: A11"),
        (with_place("W99"), "2-07: no such place: W99"),
        (with_place("Client.mood"), "2-07: no such place: Client.mood"),
        (with_place("Verdict.reason"), "2-07: no such place: Verdict.reason"),
        (with_place("docs/nothing.md"), "2-07: no such place: docs/nothing.md"),
        (with_place("docs/../docs/signs.md"), "2-07: no such place: docs/../docs/signs.md"),
        (with_place("docs"), "2-07: no such place: docs"),
        (with_where("left out:"), "2-07: left out without a reason"),
        (with_where("left out: no use"), "2-07: left out without a reason"),
        (with_where("`A1`; left out: "), "2-07: left out without a reason"),
        (with_where("`A1`; comes with the pages: soon"), "2-07: left out without a reason"),
        (with_where("somewhere in the plan"), "2-07: neither places nor a reason: somewhere in the plan"),
        (with_where(""), "2-07: neither places nor a reason: "),
    ],
)
def test_a_spoilt_row_would_be_noticed(spoil: Callable[[str], str], noticed: str) -> None:
    assert set(wrong(spoil(TEXT))) - set(wrong(TEXT)) == {noticed}


def test_a_line_of_another_document_would_be_noticed() -> None:
    spoilt = re.sub(r"^\| 2-07 \| 002:7 ", "| 2-07 | 003:7 ", TEXT, flags=re.MULTILINE)

    assert "2-07: not a line of document 002: 003:7" in list(wrong(spoilt))


def test_a_code_without_a_source_would_be_noticed() -> None:
    assert without_a_source(TEXT.replace("`B6`", "`B5`"), set(ITEMS)) >= {"B6"}

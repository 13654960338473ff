"""docs/signs.md says of every sign what the code says, and its examples come true."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from clinic.engagement.signs.catalogue import BY_CODE, CATALOGUE
from clinic.engagement.signs.sign import Settles, Sign, Thresholds
from clinic.engagement.timeline import Channel, Record
from tests.engagement.reading import says
from tests.notation import Line, history

TEXT = (Path(__file__).parents[2] / "docs" / "signs.md").read_text(encoding="utf-8")
LEFT_OVER = "Thresholds of no single sign"
SETTLES = {
    Settles.ONE_CONTACT: "one attended contact after it",
    Settles.TWO_SESSIONS: "two attended sessions within `settle_days`",
}
SETTING = re.compile(r"^\| `(\w+)` \| (\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
FACT = re.compile(r"^\| (Levels|Settles|Sources) \| ([^|]+) \|$", re.MULTILINE)
STRIP = re.compile(r"^```strip\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^(\w+)( \d+)?, every (\d+) days?, last (-?\d+) days? ago: ([-+?ow. ]+)$")
ADMITTED = re.compile(r"^admitted (\d+) days ago$")


def sections(text: str) -> dict[str, str]:
    """What stands under each heading of the second level."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    assert len(set(parts[0::2])) == len(parts[0::2]), "a heading stands twice"
    return dict(zip(parts[0::2], parts[1::2], strict=True))


def documented(text: str) -> dict[str, tuple[str, str]]:
    """Title and text of each sign, by its code."""
    found = {}
    for heading, body in sections(text).items():
        if match := re.fullmatch(r"(D\d\d[a-z]?) (.+)", heading):
            found[match[1]] = (match[2], body)
    return found


def settings(body: str) -> dict[str, tuple[int, str, str]]:
    """Default, unit and meaning of each threshold of a section, by its name."""
    return {name: (int(default), unit, meaning) for name, default, unit, meaning in SETTING.findall(body)}


def of_the_code(names: tuple[str, ...] | list[str]) -> dict[str, tuple[int, str, str]]:
    return {
        each["name"]: (each["default"], each["unit"], each["meaning"]) for each in Thresholds.describe(names)
    }


def example(block: str) -> tuple[Record, str, str]:
    """The record a strip draws, the sign it is about, and the level it says."""
    *drawn, said = block.strip().splitlines()
    admitted, lines = 400, []
    for text in drawn:
        if match := ADMITTED.match(text):
            admitted = int(match[1])
            continue
        match = LINE.match(text)
        assert match, f"not a line of a strip: {text}"
        channel, group, every, last, marks = match.groups()
        lines.append(
            Line(marks.replace(" ", ""), Channel(channel), int(every), int(last), int(group) if group else 0)
        )
    code, level = said.split()
    return history(*lines, admitted=admitted), code, level


EXAMPLES = [(code, block) for code, (_, body) in documented(TEXT).items() for block in STRIP.findall(body)]


def test_every_sign_is_documented_and_nothing_else_is() -> None:
    assert list(documented(TEXT)) == [sign.code for sign in CATALOGUE]


@pytest.mark.parametrize("sign", CATALOGUE, ids=lambda sign: sign.code)
def test_a_sign_is_documented_as_it_is(sign: Sign) -> None:
    title, body = documented(TEXT)[sign.code]

    assert title == str(sign.title)
    assert dict(FACT.findall(body)) == {
        "Levels": ", ".join(sign.levels),
        "Settles": SETTLES[sign.settles],
        "Sources": ", ".join(sign.sources),
    }
    assert list(settings(body).items()) == list(of_the_code(sign.thresholds).items())


@pytest.mark.parametrize("sign", CATALOGUE, ids=lambda sign: sign.code)
def test_what_counts_names_every_threshold_of_the_sign(sign: Sign) -> None:
    _, body = documented(TEXT)[sign.code]
    prose = "\n".join(line for line in body.splitlines() if not line.startswith("| `"))

    assert [name for name in sign.thresholds if f"`{name}`" not in prose] == []


def test_the_thresholds_of_no_sign_are_documented_too() -> None:
    of_signs = {name for sign in CATALOGUE for name in sign.thresholds}
    others = [each.name for each in fields(Thresholds) if each.name not in of_signs]

    assert settings(sections(TEXT)[LEFT_OVER]) == of_the_code(others)


@pytest.mark.parametrize(
    "code, block", EXAMPLES, ids=[f"{code}-{n}" for n, (code, _) in enumerate(EXAMPLES, 1)]
)
def test_an_example_comes_true(code: str, block: str) -> None:
    record, sign, level = example(block)

    assert sign == code
    assert says(record, sign) == level


def test_every_sign_has_an_example() -> None:
    assert {code for code, _ in EXAMPLES} == set(BY_CODE)


def test_a_forgotten_threshold_would_be_noticed() -> None:
    without = TEXT.replace("| `stopped_days` | 14 |", "| stopped_days | 14 |")

    assert settings(documented(without)["D08"][1]) != of_the_code(BY_CODE["D08"].thresholds)


def test_a_changed_default_would_be_noticed() -> None:
    changed = TEXT.replace("| `stopped_days` | 14 |", "| `stopped_days` | 15 |")

    assert settings(documented(changed)["D08"][1]) != of_the_code(BY_CODE["D08"].thresholds)

"""docs/signs.md says of every sign what the code says, and its examples come true."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from clinic.engagement.signs.catalogue import BY_CODE, CATALOGUE
from clinic.engagement.signs.sign import Escalation, Settles, Sign
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Channel, Record
from tests import notation
from tests.engagement.reading import says
from tests.notation import Line, history

TEXT = (Path(__file__).parents[2] / "docs" / "signs.md").read_text(encoding="utf-8")
LEFT_OVER = "Thresholds of no single sign"
SETTLES = {
    Settles.ONE_CONTACT: "one attended contact after it",
    Settles.TWO_SESSIONS: "two attended sessions within `settle_days`",
    Settles.MENDED: "by itself, once it is mended",
    Settles.PERSON: "a person closes it",
    Settles.MEDICAL: "medical staff confirm it",
}
SETTING = re.compile(r"^\| `(\w+)` \| (\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
FACT = re.compile(r"^\| (Levels|Settles|Sources|Escalation) \| ([^|]+) \|$", re.MULTILINE)
STRIP = re.compile(r"^```strip\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^(\w+)( \d+)?, every (\d+) days?, last (-?\d+) days? ago: ([-+?a-zA-Z/. ]+)$")
ADMITTED = re.compile(r"^admitted (\d+) days ago$")
PAUSED = re.compile(r"^paused (\d+) to (-?\d+|now)(?: days ago)?(?: (\w+))?$")
PAUSED_SINCE = re.compile(r"^paused since (\d+) days ago(?: (\w+))?$")
SPOKE = re.compile(r"^spoke (\d+) days ago$")
WORD = re.compile(r"(\w+)=(\S+)")


def sections(text: str) -> dict[str, str]:
    """What stands under each heading of the second level."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    assert len(set(parts[0::2])) == len(parts[0::2]), "a heading stands twice"
    return dict(zip(parts[0::2], parts[1::2], strict=True))


def documented(text: str) -> dict[str, tuple[str, str]]:
    """Title and text of each sign, by its code."""
    found = {}
    for heading, body in sections(text).items():
        if match := re.fullmatch(r"([DS]\d\d[a-z]?) (.+)", heading):
            found[match[1]] = (match[2], body)
    return found


def settings(body: str) -> dict[str, tuple[int, str, str]]:
    """Default, unit and meaning of each threshold of a section, by its name."""
    return {name: (int(default), unit, meaning) for name, default, unit, meaning in SETTING.findall(body)}


def of_the_code(names: tuple[str, ...] | list[str]) -> dict[str, tuple[int, str, str]]:
    return {
        each["name"]: (each["default"], each["unit"], each["meaning"]) for each in Thresholds.describe(names)
    }


def escalates(way: Escalation) -> str:
    """When a finding goes to somebody else, in the few words of the documents."""
    after = way.unit.value.replace("_", " ")
    number = f" {way.amount}" if way.amount else ""
    return f"{'/'.join(way.levels)}: {way.to.value.replace('_', ' ')}, {after}{number}"


def value(text: str) -> Any:
    """A word of a fact: a number of days, yes or no, nothing, or the word itself."""
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    return {"true": True, "false": False, "none": None}.get(text, text)


def words(text: str) -> dict[str, Any]:
    return {name: value(given) for name, given in WORD.findall(text)}


def fact(text: str) -> Any:
    """A fact beside the appointments: the name of its builder in tests/notation.py, and what it is given."""
    name, *rest = text.split()
    plain = [value(each) for each in rest if "=" not in each]
    return getattr(notation, name)(*plain, **words(text))


def example(block: str) -> tuple[Record, str, str | None]:
    """The record a strip draws, the sign it is about, and the level it says; None when it says nothing."""
    *drawn, said = block.strip().splitlines()
    admitted, lines, facts, about, pauses, spoke = 400, [], [], {}, [], []
    for text in drawn:
        if match := ADMITTED.match(text):
            admitted = int(match[1])
        elif match := PAUSED.match(text):
            pauses.append((int(match[1]), None if match[2] == "now" else int(match[2])))
            about |= {"pause_kind": match[3]} if match[3] else {}
        elif match := PAUSED_SINCE.match(text):
            pauses.append((int(match[1]), None))
            about |= {"pause_kind": match[2]} if match[2] else {}
        elif match := SPOKE.match(text):
            spoke.append(int(match[1]))
        elif text.startswith("fact "):
            facts.append(fact(text.removeprefix("fact ")))
        elif text.startswith("about "):
            about |= words(text.removeprefix("about "))
        elif text.startswith("took "):
            lines[-1] = replace(lines[-1], took=text.removeprefix("took ").replace(" ", ""))
        else:
            lines.append(line(text))
    code, level = said.split()
    record = history(*lines, admitted=admitted, facts=facts, pauses=pauses, spoke=spoke, **about)
    return record, code, None if level == "none" else level


def line(text: str) -> Line:
    match = LINE.match(text)
    assert match, f"not a line of a strip: {text}"
    channel, group, every, last, marks = match.groups()
    return Line(marks.replace(" ", ""), Channel(channel), int(every), int(last), int(group) if group else 0)


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
        "Escalation": "; ".join(map(escalates, sign.escalation)) or "none",
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


@pytest.mark.parametrize("code", list(BY_CODE))
def test_every_new_sign_shows_when_it_says_nothing(code: str) -> None:
    said = [example(block)[2] for of, block in EXAMPLES if of == code]

    assert any(said), "no example that says something"


def test_a_forgotten_threshold_would_be_noticed() -> None:
    without = TEXT.replace("| `stopped_days` | 14 |", "| stopped_days | 14 |")

    assert settings(documented(without)["D08"][1]) != of_the_code(BY_CODE["D08"].thresholds)


def test_a_changed_default_would_be_noticed() -> None:
    changed = TEXT.replace("| `stopped_days` | 14 |", "| `stopped_days` | 15 |")

    assert settings(documented(changed)["D08"][1]) != of_the_code(BY_CODE["D08"].thresholds)

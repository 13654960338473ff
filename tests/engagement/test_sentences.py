"""Every sentence of a finding is one, in the singular and in the plural, whichever of the two is shown."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from clinic.engagement.background import GroupFacts
from clinic.engagement.signs.catalogue import CATALOGUE, READ_IN_PAUSES
from clinic.engagement.signs.sign import Finding
from clinic.engagement.signs.thresholds import DEFAULTS
from clinic.engagement.timeline import Channel, Record
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy
from tests.engagement.strategies import invent, packed
from tests.notation import TODAY, Line, day, group, history, tried

PLACE = re.compile(r"%\((.*?)\)(.)")
# A word in capitals is shouted at the reader, or never was one.
SHOUTED = re.compile(r"[A-Z]{2}")
A_BATCH = 10


def findings(seed: int) -> Iterator[Finding]:
    """What each sign says of an invented episode by itself, on a day of its last two months."""
    rng = random.Random(seed)
    timeline = packed(invent(rng)).as_of(TODAY - rng.randrange(0, 60, 3))
    if timeline.is_open:
        for sign in READ_IN_PAUSES if timeline.paused else CATALOGUE:
            yield from sign.find(timeline, DEFAULTS)


def inner(value: Any) -> Iterator[Sentence]:
    if isinstance(value, Sentence):
        yield value
        yield from parts(value)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from inner(each)


def parts(sentence: Sentence) -> Iterator[Sentence]:
    """The sentences among a sentence's values."""
    for value in sentence.values.values():
        yield from inner(value)


def wrong(sentence: Any, *, whole: bool, ends: str = "") -> list[str]:
    """What is not in order about a sentence, or about a `whole` one, which begins with a capital."""
    if not isinstance(sentence, Sentence):
        return [f"{sentence!r} is no sentence"]
    found = []
    forms = [sentence.msgid] if sentence.count is None else [sentence.msgid, sentence.plural]
    for form in forms:
        if not isinstance(form, str) or not form:
            return [f"{form!r} is no text"]
        places = PLACE.findall(form)
        if SHOUTED.search(form) or any(not name.islower() or kind not in "ds" for name, kind in places):
            found.append(f"{form!r} is shouted")
        if not {name for name, _ in places} <= sentence.values.keys():
            found.append(f"{form!r} has a place without a value")
        if whole and not re.match(r"[A-Z0-9]|%\(", form):
            found.append(f"{form!r} begins small")
        if not form.endswith(ends):
            found.append(f"{form!r} does not end with {ends!r}")
    if len(forms) == 2:
        one, many = ({name for name, _ in PLACE.findall(str(form))} | {"n"} for form in forms)
        if not one <= many or type(sentence.count) is not int:
            found.append(f"{forms} do not say the same")
    return found


def faults(finding: Finding) -> list[str]:
    """What is not in order about the texts of a finding."""
    found = [*wrong(finding.title, whole=True)]
    for sentence in (*finding.why, *([finding.banner] if finding.banner is not None else [])):
        found += wrong(sentence, whole=True, ends=".")
    for point in finding.points:
        found += wrong(point.words, whole=False)
        if {type(point.at), type(point.day), type(point.id)} != {int}:
            found.append(f"{point} has no day")
    if [point.at for point in finding.points] != sorted(point.at for point in finding.points):
        found.append(f"the evidence of {finding.sign} is not in order")
    texts = [finding.title, *finding.why, *(point.words for point in finding.points)]
    for sentence in (each for text in texts if isinstance(text, Sentence) for each in parts(text)):
        found += wrong(sentence, whole=False)
    return found


@pytest.mark.parametrize("batch", range(60))
def test_what_is_said_of_invented_episodes_is_in_order(batch: int) -> None:
    said = [each for seed in range(batch * A_BATCH, (batch + 1) * A_BATCH) for each in findings(seed)]
    assert said
    assert [fault for finding in said for fault in faults(finding)] == []
    for finding in said:
        assert type(finding.unrecorded) is int and type(finding.counts_from) is int
        assert finding.steps
        assert all(re.fullmatch(r"FS-[A-Z0-9]+(-[A-Z0-9]+)*", step) for step in finding.steps)
        for sentence in finding.why:
            assert str(Sentence.from_json(sentence.as_json())) == str(sentence)


# What the inventions seldom show.
SELDOM = [
    history(group("+" * 9, took="333332222")),
    history(group("++++++EEE")),
    history(group("+" * 6 + "LEL", took="333332222")),
    history(group("+" * 11, took="33333332222"), group_facts={1: GroupFacts(changed=(day(40),))}),
    history("+oooo", every=2),
    history("+++ww", Line("+", last=0, hour=18, channel=Channel.CASE_MANAGEMENT)),
    history("+++-ww+w-"),
    history("+", last=40, facts=[tried(ago=3), tried(ago=1, number=2, method="text")]),
]


@pytest.mark.parametrize("record", SELDOM)
def test_what_is_seldom_said_is_in_order_too(record: Record) -> None:
    timeline = record.as_of(TODAY)
    said = [each for sign in CATALOGUE for each in sign.find(timeline, DEFAULTS)]
    assert said
    assert [fault for finding in said for fault in faults(finding)] == []


@pytest.mark.parametrize(
    "sentence",
    [
        gettext_noop("XXNothing is booked.XX"),
        gettext_noop("nothing is booked."),
        gettext_noop("NOTHING IS BOOKED."),
        gettext_noop("Nothing is booked"),
        gettext_noop("Next booked: %(day)s."),
        gettext_noop("Next booked: %(DAY)s.", DAY=1),
        ngettext_lazy("One of %(of)d sessions.", "%(n)d sessions.", 2, of=3),
        ngettext_lazy("%(n)d session.", None, 1),  # type: ignore[arg-type]
        ngettext_lazy(None, "%(n)d sessions.", 2),  # type: ignore[arg-type]
        None,
    ],
)
def test_what_is_no_sentence_would_be_noticed(sentence: Sentence | None) -> None:
    assert wrong(sentence, whole=True, ends=".")


def test_a_sentence_passes_in_either_form() -> None:
    assert wrong(ngettext_lazy("One session.", "%(n)d sessions.", 2), whole=True, ends=".") == []
    assert wrong(gettext_noop("Next booked: %(day)s.", day="Mon 2 Mar"), whole=True, ends=".") == []

"""Sentences as data."""

from __future__ import annotations

import json
from datetime import date, time

import pytest

from clinic.engagement.signs.catalogue import CATALOGUE, read_signs
from clinic.engagement.signs.steps import FIRST_STEPS, SHORT_STEPS
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy, plain
from tests.notation import TODAY, group, history


@pytest.mark.parametrize(("count", "said"), [(0, "0 days"), (1, "1 day"), (2, "2 days")])
def test_the_count_chooses_the_plural(count: int, said: str) -> None:
    assert str(ngettext_lazy("%(n)d day", "%(n)d days", count)) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (date(2026, 11, 4), "Wed 4 Nov"),
        ([date(2026, 11, 5), date(2026, 11, 12), date(2026, 11, 19)], "5, 12, 19 Nov"),
        ([date(2026, 10, 30), date(2026, 11, 5), date(2026, 11, 12)], "30 Oct, 5, 12 Nov"),
        ([date(2025, 11, 5), date(2026, 11, 5)], "5 Nov, 5 Nov"),
        ([date(2026, 11, 5)], "5 Nov"),
        ([], ""),
        (["a call", "a letter"], "a call, a letter"),
        (7, "7"),
        (time(9, 5), "09:05"),
        (time(0, 0), "00:00"),
        (gettext_noop("counselling"), "counselling"),
    ],
)
def test_values_in_plain_english(value: object, said: str) -> None:
    assert plain(value) == said


def test_a_sentence_may_hold_a_number_a_day_and_another_sentence() -> None:
    sentence = gettext_noop(
        "%(n)d, %(day)s, %(service)s", n=3, day=date(2026, 3, 2), service=gettext_noop("group")
    )
    assert str(sentence) == "3, Mon 2 Mar, group"


def test_what_is_kept_as_json_is_read_back_the_same() -> None:
    sentence = ngettext_lazy(
        "%(n)d",
        "%(n)d",
        3,
        days=[date(2026, 3, 2)],
        day=date(2026, 3, 2),
        inner=gettext_noop("group"),
        word="x",
        time=time(9, 5),
    )
    assert Sentence.from_json(json.loads(json.dumps(sentence.as_json()))) == sentence
    assert Sentence.from_json({"msgid": "x"}) == Sentence("x")
    with pytest.raises(KeyError):
        Sentence.from_json({})


def test_every_sentence_of_a_finding_survives_json() -> None:
    found = read_signs(history("+++---", group("+++---"), spoke=[30]).as_of(TODAY), DEFAULTS)
    assert len(found) > 3
    for finding in found:
        for sentence in (finding.title, *finding.why):
            assert Sentence.from_json(json.loads(json.dumps(sentence.as_json()))) == sentence


def test_signs_name_thresholds_steps_and_sources_that_exist() -> None:
    assert len({sign.code for sign in CATALOGUE}) == len(CATALOGUE)
    for sign in CATALOGUE:
        assert [row["name"] for row in Thresholds.describe(sign.thresholds)] == list(sign.thresholds)
        assert sign.sources and sign.levels and sign.find.__doc__
    assert set(FIRST_STEPS) == set(SHORT_STEPS)


def test_no_sentence_blames_or_diagnoses() -> None:
    said = [str(sign.title) + str(sign.meaning) for sign in CATALOGUE] + [
        str(step) for step in FIRST_STEPS.values()
    ]
    for word in ("relapsed", "non-compliant", "addict", "refus", "ignor", "failed", "% risk"):
        assert not [sentence for sentence in said if word in sentence.lower()]


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "7", None])
def test_impossible_thresholds_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="early_days"):
        Thresholds.of({"early_days": value})  # type: ignore[dict-item]


def test_unknown_thresholds_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="erly_days"):
        Thresholds.of({"erly_days": 3})
    assert Thresholds.of({"early_days": 3}).early_days == 3


def test_safety_stands_among_the_first_steps_so_that_no_cut_drops_it() -> None:
    for steps in (FIRST_STEPS, SHORT_STEPS):
        order = list(steps)
        assert order.index("FS-SAFE") == order.index("FS-MED") + 1
    assert list(FIRST_STEPS).index("FS-SAFE") < 7

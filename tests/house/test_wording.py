"""No sentence anybody could be hurt by: what people read, against docs/wording.md.

The texts are found where they are marked for translation, and the findings of invented episodes are rendered whole.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from clinic.engagement.signs.catalogue import CATALOGUE, read_signs
from clinic.engagement.signs.sign import Finding
from clinic.engagement.signs.steps import FIRST_STEPS, SHORT_STEPS
from clinic.engagement.signs.thresholds import DEFAULTS
from clinic.engagement.words import Sentence, gettext_noop
from tests.engagement.strategies import invent, packed
from tests.house.texts import THRESHOLDS, marked, shown, texts
from tests.notation import TODAY

ROOT = Path(__file__).parents[2]
WORDING = (ROOT / "docs" / "wording.md").read_text(encoding="utf-8")
EPISODES = 500
# Each episode is read on several days, so that what holds for a few days only is met as well, oldest first: later days
# know what was found before.
DAYS_AGO = (30, 16, 9, 4, 1, 0)

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
NAMELIKE = re.compile(r"name|client|person|patient|phone|address|birth|record_number|note|words")

# (file, word): a proper use, which is not said of a person.
PROPER = {("clinic/management/commands/import_csv.py", "refused")}


def never(text: str) -> list[str]:
    """The words and phrases of the fenced list."""
    (block,) = re.findall(r"^```never\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [line for line in block.splitlines() if line.strip()]


@cache
def forbidden() -> re.Pattern[str]:
    """Any of them as a whole word, in any case, with any space between the words of a phrase."""
    words = sorted(never(WORDING), key=len, reverse=True)
    joined = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)", re.IGNORECASE)


RISK_IN_PERCENT = re.compile(
    r"\brisk\b[^.]{0,40}(?:%(?!\()|percent)|(?:%(?!\()|percent)[^.]{0,40}\brisk\b", re.I
)
# Of a finding, beside the list: no share, no dose, nothing foretold or guessed.
IN_A_FINDING = re.compile(
    r"%|\bper ?cent\b|\bmg\b|\d\s?mg\b|\bml\b|\bwill\b|\bprobabl[ey]\b|\blikely\b|!", re.I
)


def hurtful(text: str) -> list[str]:
    """What nobody should read, of any text."""
    found = [" ".join(match.group().lower().split()) for match in forbidden().finditer(text)]
    return found + [match.group() for match in RISK_IN_PERCENT.finditer(text)]


def out_of_place(text: str) -> list[str]:
    """What no finding may say: the same, and what only findings may not."""
    return hurtful(text) + [match.group() for match in IN_A_FINDING.finditer(text)]


def values(sentence: Sentence) -> Iterator[Any]:
    """The values of a sentence and of those inside it."""
    for value in sentence.values.values():
        for each in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(each, Sentence):
                yield from values(each)
            else:
                yield each


def free_text(sentence: Sentence) -> list[str]:
    """Values that are plain text: nobody could translate them, and they could hold a name."""
    return [value for value in values(sentence) if isinstance(value, str)]


def sentences(finding: Finding) -> tuple[Sentence, ...]:
    """All that it says: title, facts, what its points are, and the banner."""
    banner = () if finding.banner is None else (finding.banner,)
    return (finding.title, *finding.why, *(point.words for point in finding.points), *banner)


class Before(NamedTuple):
    """A finding of an earlier day, as later ones ask about it."""

    sign: str
    rank: int
    judged_on: int
    last_missed: int
    counts_from: int
    withdrawn: bool = False


@cache
def found() -> tuple[Finding, ...]:
    """Every finding of the invented episodes on the days they are read."""
    everything: list[Finding] = []
    for seed in range(EPISODES):
        record = packed(invent(random.Random(seed)))
        before: list[Before] = []
        for today in (TODAY - ago for ago in DAYS_AGO):
            timeline = record.as_of(today)
            timeline.on_record = tuple(before)
            today_found = read_signs(timeline, DEFAULTS)
            before += [
                Before(each.sign, each.level.rank, today, each.last_missed, each.counts_from)
                for each in today_found
            ]
            everything += today_found
    return tuple(everything)


def test_the_list_of_words_is_in_order_and_without_twins() -> None:
    listed = never(WORDING)

    assert len(listed) > 50
    assert listed == sorted({word.lower() for word in listed})


def test_no_text_holds_a_word_of_the_list() -> None:
    met = {(name, word, text) for name, text in texts() for word in hurtful(text)}

    assert {(name, word, text) for name, word, text in met if (name, word) not in PROPER} == set()


def test_every_proper_use_is_still_there() -> None:
    assert {(name, word) for name, text in texts() for word in hurtful(text)} >= PROPER


def test_texts_are_found_where_they_stand() -> None:
    by_file: dict[str, int] = {}
    for name, _ in texts():
        by_file[name] = by_file.get(name, 0) + 1

    assert sum(by_file.values()) > 900
    assert len([name for name in by_file if name.startswith("templates/")]) > 20
    assert by_file["clinic/engagement/signs/counselling.py"] > 10
    assert {str(sentence.msgid) for step in (FIRST_STEPS, SHORT_STEPS) for sentence in step.values()} <= {
        text for _, text in texts()
    }
    assert {sign.title.msgid for sign in CATALOGUE} <= {text for _, text in texts()}


def test_no_sentence_of_the_mind_foretells_or_counts_in_percent() -> None:
    """Of all it could say, met by the invented episodes or not."""
    # What thresholds mean stands beside their numbers, and some of those are percentages.
    mind = {
        PLACEHOLDER.sub("n", text)
        for name, text in texts()
        if name.startswith("clinic/engagement/") and name != THRESHOLDS
    }

    assert len(mind) > 100
    assert {text: out_of_place(text) for text in mind if out_of_place(text)} == {}


def test_no_sentence_of_the_mind_has_a_place_for_a_name() -> None:
    mind = [(name, text) for name, text in texts() if name.startswith("clinic/engagement/")]
    names = {(name, each) for name, text in mind for each in PLACEHOLDER.findall(text)}

    assert len(names) > 10
    assert {(name, each) for name, each in names if NAMELIKE.search(each)} == set()


@pytest.mark.parametrize("sign", CATALOGUE, ids=lambda sign: sign.code)
def test_title_and_meaning_of_a_sign_are_kind(sign: Any) -> None:
    assert out_of_place(str(sign.title)) == []
    assert hurtful(str(sign.meaning)) == []
    assert free_text(sign.title) == []


@pytest.mark.parametrize("code", FIRST_STEPS)
def test_a_first_step_is_kind(code: str) -> None:
    assert out_of_place(str(FIRST_STEPS[code])) == []
    assert out_of_place(str(SHORT_STEPS[code])) == []


@pytest.mark.parametrize("sign", CATALOGUE, ids=lambda sign: sign.code)
def test_what_a_sign_says_of_invented_episodes_is_kind(sign: Any) -> None:
    said = {str(each) for finding in found() if finding.sign == sign.code for each in sentences(finding)}

    assert said, "none of the invented episodes shows this sign"
    assert {text: out_of_place(text) for text in said if out_of_place(text)} == {}


@pytest.mark.parametrize("sign", CATALOGUE, ids=lambda sign: sign.code)
def test_what_a_sign_says_holds_no_free_text(sign: Any) -> None:
    told = [each for finding in found() if finding.sign == sign.code for each in sentences(finding)]

    assert {text for each in told for text in free_text(each)} == set()


def test_every_step_of_a_finding_is_in_the_list_of_steps() -> None:
    assert {step for finding in found() for step in finding.steps} <= set(FIRST_STEPS)


@pytest.mark.parametrize(
    "text, word",
    [
        ("The client refused to talk.", "refused"),
        ("A heroin addict missed a session.", "addict"),
        ("Has Relapsed", "relapsed"),
        ("Users who failed", "users"),
        ("Users who failed", "failed"),
        ("One more no-show.", "no-show"),
        ("A frequent\n   flyer", "frequent flyer"),
        ("This is a high-risk client.", "high-risk"),
        ("A risk score of 7", "risk score"),
        ("73 % risk", "% risk"),
        ("the risk is 73 percent", "risk is 73 percent"),
        ("(lost cause)", "lost cause"),
    ],
)
def test_a_hurtful_text_would_be_noticed(text: str, word: str) -> None:
    assert word in hurtful(text)


@pytest.mark.parametrize(
    "text",
    [
        "No alert does not mean no risk.",
        "Thoughts about using",
        "Person with opioid use disorder",
        "Cleaned up the list of rooms",
        "Return to use (relapse)",
        "Excused, and so not counted",
        "%(n)d %%",
    ],
)
def test_a_kind_text_passes(text: str) -> None:
    assert hurtful(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Attended 40 % of sessions",
        "40mg missed",
        "80 mg since Tuesday",
        "Will not come back",
        "Has probably left",
        "Is likely to leave",
        "Missed again!",
    ],
)
def test_what_no_finding_may_say_would_be_noticed(text: str) -> None:
    assert out_of_place(text)
    assert out_of_place("2 counselling sessions missed in a row (12, 19 Nov); goodwill, milligrams.") == []


def test_a_name_among_the_values_would_be_noticed() -> None:
    inner = gettext_noop("%(who)s came", who="Rosa")

    assert free_text(gettext_noop("%(n)d: %(said)s", n=3, said=inner)) == ["Rosa"]
    assert free_text(gettext_noop("%(all)s", all=[gettext_noop("group"), "Rosa"])) == ["Rosa"]
    assert NAMELIKE.search("first_name") and not NAMELIKE.search("days")


def test_texts_are_read_from_modules_and_templates() -> None:
    module = 'a = _("one")\nb = ngettext_lazy("two", "three" " four", n, x=gettext("five"))\nc = f("six")\n'
    template = (
        "{% translate \"one\" %}{% translate 'two' as x %}"
        "{% blocktranslate count n=3 %}{{ n }} <b>three</b>{% plural %}four{% endblocktranslate %}<i>bare</i>"
    )

    assert sorted(set(marked(module))) == ["five", "one", "three four", "two"]
    assert [" ".join(text.split()) for text in shown(template)] == [
        "one",
        "two",
        "three",
        "four",
        "three four bare",
    ]

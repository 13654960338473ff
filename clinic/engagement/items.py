"""What staff may note of what a client said or what they saw: the items of the observation form (clinical basis, 4).

Attendance speaks late. These items are the earlier signs, and only a person can note them: each is optional, and an
item nobody asked about is no row at all, which is not the same as "not a concern".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from clinic.engagement.words import Sentence, gettext_noop

CLINICAL_GROUPS = frozenset("GH")
STRENGTHS = "S"


class How(StrEnum):
    """How an item is noted: on the scale, as there or not, by saying which, or as an account with fields of its own."""

    ANCHORED = "anchored"
    TICKED = "ticked"
    WHICH = "which"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the form. `help` says what 1, 2 and 3 mean here, where the general anchors say too little.

    `parts` are what can be ticked below it (whom, what, which). `listed`: it may raise a follow-up at all. `sources`
    are `document:line`.
    """

    code: str
    wording: Sentence
    sources: tuple[str, ...]
    how: How = How.ANCHORED
    help: tuple[tuple[int, Sentence], ...] = ()
    parts: tuple[Sentence, ...] = ()
    listed: bool = True

    @property
    def group(self) -> str:
        """The letter of its group, A to H, or S for strengths."""
        return self.code[0]

    @property
    def clinical_only(self) -> bool:
        """Whether only clinical roles may note or read it."""
        return self.group in CLINICAL_GROUPS

    @property
    def is_strength(self) -> bool:
        return self.group == STRENGTHS


def _item(
    code: str,
    wording: Sentence,
    *sources: str,
    how: How = How.ANCHORED,
    help: tuple[Sentence | None, ...] = (),
    parts: tuple[Sentence, ...] = (),
    listed: bool = True,
) -> Item:
    """An item whose `help` stands in the order of the anchors 1, 2, 3; None where the general text is enough."""
    meant = tuple((anchor, each) for anchor, each in enumerate(help, 1) if each is not None)
    return Item(code, wording, sources, how, meant, parts, listed)


def _strength(code: str, wording: Sentence, *sources: str, how: How = How.TICKED) -> Item:
    return _item(code, wording, *sources, how=how)


GROUPS: Final[dict[str, Sentence]] = {
    "A": gettext_noop("Thoughts about using"),
    "B": gettext_noop("Body and day"),
    "C": gettext_noop("Mood and stress"),
    "D": gettext_noop("People"),
    "E": gettext_noop("Places and habits"),
    "F": gettext_noop("Work or study"),
    "G": gettext_noop("Medication"),
    "H": gettext_noop("Use, in the client’s own account"),
    "S": gettext_noop("Strengths"),
}

# What the scale means for every item. What was not asked or seen has no anchor and is never read as 0.
NOT_ASKED: Final = gettext_noop("not asked, not seen")
ANCHORS: Final[dict[int, Sentence]] = {
    0: gettext_noop("talked about, not a concern today"),
    1: gettext_noop("a little, or once"),
    2: gettext_noop("clearly, affecting this week"),
    3: gettext_noop("strongly, needs action today"),
}

SOURCES: Final[dict[str, Sentence]] = {
    "client_said": gettext_noop("the client said so"),
    "staff_saw": gettext_noop("staff saw it"),
    "supporter_told": gettext_noop("a consented supporter told us"),
}

SETTINGS: Final[dict[str, Sentence]] = {
    "session": gettext_noop("in a session"),
    "group": gettext_noop("in a group"),
    "dosing": gettext_noop("at dosing"),
    "call": gettext_noop("in a call"),
    "visit": gettext_noop("on a visit"),
    "front_desk": gettext_noop("at the front desk"),
}

_ALL: tuple[Item, ...] = (
    _item(
        "A1",
        gettext_noop("Misses or longs for heroin, more than an ordinary craving"),
        "001:12",
        help=(
            gettext_noop("thinks of it fondly"),
            gettext_noop("talks of it as something lost"),
            gettext_noop("says they cannot be without it"),
        ),
    ),
    _item(
        "A2",
        gettext_noop("Cravings or urges"),
        *("000:1", "003:3", "004:41", "004:85", "004:87"),
        help=(
            gettext_noop("passing, used a skill"),
            gettext_noop("daily, or not easily ridden out"),
            gettext_noop("constant, afraid of acting on it"),
        ),
    ),
    _item(
        "A3",
        gettext_noop("Thoughts of “just one more time”"),
        *("001:22", "001:24"),
        help=(
            gettext_noop("mentioned"),
            gettext_noop("argues for it"),
            gettext_noop("has a plan or an opportunity"),
        ),
    ),
    _item(
        "A4",
        gettext_noop("The past seems better than life now, and its harms are set aside"),
        *("001:44", "001:46", "002:5"),
    ),
    _item(
        "A5",
        gettext_noop("All-or-nothing or hopeless thinking, such as “without it life is no fun”"),
        "000:22",
        help=(None, None, gettext_noop("also ask about suicide, as the protocol says")),
    ),
    _item(
        "A6",
        gettext_noop("Very sure that nothing can happen any more; tests it"),
        *("003:8", "000:27"),
        help=(
            gettext_noop("says so"),
            gettext_noop("chooses risky situations"),
            gettext_noop("does so today"),
        ),
    ),
    _item("A7", gettext_noop("Routines of recovery slipping: therapy, groups, self-care"), "003:9"),
    _item(
        "A8",
        gettext_noop("Discouraged by setbacks, or expects quick or perfect recovery"),
        *("003:10", "002:17"),
    ),
    _item("A9", gettext_noop("Feels unable to cope with life"), "000:5"),
    _item("A10", gettext_noop("Shame, or blame of self or of others"), "000:16", "002:5", "002:11"),
    _item(
        "B1",
        gettext_noop("Withdrawal, pain, or strong physical discomfort or aversion"),
        *("000:14", "003:2", "004:18"),
        help=(None, gettext_noop("medical review"), gettext_noop("medical review the same day")),
    ),
    _item(
        "B2",
        gettext_noop("Sleep: much more or much less than usual (the aim is 7 to 8 hours)"),
        *("000:9", "004:69"),
        help=(
            gettext_noop("under 6 or over 9 hours on some nights"),
            gettext_noop("on most nights"),
            gettext_noop("none at all, or all day"),
        ),
    ),
    _item("B3", gettext_noop("Eating: far too much, not at all, or a big change"), "000:9", "004:65"),
    _item(
        "B4",
        gettext_noop("Other things feel out of control: gambling, spending, sex, screens, other substances"),
        "000:9",
    ),
    _item("B5", gettext_noop("Self-care or movement dropped"), "003:9", "004:43", "004:49", "004:67"),
    _item("B6", gettext_noop("Bored, isolated, empty days"), "004:99", "004:127"),
    _item(
        "C1",
        gettext_noop("Mood up and down: anger, anxiety, sadness"),
        *("000:25", "004:79", "004:137"),
        help=(None, None, gettext_noop("follow the protocol for safety")),
    ),
    _item(
        "C2",
        gettext_noop("A stressful event: loss, housing, court, job, family"),
        "000:1",
        help=(gettext_noop("minor"), gettext_noop("major"), gettext_noop("a crisis now")),
    ),
    _item(
        "C3",
        gettext_noop("Trauma, depression or anxiety that nobody helps with at present"),
        *("003:4", "004:55"),
    ),
    _item("C4", gettext_noop("A new difficulty this week"), "000:5"),
    _item(
        "D1",
        gettext_noop("Pulling back from family, friends, group, counsellor or doctor"),
        *("001:32", "001:34", "001:36", "001:37", "001:38", "001:39", "001:40", "001:42", "001:50"),
        help=(gettext_noop("from one"), gettext_noop("from several"), gettext_noop("no one is left")),
        parts=(
            gettext_noop("family"),
            gettext_noop("friends"),
            gettext_noop("group"),
            gettext_noop("counsellor or therapist"),
            gettext_noop("doctor"),
        ),
    ),
    _item("D2", gettext_noop("Arguments with supporters, or resentment of them"), "001:34", "001:42"),
    _item(
        "D3",
        gettext_noop("Time with people who use"),
        *("001:20", "003:5", "004:77"),
        help=(
            gettext_noop("met by chance"),
            gettext_noop("spends time with them"),
            gettext_noop("daily, or lives with them"),
        ),
        parts=(gettext_noop("earlier contacts"), gettext_noop("new contacts")),
    ),
    _item(
        "D4",
        gettext_noop("Pressure to use, help that makes using easier, or an unsafe relationship"),
        *("003:6", "004:10", "004:33", "001:68"),
        help=(None, None, gettext_noop("follow the protocol for safety")),
    ),
    _item(
        "D5",
        gettext_noop("No one to lean on"),
        "000:11",
        help=(gettext_noop("few"), gettext_noop("one, and unsure of them"), gettext_noop("none")),
    ),
    _item("D6", gettext_noop("Finds it hard to accept help or to ask for it"), "000:8", "004:147"),
    _item("D7", gettext_noop("Everyday commitments slipping: family, money, home"), "000:25"),
    _item(
        "E1",
        gettext_noop("Places where use is common"),
        *("001:26", "001:28", "003:5", "004:10", "004:77"),
        help=(gettext_noop("passing by"), gettext_noop("visiting"), gettext_noop("staying there")),
    ),
    _item("E2", gettext_noop("Risky habits or decisions"), "000:25", "003:8"),
    _item("F1", gettext_noop("Feels or acts out of control at work or study"), "000:10"),
    # A clinical note for the medical lead: it is shown on no list and raises nothing.
    _item(
        "G1",
        gettext_noop(
            "Concern about the supply of medication: lost, shared, taken from them, not kept safely"
        ),
        "001:50",
        listed=False,
    ),
    _item(
        "G2",
        gettext_noop("Side effects, dose not holding, wants to change or stop"),
        *("004:22", "003:2"),
        help=(None, gettext_noop("tell the prescriber"), None),
    ),
    _item(
        "H1",
        gettext_noop("Told us about use"),
        *("001:54", "000:16", "000:17", "000:18", "000:20", "000:21", "000:22", "000:23"),
        how=How.TOLD,
        parts=(
            gettext_noop("when"),
            gettext_noop("substance"),
            gettext_noop("alone?"),
            gettext_noop("route"),
            gettext_noop("naloxone at hand?"),
            gettext_noop("what would help now"),
        ),
    ),
    _item(
        "H2",
        gettext_noop("An emergency now: follow the protocol first, then note it"),
        *("001:18", "002:3"),
        how=How.TOLD,
        parts=(
            gettext_noop("overdose"),
            gettext_noop("intoxicated now"),
            gettext_noop("thoughts of suicide"),
            gettext_noop("violence"),
            gettext_noop("pregnant, with withdrawal"),
            gettext_noop("withdrawal from alcohol or benzodiazepines"),
        ),
    ),
    _strength(
        "S1",
        gettext_noop("Used a coping skill: movement, breathing, meditation, hobby, writing"),
        *("000:21", "004:43", "004:45", "004:47", "004:85", "004:87", "004:89", "004:91", "004:141"),
    ),
    _strength(
        "S2",
        gettext_noop("Leaned on a supporter, sponsor or peer"),
        *("000:18", "004:12", "004:31", "004:149"),
    ),
    _strength("S3", gettext_noop("Went to meetings, shared, or helped somebody"), "004:33", "000:19"),
    _strength("S4", gettext_noop("Used an if-then plan"), "004:97", how=How.WHICH),
    _strength("S5", gettext_noop("Asked for help early"), "004:151"),
    _strength("S6", gettext_noop("Reached a goal or a milestone"), "004:111", "004:119", how=How.WHICH),
    _strength("S7", gettext_noop("Looked at reasons or reminders"), "001:46", "004:14"),
    _strength(
        "S8",
        gettext_noop("A new activity: volunteering, a class, work"),
        *("004:127", "004:129", "004:131", "004:133"),
    ),
    _strength("S9", gettext_noop("Open, honest talk; takes part in the plan"), "002:7", "004:57"),
    _strength("S10", gettext_noop("Hope, or something to look forward to"), "004:159", "002:7"),
)

ITEMS: Final[dict[str, Item]] = {item.code: item for item in _ALL}

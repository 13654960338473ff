"""Signs that raise each other's level, and what one who wants no contact is spared."""

from __future__ import annotations

import pytest

from clinic.engagement.plan import Standing
from clinic.engagement.signs.catalogue import BY_CODE, read_signs
from clinic.engagement.signs.sign import Level
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.signs.together import together
from clinic.engagement.timeline import Channel, Record
from tests.notation import TODAY, Line, day, group, history, moment, noted, tried

DOSED = Line("+" * 15, Channel.DOSING, every=6, last=0, hour=6)
QUIET = group("+" * 9, took="333332222")


def raised(
    sign: str, *, ago: int, level: Level = Level.TOMORROW, since: int | None = None, **more: object
) -> Standing:
    at = moment(ago if since is None else since)
    return Standing(1, sign, "x", level, day(ago), frozenset((1,)), at, at, **more)  # type: ignore[arg-type]


def levels(record: Record, *on_record: Standing, thresholds: Thresholds = DEFAULTS) -> dict[str, str]:
    timeline = record.as_of(TODAY)
    timeline.on_record = on_record
    return {finding.sign: str(finding.level) for finding in read_signs(timeline, thresholds)}


def test_nothing_found_is_nothing_together() -> None:
    assert together(history("+").as_of(TODAY), DEFAULTS, [], BY_CODE) == []


# -- quieter in group ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sign", "ago", "level"),
    [
        ("D02c", 1, "tomorrow"),
        ("D03", 1, "tomorrow"),
        ("D05", 1, "tomorrow"),
        ("D01", 1, "two_days"),
        ("D02b", 1, "two_days"),
        ("D06", 1, "two_days"),
        ("D03", DEFAULTS.together_days - 1, "tomorrow"),
        ("D03", DEFAULTS.together_days, "tomorrow"),
        ("D03", DEFAULTS.together_days + 1, "two_days"),
    ],
)
def test_quieter_beside_a_sign_of_attendance_of_the_last_days(sign: str, ago: int, level: str) -> None:
    assert levels(history(QUIET))["D04"] == "two_days"
    assert levels(history(QUIET), raised(sign, ago=ago))["D04"] == level


def test_a_sign_that_was_withdrawn_raises_nothing() -> None:
    assert levels(history(QUIET), raised("D03", ago=1, withdrawn=True))["D04"] == "two_days"
    later = levels(history(QUIET), raised("D03", ago=1, withdrawn=True), raised("D05", ago=1))
    assert later["D04"] == "tomorrow"


# -- noted by staff ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sign", "ago", "higher"),
    [
        ("D02b", 1, True),
        ("D06", 1, True),
        ("D02b", DEFAULTS.together_days, True),
        ("D02b", DEFAULTS.together_days + 1, False),
        ("D17", 1, False),
        ("S01", 1, False),
        ("D99", 1, False),
    ],
)
def test_what_staff_noted_beside_an_absence_is_one_level_higher(sign: str, ago: int, higher: bool) -> None:
    record = history("+++++++", every=1, facts=[noted("A1", 2, ago=1)])
    alone = levels(record)["D18"]
    beside = levels(record, raised(sign, ago=ago))["D18"]
    assert beside == (str(Level(alone).higher()) if higher else alone)


# -- after a return ------------------------------------------------------------------------------------------------

# Back four days ago at ten, and yesterday a medical visit was missed.
MISSED_AGAIN = history(Line("+", last=4), Line("-", Channel.MEDICAL, last=1, hour=12), Line("+", last=60))


def back(*, ago: int = 4, since: int = 4, **more: object) -> Standing:
    return raised("D14", ago=ago, since=since, level=Level.GOOD_NEWS, **more)


@pytest.mark.parametrize(
    ("on_record", "level"),
    [
        ([], "tomorrow"),
        ([back()], "today"),
        ([back(withdrawn=True)], "tomorrow"),
        ([back(ago=DEFAULTS.watch_days)], "today"),
        ([back(ago=DEFAULTS.watch_days + 1)], "tomorrow"),
        # Nothing attended stands at that moment any more: it was corrected since.
        ([back(since=3)], "tomorrow"),
        ([back(since=1)], "tomorrow"),
        ([raised("D06", ago=4)], "tomorrow"),
        ([back(), raised("D06", ago=4)], "today"),
        ([back(since=60), back(since=3)], "today"),
        ([back(since=3), back(withdrawn=True)], "tomorrow"),
    ],
)
def test_a_miss_after_a_return_is_one_level_higher(on_record: list[Standing], level: str) -> None:
    assert levels(MISSED_AGAIN, *on_record)["D01"] == level


def test_the_return_may_be_the_oldest_appointment_and_several_may_begin_together() -> None:
    oldest = history(Line("+", last=4), Line("-", Channel.MEDICAL, last=1, hour=12), admitted=90)
    assert levels(oldest, back())["D01"] == "today"
    with_another = history(
        Line("+", last=60),
        group("-", last=4, hour=10),
        Line("+", last=4),
        Line("-", Channel.MEDICAL, last=1),
        seats=[],
    )
    assert levels(with_another, back())["D01"] == "today"
    missed_it = history(Line("+", last=60), Line("-", last=4), Line("-", Channel.MEDICAL, last=1))
    assert levels(missed_it, back())["D01"] == "tomorrow"


def test_what_was_missed_before_the_return_or_answered_since_stays_as_it_was() -> None:
    """Two counselling sessions missed in a row, and then seen at a group."""
    before = history("+++--", group("+", last=0, hour=12), last=2)
    assert levels(before, back(ago=0, since=0))["D02b"] == "tomorrow"
    answered = history(
        Line("+", last=4), Line("--", every=1, last=1), group("+", last=0), Line("+++", last=30), seats=[]
    )
    assert levels(answered)["D02b"] == levels(answered, back())["D02b"]
    unanswered = history(Line("+", last=4), Line("--", every=1, last=1), Line("+++", last=30))
    assert (levels(unanswered)["D02b"], levels(unanswered, back())["D02b"]) == ("tomorrow", "today")


def test_a_sign_of_another_kind_is_not_raised_by_a_return() -> None:
    record = history("+", last=4, facts=[tried(ago=1), tried("not_reached", ago=0, method="text", number=2)])
    assert levels(record)["D12"] == levels(record, back())["D12"] == "tomorrow"


# -- no outreach ---------------------------------------------------------------------------------------------------


def steps(record: Record) -> dict[str, tuple[str, ...]]:
    return {finding.sign: finding.steps for finding in read_signs(record.as_of(TODAY), DEFAULTS)}


def test_who_asked_for_no_outreach_is_spoken_to_at_the_next_session_unless_it_is_about_safety() -> None:
    marks = "+++---"
    asked, plain = steps(history(marks, DOSED, no_outreach=True)), steps(history(marks, DOSED))
    assert asked.keys() == plain.keys() and "D02b" in plain
    for code, own in plain.items():
        sign = BY_CODE[code]
        if sign.kind == "disengagement" and not sign.safety:
            assert asked[code] == ("FS-ATNEXT",) != own
        else:
            assert asked[code] == own
    returned = steps(history(Line("+", last=30), Line("+", last=1), no_outreach=True))
    assert "FS-STRENGTH" in returned["D14"], "good news is no outreach"

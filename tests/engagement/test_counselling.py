"""D02: missed counselling, once (a), in a row (b), of the last six (c)."""

from __future__ import annotations

import pytest

from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Channel
from tests.engagement.reading import findings, says, why
from tests.notation import Line, group, history

# What the three signs say on the day of the last mark, weekly, long after admission.
TABLE = [
    #  marks         D02a        D02b        D02c
    ("++++++", None, None, None),
    ("+++++-", "check_in", None, None),
    ("-", "check_in", None, None),
    ("++++--", None, "tomorrow", None),
    ("+++---", None, "today", "two_days"),
    ("++----", None, "today", "tomorrow"),
    ("-+-+-+", None, None, "two_days"),
    ("+-+-+-", "check_in", None, "two_days"),
    ("-++--+", None, None, "two_days"),
    ("--+--+", None, None, "tomorrow"),
    ("-+++--", None, "tomorrow", "two_days"),
    ("--++++", None, None, None),
    ("-----+", None, None, "tomorrow"),
    ("---+", None, None, "two_days"),
    ("---", None, "today", None),
    # Transparent ones neither extend nor break a run.
    ("+++-o-", None, "tomorrow", None),
    ("+++-/-", None, "tomorrow", None),
    ("+++-?-", None, "tomorrow", None),
    ("+++-x-", None, "tomorrow", None),
    ("+++-n-", None, "tomorrow", None),
    ("+++-v-", None, "tomorrow", None),
    ("+++-r-", None, "tomorrow", None),
    ("+++--o", None, "tomorrow", None),
    ("+++--/", None, "tomorrow", None),
    ("+++--?", None, "tomorrow", None),
    ("++++-?", "check_in", None, None),
    ("++++o?", None, None, None),
    # A cancellation without notice is missed; late and left early are attended.
    ("++++-w", None, "tomorrow", None),
    ("++++-L", None, None, None),
    ("+++--E", None, None, None),
]


@pytest.mark.parametrize(("marks", "single", "row", "of_last"), TABLE)
def test_what_weekly_counselling_says(
    marks: str, single: str | None, row: str | None, of_last: str | None
) -> None:
    record = history(marks)
    assert (says(record, "D02a"), says(record, "D02b"), says(record, "D02c")) == (single, row, of_last)


@pytest.mark.parametrize(
    ("admitted", "single", "row"), [(29, "tomorrow", "today"), (30, "check_in", "tomorrow")]
)
def test_the_first_thirty_days_have_stricter_levels(admitted: int, single: str, row: str) -> None:
    assert says(history("++-", admitted=admitted), "D02a") == single
    assert says(history("++--", admitted=admitted), "D02b") == row


@pytest.mark.parametrize(("last", "holds"), [(20, True), (21, True), (22, False)])
def test_a_run_whose_last_session_is_older_than_21_days_is_not_raised(last: int, holds: bool) -> None:
    assert (says(history("++-", last=last), "D02a") is not None) == holds
    assert (says(history("++--", last=last), "D02b") is not None) == holds


@pytest.mark.parametrize(("oldest", "level"), [(60, "two_days"), (61, None)])
def test_of_the_last_six_only_those_of_sixty_days(oldest: int, level: str | None) -> None:
    record = history(Line("-", last=oldest), Line("--", last=40), Line("++", last=1))
    assert says(record, "D02c") == level


def test_four_countable_sessions_are_needed_for_so_many_of_the_last() -> None:
    assert says(history("--+-o"), "D02c") == "two_days"
    assert says(history("--o-o"), "D02c") is None


def test_where_many_sessions_are_missed_by_everybody_one_more_is_needed() -> None:
    many = Thresholds(no_show_rate=26)
    usual = Thresholds(no_show_rate=25)
    assert [says(history(m), "D02c", 0, usual) for m in ("-+-+-+", "--+-+-")] == ["two_days", "tomorrow"]
    assert [says(history(m), "D02c", 0, many) for m in ("-+-+-+", "--+-+-", "--+---")] == [
        None,
        "two_days",
        "tomorrow",
    ]


def test_several_sessions_of_a_day_are_one() -> None:
    twice_a_day = history(Line("++-"), Line("++-", hour=15))
    assert (says(twice_a_day, "D02a"), says(twice_a_day, "D02b")) == ("check_in", None)
    made_up = history(Line("++-"), Line("+++", hour=15))
    assert (says(made_up, "D02a"), says(made_up, "D02b")) == (None, None)


def test_other_channels_neither_extend_nor_break_a_run() -> None:
    record = history("+++--", group("+++++"), Line("-", Channel.MEDICAL))
    assert says(record, "D02b") == "tomorrow"


@pytest.mark.parametrize(
    ("pauses", "closed", "row"),
    [([], [], "today"), ([(7, 7)], [], "tomorrow"), ([], [7], "tomorrow"), ([(14, 7)], [], None)],
)
def test_paused_and_closed_days_are_transparent(
    pauses: list[tuple[int, int]], closed: list[int], row: str | None
) -> None:
    assert says(history("+++---", pauses=pauses, closed=closed), "D02b") == row


def test_somebody_inside_a_pause_or_discharged_has_no_signs() -> None:
    assert says(history("+++---", pauses=[(0, None)]), "D02b") is None
    assert says(history("+++---", last=1, pauses=[(0, 0)]), "D02b") is None
    assert says(history("+++---", last=1, discharged=0), "D02b") is None
    assert says(history("+++---", last=2, discharged=0), "D02b", ago=1) == "today"


def test_a_long_run_keeps_its_first_session_as_anchor() -> None:
    (found,) = findings(history("+" + "-" * 30), "D02b")
    assert (found.anchor, len(found.evidence)) == ("1002", 30)


def test_as_of_an_earlier_day_later_sessions_are_not_known() -> None:
    record = history("++---++")
    assert [says(record, "D02b", ago) for ago in (35, 28, 27, 21, 14, 13, 7, 6)] == [
        None,
        None,
        None,
        "tomorrow",
        "today",
        "today",
        None,
        None,
    ]


def test_it_says_how_many_when_and_how_it_was_before() -> None:
    record = history("-+++---", Line("+", Channel.GROUP, last=2, group=3), Line("?", last=-9))
    (found,) = findings(record, "D02b")
    assert str(found.title) == "Counselling missed 3 times in a row"
    assert why(record, "D02b") == (
        "3 counselling sessions missed in a row (16, 23 Feb, 2 Mar). Of the 4 before, 3 were attended. "
        "Came to 1 other session meanwhile. Next booked: Wed 11 Mar."
    )
    assert found.steps[-2:] == ("FS-SUPPORT", "FS-SAFE")


def test_it_says_the_same_of_one() -> None:
    assert why(history("-+++-"), "D02a") == "Counselling on Mon 2 Mar was missed. The 3 before were attended."
    assert why(history("+-"), "D02a") == "Counselling on Mon 2 Mar was missed. The one before was attended."
    assert why(history("-+-+-+"), "D02c") == "3 of the last 6 counselling sessions missed since Mon 26 Jan."

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
        "3 counselling sessions missed in a row (16, 23 Feb, 2 Mar). Attended 3 of the 4 before. "
        "Came to 1 other session meanwhile. Next booked: Wed 11 Mar."
    )
    assert found.steps[-2:] == ("FS-SUPPORT", "FS-SAFE")


def test_it_says_the_same_of_one() -> None:
    assert why(history("-+++-"), "D02a") == "Counselling on Mon 2 Mar was missed. The 3 before were attended."
    assert why(history("+-"), "D02a") == "Counselling on Mon 2 Mar was missed. The one before was attended."
    assert why(history("-+-+-+"), "D02c") == "3 of the last 6 counselling sessions missed since Mon 26 Jan."


# -- what each of them carries -------------------------------------------------------------------------------------


def test_their_steps() -> None:
    run = ("FS-CALM", "FS-NOBLAME", "FS-BARRIER", "FS-RESUME", "FS-PLAN")
    assert findings(history("+++-"), "D02a")[0].steps == ("FS-CALM", "FS-RESUME")
    assert findings(history("+++--"), "D02b")[0].steps == run
    assert findings(history("+++---"), "D02b")[0].steps == (*run, "FS-SUPPORT", "FS-SAFE")
    assert findings(history("-+-+-+"), "D02c")[0].steps == ("FS-BARRIER", "FS-LEARN", "FS-RESUME")


@pytest.mark.parametrize(("ago", "count"), [(8, 0), (7, 1), (5, 1), (1, 1), (0, 0)])
def test_what_nobody_recorded_counts_from_the_first_day_of_the_run(ago: int, count: int) -> None:
    record = history("+++--", Line("?", last=ago, hour=16), group("?", last=3))
    (found,) = findings(record, "D02b")
    assert found.unrecorded == count
    said = "1 session is not recorded yet and counts for nothing."
    assert (said in why(record, "D02b")) is bool(count)


@pytest.mark.parametrize("length", [7, 8, 9, 12])
def test_a_run_longer_than_is_read_at_once_is_told_whole(length: int) -> None:
    record = history("+" + "-" * length)
    (found,) = findings(record, "D02b")
    assert len(found.evidence) == length and found.anchor == "1002"
    assert str(found.title) == f"Counselling missed {length} times in a row"
    # Where more is read than shown, nothing is said of those before.
    assert ("before" in why(record, "D02b")) is (length < 8)
    assert len(findings(history("-" * length), "D02b")[0].evidence) == length


def test_a_clinic_that_counts_a_single_one_reads_of_one() -> None:
    once = Thresholds(counselling_watch=1)
    (found,) = findings(
        history("++-", Line("++", last=0, hour=16, channel=Channel.GROUP)), "D02b", thresholds=once
    )
    assert str(found.title) == "Counselling missed 1 time in a row"
    said = [str(sentence) for sentence in found.why]
    assert said[0] == "1 counselling session missed (2 Mar)."
    assert "Came to 1 other session meanwhile." in said
    (before,) = findings(history("+-"), "D02b", thresholds=once)
    assert str(before.why[1]) == "The one before was attended."


def test_those_come_to_meanwhile_are_counted() -> None:
    record = history("+++--", Line("+++", Channel.GROUP, every=2, last=1, group=1))
    assert "Came to 3 others meanwhile." in why(record, "D02b")
    assert "meanwhile" not in why(history("+++--", Line("+", Channel.GROUP, last=7, group=1, hour=9)), "D02b")


@pytest.mark.parametrize(("hour", "holds"), [(8, False), (16, False)])
def test_attended_on_the_day_of_the_only_one_missed(hour: int, holds: bool) -> None:
    """The two are all there is on record, whichever stands first."""
    record = history("-", Line("+", hour=hour), admitted=90)
    assert (says(record, "D02a") is not None) is holds
    assert says(history("-", Line("+", last=7, hour=hour), admitted=90), "D02a") == "check_in"


# -- cancelled too late, cancelled by the clinic -------------------------------------------------------------------

NOTICE = "cancelled with under 24 hours’ notice"


@pytest.mark.parametrize(
    ("marks", "sign", "title", "said"),
    [
        ("+++w", "D02a", "Brief check-in after a missed session", f"Counselling on Mon 2 Mar was {NOTICE}."),
        (
            "+++-w",
            "D02b",
            "Counselling missed or cancelled late 2 times in a row",
            f"2 counselling sessions in a row missed or {NOTICE} (23 Feb, 2 Mar).",
        ),
        (
            "+++w--",
            "D02b",
            "Counselling missed or cancelled late 3 times in a row",
            f"3 counselling sessions in a row missed or {NOTICE} (16, 23 Feb, 2 Mar).",
        ),
        (
            "-+w+-+",
            "D02c",
            "Several counselling sessions missed",
            f"3 of the last 6 counselling sessions missed or {NOTICE} since Mon 26 Jan.",
        ),
    ],
)
def test_cancelled_too_late_is_called_that_and_thanked_for(
    marks: str, sign: str, title: str, said: str
) -> None:
    (found,) = findings(history(marks), sign)
    assert str(found.title) == title
    assert str(found.why[0]) == said
    assert found.steps[0] == "FS-THANKS"
    assert found.steps.count("FS-THANKS") == 1
    (missed,) = findings(history(marks.replace("w", "-")), sign)
    assert found.steps[1:] == missed.steps
    assert "cancelled" not in str(missed.title) + " ".join(map(str, missed.why))


def test_only_the_counted_ones_are_looked_at() -> None:
    """A late cancellation before the run, in another service, or re-booked in time is none of it."""
    for record in (
        history("+w+--"),
        history("+++--", group("w")),
        history("+++v--"),
        history("+++--w", closed=[0]),
        history("+++--w", pauses=[(6, 1)], last=1),
    ):
        (found,) = findings(record, "D02b")
        assert "FS-THANKS" not in found.steps and "cancelled" not in str(found.why[0])


def test_of_a_day_with_both_it_says_both() -> None:
    both = history("+++-", Line("w", hour=15))
    assert why(both, "D02a").startswith(f"Counselling on Mon 2 Mar was missed or {NOTICE}.")


def test_a_single_one_is_said_in_the_singular() -> None:
    (found,) = findings(history("++w"), "D02b", thresholds=Thresholds(counselling_watch=1))
    assert str(found.title) == "Counselling missed or cancelled late 1 time in a row"
    assert str(found.why[0]) == f"1 counselling session missed or {NOTICE} (2 Mar)."
    assert str(found.why[1]) == "Attended 2 of the 2 before."


def test_before_a_single_session_it_says_so() -> None:
    assert "The one before was attended." in why(history("+--"), "D02b")
    assert "before" not in why(history("--"), "D02b")


@pytest.mark.parametrize(
    ("marks", "sign", "said"),
    [
        ("++/-", "D02a", "1 session since Mon 16 Feb was cancelled by the clinic."),
        ("+-+/-//", "D02a", "3 sessions since Mon 2 Feb were cancelled by the clinic."),
        ("++/--", "D02b", "1 session since Mon 9 Feb was cancelled by the clinic."),
        ("/+---/", "D02b", "1 session since Mon 2 Feb was cancelled by the clinic."),
        ("+/-+-+-", "D02c", "1 session since Mon 19 Jan was cancelled by the clinic."),
        ("/+--", "D02b", None),
        ("+--", "D02b", None),
        ("/+-", "D02a", None),
        ("/+-+-+-", "D02c", None),
    ],
)
def test_what_the_clinic_cancelled_since_the_last_one_attended_is_a_possible_cause(
    marks: str, sign: str, said: str | None
) -> None:
    facts = why(history(marks), sign)
    assert said in facts if said else "cancelled by the clinic" not in facts


def test_with_none_attended_it_is_since_admission() -> None:
    record = history("/-", admitted=20)
    assert "1 session since Tue 10 Feb was cancelled by the clinic." in why(record, "D02a")
    # What another service attended does not count, what it cancelled does.
    other = history("+..-", group("/", last=3), Line("+", Channel.MEDICAL, last=2))
    assert "1 session since Mon 9 Feb was cancelled by the clinic." in why(other, "D02a")

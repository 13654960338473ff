"""D14: welcome back."""

from __future__ import annotations

from itertools import pairwise

import pytest

from clinic.engagement.plan import Standing
from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.sign import Finding, Level
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.timeline import Channel, Record
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import TODAY, Line, day, dosing, group, history, meetings, moment, order


def back(after: int, ago: int = 0, *lines: Line, **about: object) -> Record:
    """Seen so many days ago, and before that so many days earlier."""
    return history(Line("+", last=ago + after), Line("+", last=ago), *lines, **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("after", "level"), [(7, None), (13, None), (14, "good_news"), (15, "good_news"), (90, "good_news")]
)
def test_attended_after_fourteen_days_without_contact(after: int, level: str | None) -> None:
    assert says(back(after), "D14") == level


@pytest.mark.parametrize(("ago", "level"), [(0, "good_news"), (1, "good_news"), (7, "good_news"), (8, None)])
def test_it_is_raised_for_a_week_after_the_return(ago: int, level: str | None) -> None:
    assert says(back(20, ago), "D14") == level


def test_what_was_attended_since_does_not_hide_it() -> None:
    record = back(20, 6, Line("+++", every=2, last=0))
    (found,) = findings(record, "D14")
    assert found.anchor == "back:2001"


@pytest.mark.parametrize(
    ("mark", "level"),
    [
        ("+", "good_news"),
        ("L", "good_news"),
        ("E", "good_news"),
        ("h", None),
        ("-", None),
        ("o", None),
        ("?", None),
    ],
)
def test_only_an_attended_appointment_is_a_return(mark: str, level: str | None) -> None:
    assert says(history(Line("+", last=20), Line(mark, last=0)), "D14") == level


@pytest.mark.parametrize("mark", ["-", "o", "/", "x", "w", "r", "?"])
def test_what_was_not_attended_between_ends_no_absence(mark: str) -> None:
    assert says(back(20, 0, Line(mark, last=10)), "D14") == "good_news"


@pytest.mark.parametrize(
    "line",
    [
        dosing("+", last=10),
        meetings("+", last=10),
        group("+", last=10),
        Line("+", Channel.MEDICAL, last=10),
        Line("h", last=10),
    ],
)
def test_a_contact_between_ends_it(line: Line) -> None:
    assert says(back(20, 0, line), "D14") is None


@pytest.mark.parametrize("channel", list(Channel))
def test_any_service_is_a_return(channel: Channel) -> None:
    assert says(history(Line("+", last=20), Line("+", channel, last=1)), "D14") == "good_news"


@pytest.mark.parametrize(
    ("spoke", "level"),
    [
        ([10], None),
        ([1], "good_news"),
        ([6], "good_news"),
        ([7], None),
        ([14], "good_news"),
        ([13], None),
        ([4, 2, 1], "good_news"),
        ([15, 3], None),
        ([-1], "good_news"),
    ],
)
def test_a_talk_on_the_way_back_does_not_take_its_place(spoke: list[int], level: str | None) -> None:
    # Away for twenty days: a talk after fourteen of them, or fourteen days before the visit, leaves an absence.
    assert says(back(20, 0, spoke=spoke), "D14") == level


def test_not_the_first_contact_of_an_episode() -> None:
    assert says(history("+", admitted=30), "D14") is None
    assert says(history("--+", admitted=30), "D14") is None
    assert says(history(Line("+", last=0), admitted=30, spoke=[25]), "D14") is None


@pytest.mark.parametrize(
    ("pauses", "level"),
    [
        ([(12, 6)], None),
        ([(11, 6)], "good_news"),
        ([(40, 20)], "good_news"),
        ([(20, 14)], "good_news"),
        ([(20, 0)], None),
        ([(5, None)], None),
    ],
)
def test_days_in_a_pause_are_no_absence(pauses: list[tuple[int, int | None]], level: str | None) -> None:
    # Seen twenty days ago and today: of the days since, the pause is left out.
    assert says(back(20, 0, pauses=pauses), "D14") == level


def test_closed_days_are_absence_and_a_discharged_client_is_left_alone() -> None:
    assert says(back(14, 0, closed=[3, 4, 5]), "D14") == "good_news"
    assert says(back(20, 1, discharged=0), "D14") is None


# -- after a sign --------------------------------------------------------------------------------------------------


def raised(
    sign: str = "D02b", *, ago: int, level: Level = Level.TOMORROW, since: int | None = None, **more: object
) -> Standing:
    """A finding on record, judged so many days ago, on something missed the day before or `since`."""
    at = moment(ago + 1 if since is None else since)
    return Standing(1, sign, "x", level, day(ago), frozenset((1,)), at, at, **more)  # type: ignore[arg-type]


def welcomed(record: Record, *on_record: Standing) -> list[Finding]:
    timeline = record.as_of(TODAY)
    timeline.on_record = on_record
    return list(BY_CODE["D14"].find(timeline, DEFAULTS))


@pytest.mark.parametrize(
    ("level", "found"),
    [
        (Level.TODAY, True),
        (Level.TOMORROW, True),
        (Level.TWO_DAYS, False),
        (Level.CHECK_IN, False),
        (Level.GOOD_NEWS, False),
        (Level.UPKEEP, False),
    ],
)
def test_after_a_sign_for_tomorrow_or_today(level: Level, found: bool) -> None:
    assert bool(welcomed(back(6, 0), raised(ago=3, level=level))) is found


@pytest.mark.parametrize(("ago", "found"), [(0, False), (1, True), (59, True), (60, True), (61, False)])
def test_the_sign_may_be_sixty_days_old(ago: int, found: bool) -> None:
    # Nobody was seen, though a talk kept every stretch below fourteen days.
    record = back(90, 0, spoke=list(range(1, 90, 5)))
    assert bool(welcomed(record, raised(ago=ago, since=70))) is found


def test_a_sign_raised_after_the_return_is_no_reason() -> None:
    assert not welcomed(back(6, 2), raised(ago=1, since=4))
    assert welcomed(back(6, 2), raised(ago=2, since=4))


@pytest.mark.parametrize(("since", "found"), [(7, False), (6, True), (3, True), (0, False)])
def test_what_it_was_raised_on_lies_between_the_two_visits(since: int, found: bool) -> None:
    assert bool(welcomed(back(6, 0), raised(ago=1, since=since))) is found


def test_after_a_single_day_it_says_one_day() -> None:
    (found,) = welcomed(back(1, 0), raised("D01", ago=1, since=1))
    assert str(found.why[0]) == "Attended counselling on Mon 2 Mar after 1 day."


@pytest.mark.parametrize(("pauses", "days"), [([(2, 1)], 4), ([(5, 5)], 5), ([(6, 6)], 6)])
def test_the_days_it_says_leave_pauses_out(pauses: list[tuple[int, int | None]], days: int) -> None:
    record = back(6, 0, pauses=pauses)
    (found,) = welcomed(record, raised(ago=3))
    assert f"after {days} days" in str(found.why[0])


def test_the_first_visit_ever_is_none_and_the_second_may_be() -> None:
    """The oldest appointment on record may be the visit before, or the return's only one."""
    assert says(history(Line("+", last=5), admitted=30), "D14") is None
    assert says(history(Line("+", last=25), Line("+", last=5), admitted=30), "D14") == "good_news"
    assert not welcomed(history(Line("+", last=5), admitted=30), raised(ago=7))


def test_a_clinic_may_ask_for_less_absence_than_it_shows_returns() -> None:
    """Then a return may lie between two visits that are both shown."""
    soon = Thresholds.of({"absent_days": 3, "back_shown_days": 7})
    for after, expected in ((2, None), (3, "good_news"), (4, "good_news")):
        assert says(back(after, 1), "D14", thresholds=soon) == expected
    as_long = Thresholds.of({"absent_days": 7, "back_shown_days": 7})
    for after, expected in ((6, None), (7, "good_news")):
        assert says(back(after, 0), "D14", thresholds=as_long) == expected
        assert says(back(after, 7), "D14", thresholds=as_long) == expected


def test_only_the_first_visit_after_a_sign_is_a_return() -> None:
    (found,) = welcomed(back(6, 3, Line("++", every=1, last=0)), raised(ago=4))
    assert found.anchor == "back:2001"


def test_a_withdrawn_sign_and_what_was_seen_in_a_session_are_no_reason() -> None:
    assert not welcomed(back(6, 0), raised(ago=3, withdrawn=True))
    assert not welcomed(back(6, 0), raised("D18", ago=3))
    assert not welcomed(back(6, 0), raised("D04", ago=3))
    assert welcomed(back(6, 0), raised("D01", ago=3))


@pytest.mark.parametrize(("level", "found"), [(Level.TODAY, True), (Level.TOMORROW, False)])
def test_of_doses_only_several_missed_in_a_row_are_a_reason(level: Level, found: bool) -> None:
    assert bool(welcomed(back(6, 0), raised("D09", ago=3, level=level))) is found


@pytest.mark.parametrize(("ago", "found"), [(2, False), (6, False), (7, True), (8, True)])
def test_once_in_seven_days(ago: int, found: bool) -> None:
    before = raised("D14", ago=ago, level=Level.GOOD_NEWS, since=ago)
    record = history(dosing("+", last=4), dosing("+", last=0, hour=10))
    assert bool(welcomed(record, raised("D01", ago=1), before)) is found


def test_doses_that_come_and_go_raise_it_once_a_week_at_most() -> None:
    two, ledger = Ledger(), Ledger()
    # Two missed in a row, then one taken, over and over: nobody was away. Three: one was, and once a week is enough.
    two.read_daily(history(dosing("+++++++++++++++" + "--+" * 4)), 11)
    assert "D14" not in two.signs()
    ledger.read_daily(history(dosing("+++++++++++++++" + "---+" * 3)), 11)
    returns = sorted(row.judged_on for row in ledger.rows.values() if row.sign == "D14")
    assert len(returns) == 2
    assert all(later - earlier >= 6 for earlier, later in pairwise(returns))


def test_after_two_missed_and_one_attended_the_ledger_welcomes() -> None:
    ledger = Ledger()
    record = history("++++--+", every=7, last=0)
    ledger.read_daily(record, 8, 1)
    assert "D02b" in ledger.signs()
    assert "D14" not in ledger.signs()
    ledger.read(record, 0)
    assert ("D14", "good_news") in ledger.open(news=True)


def test_a_person_closes_it_and_it_stays_closed() -> None:
    ledger = Ledger()
    record = back(20, 2)
    ledger.read_daily(record, 2, 1)
    assert "D14" in ledger.signs()
    ledger.close(1)
    ledger.read(record, 0)
    assert "D14" not in ledger.signs()
    assert [row.sign for row in ledger.rows.values()].count("D14") == 1


def test_what_is_entered_late_withdraws_it() -> None:
    ledger = Ledger()
    ledger.read(back(20, 1), 0)
    ledger.read(back(20, 1, Line("+", last=11)), 0)
    assert "D14" not in ledger.signs()


def test_its_words() -> None:
    (found,) = findings(back(20, 3), "D14")
    assert str(found.title) == "Welcome back"
    assert why(back(20, 3), "D14") == "Attended counselling on Fri 27 Feb after 20 days. Nothing is booked."
    assert [event.id for event in found.evidence] == [2001]
    assert found.counts_from == moment(3)
    assert found.steps == ("FS-STRENGTH", "FS-LEARN", "FS-PLAN", "FS-NEXT")


@pytest.mark.parametrize(
    ("about", "medical"),
    [
        ({"since": 30}, True),
        ({"since": 0}, True),
        ({"since": 30, "last": 0}, True),
        ({"since": 30, "last": 1}, False),
    ],
)
def test_who_is_on_medication_is_seen_by_the_nurse(about: dict[str, int], medical: bool) -> None:
    (found,) = findings(back(20, facts=[order(**about)]), "D14")  # type: ignore[arg-type]
    assert ("FS-MED" in found.steps) is medical


def test_daily_doses_are_medication_too() -> None:
    record = history(dosing("+" * 10 + "-" * 14 + "+"))
    (found,) = findings(record, "D14")
    assert "FS-MED" in found.steps

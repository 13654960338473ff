"""Facts that several signs put into the same words."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from clinic.engagement.signs.phrases import (
    any_late,
    cancelled_by_us,
    days_of,
    last_contact,
    last_seen,
    not_recorded,
    nothing_or_next_booked,
    settles_by_itself,
    time_of,
    with_thanks,
)
from clinic.engagement.signs.sign import Settles
from clinic.engagement.timeline import Channel, Record, Timeline
from tests.notation import TODAY, Line, day, dosing, group, history

ONE = "1 session since Mon 16 Feb was cancelled by the clinic."
MONDAY = date.fromordinal(TODAY)


def of(record: Record) -> Timeline:
    return record.as_of(TODAY)


def weeks_ago(count: int) -> date:
    return MONDAY - timedelta(weeks=count)


@pytest.mark.parametrize(("marks", "shown"), [("-", 1), ("-----", 5), ("------", 6)])
def test_up_to_six_days_are_named(marks: str, shown: int) -> None:
    timeline = of(history(marks))
    assert days_of(timeline, range(len(marks))) == [weeks_ago(back) for back in range(shown - 1, -1, -1)]


def test_of_more_the_newest_six_are_and_the_words_say_so() -> None:
    timeline = of(history("-------"))
    said = days_of(timeline, range(7))
    assert str(said) == "the latest on 26 Jan, 2, 9, 16, 23 Feb, 2 Mar"


def test_two_of_one_day_are_one_day() -> None:
    timeline = of(history("------", Line("------", hour=15)))
    assert days_of(timeline, range(12)) == [weeks_ago(back) for back in range(5, -1, -1)]
    # The oldest day twice, and so the seventh appointment is of a day that is named.
    timeline = of(history("------", Line("-", last=35, hour=15)))
    assert days_of(timeline, range(7)) == [weeks_ago(back) for back in range(5, -1, -1)]
    timeline = of(history("-------", Line("-", last=35, hour=15)))
    assert str(days_of(timeline, range(8))).startswith("the latest on ")


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (history("+"), "Nothing is booked."),
        (history("+", Line("?", last=-3)), "Next booked: Thu 5 Mar."),
        (history("+", Line("??", every=2, last=-3)), "Next booked: Tue 3 Mar."),
    ],
)
def test_what_is_booked_next(record: Record, sentence: str) -> None:
    assert str(nothing_or_next_booked(of(record))) == sentence


@pytest.mark.parametrize(
    ("record", "seen", "contact"),
    [
        (
            history(admitted=9),
            "No attended contact since admission on Sat 21 Feb.",
            "No attended contact since admission on Sat 21 Feb.",
        ),
        (
            history("---", admitted=9, spoke=[2]),
            "No attended contact since admission on Sat 21 Feb.",
            "Last in contact Sat 28 Feb.",
        ),
        (
            history(Line("+", last=3)),
            "Last seen Fri 27 Feb (counselling).",
            "Last seen Fri 27 Feb (counselling).",
        ),
        (
            history(Line("+", Channel.CASE_MANAGEMENT, last=3), spoke=[4]),
            "Last seen Fri 27 Feb (case management).",
            "Last seen Fri 27 Feb (case management).",
        ),
        (
            history(dosing("+", last=3), spoke=[3]),
            "Last seen Fri 27 Feb (dosing).",
            "Last in contact Fri 27 Feb.",
        ),
        (
            history(group("+", last=3, hour=12), spoke=[3]),
            "Last seen Fri 27 Feb (group).",
            "Last seen Fri 27 Feb (group).",
        ),
        (
            history(Line("+", last=3), Line("h", last=1)),
            "Last seen Fri 27 Feb (counselling).",
            "Last in contact Sun 1 Mar.",
        ),
    ],
)
def test_when_somebody_last_saw_them_or_was_in_contact(record: Record, seen: str, contact: str) -> None:
    assert str(last_seen(of(record))) == seen
    assert str(last_contact(of(record))) == contact


def test_what_nobody_has_recorded() -> None:
    assert not_recorded(0) == []
    assert [str(each) for each in not_recorded(1)] == [
        "1 session is not recorded yet and counts for nothing."
    ]
    assert [str(each) for each in not_recorded(2)] == [
        "2 sessions are not recorded yet and count for nothing."
    ]


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (history("+++"), []),
        (history("/+++"), []),
        (history("+/+"), [ONE]),
        (history("//+"), [ONE]),
        (history("+//"), ["2 sessions since Mon 16 Feb were cancelled by the clinic."]),
        (history(Line("/", last=13)), [ONE]),
        (history(Line("//", every=1, last=13)), [ONE]),
        (
            history(Line("///", every=1, last=11)),
            ["3 sessions since Mon 16 Feb were cancelled by the clinic."],
        ),
        (history("+", dosing("//", last=3)), []),
        (
            history("+", dosing("//", last=3), Line("/", last=9)),
            [ONE],
        ),
    ],
)
def test_what_the_clinic_cancelled_since_two_weeks_ago(record: Record, said: list[str]) -> None:
    assert [str(each) for each in cancelled_by_us(of(record), day(14))] == said


@pytest.mark.parametrize(
    ("settles", "days", "sentence"),
    [
        (Settles.ONE_CONTACT, 14, "Settles by itself after one attended contact."),
        (Settles.TWO_SESSIONS, 14, "Settles by itself after 2 attended sessions within 14 days."),
        (Settles.TWO_SESSIONS, 1, "Settles by itself after 2 attended sessions within 1 day."),
        (Settles.MENDED, 14, "Closes by itself once it is mended."),
        (Settles.PERSON, 14, "Stays until somebody closes it."),
        (Settles.MEDICAL, 14, "Stays until medical staff confirm it."),
    ],
)
def test_what_settles_it_is_said_beside_it(settles: Settles, days: int, sentence: str) -> None:
    assert str(settles_by_itself(settles, days)) == sentence


# -- the time of day -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hour", [0, 7, 10, 23])
def test_the_time_of_day_is_that_of_the_clinic(hour: int) -> None:
    timeline = of(history(Line("+", hour=hour)))
    assert time_of(timeline, 0) == time(hour)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (24, time(14, 30)),
        # In spring an hour of the night is left out, in autumn one is there twice: afternoons go on as they are.
        (23, time(14, 30)),
        (25, time(14, 30)),
    ],
)
def test_on_the_day_the_clocks_change_too(hours: int, said: time) -> None:
    record = history("+")
    ends = record.starts[0] + 9 * 3600 + 1800
    changed = record._replace(end_of_day={day(1): ends - hours * 3600, day(0): ends})
    assert time_of(of(changed), 0) == said


# -- cancelled too late --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "late"),
    [("--", False), ("-w", True), ("w-", True), ("-v", False), ("-n", False), ("-x", False)],
)
def test_which_count_as_missed_and_were_cancelled(marks: str, late: bool) -> None:
    assert any_late(of(history(marks)), [0, 1]) is late
    assert not any_late(of(history(marks)), [])


def test_thanks_come_first() -> None:
    assert with_thanks(("FS-CALM", "FS-RESUME"), True) == ("FS-THANKS", "FS-CALM", "FS-RESUME")
    assert with_thanks(("FS-CALM", "FS-RESUME"), False) == ("FS-CALM", "FS-RESUME")

"""What comes again and again: its days, and the hour that no change of the clocks moves."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.engagement.words import Sentence
from clinic.recurrence import (
    MOST_DATES,
    Every,
    WrongRule,
    check,
    days,
    furthest,
    in_words,
    make,
    moment,
    read,
    started_anew,
)

pytestmark = pytest.mark.once

ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "Europe/London",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "America/Santiago",
    "Africa/Casablanca",
)
START = date(2026, 1, 6)  # a Tuesday
DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def exists(day: date, at: time, zone: ZoneInfo) -> bool:
    wall = datetime.combine(day, at)
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall


def changes_of_the_clocks(zone: ZoneInfo, first: date, last: date) -> int:
    offsets = [
        datetime.combine(first + timedelta(days=n), time(12), tzinfo=zone).utcoffset()
        for n in range((last - first).days)
    ]
    return sum(one != other for one, other in pairwise(offsets))


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("every", Every)
@pytest.mark.parametrize("at", [time(0, 15), time(2, 30), time(10), time(23, 30)])
def test_two_years_of_it_keep_the_hour_of_the_clinics_clock(name: str, every: Every, at: time) -> None:
    zone = ZoneInfo(name)
    last = furthest(START)
    assert changes_of_the_clocks(zone, START, last) >= 4

    named = days(make(every, START), START, through=last)
    assert len(named) >= 24
    for day in named:
        shown = moment(day, at, zone).astimezone(zone)
        assert shown.date() == day
        if exists(day, at, zone):
            assert shown.time() == at
        else:  # skipped by the clocks: the first moment that exists, and no earlier one does
            assert at < shown.time() <= (datetime.combine(day, at) + timedelta(hours=1)).time()
            assert (shown.astimezone(UTC) - timedelta(seconds=1)).astimezone(
                zone
            ).utcoffset() != shown.utcoffset()


@given(day=DAYS, at=TIMES, name=st.sampled_from(ZONES))
@settings(max_examples=400, deadline=None)
def test_any_hour_of_any_day_is_that_hour_or_the_first_after_it(day: date, at: time, name: str) -> None:
    zone = ZoneInfo(name)
    found = moment(day, at, zone)
    shown = found.astimezone(zone)

    assert shown.date() == day
    assert shown.time() == at if exists(day, at, zone) else shown.time() > at
    earlier = (found - timedelta(hours=1)).astimezone(zone)
    assert earlier.replace(tzinfo=None) != datetime.combine(day, at), "the second of a repeated hour"


@pytest.mark.parametrize(
    ("name", "day", "at", "shown"),
    [
        ("America/New_York", date(2026, 3, 8), time(2, 30), "03:00-0400"),
        ("Europe/London", date(2026, 3, 29), time(1, 15), "02:00+0100"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "02:30+1100"),
        ("Pacific/Auckland", date(2026, 9, 27), time(2), "03:00+1300"),
        ("America/Santiago", date(2026, 9, 6), time(0, 30), "01:00-0300"),
        ("America/New_York", date(2026, 11, 1), time(1, 30), "01:30-0400"),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), "01:45+1100"),
    ],
)
def test_a_skipped_hour_moves_on_and_of_a_repeated_one_it_is_the_first(name, day, at, shown) -> None:
    assert moment(day, at, ZoneInfo(name)).astimezone(ZoneInfo(name)).strftime("%H:%M%z") == shown


@pytest.mark.parametrize(
    ("every", "starts_on", "text", "first"),
    [
        (Every.WEEK, START, "FREQ=WEEKLY;BYDAY=TU;COUNT=3", ["2026-01-06", "2026-01-13", "2026-01-20"]),
        (
            Every.TWO_WEEKS,
            START,
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=3",
            ["2026-01-06", "2026-01-20", "2026-02-03"],
        ),
        (
            Every.MONTH_WEEKDAY,
            date(2026, 1, 20),
            "FREQ=MONTHLY;BYDAY=3TU;COUNT=3",
            ["2026-01-20", "2026-02-17", "2026-03-17"],
        ),
        (
            Every.MONTH_WEEKDAY,
            date(2026, 1, 31),
            "FREQ=MONTHLY;BYDAY=-1SA;COUNT=3",
            ["2026-01-31", "2026-02-28", "2026-03-28"],
        ),
        (
            Every.MONTH_DATE,
            date(2026, 1, 17),
            "FREQ=MONTHLY;BYMONTHDAY=17;COUNT=3",
            ["2026-01-17", "2026-02-17", "2026-03-17"],
        ),
        (
            Every.MONTH_DATE,
            date(2026, 1, 31),
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1;COUNT=3",
            ["2026-01-31", "2026-02-28", "2026-03-31"],
        ),
    ],
)
def test_each_rhythm_is_a_rule_of_the_standard(every, starts_on, text, first) -> None:
    made = make(every, starts_on, count=3)
    assert made == text
    assert str(read(made)) == made
    assert [day.isoformat() for day in days(made, starts_on, through=date(2030, 1, 1))] == first


@given(starts_on=DAYS, every=st.sampled_from(list(Every)), count=st.integers(1, 24))
@settings(max_examples=200, deadline=None)
def test_the_first_day_belongs_to_it_and_so_many_follow(starts_on: date, every: Every, count: int) -> None:
    rule = make(every, starts_on, count=count)
    named = days(rule, starts_on, through=date(2040, 1, 1))
    assert named[0] == starts_on and len(named) == count
    assert named == sorted(set(named))


def test_until_is_the_last_day_and_what_is_left_out_still_counts() -> None:
    rule = make("week", START, until=date(2026, 1, 20))
    assert days(rule, START, through=date(2027, 1, 1)) == [START, date(2026, 1, 13), date(2026, 1, 20)]
    three = make("week", START, count=3)
    assert days(three, START, through=date(2027, 1, 1), without=["2026-01-13"]) == [START, date(2026, 1, 20)]
    assert days(three, START, through=date(2027, 1, 1), after=START, ended_on=date(2026, 1, 20)) == [
        date(2026, 1, 13)
    ]


@pytest.mark.parametrize(
    ("every", "more", "field"),
    [
        ("sometimes", {}, "rule"),
        ("week", {"until": START - timedelta(days=1)}, "until"),
        ("week", {"until": date(2028, 1, 7)}, "until"),
        ("week", {"count": 0}, "count"),
        ("week", {"count": MOST_DATES + 1}, "count"),
        ("week", {"count": 3, "until": date(2026, 2, 1)}, "count"),
        ("week", {"count": 150}, "count"),
        ("day", {"until": date(2027, 1, 1)}, "until"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence_at_its_field(every, more, field) -> None:
    with pytest.raises(WrongRule) as told:
        make(every, START, **more)
    assert told.value.field == field
    assert isinstance(told.value.sentence, Sentence) and str(told.value).endswith((".", "day."))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ=YEARLY",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;BYDAY=2TU",
        "FREQ=MONTHLY;BYDAY=5TU",
        "FREQ=WEEKLY;BYHOUR=3",
        "FREQ=WEEKLY;FREQ=DAILY",
        "FREQ=WEEKLY;COUNT=many",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "DTSTART:20260101T100000;FREQ=WEEKLY",
        "FREQ=WEEKLY;" + "X" * 300,
    ],
)
def test_a_rule_this_product_does_not_make_is_refused(text: str) -> None:
    with pytest.raises(WrongRule):
        check(text, START)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("FREQ=WEEKLY", "every week on Tuesday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=10", "every 2 weeks on Monday, Thursday, 10 times"),
        ("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20260731", "every month on the last Friday, until Fri 31 Jul"),
        ("FREQ=MONTHLY", "every month on day 6"),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30", "every month on day 30, or on its last day"),
        ("FREQ=DAILY;COUNT=1", "every day, 1 time"),
    ],
)
def test_a_rule_reads_as_words(rule: str, told: str) -> None:
    rule = rule.replace("28,29,30", "28,29,30;BYSETPOS=-1")
    assert str(in_words(rule, START)) == told


def test_the_rest_of_a_rule_begins_anew_on_another_day() -> None:
    ten = make("week", START, count=10)
    rest = started_anew(ten, START, at=date(2026, 1, 27), new_start=date(2026, 1, 29))
    assert rest == "FREQ=WEEKLY;BYDAY=TH;COUNT=7"
    until = make("two_weeks", START, until=date(2026, 3, 3))
    rest = started_anew(until, START, at=date(2026, 1, 20), new_start=date(2026, 1, 22))
    assert days(rest, date(2026, 1, 22), through=date(2027, 1, 1))[-1] == date(2026, 3, 5)
    monthly = make("month_weekday", date(2026, 1, 20))
    rest = started_anew(monthly, date(2026, 1, 20), at=date(2026, 2, 17), new_start=date(2026, 2, 26))
    assert rest == "FREQ=MONTHLY;BYDAY=4TH"
    dated = make("month_date", date(2026, 1, 31))
    rest = started_anew(dated, date(2026, 1, 31), at=date(2026, 2, 28), new_start=date(2026, 2, 28))
    assert rest == dated


def test_weekdays_every_few_weeks_move_by_as_many_days_or_not_at_all() -> None:
    def moved(rule: str, by: int) -> list[int]:
        first = START + timedelta(days=by)
        rest = started_anew(rule, START, at=START, new_start=first)
        old = days(rule, START, through=date(2026, 4, 1))
        return [(new - was).days for was, new in zip(old, days(rest, first, through=date(2026, 8, 1)))]

    fortnight, weekly = make("two_weeks", START, weekdays=(1, 4)), make("week", START, weekdays=(1, 4))
    for by in (-1, 1, 2, 7, 14):  # Tuesday and Friday, from Monday and Thursday to Thursday and Sunday
        assert set(moved(fortnight, by)) == {by}
    for by in (-3, 3, 5, 10):
        with pytest.raises(WrongRule) as told:
            moved(fortnight, by)
        assert told.value.field == "starts_at" and "singly" in str(told.value.sentence)
        assert set(moved(weekly, by)) == {by}
    single = make("two_weeks", START)
    assert set(moved(single, 6)) == {6}

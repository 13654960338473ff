"""Raise, strengthen, settle, withdraw: what becomes of a finding."""

from __future__ import annotations

import random

import pytest

from clinic.engagement.plan import NOTHING, facts_of, plan
from clinic.engagement.signs.sign import Kind, Level
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.timeline import Channel, Purpose, Record
from tests.engagement.ledger import Ledger
from tests.engagement.strategies import invent, packed
from tests.notation import TODAY, Line, day, history, medical

# A dose every few days: never silent, and no session that would settle a pattern.
DOSED = Line("+" * 15, Channel.DOSING, every=6, last=0, hour=6)


def test_a_steady_client_has_no_plan() -> None:
    assert plan(history("++++++"), TODAY, (), DEFAULTS) == NOTHING


def test_a_first_missed_session_is_raised_once() -> None:
    ledger, record = Ledger(), history("++++-", last=1)
    made = ledger.read(record, 1)
    assert [finding.sign for finding in made.raised] == ["D02a"]
    assert made.open_levels == ((Kind.DISENGAGEMENT, Level.CHECK_IN),)
    assert made.wakes and made.does_something
    again = ledger.read(record, 0)
    assert not again.does_something and not again.wakes
    assert again.open_levels == made.open_levels


def test_another_missed_session_strengthens_what_stands() -> None:
    ledger = Ledger()
    ledger.read(history("++++--", DOSED, last=7), 7)
    made = ledger.read(history("++++---", DOSED), 0)
    assert [(number, finding.sign, finding.level) for number, finding in made.strengthened] == [
        (1, "D02b", Level.TODAY)
    ]
    # The doses taken between the two are contacts, so the sign of a week ago makes one of them a return.
    assert [finding.sign for finding in made.raised] == ["D02c", "D14"]
    assert made.wakes == {Kind.DISENGAGEMENT, Kind.GOOD_NEWS}


def test_a_higher_level_without_a_new_absence_strengthens_too() -> None:
    ledger, record = Ledger(), history("+++", last=28, spoke=[])
    ledger.read(record, 14)
    assert ("D06", "tomorrow") in ledger.open()
    made = ledger.read(record, 0)
    assert [(finding.sign, finding.level) for _, finding in made.strengthened] == [("D06", Level.TODAY)]


# -- settling ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        history("++++-", Line("+", last=0, hour=9), last=2),
        history("++++-", medical("L", last=1), last=2),
        history("++++-", last=2, spoke=[0]),
    ],
)
def test_one_attended_contact_settles_a_single_missed_session(answer: object) -> None:
    ledger = Ledger()
    ledger.read(history("++++-", last=2), 2)
    made = ledger.read(answer)  # type: ignore[arg-type]
    assert made.settled == (1,) and made.open_levels == ()
    assert not made.raised and not made.wakes


def test_an_excuse_or_a_booking_settles_nothing() -> None:
    ledger = Ledger()
    ledger.read(history("++++-", last=2), 2)
    assert not ledger.read(history("++++-", Line("o/", every=1, last=0), Line("?", last=-3), last=2)).settled


@pytest.mark.parametrize(
    ("visits", "settled"),
    [
        (Line("+", last=0), False),
        (Line("++", every=14, last=0), True),
        (Line("++", every=15, last=0), False),
        (Line("++", Channel.DOSING, every=1, last=0), False),
        (Line("++", Channel.CASE_MANAGEMENT, every=1, last=0), False),
        (Line("++", Channel.GROUP, every=1, last=0), False),
        (Line("++", every=0, last=0), False),
    ],
)
def test_two_sessions_within_a_fortnight_settle_a_run(visits: Line, settled: bool) -> None:
    missed = Line("+++---", last=30)
    ledger = Ledger()
    ledger.read(history(missed), 30)
    assert "D02b" in ledger.signs()
    made = ledger.read(history(missed, visits))
    assert ("D02b" not in ledger.signs()) == settled
    assert not made.withdrawn


def test_being_seen_on_the_very_day_it_was_raised_answers_it() -> None:
    silent = history("++++", last=14)
    ledger = Ledger()
    ledger.read(silent)
    assert ledger.signs() == {"D06", "D08"}
    ledger.touch()
    made = ledger.read(history("++++", last=14, spoke=[0]))
    assert [ledger.rows[number].sign for number in made.settled] == ["D06"]
    assert not made.withdrawn and not made.changed
    assert ledger.signs() == {"D08"}, "two sessions settle that one"


def test_an_appointment_made_since_contradicts_nothing() -> None:
    ledger = Ledger()
    ledger.read(history("++++", last=14))
    ledger.touch()
    made = ledger.read(history("++++", Line("?", last=-3), last=14))
    assert ledger.signs() == {"D06", "D08"}
    assert not made.does_something


def test_a_session_attended_on_the_day_of_the_missed_one_settles_it() -> None:
    ledger = Ledger()
    ledger.read(history("++++-"))
    made = ledger.read(history("++++-", medical("+", hour=15)))
    assert made.settled == (1,) and not made.withdrawn


# -- withdrawing ---------------------------------------------------------------------------------------------------


def test_a_corrected_record_withdraws_what_nobody_has_touched() -> None:
    ledger = Ledger()
    ledger.read(history("++++-", last=2), 2)
    made = ledger.read(history("+++++", last=2))
    assert made.withdrawn == (1,) and made.settled == () and made.open_levels == ()
    assert made.does_something and not made.wakes


def test_late_attendance_withdraws_a_silence() -> None:
    ledger = Ledger()
    ledger.read(history("++++", last=14), 0)
    made = ledger.read(history("++++", Line("+", last=5), last=14), 0)
    assert {ledger.rows[number].sign for number in made.withdrawn} == {"D06", "D08"}


def test_what_somebody_works_on_is_marked_and_left_to_a_person() -> None:
    ledger = Ledger()
    ledger.read(history("++++-", last=2), 2)
    ledger.touch()
    corrected = history("+++++", last=2)
    made = ledger.read(corrected)
    assert made.changed == (1,) and made.withdrawn == () and made.levels == [Level.CHECK_IN]
    assert not ledger.read(corrected).does_something, "marked once"


def test_a_correction_taken_back_takes_the_mark_away() -> None:
    ledger = Ledger()
    ledger.read(history("++++-", last=2), 2)
    ledger.touch()
    ledger.read(history("+++++", last=2))
    assert ledger.rows[1].changed
    made = ledger.read(history("++++-", last=2))
    assert [number for number, _ in made.revised] == [1]
    assert not ledger.rows[1].changed and not ledger.read(history("++++-", last=2)).does_something


def test_less_evidence_that_still_holds_is_revised() -> None:
    ledger = Ledger()
    ledger.read(history("++----", DOSED, last=1), 1)
    made = ledger.read(history("+++---", DOSED, last=1))
    levels = {finding.sign: finding.level for _, finding in made.revised}
    assert levels == {"D02b": Level.TODAY, "D02c": Level.TWO_DAYS}
    assert not made.withdrawn and Kind.DISENGAGEMENT not in made.wakes


def test_what_holds_today_on_other_evidence_is_not_withdrawn() -> None:
    ledger = Ledger()
    ledger.read(history("+++--", DOSED, last=7), 7)
    assert ledger.signs() == {"D02b"}
    ledger.touch()
    made = ledger.read(history("++++--", DOSED))
    assert ledger.signs() == {"D02b", "D14"} and made.changed == () and made.withdrawn == ()
    assert ledger.rows[1].evidence == {1005, 1006}


def test_a_pause_entered_later_withdraws_what_was_raised_in_it() -> None:
    ledger = Ledger()
    ledger.read(history("+++--", DOSED, last=7), 7)
    made = ledger.read(history("+++--", DOSED, last=7, pauses=[(20, 3)]))
    assert made.withdrawn == (1,)


def test_a_pause_that_begins_later_leaves_it_open() -> None:
    ledger = Ledger()
    ledger.read(history("+++--", DOSED, last=7), 7)
    made = ledger.read(history("+++--", DOSED, last=7, pauses=[(3, None)]))
    assert not made.does_something and made.levels == [Level.TOMORROW]


def test_a_discharge_ends_everything() -> None:
    ledger = Ledger()
    ledger.read(history("+++--", DOSED, last=7), 7)
    made = ledger.read(history("+++--", DOSED, last=7, discharged=0))
    assert made.ended == (1,) and made.open_levels == () and not made.raised
    assert plan(history("+++--", discharged=0), TODAY, (), DEFAULTS) == NOTHING


# -- again ---------------------------------------------------------------------------------------------------------


def test_what_a_person_has_closed_is_not_raised_again() -> None:
    ledger, record = Ledger(), history("+++--", last=7)
    ledger.read(record, 7)
    ledger.close(6)
    ledger.read_daily(record, 6)
    assert not [row for row in ledger.rows.values() if row.sign == "D02b" and row.handled_to is None]


def test_a_newer_absence_raises_it_again_with_a_fingerprint_of_its_own() -> None:
    ledger = Ledger()
    ledger.read(history("+++--", last=7), 7)
    ledger.close(6)
    made = ledger.read(history("+++---"))
    again = {finding.sign: finding for finding in made.raised}
    assert again["D02b"].anchor == "1004+1006"
    ledger.close()
    later = history("+++----", last=-7)
    made = ledger.read(later, -7)
    assert "1004+1007" in {finding.anchor for finding in made.raised}
    assert not ledger.read(later, -8).raised


def test_an_absence_older_than_the_closing_is_not_newer() -> None:
    ledger = Ledger()
    ledger.read(history("+++--?", DOSED, last=3), 4)
    ledger.close(1)
    made = ledger.read(history("+++---", DOSED, last=3))
    assert "D02b" not in {finding.sign for finding in made.raised}, "missed three days ago, closed yesterday"


def test_a_silence_closed_by_a_person_rests_until_something_is_missed() -> None:
    """Here after its last step: before that it comes back with the next one."""
    ledger, silent = Ledger(), history("++++", last=40)
    ledger.read(silent, 10)
    ledger.close(9)
    ledger.read_daily(silent, 9)
    assert ledger.open() == set()
    ledger.read(history("++++", medical("-", last=0), last=40))
    assert {"D06", "D08"} <= ledger.signs()


def test_after_a_return_the_next_absence_is_a_finding_of_its_own() -> None:
    ledger = Ledger()
    ledger.read(history("+++-", last=14), 14)
    ledger.read(history("+++-+", last=7), 7)
    assert ledger.open() == set()
    made = ledger.read(history("+++-+-"))
    assert [finding.anchor for finding in made.raised if finding.sign == "D02a"] == ["1006"]


def test_what_was_withdrawn_and_is_so_after_all_is_raised_anew() -> None:
    ledger, missed, came = Ledger(), history("++++-", last=2), history("+++++", last=2)
    for _ in range(3):
        ledger.read(missed, 1)
        assert ledger.signs() == {"D02a"}
        ledger.read(came, 1)
        assert ledger.open() == set()
    silent, seen = history("++++", last=14), history("++++", Line("+", last=5), last=14)
    for _ in range(3):
        assert not ledger.read(silent).settled
        assert ledger.signs() == {"D06", "D08"}
        assert not ledger.read(silent).does_something
        ledger.read(seen)
        assert ledger.open() == set()


def test_a_run_never_reads_as_two_findings() -> None:
    ledger = Ledger()
    for ago in (21, 14, 7, 0):
        ledger.read(history("+++" + "-" * (4 - ago // 7), last=ago), ago)
    assert [row.sign for row in ledger.rows.values()].count("D02b") == 1


# -- the way there does not matter ---------------------------------------------------------------------------------

# A check-in (D01 or D02a already answered) and what two sessions have settled meanwhile are seen only by who looks in
# between; everything that lasts must be the same.
HISTORIES = [
    history("+++---"),
    history("++++----", medical("-", last=10)),
    history("++++++", last=20),
    history("+++--", Line("-", purpose=Purpose.FOLLOW_UP, last=4)),
    history("+-+-+-"),
    history("+++---", pauses=[(30, 12)]),
]


@pytest.mark.parametrize("record", HISTORIES)
def test_daily_readings_and_catching_up_after_three_days_leave_the_same_open(record: object) -> None:
    daily, late = Ledger(), Ledger()
    daily.read_daily(record, 30)  # type: ignore[arg-type]
    for ago in range(30, -1, -3):
        late.read(record, ago)  # type: ignore[arg-type]
    assert daily.open() == late.open()
    assert daily.open(), "else nothing is compared"


@pytest.mark.parametrize("seed", range(60))
def test_whatever_the_record_a_ledger_stays_whole(seed: int) -> None:
    record = packed(invent(random.Random(seed)))
    ledger = Ledger()
    for ago in range(40, -1, -1):
        ledger.read(record, ago)
        again = ledger.read(record, ago)
        assert not again.does_something, "the second reading of a day finds nothing to do"
        if ago % 7 == 0:
            ledger.touch()
        if ago % 11 == 0:
            ledger.close(ago)


@pytest.mark.parametrize("seed", range(40))
def test_a_record_that_changes_under_it_keeps_a_ledger_whole(seed: int) -> None:
    rng = random.Random(seed)
    marks = ["".join(rng.choice("+++--o?/w") for _ in range(12)) for _ in range(2)]
    ledger = Ledger()
    for ago in range(40, -1, -1):
        if rng.random() < 0.3:
            line = rng.randrange(2)
            place = rng.randrange(12)
            marks[line] = marks[line][:place] + rng.choice("+-o?") + marks[line][place + 1 :]
        record = history(Line(marks[0]), medical(marks[1], every=5), spoke=[20] if ago < 18 else [])
        ledger.read(record, ago)
        assert not ledger.read(record, ago).does_something
        if rng.random() < 0.1:
            ledger.touch()
        if rng.random() < 0.1:
            ledger.close(ago)


@pytest.mark.parametrize("seed", range(40))
def test_skipping_what_has_not_changed_comes_to_the_same_as_judging_it(seed: int) -> None:
    """Two ledgers over one changing record: one keeps checksums and skips, the other judges every finding anew."""
    rng = random.Random(1000 + seed)
    marks = ["".join(rng.choice("+++--o?/w") for _ in range(12)) for _ in range(2)]
    skipping, judging = Ledger(), Ledger(keeps_facts=False)
    for ago in range(40, -1, -1):
        if rng.random() < 0.3:
            line, place = rng.randrange(2), rng.randrange(12)
            marks[line] = marks[line][:place] + rng.choice("+-o?") + marks[line][place + 1 :]
        record = history(Line(marks[0]), medical(marks[1], every=5), spoke=[20] if ago < 18 else [])
        skipping.read(record, ago)
        judging.read(record, ago)
        assert skipping.open() == judging.open()
        assert skipping.rows.keys() == judging.rows.keys()


def test_any_change_up_to_the_day_changes_the_checksum_and_none_after_it() -> None:
    def total(record: Record) -> int:
        return facts_of(record, day(7), DEFAULTS)

    as_it_was = total(history("+++---"))
    assert total(history("++---", last=7)) != as_it_was
    assert total(history("++++--")) != as_it_was
    assert total(history("+++--+")) == as_it_was, "the newest session lies after the day"
    assert total(history("+++---", pauses=[(30, 28)])) != as_it_was
    assert total(history("+++---", spoke=[9])) != as_it_was
    assert facts_of(history("+++---"), day(7), Thresholds(recent_days=20)) != as_it_was


def test_a_silence_that_goes_on_after_a_talk_stays_one_finding() -> None:
    """A two-way contact moves the anchor of D08; the finding that is open takes the silence up."""
    ledger = Ledger()
    ledger.read_daily(history("++++----------", spoke=[40]), 55)
    assert sum(row.sign == "D08" and row.handled_to is None for row in ledger.rows.values()) == 1

"""S01: often excused. S02: cancelled by us twice in a row."""

from __future__ import annotations

import pytest

from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.phrases import cancelled_by_us
from clinic.engagement.signs.sign import Kind, Level, Settles, To, Unit
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Cancellation, Channel, Record
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import Line, day, dosing, group, history, medical, meetings, moment

# -- S01 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "level"),
    [
        ("oooo", "two_days"),
        ("ooo+", "two_days"),
        ("oo++", None),
        ("ooo", None),
        ("ooo++", "two_days"),
        ("ooo+++", None),
        ("oooo+++", "two_days"),
        # All that stayed in the diary for the client was planned.
        ("ooo-", "two_days"),
        ("ooo---", None),
        ("ooonnn", None),
        ("ooo???", None),
        ("ooohhh", None),
        ("oooLEw", None),
        # What the clinic called off, or what was moved, was not.
        ("ooo///", None),
        ("ooorrr", None),
        ("ooo+//rr", "two_days"),
        ("++++", None),
        ("----", None),
    ],
)
def test_more_than_half_of_at_least_four(marks: str, level: str | None) -> None:
    assert says(history(marks, every=2, last=2), "S01") == level


@pytest.mark.parametrize(("oldest", "level"), [(27, "two_days"), (28, "two_days"), (29, None)])
def test_how_far_back_it_looks(oldest: int, level: str | None) -> None:
    assert says(history(Line("o", last=oldest), Line("ooo", every=2, last=2)), "S01") == level


@pytest.mark.parametrize(("last", "level"), [(28, "two_days"), (29, None)])
def test_all_of_one_day_long_ago(last: int, level: str | None) -> None:
    assert says(history(*(group("o", last=last, hour=hour) for hour in (9, 11, 13, 15))), "S01") == level


def test_attended_before_the_window_does_not_count() -> None:
    assert says(history(Line("++++++++", last=30), Line("oooo", every=2, last=2)), "S01") == "two_days"


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        ([group("oo", last=2), medical("oo", last=3)], "two_days"),
        ([group("oo", last=2), medical("o", last=3), Line("o", Channel.CASE_MANAGEMENT, last=1)], "two_days"),
        ([dosing("oooooo", last=1)], None),
        ([meetings("oooooo", every=2, last=1)], None),
        ([Line("oooo", every=2, last=2), dosing("++++++++++")], "two_days"),
        ([Line("oooo", every=2, last=2), meetings("++++++", every=2)], "two_days"),
        ([Line("oooo", every=2, last=2), group("++++", every=2)], None),
    ],
)
def test_sessions_of_every_service_but_doses_and_meetings(lines: list[Line], level: str | None) -> None:
    assert says(history(*lines), "S01") == level


def test_todays_session_is_not_planned_and_gone_until_it_is_recorded() -> None:
    assert says(history("ooo?", every=2, last=0), "S01") is None
    assert says(history("ooo?", every=2, last=1), "S01") == "two_days"
    assert says(history("ooo?", "o", every=2, last=0), "S01") == "two_days"


@pytest.mark.parametrize(("pauses", "closed"), [([(2, 2)], []), ([], [2]), ([(8, 8)], []), ([], [8])])
def test_a_paused_or_closed_day_asks_for_no_excuse(pauses: list[tuple[int, int]], closed: list[int]) -> None:
    record = history("oooo", every=2, last=2, pauses=pauses, closed=closed)
    assert says(record, "S01") is None
    assert says(record._replace(pauses=(), closures=frozenset()), "S01") == "two_days"


def test_a_pause_at_another_time_hides_no_excuse() -> None:
    assert says(history("oooo", every=2, last=2, pauses=[(60, 58)]), "S01") == "two_days"


def test_not_read_in_a_pause_or_after_discharge() -> None:
    assert says(history("oooo", every=2, last=2, pauses=[(1, None)]), "S01") is None
    assert says(history("oooo", every=2, last=2, discharged=0), "S01") is None


def test_excused_afterwards_it_is_read_anew() -> None:
    assert says(history("oo--", every=2, last=2), "S01") is None
    assert says(history("ooo-", every=2, last=2), "S01") == "two_days"


def test_a_new_client_needs_no_baseline() -> None:
    assert says(history("oooo", every=2, last=1, admitted=8), "S01") == "two_days"


@pytest.mark.parametrize(
    ("marks", "own"),
    [
        ("ooo+", {"excused_percent": 75}),
        ("oooo", {"excused_least": 5}),
        ("oooo", {"excused_days": 7}),
    ],
)
def test_its_thresholds_are_the_clinics_own(marks: str, own: dict[str, int]) -> None:
    record = history(marks, every=2, last=2)
    assert says(record, "S01") == "two_days"
    assert says(record, "S01", thresholds=Thresholds(**own)) is None


def test_what_it_says_of_excuses() -> None:
    record = history("ooo?", every=2, last=2)
    (found,) = findings(record, "S01")
    assert str(found.title) == "Often excused: ask what gets in the way"
    assert why(record, "S01") == (
        "3 of 4 planned sessions excused in the last 28 days (22, 24, 26 Feb). Nothing is booked. "
        "1 session is not recorded yet and counts for nothing."
    )
    assert [event.id for event in found.evidence] == [1001, 1002, 1003]
    assert (found.anchor, found.unrecorded) == ("1001", 1)
    assert found.steps == ("FS-BARRIER", "FS-RESUME")


def test_a_person_closes_it_and_the_next_excuse_raises_it_again() -> None:
    ledger = Ledger()
    ledger.read(history("oooo", every=2, last=4), 4)
    ledger.read(history("oooo", group("+++", every=1, last=1), every=2, last=4), 1)
    assert "S01" in ledger.signs()
    ledger.close(1)
    ledger.read(history("oooo", every=2, last=4), 0)
    assert "S01" not in ledger.signs()
    ledger.read(history("oooo", group("o", last=0, hour=20), every=2, last=4), 0)
    assert "S01" in ledger.signs()


def test_what_it_is() -> None:
    sign = BY_CODE["S01"]
    assert (sign.kind, sign.settles, sign.absence) == (Kind.DISENGAGEMENT, Settles.PERSON, False)
    assert sign.escalation == (((Level.TWO_DAYS,), To.DIGEST, Unit.BUSINESS_DAYS_LATE, 2),)


# -- S02 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "level"),
    [
        ("+/", None),
        ("+//", "upkeep"),
        ("+///", "upkeep"),
        ("//", "upkeep"),
        # Attended or missed between or after ends the row.
        ("+/+/", None),
        ("+/-/", None),
        ("+/w/", None),
        ("+//+", None),
        ("+//-", None),
        # What is transparent does not.
        ("+/o/", "upkeep"),
        ("+/n/", "upkeep"),
        ("+/r/", "upkeep"),
        ("+/?/", "upkeep"),
        ("+/v/", "upkeep"),
        ("+//o", "upkeep"),
        ("+oo", None),
        ("+nn", None),
    ],
)
def test_two_in_a_row(marks: str, level: str | None) -> None:
    assert says(history(marks, last=2), "S02") == level


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        ([Line("/", last=9), group("/", last=2)], None),
        ([group("//", last=2), Line("+", last=1)], "upkeep"),
        ([group("/", last=9), group("/", 2, last=2)], "upkeep"),
        ([medical("//", last=2), Line("-", last=5)], "upkeep"),
        ([dosing("//", last=2)], None),
        ([meetings("//", last=2)], None),
    ],
)
def test_of_one_service(lines: list[Line], level: str | None) -> None:
    assert says(history(Line("+", last=60), *lines), "S02") == level


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (Line("?", last=-1), None),
        (Line("?", last=0), None),
        (Line("?", last=-90), None),
        (Line("n", last=-3), "upkeep"),
        (Line("/", last=-3), "upkeep"),
        (group("?", last=-1), "upkeep"),
        (Line("+", last=1), None),
        (Line("h", last=1), "upkeep"),
    ],
)
def test_what_mends_it(line: Line, level: str | None) -> None:
    record = history("+//", line, last=2)
    known = {
        index: Cancellation(moment(1))
        for index, number in enumerate(record.ids)
        if number == 2001 and record.marks[index] in b"CK"
    }
    assert says(record._replace(cancellations=known), "S02") == level


@pytest.mark.parametrize(("last", "level"), [(60, "upkeep"), (61, None)])
def test_how_long_it_is_raised(last: int, level: str | None) -> None:
    assert says(history(Line("//", last=last)), "S02") == level


@pytest.mark.parametrize(("pauses", "closed"), [([(2, 2)], []), ([], [2]), ([], [9])])
def test_a_closed_or_paused_day_is_no_cancellation_of_ours(
    pauses: list[tuple[int, int]], closed: list[int]
) -> None:
    assert says(history("+//", last=2, pauses=pauses, closed=closed), "S02") is None


def ahead(at: int) -> Record:
    """Two sessions to come, both cancelled by the clinic `at` days ago."""
    record = history("+", Line("//", last=-9), last=9)
    return record._replace(cancellations={1: Cancellation(moment(at)), 2: Cancellation(moment(at))})


def test_what_we_cancelled_ahead_counts_from_the_day_we_did() -> None:
    assert says(ahead(1), "S02", 2) is None
    assert says(ahead(1), "S02", 1) == "upkeep"
    (found,) = findings(ahead(1), "S02")
    assert [(point.day, point.at) for point in found.points] == [
        (day(-2), moment(1)),
        (day(-9), moment(1)),
    ]


def test_seen_after_we_cancelled_ahead_mends_it() -> None:
    record = ahead(3)
    seen = history("+", Line("//", last=-9), Line("+", last=2), last=9)
    assert says(record, "S02") == "upkeep"
    cancelled = {2: Cancellation(moment(3)), 3: Cancellation(moment(3))}
    assert says(seen._replace(cancellations=cancelled), "S02") is None


def test_not_read_in_a_pause_nor_after_discharge() -> None:
    assert says(history("+//", last=2, pauses=[(1, None)]), "S02") is None
    assert says(history("+//", last=2, discharged=0), "S02") is None


def test_the_number_is_the_clinics_own() -> None:
    record = history("+//", last=2)
    assert says(record, "S02", thresholds=Thresholds(clinic_cancelled=3)) is None
    assert says(history("+/", last=2), "S02", thresholds=Thresholds(clinic_cancelled=1)) == "upkeep"


def test_what_it_says_of_us() -> None:
    record = history("+//", last=2)
    (found,) = findings(record, "S02")
    assert str(found.title) == "Re-book: cancelled by us twice"
    assert why(record, "S02") == (
        "2 counselling sessions in a row were cancelled by the clinic (21, 28 Feb). "
        "Nothing is booked in this service. To be re-booked within 3 open days."
    )
    assert [str(point.words) for point in found.points] == [
        "Cancelled by the clinic: counselling on Sat 21 Feb",
        "Cancelled by the clinic: counselling on Sat 28 Feb",
    ]
    assert (found.anchor, found.steps) == ("1002", ("FS-RESUME",))


def test_it_settles_by_itself_and_a_third_one_raises_what_a_person_closed() -> None:
    ledger = Ledger()
    ledger.read(history("+//", last=9), 8)
    ledger.read(history("+//", Line("?", last=2), last=9), 7)
    assert ledger.signs() == set()
    other = Ledger()
    other.read(history("+//", last=9), 8)
    other.close(8)
    other.read(history("+//", last=9), 7)
    assert "S02" not in other.signs()
    other.read(history("+//", Line("/", last=2), last=9), 2)
    assert "S02" in other.signs()


def test_it_is_upkeep_and_no_absence() -> None:
    sign = BY_CODE["S02"]
    assert (sign.kind, sign.settles, sign.absence) == (Kind.UPKEEP, Settles.MENDED, False)


@pytest.mark.parametrize(
    ("marks", "since", "said"),
    [
        ("+/", 9, ["1 session since Sat 21 Feb was cancelled by the clinic."]),
        ("+//", 10, ["2 sessions since Fri 20 Feb were cancelled by the clinic."]),
        ("+//", 9, ["1 session since Sat 21 Feb was cancelled by the clinic."]),
        ("+oo", 10, []),
        ("+//", 2, []),
    ],
)
def test_what_other_signs_say_of_it(marks: str, since: int, said: list[str]) -> None:
    timeline = history(marks, dosing("/", last=1), last=2).as_of(day(0))
    assert [str(sentence) for sentence in cancelled_by_us(timeline, day(since))] == said

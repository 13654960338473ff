"""D06: no contact and nothing booked."""

from __future__ import annotations

import pytest

from clinic.engagement.signs.sign import DEFAULTS
from clinic.engagement.signs.silence import planned, silence_allowed
from clinic.engagement.timeline import Channel, Record
from tests.engagement.reading import findings, says, why
from tests.notation import TODAY, Line, dosing, history, medical, moment


def seen(ago: int, *more: str | Line, every: int = 7, **kept: object) -> Record:
    """Ten visits kept, the last so many days ago."""
    return history(Line("+" * 10, every=every, last=ago), *more, **kept)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ago", "level"),
    [(13, None), (14, "tomorrow"), (27, "tomorrow"), (28, "today"), (29, "today")],
)
def test_in_a_weekly_plan(ago: int, level: str | None) -> None:
    assert says(seen(ago), "D06") == level


def allowed_days(record: Record) -> int:
    timeline = record.as_of(TODAY)
    return silence_allowed(timeline, planned(timeline), DEFAULTS)


@pytest.mark.parametrize(("ago", "level"), [(6, None), (7, "tomorrow"), (13, "tomorrow"), (14, "today")])
def test_in_an_intensive_plan(ago: int, level: str | None) -> None:
    assert says(history(Line("+" * 40, every=2, last=ago)), "D06") == level


@pytest.mark.parametrize(("ago", "level"), [(6, None), (7, "tomorrow"), (13, "tomorrow"), (14, "today")])
def test_in_the_first_thirty_days(ago: int, level: str | None) -> None:
    assert says(history(Line("++", last=ago), admitted=29), "D06") == level


@pytest.mark.parametrize(("ago", "level"), [(29, None), (30, "tomorrow")])
def test_never_seen_since_admission(ago: int, level: str | None) -> None:
    record = history(admitted=ago)
    assert says(history(admitted=6), "D06") is None
    assert says(history(admitted=7), "D06") == "tomorrow"
    assert says(record, "D06") == "today"
    assert "No attended contact since admission on" in why(record, "D06")


@pytest.mark.parametrize(
    ("every", "allowed"), [(2, 7), (3, 14), (7, 14), (14, 14), (27, 14), (28, 42), (30, 42), (60, 45)]
)
def test_how_long_silence_may_last_follows_the_plan(every: int, allowed: int) -> None:
    record = history(Line("+" * 30, every=every, last=0), admitted=2000)
    # Intervals between 19 and 28 days are read as three visits in eight weeks.
    assert allowed_days(record) == allowed


def test_one_visit_on_the_day_of_admission_is_no_intensive_plan() -> None:
    record = history(Line("+", last=40), admitted=40)
    assert planned(record.as_of(TODAY)).a_week < 1
    assert allowed_days(record) == 42


@pytest.mark.parametrize(("ahead", "level"), [(7, None), (8, "tomorrow")])
def test_something_booked_within_a_week_breaks_it(ahead: int, level: str | None) -> None:
    assert says(seen(14, Line("?", last=-ahead)), "D06") == level


@pytest.mark.parametrize(("ago", "level"), [(20, None), (21, "two_days"), (40, "two_days")])
def test_booked_but_not_seen_for_half_as_long_again(ago: int, level: str | None) -> None:
    assert says(seen(ago, Line("?", last=-3)), "D06") == level


@pytest.mark.parametrize("mark", ["x", "/", "r", "n"])
def test_what_is_called_off_is_not_booked(mark: str) -> None:
    # Three days' notice of a visit in two days: known since yesterday.
    assert says(seen(14, Line(mark, last=-2)), "D06") == "tomorrow"


def test_what_is_called_off_later_is_still_booked_today() -> None:
    record = seen(14, Line("n", last=-5))
    assert says(record, "D06") is None
    assert says(record, "D06", ago=-2) == "tomorrow"


def test_an_outcome_still_to_come_is_a_booking() -> None:
    record = seen(14, Line("-", last=-2))
    assert says(record, "D06") is None
    assert says(record, "D06", ago=-2) == "tomorrow"


@pytest.mark.parametrize(
    "line",
    [medical("+", last=3), dosing("+", last=3), Line("+", Channel.MUTUAL_AID, last=3), Line("L", last=3)],
)
def test_a_visit_of_any_channel_ends_the_silence(line: Line) -> None:
    assert says(seen(20, line), "D06") is None


def test_a_two_way_exchange_ends_the_silence() -> None:
    assert says(seen(20, spoke=[13]), "D06") is None
    assert says(seen(20, spoke=[14]), "D06") == "tomorrow"
    assert says(seen(20, spoke=[-1]), "D06") == "tomorrow", "tomorrow's call is not known today"


def test_days_inside_a_pause_are_not_counted_and_closed_ones_are() -> None:
    assert says(seen(20, pauses=[(7, 1)]), "D06") is None
    assert says(seen(20, pauses=[(6, 1)]), "D06") == "tomorrow"
    assert says(seen(20, pauses=[(6, 0)]), "D06") is None, "still paused"
    assert says(seen(14, closed=[3, 4, 5]), "D06") == "tomorrow"


@pytest.mark.parametrize(
    ("marks", "level"), [("-----?", "tomorrow"), ("----?", "tomorrow"), ("---?", "two_days")]
)
def test_above_a_fifth_unrecorded_it_is_one_level_lower(marks: str, level: str) -> None:
    record = seen(15, Line(marks, every=1, last=2))
    assert says(record, "D06") == level


def test_excused_and_cancelled_by_the_clinic_do_not_end_the_silence() -> None:
    assert says(seen(14, "o/", last=1), "D06") == "tomorrow"


def test_a_rescheduled_appointment_is_planned_once_and_mutual_aid_never() -> None:
    every_two_days = Line("+" * 30, every=2, last=0)
    assert allowed_days(history(every_two_days, admitted=2000)) == 7
    moved = Line("+r" * 15, every=2, last=0)
    assert allowed_days(history(moved, admitted=2000)) == 14
    own = Line("+" * 30, Channel.MUTUAL_AID, every=2, last=0)
    assert allowed_days(history(own, admitted=2000)) == 14
    assert planned(history(Line("++r++"), admitted=400).as_of(TODAY)).interval == 14


def test_what_is_called_off_tomorrow_is_not_known_tonight() -> None:
    # Cancelled three days before a visit in four days: tomorrow morning.
    record = seen(14, Line("n", last=-4))
    assert says(record, "D06") is None
    assert says(record, "D06", ago=-1) == "tomorrow"


def test_somebody_seen_once_was_last_seen_then() -> None:
    (found,) = findings(history("+", last=50), "D06")
    assert found.counts_from == moment(50)
    assert "Last seen Sun 11 Jan (counselling)." in why(history("+", last=50), "D06")


def test_its_anchor_is_the_last_contact() -> None:
    assert findings(seen(20), "D06")[0].anchor == "seen:1010"
    assert findings(seen(20, spoke=[15]), "D06")[0].anchor.startswith("spoke:")
    assert findings(history(admitted=9), "D06")[0].anchor == "admission"


def test_it_says_when_last_seen_what_is_booked_and_the_usual_interval() -> None:
    (found,) = findings(seen(16), "D06")
    assert str(found.title) == "No contact for 16 days and nothing booked"
    assert (
        why(seen(16), "D06")
        == "Last seen Sat 14 Feb (counselling). Nothing is booked. Usual interval 7 days."
    )
    far = seen(16, Line("?", last=-9))
    assert str(findings(far, "D06")[0].title) == "No contact for 16 days and nothing booked soon"
    assert "Nothing is booked before Wed 11 Mar." in why(far, "D06")
    soon = seen(21, Line("?", last=-2))
    assert str(findings(soon, "D06")[0].title) == "Booked, not seen for 21 days"

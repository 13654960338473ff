"""D09: missed medication, whether observed, taken home or injected."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.engagement.signs.doses import D09, Dose, calendar
from clinic.engagement.signs.sign import Level, Of, Settles, To, Unit
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.timeline import Channel, Record
from tests.engagement.ledger import Ledger
from tests.engagement.reading import findings, says, why
from tests.notation import TODAY, Line, day, dosing, history, injection, moment, order, supply

LONG = "+" * 30
ASSESS = "Prescriber or nurse assessment before the next dose: tolerance may have fallen."


def doses(marks: str, *, last: int = 0, facts: tuple[Any, ...] = (), **kept: Any) -> Record:
    """A month of doses taken, and then these."""
    return history(dosing(LONG + marks, last=last), facts=facts, **kept)


def level(record: Record, ago: int = 0, **tuned: int) -> str | None:
    return says(record, "D09", ago, Thresholds.of(tuned))


def standing(ledger: Ledger) -> list[str]:
    """The levels of what stands open of this sign."""
    return [str(row.level) for row in ledger.rows.values() if row.sign == "D09" and row.handled_to is None]


def ids(record: Record) -> list[int]:
    (found,) = findings(record, "D09")
    return [event.id - 1000 for event in found.evidence]


# -- observed, in a row --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("", None),
        ("-", "check_in"),
        ("--", "tomorrow"),
        ("---", "today"),
        ("----", "today"),
        ("-----", "today"),
        ("-+", None),
        ("---+", "tomorrow"),
        ("---+-", "tomorrow"),
        ("+-+--", "tomorrow"),
        ("L-", "check_in"),
        ("-L", None),
        ("-E", None),
        ("w-", "tomorrow"),
        ("ww-", "today"),
        ("v-", "check_in"),
        ("n-", "check_in"),
        ("x-", "check_in"),
    ],
)
def test_doses_missed_in_a_row(marks: str, expected: str | None) -> None:
    assert level(doses(marks)) == expected


@pytest.mark.parametrize("mark", ["o", "/", "r", "n", "?", ".", "h"])
@pytest.mark.parametrize(
    ("marks", "expected"), [("-{}", "check_in"), ("-{}-", "tomorrow"), ("-{0}{0}-{0}-{0}", "today")]
)
def test_what_is_excused_or_called_off_neither_ends_a_row_nor_adds_to_it(
    mark: str, marks: str, expected: str
) -> None:
    assert level(doses(marks.format(mark))) == expected


def test_a_closed_day_and_a_pause_neither_end_a_row_nor_add_to_it() -> None:
    assert level(doses("---")) == "today"
    assert level(doses("---", closed=[1])) == "tomorrow"
    assert level(doses("---", closed=[1, 2])) == "check_in"
    assert level(doses("----", pauses=[(2, 1)])) == "tomorrow"
    assert level(doses("-----", pauses=[(4, 1)])) == "check_in"
    assert level(doses("---", pauses=[(2, 0)])) is None, "still paused"
    assert level(doses("-" + "-" * 10 + "--", pauses=[(11, 2)])) == "today"


def test_several_windows_on_one_day_count_once_and_one_taken_is_enough() -> None:
    evening = Line("-", Channel.DOSING, hour=18)
    assert level(history(dosing(LONG + "-"), evening)) == "check_in"
    assert [e.id for e in findings(history(dosing(LONG + "-"), evening), "D09")[0].evidence] == [1031, 2001]
    assert level(history(dosing(LONG + "+"), evening)) is None
    assert level(history(dosing(LONG + "-"), Line("+", Channel.DOSING, hour=18))) is None


def test_only_dosing_counts() -> None:
    assert level(history(Line(LONG + "---", every=1))) is None
    assert level(history(dosing(LONG), Line("+++---", every=1))) is None
    assert level(history(dosing(LONG + "--"), Line("++", every=1))) == "tomorrow"


@pytest.mark.parametrize(("ago", "expected"), [(20, "today"), (21, "today"), (22, None)])
def test_a_row_is_read_as_long_as_its_newest_dose_is_recent(ago: int, expected: str | None) -> None:
    assert level(doses("---", last=ago)) == expected


def test_a_row_goes_back_as_far_as_it_goes() -> None:
    assert len(ids(doses("-" * 40))) == 40
    assert level(history(dosing("-" * 40), admitted=60)) == "today"
    assert "No dose taken is on record." in why(history(dosing("-" * 40), admitted=60), "D09")


@pytest.mark.parametrize(("count", "expected"), [(12, "tomorrow"), (13, "tomorrow"), (14, "check_in")])
def test_in_the_first_fortnight_one_missed_is_for_tomorrow(count: int, expected: str) -> None:
    # The missed one is dose 13, 14 and 15 of the stay.
    assert level(history(dosing("+" * count + "-"))) == expected


@pytest.mark.parametrize(("since", "expected"), [(12, "tomorrow"), (13, "tomorrow"), (14, "check_in")])
def test_with_orders_the_first_fortnight_is_that_of_the_order(since: int, expected: str) -> None:
    assert level(doses("-", facts=(order(since=since),))) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([order(since=60, last=9)], "check_in"),
        ([order(since=60, last=10)], "check_in"),  # one day between
        ([order(since=60, last=11)], "tomorrow"),  # two: a new start
        ([order(since=60)], "check_in"),
        ([order(since=13, last=9)], "tomorrow"),  # the fortnight is that of the first
        ([order(since=14, last=9)], "check_in"),
        ([order(since=60, last=30), order(since=29, last=10, number=3)], "check_in"),
        ([order(since=60, last=30), order(since=12, last=10, number=3)], "tomorrow"),
        ([order("take_home", since=60, last=9)], "check_in"),  # given in another way before
        ([order(medicine="buprenorphine", since=60, last=9)], "tomorrow"),  # another treatment
    ],
)
def test_a_changed_order_starts_no_first_fortnight_anew(before: list[Any], expected: str) -> None:
    facts = (*before, order(since=8, number=2), supply(until=70, picked_up=72))
    assert level(doses("-", facts=facts)) == expected


def test_the_missed_dose_lies_in_the_first_days_not_today() -> None:
    assert level(history(dosing("+" * 12 + "-", last=3))) == "tomorrow"


# -- observed, not in a row ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("-++-++", None),
        ("-+-+-++", "tomorrow"),  # the first 7 days ago, the week includes today
        ("-+-+-+++", None),
        ("-+--+++", "tomorrow"),
        ("-++++-+-+-++++", "tomorrow"),  # four in exactly 14 days
        ("-++++-+-+-+++++", None),
        ("-+++++-+++++-+-", "check_in"),
        ("-++-++-+++++-+-", "tomorrow"),
        ("-+-+--", "tomorrow"),
        ("-+-+---", "today"),
    ],
)
def test_doses_missed_not_in_a_row(marks: str, expected: str | None) -> None:
    assert level(doses(marks)) == expected


def test_its_evidence_is_the_row_and_those_scattered() -> None:
    assert ids(doses("-+-+-++")) == [31, 33, 35]
    assert ids(doses("-++++-+-+-++++")) == [31, 36, 38, 40]
    assert ids(doses("-+-+---")) == [35, 36, 37], "the row alone"
    assert ids(doses("-+-+--")) == [31, 33, 35, 36]
    # Two in a row before a fortnight without windows, and four since? No: a dose taken ends the row.
    assert ids(doses("-+--")) == [31, 33, 34]


# -- orders --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((order(),), "today"),
        ((order("take_home"), supply(until=-9, picked_up=60)), None),
        ((order("injection", "naltrexone"),), None),
        ((order(last=3),), None),
        ((order(last=2),), "check_in"),
        ((order(last=1),), "tomorrow"),
        ((order(since=1),), "tomorrow"),
        ((order(since=2),), "today"),
        ((order(since=0),), "tomorrow"),  # one missed, on the first day
        ((order(since=-1, known=5),), None),
        ((order(suspended=[(2, 0)]),), None),
        ((order(suspended=[(2, None)]),), None),
        ((order(suspended=[(9, 2)]),), "tomorrow"),
        ((order(suspended=[(1, 1)]),), "tomorrow"),
        ((order(suspended=[(9, 3)]),), "today"),
        ((order(last=2), order("take_home", since=0, number=2)), "check_in"),
        ((order(), supply(until=0, picked_up=3)), None),
        ((order(), supply(until=1, picked_up=2)), "tomorrow"),  # the day of the pick-up counts
        ((order(), supply(until=3, picked_up=9)), "today"),
    ],
)
def test_where_orders_are_on_record_only_expected_doses_count(
    facts: tuple[Any, ...], expected: str | None
) -> None:
    assert level(doses("---", facts=facts)) == expected


def test_a_dose_nobody_expected_neither_ends_a_row_nor_adds_to_it() -> None:
    assert level(doses("---", facts=(order(suspended=[(1, 1)]),))) == "tomorrow"
    assert level(doses("-+-", facts=(order(suspended=[(1, 1)]),))) == "check_in", "taken is taken"


def test_an_order_is_known_from_its_day_on() -> None:
    taken_home = (order("take_home", since=4, known=0, number=2), supply(until=-9, picked_up=0, order=2))
    ended = doses("---", facts=(order(last=5), *taken_home))
    assert level(ended) is None
    # Yesterday nobody knew of the change, but that the first one had ended.
    assert level(ended, ago=1) is None
    assert level(doses("---", facts=(order("take_home", since=400, known=0),)), ago=1) == "tomorrow"


# -- thresholds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "tuned", "expected"),
    [
        ("--", {"doses_concern": 3, "doses_urgent": 4}, "check_in"),
        ("---", {"doses_concern": 3, "doses_urgent": 4, "doses_week": 9}, "tomorrow"),
        ("--", {"doses_urgent": 2}, "today"),
        ("-", {"doses_concern": 1}, "tomorrow"),
        ("-+-+-+", {"doses_week": 4}, None),
        ("-+-+-+-+", {"doses_week": 5}, "tomorrow"),
        ("-+-+", {"doses_week": 2}, "tomorrow"),
        ("-+++++++-+", {"doses_fortnight": 2}, "tomorrow"),
        ("-+", {"doses_week": 1}, "tomorrow"),
        ("-", {"doses_early_days": 30}, "check_in"),
        ("-", {"doses_early_days": 31}, "tomorrow"),
    ],
)
def test_a_clinic_may_tune_it(marks: str, tuned: dict[str, int], expected: str | None) -> None:
    assert level(doses(marks), **tuned) == expected


# -- taken home ----------------------------------------------------------------------------------------------------


def home(until: int, medicine: str = "methadone", *more: Any, **kept: Any) -> Record:
    """Sessions kept, and a supply that ended so many days ago."""
    facts = (order("take_home", medicine), supply(until=until, picked_up=until + 7), *more)
    return history("++++", facts=facts, **kept)


@pytest.mark.parametrize("medicine", ["methadone", "other"])
@pytest.mark.parametrize(
    ("until", "expected"),
    [(-1, None), (0, None), (1, "two_days"), (2, "tomorrow"), (3, "today"), (9, "today")],
)
def test_a_supply_that_ended(medicine: str, until: int, expected: str | None) -> None:
    assert level(home(until, medicine)) == expected


@pytest.mark.parametrize(
    ("until", "expected"), [(0, None), (1, "two_days"), (2, "tomorrow"), (4, "tomorrow"), (5, "today")]
)
def test_buprenorphine_lasts_longer(until: int, expected: str | None) -> None:
    assert level(home(until, "buprenorphine")) == expected


@pytest.mark.parametrize(("until", "expected"), [(0, None), (1, "tomorrow"), (2, "tomorrow"), (3, "today")])
def test_naltrexone_by_mouth_is_soon_urgent(until: int, expected: str | None) -> None:
    assert level(home(until, "naltrexone")) == expected


def test_a_newer_pick_up_ends_it_and_the_longest_supply_counts() -> None:
    assert level(home(3, "methadone", supply(until=-4, picked_up=3, number=2))) is None
    assert level(home(3, "methadone", supply(until=2, picked_up=3, number=2))) == "tomorrow"
    assert level(home(3, "methadone", supply(until=5, picked_up=12, number=2))) == "today"
    assert level(home(3, "methadone", supply(until=-4, picked_up=0, number=2)), ago=1) == "tomorrow"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((order("take_home", last=1),), None),
        ((order("take_home", last=0),), "today"),
        ((order("observed"),), None),
        ((order("take_home", suspended=[(2, 0)]),), None),
        ((order("take_home", suspended=[(2, None)]),), None),
        ((order("take_home", suspended=[(2, 2)]),), "tomorrow"),
        ((order("take_home", suspended=[(3, 1)]),), "two_days"),
        ((order("take_home", since=1),), "tomorrow"),
        ((order("take_home", last=2), order("take_home", since=1, number=2)), "today"),
        ((order("take_home"), order("take_home", "buprenorphine", since=2, number=2)), "tomorrow"),
    ],
)
def test_days_count_on_which_something_is_to_be_taken_home(
    facts: tuple[Any, ...], expected: str | None
) -> None:
    record = history("++++", facts=(*facts, supply(until=3, picked_up=10)))
    assert level(record) == expected


@pytest.mark.parametrize("medicine", ["methadone", "other"])
@pytest.mark.parametrize(
    ("since", "expected"),
    [(-1, None), (0, None), (1, "two_days"), (2, "tomorrow"), (3, "today"), (90, "today")],
)
def test_an_order_that_was_never_picked_up_counts_from_its_first_day(
    medicine: str, since: int, expected: str | None
) -> None:
    assert level(history("++++", facts=(order("take_home", medicine, since=since, known=5),))) == expected


@pytest.mark.parametrize(
    ("medicine", "since", "expected"),
    [
        ("buprenorphine", 4, "tomorrow"),
        ("buprenorphine", 5, "today"),
        ("naltrexone", 2, "tomorrow"),
        ("naltrexone", 3, "today"),
    ],
)
def test_never_picked_up_has_the_limits_of_its_medicine(medicine: str, since: int, expected: str) -> None:
    assert level(history("++++", facts=(order("take_home", medicine, since=since),))) == expected


BUPRENORPHINE = order("take_home", "buprenorphine", since=2, number=2)
RENEWED = order("take_home", since=2, number=2)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # Another medicine: what was left of the first one hides nothing.
        ((order("take_home", last=3), BUPRENORPHINE, supply(until=-20, picked_up=5)), "tomorrow"),
        ((order("take_home", last=3), BUPRENORPHINE, supply(until=-20, picked_up=1, order=2)), None),
        # The same one goes on: what was handed over still lasts, and the days since it ended count.
        ((order("take_home", last=3), RENEWED, supply(until=-20, picked_up=5)), None),
        ((order("take_home", last=4), RENEWED, supply(until=-20, picked_up=5)), None),
        ((order("take_home", last=5), RENEWED, supply(until=-20, picked_up=6)), "tomorrow"),  # broken off
        ((order("take_home", last=3), RENEWED, supply(until=1, picked_up=9)), "two_days"),
        ((order("take_home", last=3), RENEWED, supply(until=4, picked_up=9)), "today"),
        # Neither order was ever picked up.
        ((order("take_home", since=3, last=3), RENEWED), "today"),
        # A weekend at home by an observed order is no pick-up of this one.
        ((order(last=3), RENEWED, supply(until=-20, picked_up=5)), "tomorrow"),
        # Two in force at once: the supply of either lasts.
        ((order("take_home"), RENEWED, supply(until=-1, picked_up=9)), None),
    ],
)
def test_whose_supplies_are_read(facts: tuple[Any, ...], expected: str | None) -> None:
    assert level(history("++++", facts=facts)) == expected


def test_never_picked_up_is_evidence_of_its_own_and_stays_one_finding() -> None:
    (found,) = findings(history("++++", facts=(order("take_home", since=2, number=7),)), "D09")
    assert found.anchor == "order:7"
    assert [(point.id - 10 * 2**36, point.day) for point in found.points] == [(70, day(1)), (71, day(0))]
    assert str(found.title) == "No pick-up: 2 days without a supply"
    assert str(found.why[0]) == "To be taken home from Sat 28 Feb on; no pick-up is on record."
    ledger = Ledger()
    ledger.read_daily(history("++++", facts=(order("take_home", since=4, number=7),)), 4)
    assert standing(ledger) == ["today"]
    mended = history("++++", facts=(order("take_home", since=4), supply(until=-4, picked_up=4)))
    assert level(mended) is None


def test_days_in_a_pause_do_not_count_and_closed_ones_do() -> None:
    assert level(home(9, pauses=[(8, 1)])) == "two_days"
    assert level(home(9, pauses=[(8, 2)])) == "tomorrow"
    assert "Days in a pause or without an order are not counted." in why(home(9, pauses=[(8, 1)]), "D09")
    assert "not counted" not in why(home(9), "D09")
    assert level(home(1, closed=[0])) == "two_days"
    assert level(home(9, pauses=[(8, 0)])) is None


def test_each_step_of_a_gap_is_evidence_of_its_own() -> None:
    (found,) = findings(home(3), "D09")
    assert [(p.of, p.id, p.day) for p in found.points] == [
        (Of.MEDICATION, 20, day(2)),
        (Of.MEDICATION, 21, day(1)),
        (Of.MEDICATION, 22, day(0)),
    ]
    assert [str(point.words) for point in found.points] == [
        "1 day overdue",
        "2 days overdue",
        "3 days overdue",
    ]
    assert found.anchor == "supply:1" and found.missed == ()
    assert found.last_missed == moment(0, 0)


@pytest.mark.parametrize(("until", "said"), [(7, False), (8, True), (9, True)])
def test_a_gap_of_eight_days_is_said_to_be_a_break(until: int, said: bool) -> None:
    assert ("A gap of 8 days or more counts as a break" in why(home(until), "D09")) is said


# -- injections ----------------------------------------------------------------------------------------------------


def injected(due: int, medicine: str = "buprenorphine", *more: Any, **kept: Any) -> Record:
    facts = (order("injection", medicine), injection(due=due, number=5), *more)
    return history("++++", facts=facts, **kept)


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (-1, None),
        (0, None),
        (2, None),
        (3, "two_days"),
        (6, "two_days"),
        (7, "tomorrow"),
        (13, "tomorrow"),
        (14, "today"),
    ],
)
def test_an_injection_overdue(due: int, expected: str | None) -> None:
    assert level(injected(due)) == expected


@pytest.mark.parametrize(("due", "expected"), [(0, None), (1, "tomorrow"), (2, "tomorrow"), (3, "today")])
def test_naltrexone_overdue(due: int, expected: str | None) -> None:
    assert level(injected(due, "naltrexone")) == expected


def test_an_injection_given_ends_it_from_the_day_it_was_given() -> None:
    record = history(facts=(order("injection", "naltrexone"), injection(due=3, given=1)), admitted=5)
    assert level(record) is None
    assert level(record, ago=1) is None
    assert level(record, ago=2) == "tomorrow"


def test_the_newest_due_injection_decides() -> None:
    assert level(injected(20, "buprenorphine", injection(due=-8, number=6))) == "today"
    assert level(injected(20, "buprenorphine", injection(due=1, number=6))) is None
    assert level(injected(20, "buprenorphine", injection(due=3, given=2, number=6))) is None
    assert level(injected(20, "buprenorphine", injection(due=-8, given=19, number=6))) is None
    assert level(injected(20, "buprenorphine", injection(due=48, given=36, number=6))) == "today"


@pytest.mark.parametrize(
    ("due", "given", "expected"),
    [
        (48, 20, None),  # on the very day
        (48, 21, None),
        (48, 33, None),  # 13 days before, 15 late
        (48, 34, "today"),  # as near to its own day
        (62, 34, None),  # 14 days before
        (62, 35, "today"),
        (-8, 30, None),  # given ahead, for another day still to come
        (27, 27, "today"),  # a weekly one, given on its day
        (27, 26, "today"),
        (27, 24, "today"),
        (27, 23, None),
    ],
)
def test_one_given_shortly_before_counts_for_the_day_it_is_nearer_to(
    due: int, given: int, expected: str | None
) -> None:
    # The newest was due 20 days ago.
    assert level(injected(20, "buprenorphine", injection(due=due, given=given, number=4))) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((order("injection", last=1),), None),
        ((order("injection", suspended=[(5, None)]),), None),
        ((order("injection", suspended=[(13, 7)]),), "tomorrow"),
        ((order("observed"),), None),
    ],
)
def test_an_injection_is_overdue_only_by_an_order_in_force(
    facts: tuple[Any, ...], expected: str | None
) -> None:
    assert level(history("++", facts=(*facts, injection(due=14)))) == expected


def test_the_three_patterns_are_findings_of_their_own() -> None:
    record = doses(
        "-",
        facts=(
            order(),
            order("take_home", since=50, number=2),
            order("injection", since=50, number=3),
            supply(until=2, picked_up=9, order=2),
            injection(due=4, number=1),
        ),
    )
    found = findings(record, "D09")
    assert [(each.anchor, str(each.level)) for each in found] == [
        ("dose:1031", "check_in"),
        ("supply:1", "tomorrow"),
        ("injection:1", "two_days"),
    ]
    keys = [key for each in found for key in each.evidence_ids]
    assert len(keys) == len(set(keys)) == 4


# -- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "title"),
    [
        ("-", "One dose missed"),
        ("--", "Missed doses: 2 in a row"),
        ("-----", "Missed doses: 5 in a row"),
        ("-+-+-+", "Missed doses: 3 in 7 days"),
        ("-+-+--", "Missed doses: 4 in 7 days"),
        ("-++++-+-+-++++", "Missed doses: 4 in 14 days"),
    ],
)
def test_its_title_counts(marks: str, title: str) -> None:
    (found,) = findings(doses(marks), "D09")
    assert str(found.title) == title


def test_titles_of_what_is_overdue() -> None:
    assert str(findings(home(1), "D09")[0].title) == "No pick-up: 1 day without a supply"
    assert str(findings(home(2), "D09")[0].title) == "No pick-up: 2 days without a supply"
    assert str(findings(injected(3), "D09")[0].title) == "Injection overdue: 3 days"
    assert str(findings(injected(1, "naltrexone"), "D09")[0].title) == "Injection overdue: 1 day"


def test_it_says_the_days_the_last_dose_and_what_is_not_recorded() -> None:
    assert why(doses("--"), "D09") == "Observed doses not taken: 1, 2 Mar. Last dose Sat 28 Feb."
    many = "Observed doses not taken: the latest on 25, 26, 27, 28 Feb, 1, 2 Mar. Last dose Sat 21 Feb."
    assert why(doses("---------"), "D09").startswith(many)
    assert why(doses("-?-"), "D09") == (
        "Observed doses not taken: 28 Feb, 2 Mar. Last dose Fri 27 Feb. "
        "1 session is not recorded yet and counts for nothing."
    )
    assert "Assessment before the next dose: yes." in why(doses("---"), "D09")
    assert "Assessment" not in why(doses("-+-+-+"), "D09")


def test_unrecorded_doses_never_silence_it() -> None:
    record = doses("-?????--")
    assert level(record) == "today"
    assert findings(record, "D09")[0].unrecorded == 5


def test_it_says_how_long_a_supply_lasted_and_when_an_injection_was_due() -> None:
    assert why(home(2), "D09") == "Supply lasted until Sat 28 Feb; no pick-up since."
    assert why(home(3), "D09").endswith("Assessment before the next dose: yes.")
    assert why(injected(3), "D09") == "Due on Fri 27 Feb; no injection is on record since."
    given = injected(3, "buprenorphine", injection(due=31, given=31, number=1))
    assert why(given, "D09").endswith("Last injection Fri 30 Jan.")
    assert "Assessment" not in why(injected(14), "D09")


@pytest.mark.parametrize(
    ("record", "banner"),
    [
        (doses("--"), None),
        (doses("---"), ASSESS),
        (doses("----"), ASSESS),
        (doses("-----"), f"{ASSESS} The prescriber may treat it as a new start."),
        (doses("-+-+-+"), None),
        (home(2), None),
        (home(3), ASSESS),
        (injected(14), None),
    ],
)
def test_the_banner_asks_for_an_assessment(record: Record, banner: str | None) -> None:
    (found,) = findings(record, "D09")
    assert (None if found.banner is None else str(found.banner)) == banner


def test_medical_staff_come_first_among_its_steps() -> None:
    for record in (doses("-"), home(1), injected(3)):
        assert findings(record, "D09")[0].steps == ("FS-MED", "FS-SAFE", "FS-CALM", "FS-BARRIER")


def test_no_amount_is_said() -> None:
    for record in (doses("-----"), home(9), injected(14)):
        (found,) = findings(record, "D09")
        said = " ".join(map(str, (found.title, *found.why, found.banner or "")))
        assert " mg" not in said and "%" not in said


# -- what becomes of it --------------------------------------------------------------------------------------------


def test_it_is_settled_by_medical_staff_alone() -> None:
    assert D09.settles is Settles.MEDICAL and D09.safety and D09.urgent_hours == 2
    ledger = Ledger()
    record = doses("---+++++++", last=0)
    ledger.read_daily(record, 9)
    assert standing(ledger) == ["today"], "seven doses taken since"


def test_each_newly_missed_dose_strengthens_it_and_it_stays_one_finding() -> None:
    ledger, record = Ledger(), doses("----")
    levels = []
    for ago in (3, 2, 1, 0):
        ledger.read(record, ago)
        levels.append(standing(ledger))
    assert levels == [["check_in"], ["tomorrow"], ["today"], ["today"]]
    (row,) = [row for row in ledger.rows.values() if row.sign == "D09"]
    assert row.anchor == "dose:1031" and len(row.evidence) == 4


def test_scattered_doses_make_no_more_findings_while_the_week_moves_on() -> None:
    # The first two are single ones, each settled by the dose taken next; from the third on they are several in a week.
    ledger, record = Ledger(), doses("-+-+-+-+-+-+--")
    ledger.read_daily(record, 13)
    assert [row.anchor for row in ledger.rows.values() if row.sign == "D09"] == [
        "dose:1031",
        "dose:1033",
        "dose:1031+1035",
    ]


def test_a_closed_one_comes_back_only_with_a_newly_missed_dose() -> None:
    ledger, record = Ledger(), doses("---.+-")
    ledger.read_daily(record, 5, 3)
    ledger.close(3)
    ledger.read(record, 2)
    ledger.read(record, 1)
    assert "D09" not in ledger.signs()
    ledger.read(record, 0)
    assert "D09" in ledger.signs()


def test_a_closed_gap_comes_back_when_it_is_urgent() -> None:
    ledger, record = Ledger(), home(3, spoke=[2])
    ledger.read(record, 1)
    assert standing(ledger) == ["tomorrow"]
    ledger.close(1)
    ledger.read(record, 1)
    assert standing(ledger) == []
    ledger.read(record, 0)
    assert standing(ledger) == ["today"]


def test_a_late_entry_takes_it_back() -> None:
    ledger = Ledger()
    ledger.read(doses("--"), 0)
    assert "D09" in ledger.signs()
    ledger.read(doses("-+"), 0)
    assert "D09" not in ledger.signs(), "one was missed, and the next was taken"
    ledger.read(doses("++"), 0)
    assert "D09" not in ledger.signs()


def test_a_pick_up_entered_late_takes_it_back() -> None:
    ledger = Ledger()
    ledger.read(home(2), 0)
    assert standing(ledger) == ["tomorrow"]
    ledger.read(home(2, "methadone", supply(until=-5, picked_up=2, number=2)), 0)
    assert standing(ledger) == []


def test_excused_afterwards_takes_it_back() -> None:
    ledger = Ledger()
    ledger.read(doses("-"), 0)
    ledger.read(doses("o"), 0)
    assert "D09" not in ledger.signs()


def test_nothing_is_read_outside_a_stay() -> None:
    assert level(doses("---", discharged=0)) is None
    assert level(home(3, discharged=0)) is None
    assert level(doses("---", discharged=-1)) == "today"


def test_without_doses_and_orders_there_is_nothing() -> None:
    assert level(history()) is None
    assert level(history("----")) is None
    assert level(history("++", facts=(order(),))) is None
    assert level(history("++", facts=(order("injection"),))) is None, "no day it was due on"


def test_it_goes_to_the_nurse_and_the_prescriber_at_once() -> None:
    at_once = {
        (to, level) for levels, to, unit, _ in D09.escalation for level in levels if unit is Unit.AT_ONCE
    }
    assert (To.NURSE_AND_PRESCRIBER, Level.TODAY) in at_once
    assert (To.NURSE_AND_PRESCRIBER, Level.TOMORROW) in at_once
    assert (To.ON_CALL, Level.TODAY) in at_once
    assert not [each for each in D09.escalation if Level.CHECK_IN in each.levels], (
        "a check-in goes no further"
    )


def test_what_it_finds_alone_is_at_most_as_old_as_the_thresholds_say() -> None:
    assert DEFAULTS.recent_days == 21
    assert level(doses("-", last=21)) == "check_in"
    assert level(doses("-", last=21), recent_days=20) is None
    assert level(doses("-+-+-", last=8), recent_days=5) is None
    assert level(doses("-+-+-+-", last=7), recent_days=5) == "tomorrow", "four in a fortnight, the row is old"


# -- the calendar --------------------------------------------------------------------------------------------------


def test_the_calendar_shows_a_fortnight() -> None:
    days = calendar(doses("+-o/?.-L-E?h").as_of(TODAY))
    assert [each.day for each in days] == [day(ago) for ago in range(13, -1, -1)]
    assert [str(each.dose) for each in days] == [
        "taken",
        "taken",
        "taken",
        "missed",
        "not_counted",
        "not_counted",
        "not_recorded",
        "not_planned",
        "missed",
        "taken",
        "missed",
        "taken",
        "not_recorded",
        "not_counted",
    ]


def test_the_calendar_leaves_out_what_was_not_expected() -> None:
    suspended = doses("---", facts=(order(suspended=[(1, 1)]),))
    assert [each.dose for each in calendar(suspended.as_of(TODAY))][-3:] == [
        Dose.MISSED,
        Dose.NOT_COUNTED,
        Dose.MISSED,
    ]
    closed = doses("--", closed=[0])
    assert [each.dose for each in calendar(closed.as_of(TODAY))][-2:] == [Dose.MISSED, Dose.NOT_COUNTED]


def test_the_calendar_of_somebody_without_doses_is_empty_days() -> None:
    assert {each.dose for each in calendar(history("+++").as_of(TODAY))} == {Dose.NOT_PLANNED}
    both = history(dosing("-"), Line("+", Channel.DOSING, hour=18))
    assert calendar(both.as_of(TODAY))[-1].dose is Dose.TAKEN


# -- several windows a day -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("taken", [6, 8, 18])
def test_scattered_days_on_which_a_window_was_taken_are_none_missed(taken: int) -> None:
    """Four of the last eight days missed; on one of them another window was taken, early or late."""
    scattered = dosing(LONG + "-+-+-+-+")
    assert level(history(scattered)) == "tomorrow"
    assert len(ids(history(scattered))) == 3
    for ago in (1, 3, 5, 7):
        made_up = history(scattered, dosing("+", last=ago, hour=taken))
        assert level(made_up) == (None if ago < 7 else "tomorrow"), "two in seven days are too few"
    older = history(dosing(LONG + "-+-+-+-+-+"), dosing("+", last=5, hour=taken))
    assert len(ids(older)) == 4 and level(older) == "tomorrow"


def test_each_missed_window_of_a_day_is_evidence() -> None:
    record = history(dosing("+" * 9 + "--"), *(dosing("--", hour=hour) for hour in (12, 18)))
    (found,) = findings(record, "D09")
    assert [event.id for event in found.evidence] == [1010, 2001, 3001, 1011, 2002, 3002]
    assert found.anchor == "dose:1010"
    assert str(found.title) == "Missed doses: 2 in a row"


def test_the_only_doses_on_record() -> None:
    for marks, expected in (("-", "tomorrow"), ("+-", "tomorrow"), ("--", "tomorrow"), ("---", "today")):
        assert level(history(dosing(marks), admitted=90)) == expected
    first_of_day = history(dosing("-", hour=7), dosing("-", hour=18))
    assert [event.id for event in findings(first_of_day, "D09")[0].evidence] == [1001, 2001]
    assert level(history(dosing("-"), dosing("+", hour=18))) is None
    assert level(history(dosing("+"), dosing("-", hour=18))) is None


def test_it_says_when_none_was_ever_taken() -> None:
    said = why(history(dosing("--")), "D09")
    assert "No dose taken is on record." in said

"""What stands on record already, case by case: which finding is the same, what is read anew, what it becomes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clinic.engagement.plan import NOTHING, Standing, facts_of, plan
from clinic.engagement.signs.sign import Finding, Kind, Level
from clinic.engagement.signs.thresholds import DEFAULTS
from clinic.engagement.timeline import Channel, Record, Seat
from tests.engagement.ledger import Ledger
from tests.notation import (
    NOTHING_KNOWN,
    TODAY,
    GroupFacts,
    Line,
    consent,
    day,
    group,
    history,
    medical,
    moment,
    noted,
    override,
)

DOSED = Line("+" * 15, Channel.DOSING, every=6, last=0, hour=6)


def standing(sign: str = "D02a", anchor: str = "1005", **more: object) -> Standing:
    given: dict[str, object] = {
        "id": 1,
        "level": Level.CHECK_IN,
        "judged_on": day(2),
        "evidence": frozenset({1005}),
        "last_missed": moment(2),
        "counts_from": moment(2),
        "raised_on": day(2),
    }
    return Standing(sign=sign, anchor=anchor, **{**given, **more})  # type: ignore[arg-type]


def candidate() -> Finding:
    """One missed session two days ago, number 1005, as it is read today."""
    (found,) = plan(history("++++-", last=2), TODAY, (), DEFAULTS).raised
    return found


@pytest.mark.parametrize(
    ("sign", "anchor", "evidence", "same"),
    [
        ("D02a", "1005", set(), True),
        ("D02a", "1005+1006", set(), True),
        ("D02a", "1005~7", set(), True),
        ("D02a", "1005+1006~7", set(), True),
        ("D02a", "1004", {1004, 1005}, True),
        ("D02a", "1004", {1004}, False),
        ("D02a", "1004+1005", {1004}, False),
        ("D02b", "1005", {1005}, False),
    ],
)
def test_a_finding_is_the_same_by_its_anchor_or_by_shared_evidence(
    sign: str, anchor: str, evidence: set[int], same: bool
) -> None:
    assert standing(sign, anchor, evidence=frozenset(evidence)).is_same_as(candidate()) is same


def test_a_finding_of_a_sign_that_is_no_more_is_left_as_it_is() -> None:
    gone = standing("D99", "1", id=7, level=Level.TOMORROW, evidence=frozenset({4}))
    assert gone.kind is Kind.DISENGAGEMENT
    made = plan(history("+++++", last=2), TODAY, [gone, standing()], DEFAULTS)
    assert made.withdrawn == (1,), "the other one is judged all the same"
    assert made.open_levels == ((Kind.DISENGAGEMENT, Level.TOMORROW),)


@pytest.mark.parametrize(
    ("urgent", "first", "last", "level"),
    [
        (2, 5, 0, Level.TODAY),
        (2, 0, -5, Level.TODAY),
        (2, 5, 1, Level.TOMORROW),
        (2, -1, -5, Level.TOMORROW),
        (3, 5, 0, Level.TOMORROW),
    ],
)
def test_thresholds_of_the_clients_own_hold_between_their_days(
    urgent: int, first: int, last: int, level: Level
) -> None:
    own = override(since=first, last=last, counselling_urgent=urgent)
    made = plan(history("+++--", DOSED, facts=[own]), TODAY, (), DEFAULTS)
    assert [(finding.sign, finding.level) for finding in made.raised] == [("D02b", level)]


def test_nothing_open_and_nobody_in_care_is_nothing() -> None:
    assert plan(history("---", discharged=0), TODAY, [standing(handled_to=moment(1))], DEFAULTS) == NOTHING


@pytest.mark.parametrize(
    ("level", "seen", "settled"),
    [
        (Level.CHECK_IN, "+", True),
        (Level.TWO_DAYS, "+", False),
        (Level.TWO_DAYS, "++", True),
        (Level.CHECK_IN, "", False),
    ],
)
def test_a_check_in_is_over_with_the_next_contact_whatever_its_sign_asks_for(
    level: Level, seen: str, settled: bool
) -> None:
    record = history(Line("+++--", last=10), Line(seen, every=1, last=0))
    open_since = standing(
        "D02b",
        "1004",
        level=level,
        judged_on=day(10),
        evidence=frozenset({1004, 1005}),
        last_missed=moment(10),
        counts_from=moment(10),
        raised_on=day(10),
        facts=facts_of(record, day(10), DEFAULTS),
    )
    assert (plan(record, TODAY, [open_since], DEFAULTS).settled == (1,)) is settled


def test_what_one_finding_comes_to_does_not_end_the_reading_of_the_others() -> None:
    """Of three open ones the first is mended and the second unchanged; the third is withdrawn."""
    record = history("+++++", last=2)
    mended = standing("D17", "missing", id=1, level=Level.UPKEEP, evidence=frozenset())
    quiet = standing(
        id=2, facts=facts_of(record, day(2), DEFAULTS), last_missed=moment(0), counts_from=moment(0)
    )
    made = plan(record, TODAY, [mended, quiet, standing(id=3)], DEFAULTS)
    assert made.settled == (1,) and made.withdrawn == (3,)
    assert made.open_levels == ((Kind.DISENGAGEMENT, Level.CHECK_IN),)


def test_what_is_to_be_mended_is_not_taken_for_mended_while_a_pause_hides_it() -> None:
    mended = standing("D17", "missing", level=Level.UPKEEP, evidence=frozenset(), touched=True)
    assert plan(history("+++", pauses=[(3, None)]), TODAY, [mended], DEFAULTS).settled == ()
    assert plan(history("+++", pauses=[(3, 1)]), TODAY, [mended], DEFAULTS).settled == (1,)
    # S03 is read in pauses too, so that its absence says something there.
    read_in_pauses = mended._replace(sign="S03")
    assert plan(history("+++", pauses=[(3, None)]), TODAY, [read_in_pauses], DEFAULTS).settled == (1,)


def test_staff_close_it_and_something_milder_added_does_not_lower_it() -> None:
    ledger = Ledger()
    worst = [noted("A1", 3, ago=5, number=1)]
    ledger.read(history("++++", facts=worst), 5)
    before = {row.sign: row.level for row in ledger.rows.values()}
    assert before, "a 3 is told"
    made = ledger.read(history("++++", facts=[*worst, noted("A1", 2, ago=1, number=2)]), 1)
    for number, finding in made.strengthened:
        assert finding.level.rank <= before[ledger.rows[number].sign].rank
    after = {row.sign: row.level for row in ledger.rows.values()}
    assert all(after[sign].rank <= level.rank for sign, level in before.items())


# -- the checksum --------------------------------------------------------------------------------------------------


def seats(**facts: GroupFacts) -> Record:
    return history(
        group("++++", last=1), seats=[Seat(1, day(400))], group_facts={1: facts.get("of", GroupFacts())}
    )


CANCELLED = [("++x", "++w"), ("++w", "++v"), ("++w", "++n")]
CHANGES: dict[str, tuple[Callable[[], Record], Callable[[], Record], bool]] = {
    "an outcome on the day": (lambda: history("+-", last=7), lambda: history("++", last=7), True),
    "an outcome the day after": (lambda: history("+-", last=6), lambda: history("++", last=6), False),
    "a day moved": (lambda: history("+-", last=8), lambda: history("+-", last=9), True),
    "another service": (lambda: history("+-", last=8), lambda: history(medical("+-", last=8)), True),
    "admitted earlier": (lambda: history("+-", last=8), lambda: history("+-", last=8, admitted=401), True),
    "discharged": (lambda: history("+-", last=8), lambda: history("+-", last=8, discharged=1), True),
    "spoken with on the day": (lambda: history("+"), lambda: history("+", spoke=[7]), True),
    "spoken with the day after": (lambda: history("+"), lambda: history("+", spoke=[6]), False),
    "closed on the day": (lambda: history("+"), lambda: history("+", closed=[7]), True),
    "closed the day after": (lambda: history("+"), lambda: history("+", closed=[6]), False),
    "a pause": (lambda: history("+"), lambda: history("+", pauses=[(3, None)]), True),
    "a pause of another kind": (
        lambda: history("+", pauses=[(3, None)]),
        lambda: history("+", pauses=[(3, None)], pause_kind="medical_stay"),
        True,
    ),
    "a place in a group given up": (
        lambda: history("+", seats=[Seat(1, day(400))]),
        lambda: history("+", seats=[Seat(1, day(400), day(9))]),
        True,
    ),
    "a group that has closed": (seats, lambda: seats(of=GroupFacts(closed=day(9))), True),
    "how a session was taken part in": (
        lambda: history(group("++", took="33", last=8)),
        lambda: history(group("++", took="31", last=8)),
        True,
    ),
    "how a later one was": (
        lambda: history(group("++", took="33", last=6)),
        lambda: history(group("++", took="31", last=6)),
        False,
    ),
    "noted on the day": (lambda: history("+"), lambda: history("+", facts=[noted("A1", 2, ago=7)]), True),
    "noted on an earlier day": (
        lambda: history("+", facts=[noted("A1", 2, ago=7)]),
        lambda: history("+", facts=[noted("A1", 2, ago=7), noted("C2", 2, ago=9, number=2)]),
        True,
    ),
    "noted the day after": (
        lambda: history("+", facts=[noted("A1", 2, ago=7)]),
        lambda: history("+", facts=[noted("A1", 2, ago=7), noted("C2", 2, ago=6, number=2)]),
        False,
    ),
    "a consent given back later": (
        lambda: history("+", facts=[consent(until=-9)]),
        lambda: history("+", facts=[consent(until=-9, ended=6)]),
        False,
    ),
    "no outreach": (
        lambda: history("+", facts=[noted("A1", 2, ago=7)]),
        lambda: history("+", facts=[noted("A1", 2, ago=7)], no_outreach=True),
        True,
    ),
}


@pytest.mark.parametrize(("before", "after", "changes"), CHANGES.values(), ids=CHANGES)
def test_what_changes_the_checksum_of_a_day(
    before: Callable[[], Record], after: Callable[[], Record], changes: bool
) -> None:
    one, two = facts_of(before(), day(7), DEFAULTS), facts_of(after(), day(7), DEFAULTS)
    assert one == facts_of(before(), day(7), DEFAULTS), "the same record has the same checksum"
    assert (one != two) is changes


@pytest.mark.parametrize(("before", "after"), CANCELLED)
def test_a_cancellation_changes_the_checksum_of_its_day(before: str, after: str) -> None:
    assert facts_of(history(before, last=7), day(7), DEFAULTS) != facts_of(
        history(after, last=7), day(7), DEFAULTS
    )


@pytest.mark.parametrize(("last", "known"), [(4, True), (3, False), (-1, False)])
def test_a_later_appointment_called_off_counts_once_that_is_known(last: int, known: bool) -> None:
    """Cancelled three days before: known at the end of the day seven days ago for what lay four days ago."""
    booked = facts_of(history("++", Line("?", last=last), last=8), day(7), DEFAULTS)
    cancelled = facts_of(history("++", Line("n", last=last), last=8), day(7), DEFAULTS)
    assert (booked != cancelled) is known


def test_nothing_known_beside_is_the_empty_background() -> None:
    assert history("+").background is NOTHING_KNOWN

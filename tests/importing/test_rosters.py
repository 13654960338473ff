"""Groups and memberships from files: who leads, who belongs, from when to when, and what is not taken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clinic.models import Group, Membership
from tests.importing.test_undo import bring, house
from tests.pages.mornings import TODAY

__all__ = ["bring", "house"]
pytestmark = pytest.mark.django_db

GROUPS = "name,kind,facilitator,co_facilitators,room,capacity\n"
MEMBERS = "record_number,group,joined_on,left_on\n"


def counts(tally) -> tuple[int, int, int, int]:
    return tally.created, tally.updated, tally.unchanged, tally.refused


def only(outcome) -> tuple[int, str, str]:
    (refusal,) = outcome.refusals
    return refusal.line, refusal.field, refusal.reason


def test_a_group_is_made_with_all_that_its_row_says(house, bring) -> None:
    outcome = bring(GROUPS + "Art room,art,ben,sam,Room 5,12\n")
    row = Group.objects.get(name="Art room")
    assert counts(outcome.groups) == (1, 0, 0, 0)
    assert (row.kind, row.facilitator, row.room, row.capacity) == ("art", house.ben, "Room 5", 12)
    assert list(row.co_facilitators.all()) == [house.sam]
    assert counts(bring(GROUPS + "Art room,art,ben,sam,Room 5,12\n").groups) == (0, 0, 1, 0)


def test_an_empty_cell_leaves_what_the_group_is_and_nobody_loses_it(house, bring) -> None:
    bring(GROUPS + "Art room,art,ben,sam,Room 5,12\n")
    assert counts(bring(GROUPS + "Art room,,,,,\n").groups) == (0, 0, 1, 0)
    assert counts(bring(GROUPS + "Art room,,sam,,,14\n").groups) == (0, 1, 0, 0)
    row = Group.objects.get(name="Art room")
    assert (row.facilitator, row.capacity, row.kind, row.version) == (house.sam, 14, "art", 2)


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        (",art,,,,", "name", "must be given"),
        ("Art,,maya,,,", "facilitator", "not the sign-in name of a facilitator"),
        ("Art,,dasha,,,", "facilitator", "not the sign-in name of a facilitator"),
        ("Art,,,ben;nobody,,", "co_facilitators", "“nobody”"),
        ("Art,,,,,0", "capacity", "from 1 to 200"),
        ("Art,,,,,many", "capacity", "from 1 to 200"),
    ],
)
def test_a_group_row_is_refused_at_its_field(bring, row: str, field: str, says: str) -> None:
    before = Group.objects.count()
    line, column, reason = only(bring(GROUPS + row + "\n"))
    assert (line, column) == (2, field)
    assert says in reason
    assert Group.objects.count() == before


def test_members_join_and_leave_and_the_same_file_again_changes_nothing(house, bring) -> None:
    bring(GROUPS + "Art room,,,,,\n")
    rows = "R-1004,Art room,2026-11-12,\nR-1005,Art room,2026-08-01,2026-09-01\n"
    assert counts(bring(MEMBERS + rows).memberships) == (2, 0, 0, 0)
    assert counts(bring(MEMBERS + rows).memberships) == (0, 0, 2, 0)
    assert counts(bring(MEMBERS + "R-1004,Art room,2026-11-12,2026-11-19\n").memberships) == (0, 1, 0, 0)
    row = Membership.objects.get(episode=house.episode(house.paul), group__name="Art room")
    assert str(row.left_on) == "2026-11-19"


def test_groups_come_before_members_whatever_the_order(bring) -> None:
    outcome = bring(MEMBERS + "R-1004,Art room,2026-11-12,\n", GROUPS + "Art room,,,,,\n")
    assert (counts(outcome.groups), counts(outcome.memberships)) == ((1, 0, 0, 0), (1, 0, 0, 0))


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        ("R-1004,No such group,2026-11-12,", "group", "no group of this name"),
        ("X-9,Morning skills,2026-11-12,", "record_number", "No client"),
        ("R-1004,Morning skills,2020-11-12,", "joined_on", "outside any stay"),
        ("R-1004,Morning skills,2026-11-12,2026-11-11", "left_on", "before the day of joining"),
        ("R-1015,Morning skills,2026-10-20,2026-11-15", "left_on", "after the discharge"),
        ("H-2001,Harbor evening group,2026-11-12,", "group", "no group of this name"),
    ],
)
def test_a_membership_row_is_refused_at_its_field(bring, row: str, field: str, says: str) -> None:
    before = Membership.objects.count()
    line, column, reason = only(bring(MEMBERS + row + "\n"))
    assert (line, column) == (2, field)
    assert says in reason
    assert Membership.objects.count() == before


def test_two_places_in_one_group_at_a_time_are_refused(bring) -> None:
    bring(GROUPS + "Art room,,,,,\n")
    rows = "R-1005,Art room,2026-09-01,\nR-1005,Art room,2026-10-01,2026-10-09\n"
    line, column, reason = only(bring(MEMBERS + rows))
    assert (line, column) == (3, "joined_on")
    assert "the days overlap" in reason


def test_a_full_group_takes_nobody_more_and_the_past_does_not_count(house, bring) -> None:
    bring(GROUPS + "Art room,,,,,1\n")
    past = f"R-1005,Art room,2026-09-01,{TODAY - timedelta(days=1)}\n"
    rows = f"{past}R-1004,Art room,2026-11-12,\nR-1006,Art room,2026-11-12,\n"
    line, column, reason = only(bring(MEMBERS + rows))
    assert (line, column) == (4, "group")
    assert "its capacity is 1" in reason

"""What became of an appointment, said, taken back and corrected: nothing is lost on the way, and everything is told."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import attendance, sweep
from clinic.attendance import mark, undo
from clinic.models import Appointment, AuditEntry, Client, Finding, Recheck, Recording
from tests import cast

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def house() -> cast.Cast:
    return cast.house(TODAY)


@pytest.fixture
def now(house: cast.Cast) -> datetime:
    return house.at(TODAY, 10, 42)


@pytest.fixture
def visit(house: cast.Cast) -> Appointment:
    """Grace's first visit, at 9:00 this morning, which nobody has recorded."""
    return Appointment.objects.select_related("episode").get(
        episode=house.episode(house.grace), starts_at__date=TODAY
    )


def state(row: Appointment) -> dict:
    """Everything a row says but its version."""
    row.refresh_from_db()
    return {name: getattr(row, name) for name in attendance.RECORDED}


def refused(field: str, code: str | None = None, **how) -> str:
    """The sentence with which a mark is refused, at the field it is about."""
    with pytest.raises(ValidationError) as caught:
        mark(**how)
    assert list(caught.value.error_dict) == [field]
    assert code is None or caught.value.error_dict[field][0].code == code
    return " ".join(caught.value.messages)


# --- Saying it -------------------------------------------------------------------------------------------------------


def test_a_mark_is_told_with_what_stood_there_before(house, visit, now) -> None:
    mark(visit, by=house.lucia, on=now, outcome="late", minutes_late=12)
    mark(visit, by=house.lucia, on=now + MINUTE, outcome="left_early", minutes_stayed=20)

    first, second = Recording.objects.filter(appointment=visit).order_by("pk")
    assert (first.kind, first.by, first.at, first.why) == ("mark", house.lucia, now, "")
    assert first.clinic == house.riverside and first.session is None
    assert (first.before["outcome"], first.before["recorded_at"]) == ("scheduled", None)
    assert (first.after["outcome"], first.after["minutes_late"]) == ("late", 12)
    assert (second.before["outcome"], second.before["minutes_late"]) == ("late", 12)
    assert (second.after["outcome"], second.after["minutes_late"]) == ("left_early", None)
    assert second.after["minutes_stayed"] == 20


@pytest.mark.parametrize("again", [{}, {"version": 1}], ids=["fresh", "stale"])
def test_the_same_said_twice_is_told_once(house, visit, now, again) -> None:
    for _ in range(3):
        mark(visit, by=house.lucia, on=now, outcome="excused", excuse="court", **again)
    assert Recording.objects.count() == AuditEntry.objects.filter(deed="mark_attendance").count() == 1


def test_an_unexpected_row_is_read_again_before_it_is_changed(house, visit, now) -> None:
    """What the caller holds may be old: nothing is said of a row on the strength of an old reading."""
    old = Appointment.objects.select_related("episode").get(pk=visit.pk)
    mark(visit, by=house.lucia, on=now, outcome="late", minutes_late=5)
    mark(old, by=house.lucia, on=now, outcome="no_show")
    assert Recording.objects.latest("pk").before["outcome"] == "late"
    visit.refresh_from_db()
    assert (visit.outcome, visit.version) == ("no_show", 3)


def test_when_a_client_told_us_is_kept(house, visit, now) -> None:
    told = visit.starts_at - 26 * HOUR
    mark(visit, by=house.lucia, on=now, outcome="cancelled_by_client", cancelled_at=told)
    assert state(visit)["cancelled_at"] == told
    # Said again without a time, what is known stays known.
    mark(visit, by=house.lucia, on=now + MINUTE, outcome="excused", excuse="illness")
    assert state(visit)["cancelled_at"] == told
    mark(visit, by=house.lucia, on=now + MINUTE, outcome="attended")
    assert state(visit)["cancelled_at"] is None


def test_without_a_time_they_told_us_now_or_at_the_latest_as_it_began(house, visit, now) -> None:
    mark(visit, by=house.lucia, on=now, outcome="cancelled_by_client")
    assert state(visit)["cancelled_at"] == visit.starts_at
    ahead = house.visits(house.grace, "counselling", "S", last=-3)[0]
    mark(ahead, by=house.lucia, on=now, outcome="cancelled_by_client")
    assert state(ahead)["cancelled_at"] == now


def test_nobody_has_told_us_tomorrow(house, visit, now) -> None:
    how = {"by": house.lucia, "on": now, "outcome": "cancelled_by_client", "cancelled_at": now + MINUTE}
    assert "lies ahead" in refused("cancelled_at", appointment=visit, **how)
    assert Recording.objects.count() == 0


def test_a_mark_takes_six_statements(house, visit, now) -> None:
    with CaptureQueriesContext(connection) as caught:
        mark(visit, by=house.lucia, on=now, outcome="attended", version=1)
    told = [query["sql"] for query in caught.captured_queries if "SAVEPOINT" not in query["sql"]]
    # The stay locked, the row saved, its recording, the recheck, the ledger; the client is read with the stay.
    assert len(told) <= 6, told


# --- Taking it back --------------------------------------------------------------------------------------------------


def test_an_undo_puts_back_exactly_what_stood_there(house, visit, now) -> None:
    Appointment.objects.filter(pk=visit.pk).update(
        outcome="excused",
        excuse="weather",
        reason="snow on the pass",
        cancelled_at=now - 30 * HOUR,
        recorded_at=now - 5 * HOUR,
        recorded_by=house.jonas,
    )
    before = state(visit)
    mark(visit, by=house.lucia, on=now, outcome="late", minutes_late=9, why="She came after all")
    assert state(visit) != before
    undo(visit, by=house.lucia, on=now + 9 * MINUTE)
    assert state(visit) == before


def test_a_chain_of_marks_is_taken_back_one_by_one(house, visit, now) -> None:
    said = (
        {"outcome": "attended"},
        {"outcome": "late", "minutes_late": 4},
        {"outcome": "excused", "excuse": "work"},
        {"outcome": "cancelled_by_client", "cancelled_at": now - HOUR},
        {"outcome": "scheduled"},
    )
    stood = [state(visit)]
    for place, each in enumerate(said):
        mark(visit, by=house.lucia, on=now + place * MINUTE, **each)
        stood.append(state(visit))
    for expected in reversed(stood[:-1]):
        undo(visit, by=house.lucia, on=now + 6 * MINUTE)
        assert state(visit) == expected
    with pytest.raises(ValidationError, match="nothing to take back"):
        undo(visit, by=house.lucia, on=now + 6 * MINUTE)


def test_after_an_undo_something_else_can_be_said_and_taken_back(house, visit, now) -> None:
    mark(visit, by=house.lucia, on=now, outcome="attended")
    undo(visit, by=house.lucia, on=now)
    mark(visit, by=house.lucia, on=now, outcome="no_show")
    undo(visit, by=house.lucia, on=now)
    assert state(visit)["outcome"] == "scheduled"
    assert [row.kind for row in Recording.objects.order_by("pk")] == ["mark", "undo", "mark", "undo"]


def test_the_same_undo_twice_takes_back_once(house, visit, now) -> None:
    mark(visit, by=house.lucia, on=now, outcome="attended")
    mark(visit, by=house.lucia, on=now, outcome="late")
    for _ in range(3):
        undo(visit, by=house.lucia, on=now, version=3)
    assert state(visit)["outcome"] == "attended"


@pytest.mark.parametrize(("who", "after", "may"), [
    ("lucia", 9 * MINUTE, True),
    ("lucia", 10 * MINUTE, False),
    ("ruth", MINUTE, False),
])  # fmt: skip
def test_only_who_said_it_may_take_it_back_and_for_ten_minutes(house, visit, now, who, after, may) -> None:
    mark(visit, by=house.lucia, on=now, outcome="attended")
    refusal = pytest.raises(ValidationError, match="Too late to take back")
    with nullcontext() if may else refusal:
        undo(visit, by=getattr(house, who), on=now + after)
    assert (state(visit)["outcome"] == "scheduled") is may


def test_what_a_colleague_corrected_since_is_not_taken_back(house, visit, now) -> None:
    mark(visit, by=house.lucia, on=now, outcome="attended")
    mark(visit, by=house.ruth, on=now, outcome="no_show", why="Wrong client")
    with pytest.raises(ValidationError, match="Ruth Adeyemi recorded this meanwhile: missed"):
        undo(visit, by=house.lucia, on=now, version=2)
    with pytest.raises(ValidationError, match="Too late"):
        undo(visit, by=house.lucia, on=now)


def test_a_visit_moved_meanwhile_is_told_with_its_new_time(house, visit, now) -> None:
    Appointment.objects.filter(pk=visit.pk).update(starts_at=house.at(TODAY, 10, 15), version=2)
    how = {"appointment": visit, "by": house.lucia, "on": now, "outcome": "no_show", "version": 1}
    assert "Fri 20 Nov, 10:15, and nothing is recorded" in refused("outcome", attendance.CONFLICT, **how)


# --- Correcting it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "after", "asks"), [
    ("lucia", 9 * MINUTE, False),
    ("lucia", 10 * MINUTE, True),
    ("ruth", MINUTE, True),
])  # fmt: skip
def test_what_stands_for_ten_minutes_or_is_somebody_elses_needs_a_reason(
    house, visit, now, who, after, asks
) -> None:
    mark(visit, by=house.lucia, on=now, outcome="no_show")
    how = {"appointment": visit, "by": getattr(house, who), "on": now + after, "outcome": "attended"}
    if asks:
        assert "Lucia Ortiz recorded this" in refused("why", attendance.WHY, **how)
        assert state(visit)["outcome"] == "no_show"
    mark(**how, why="  Found on paper ")
    last = Recording.objects.latest("pk")
    assert (last.kind, last.why) == (("correction", "Found on paper") if asks else ("mark", ""))
    deeds = AuditEntry.objects.order_by("-pk").values_list("deed", flat=True)
    assert deeds[0] == ("correct_attendance" if asks else "mark_attendance")


def test_what_an_import_brought_needs_a_reason(house, visit, now) -> None:
    Appointment.objects.filter(pk=visit.pk).update(outcome="attended", recorded_at=now, recorded_by=None)
    visit.refresh_from_db()
    assert "recorded before" in refused("why", appointment=visit, by=house.lucia, on=now, outcome="no_show")


def test_a_reason_is_as_long_as_its_field(house, visit, now) -> None:
    mark(visit, by=house.ruth, on=now, outcome="late")
    how = {"appointment": visit, "by": house.lucia, "on": now, "outcome": "attended"}
    assert "120 characters" in refused("why", **how, why="x" * 121)
    assert "Say why" in refused("why", **how, why="   ")
    mark(**how, why="x" * 120)


def test_words_never_reach_the_ledger(house, visit, now) -> None:
    mark(visit, by=house.ruth, on=now, outcome="late", reason="bus from Santa Fe")
    mark(visit, by=house.lucia, on=now, outcome="attended", why="Grace rang me")
    undo(visit, by=house.lucia, on=now)
    told = " ".join(str(entry.detail) + entry.subject for entry in AuditEntry.objects.all())
    assert "Grace" not in told and "Santa" not in told
    assert [entry.deed for entry in AuditEntry.objects.order_by("pk")] == [
        "mark_attendance",
        "correct_attendance",
        "undo_attendance",
    ]
    assert {entry.client for entry in AuditEntry.objects.all()} == {house.grace}


# --- Judging it anew -------------------------------------------------------------------------------------------------


def rechecked(house, client: Client) -> bool:
    asked = Recheck.objects.filter(episode=house.episode(client))
    found = asked.exists()
    asked.delete()
    return found


def test_each_of_the_three_asks_for_a_recheck(house, visit, now) -> None:
    mark(visit, by=house.lucia, on=now, outcome="no_show")
    assert rechecked(house, house.grace)
    undo(visit, by=house.lucia, on=now)
    assert rechecked(house, house.grace)
    mark(visit, by=house.lucia, on=now, outcome="late")
    rechecked(house, house.grace)
    mark(visit, by=house.ruth, on=now, outcome="attended", why="Pressed the wrong button")
    assert rechecked(house, house.grace)
    mark(visit, by=house.ruth, on=now, outcome="attended")
    assert not rechecked(house, house.grace), "nothing has changed"


@pytest.mark.parametrize("way", ["undo", "correction"])
def test_what_a_wrong_mark_raised_is_withdrawn(house, now, way) -> None:
    """Gloria never misses; a slip at the desk raises a follow-up, and taking it back takes that back too."""
    for clinic in (house.riverside, house.harbor):
        sweep.sweep(clinic, TODAY, now=now - 4 * HOUR)
    visit = house.visits(house.gloria, "medical", "S", last=1)[0]
    mark(visit, by=house.lucia, on=now, outcome="no_show")
    sweep.drain(now)
    found = Finding.objects.get(episode=house.episode(house.gloria), sign="D01")
    assert found.state == "open"
    if way == "undo":
        undo(visit, by=house.lucia, on=now + MINUTE)
    else:
        mark(visit, by=house.lucia, on=now + HOUR, outcome="attended", why="Wrong client")
    sweep.drain(now + HOUR)
    found.refresh_from_db()
    assert found.state == "withdrawn"
    assert found.follow_up.closed_as == "withdrawn"

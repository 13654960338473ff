"""The verbs of a register: draft, finish, visitors, undo, corrections, a session that did not happen."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import groups, registers, sweep
from clinic.attendance import CONFLICT, WHY
from clinic.models import Appointment, AuditEntry, Client, Episode, Group, Recheck, Recording, Session
from clinic.registers import Seat
from tests import cast
from tests.joint.conftest import TODAY

MINUTE = timedelta(minutes=1)


@pytest.fixture
def at(house: cast.Cast) -> datetime:
    """42 minutes into the session."""
    return house.at(TODAY, 10, 42)


def seats(house: cast.Cast, session: Session | None = None) -> dict[str, Appointment]:
    rows = Appointment.objects.filter(session=session or house.register).select_related("episode__client")
    return {row.episode.client.first_name: row for row in rows}


def of(house: cast.Cast, **said: Seat | str) -> dict[UUID, Seat]:
    rows = seats(house)
    return {
        rows[name.capitalize()].uid: Seat(seat) if isinstance(seat, str) else seat
        for name, seat in said.items()
    }


def now(house: cast.Cast) -> Session:
    return Session.objects.get(pk=house.register.pk)


def finish(house: cast.Cast, at: datetime, said: dict[UUID, Seat], **more) -> int:
    more = {"by": house.ben, "version": now(house).version, **more}
    return registers.finish(house.register, on=at, seats=said, **more)


def outcomes(house: cast.Cast) -> dict[str, str]:
    return {name: row.outcome for name, row in seats(house).items()}


def test_finishing_records_what_is_said_and_leaves_the_rest_unrecorded(house, at) -> None:
    said = of(
        house,
        keisha=Seat("late", 3, minutes_late=20),
        marcus=Seat("excused", excuse="work"),
        gloria=Seat("left_early", 2, minutes_stayed=40),
    )
    assert finish(house, at, said, topic="Triggers") == 3
    rows, session = seats(house), now(house)
    assert (rows["Keisha"].participation, rows["Keisha"].minutes_late) == (3, 20)
    assert rows["Marcus"].excuse == "work" and rows["Gloria"].minutes_stayed == 40
    assert rows["Paul"].outcome == "scheduled" and rows["Paul"].recorded_at is None
    assert (session.topic, session.finished_at, session.finished_by) == ("Triggers", at, house.ben)
    assert Recording.objects.filter(session=session, kind="mark", by=house.ben, at=at).count() == 3
    assert Recheck.objects.count() == 3


def test_the_same_register_sent_twice_makes_one_set_of_recordings(house, at) -> None:
    said, version = of(house, keisha="attended", marcus="no_show"), now(house).version
    assert finish(house, at, said, version=version) == 2
    assert finish(house, at + MINUTE, said, version=version) == 0
    assert Recording.objects.count() == 2
    assert AuditEntry.objects.filter(deed="save_register").count() == 1


def test_what_does_not_belong_to_an_outcome_is_not_kept(house, at) -> None:
    finish(house, at, of(house, keisha=Seat("no_show", 3, 20, 40, "work")))
    row = seats(house)["Keisha"]
    kept = (row.participation, row.minutes_late, row.minutes_stayed, row.excuse)
    assert kept == (None, None, None, "")


@pytest.mark.parametrize(
    ("seat", "field"),
    [
        (Seat("relapsed"), "outcome"),
        (Seat("attended", 5), "rating"),
        (Seat("late", minutes_late=601), "late"),
        (Seat("left_early", minutes_stayed=-1), "stayed"),
        (Seat("excused", excuse="whim"), "excuse"),
    ],
)
@pytest.mark.parametrize("verb", [registers.finish, registers.save_draft])
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_saved(house, at, verb, seat, field) -> None:
    said = of(house, keisha=seat, marcus="attended")
    with pytest.raises(ValidationError) as refused:
        verb(house.register, by=house.ben, on=at, seats=said, version=1)
    assert list(refused.value.error_dict) == [f"{field}-{seats(house)['Keisha'].uid}"]
    assert set(outcomes(house).values()) == {"scheduled"}
    assert now(house).version == 1 and now(house).draft is None


def test_of_a_session_ahead_only_the_topic_can_be_said(house, at) -> None:
    early = house.at(TODAY, 9, 59)
    with pytest.raises(ValidationError, match="has not begun"):
        finish(house, early, of(house, keisha="attended"))
    with pytest.raises(ValidationError, match="has not begun"):
        registers.save_draft(
            house.register, by=house.ben, on=early, seats=of(house, keisha="attended"), version=1
        )
    with pytest.raises(ValidationError, match="has not begun"):
        registers.add_visitor(house.register, by=house.ben, on=early, episode=house.episode(house.linh))
    assert registers.set_topic(house.register, by=house.ben, on=early, topic="  Sleep ", version=1)
    assert not registers.set_topic(house.register, by=house.ben, on=early, topic="Sleep", version=1)
    assert now(house).topic == "Sleep"


# ---- drafts ------------------------------------------------------------------------------------------------------


def test_nothing_in_a_draft_counts(swept: cast.Cast, at) -> None:
    Recheck.objects.all().delete()
    said = of(swept, keisha="no_show", marcus=Seat("attended", 2))
    assert registers.save_draft(swept.register, by=swept.ben, on=at, seats=said, version=1, topic="Sleep")
    assert set(outcomes(swept).values()) == {"scheduled"}
    assert not Recording.objects.exists() and not Recheck.objects.exists()
    assert registers.drafted(now(swept)) == said and now(swept).finished_at is None
    entry = AuditEntry.objects.get(deed="draft_register")
    assert entry.detail == {"drafted": 2}


def test_the_same_draft_twice_is_one(house, at) -> None:
    said = of(house, keisha="no_show")
    assert registers.save_draft(house.register, by=house.ben, on=at, seats=said, version=1)
    assert not registers.save_draft(house.register, by=house.ben, on=at + MINUTE, seats=said, version=1)
    assert AuditEntry.objects.filter(deed="draft_register").count() == 1


def test_finishing_ends_the_draft(house, at) -> None:
    said = of(house, keisha="no_show")
    registers.save_draft(house.register, by=house.ben, on=at, seats=said, version=1)
    finish(house, at, said)
    assert now(house).draft is None and outcomes(house)["Keisha"] == "no_show"


def test_a_draft_with_nothing_in_it_is_dropped(house, at) -> None:
    registers.save_draft(house.register, by=house.ben, on=at, seats=of(house, keisha="late"), version=1)
    assert registers.save_draft(house.register, by=house.ben, on=at, seats={}, version=2)
    assert now(house).draft is None


@pytest.mark.parametrize("verb", [registers.finish, registers.save_draft])
def test_who_has_not_seen_a_draft_cannot_sweep_it_away(house, at, verb) -> None:
    registers.save_draft(
        house.register, by=house.ben, on=at, seats=of(house, keisha="late"), version=1, topic="Sleep"
    )
    with pytest.raises(ValidationError) as refused:
        verb(house.register, by=house.ruth, on=at, seats=of(house, paul="attended"), version=1)
    assert refused.value.error_dict["version"][0].code == CONFLICT
    assert registers.drafted(now(house)) == of(house, keisha="late")
    assert outcomes(house)["Paul"] == "scheduled"


# ---- two at once ---------------------------------------------------------------------------------------------------


def test_a_seat_that_says_something_else_by_now_is_a_conflict_whoever_changed_it(house, at) -> None:
    """An import or the front desk may change a seat without the register."""
    keisha = seats(house)["Keisha"]
    Appointment.objects.filter(pk=keisha.pk).update(outcome="excused")
    with pytest.raises(ValidationError) as refused:
        finish(house, at, of(house, keisha="no_show"), shown=of(house, keisha="scheduled"))
    assert refused.value.error_dict["version"][0].code == CONFLICT
    assert outcomes(house)["Keisha"] == "excused"


def test_a_visitor_added_meanwhile_is_a_conflict_too(house, at) -> None:
    registers.add_visitor(house.register, by=house.ruth, on=at, episode=house.episode(house.linh))
    with pytest.raises(ValidationError):
        finish(house, at, of(house, keisha="late"), version=1)
    assert finish(house, at, of(house, keisha="late")) == 1


# ---- visitors ------------------------------------------------------------------------------------------------------


def test_a_visitor_gets_a_seat_without_a_membership_once(house, at) -> None:
    stay = house.episode(house.linh)
    seat = registers.add_visitor(house.register, by=house.ben, on=at, episode=stay)
    again = registers.add_visitor(house.register, by=house.ruth, on=at, episode=stay)
    assert again.pk == seat.pk and not stay.memberships.exists()
    assert (seat.outcome, seat.group, seat.starts_at) == (
        "attended",
        house.morning_skills,
        house.register.starts_at,
    )
    assert Recording.objects.get().appointment == seat
    assert Recheck.objects.get().episode == stay


@pytest.mark.parametrize("who", ["victor", "theo"])
def test_only_somebody_in_care_here_can_be_seated(house, at, who) -> None:
    """Victor is discharged, Theo belongs to the other clinic."""
    stay = house.episode(getattr(house, who))
    with pytest.raises(ValidationError) as refused:
        registers.add_visitor(house.register, by=house.ben, on=at, episode=stay)
    assert list(refused.value.error_dict) == ["visitor"]
    assert not Appointment.objects.filter(session=house.register, episode=stay).exists()


def test_a_visitor_over_capacity_is_refused_with_a_sentence(house, at) -> None:
    taken = len(seats(house))
    Group.objects.filter(pk=house.morning_skills.pk).update(capacity=taken)
    with pytest.raises(ValidationError, match=f"holds {taken} people") as refused:
        registers.add_visitor(house.register, by=house.ben, on=at, episode=house.episode(house.linh))
    assert list(refused.value.error_dict) == ["visitor"] and len(seats(house)) == taken
    Appointment.objects.filter(pk=seats(house)["Keisha"].pk).update(outcome="excused")
    registers.add_visitor(house.register, by=house.ben, on=at, episode=house.episode(house.linh))
    with pytest.raises(ValidationError, match="every seat"):
        registers.add_visitor(house.register, by=house.ben, on=at, episode=house.episode(house.irina))


def test_a_visitors_seat_can_be_taken_away_and_a_members_cannot(house, at) -> None:
    seat = registers.add_visitor(house.register, by=house.ben, on=at, episode=house.episode(house.linh))
    keisha = seats(house)["Keisha"].uid
    with pytest.raises(ValidationError, match="Only a visitor"):
        registers.remove_visitor(house.register, by=house.ben, on=at, seat=keisha, version=2)
    assert registers.remove_visitor(house.register, by=house.ben, on=at, seat=seat.uid, version=2)
    assert not registers.remove_visitor(house.register, by=house.ben, on=at, seat=seat.uid, version=2)
    assert "Linh" not in seats(house) and "Keisha" in seats(house)
    assert AuditEntry.objects.get(deed="remove_visitor").detail == {"seat": str(seat.uid)}


@pytest.mark.parametrize(("by", "after"), [("ben", 10), ("ruth", 1)])
def test_a_visitor_recorded_long_ago_or_by_somebody_else_keeps_the_seat(house, at, by, after) -> None:
    seat = registers.add_visitor(house.register, by=house.ben, on=at, episode=house.episode(house.linh))
    with pytest.raises(ValidationError, match="Correct it first") as refused:
        registers.remove_visitor(
            house.register, by=getattr(house, by), on=at + after * MINUTE, seat=seat.uid, version=2
        )
    assert list(refused.value.error_dict) == [f"outcome-{seat.uid}"]
    assert outcomes(house)["Linh"] == "attended"


def test_an_undo_takes_a_visitors_seat_away_that_came_with_it(house, at) -> None:
    finish(house, at, of(house, keisha="attended"))
    stay = house.episode(house.linh)
    registers.add_visitor(house.register, by=house.ben, on=at + MINUTE, episode=stay)
    Recheck.objects.all().delete()
    again = {"by": house.ben, "on": at + 2 * MINUTE}
    assert registers.undo(house.register, **again, version=now(house).version) == 1
    assert "Linh" not in seats(house) and outcomes(house)["Keisha"] == "attended"
    assert Recheck.objects.get().episode == stay
    assert registers.undo(house.register, **again, version=now(house).version) == 1
    assert outcomes(house)["Keisha"] == "scheduled", "a member's seat stays"


# ---- undo and corrections ------------------------------------------------------------------------------------------


def test_undo_takes_back_what_was_saved_last_and_nothing_else(house, at) -> None:
    finish(house, at, of(house, keisha=Seat("attended", 3)))
    finish(house, at + MINUTE, of(house, keisha="no_show", marcus="late"))
    assert registers.undo(house.register, by=house.ben, on=at + 2 * MINUTE, version=now(house).version) == 2
    keisha = seats(house)["Keisha"]
    assert (keisha.outcome, keisha.participation, keisha.recorded_at) == ("attended", 3, at)
    assert outcomes(house)["Marcus"] == "scheduled"
    assert Recording.objects.filter(kind="undo").count() == 2
    assert registers.undo(house.register, by=house.ben, on=at + 3 * MINUTE, version=now(house).version) == 1
    assert set(outcomes(house).values()) == {"scheduled"}
    assert now(house).finished_at is None


def test_after_ten_minutes_or_by_somebody_else_there_is_nothing_to_undo(house, at) -> None:
    finish(house, at, of(house, keisha="attended"))
    for by, on in ((house.ben, at + 10 * MINUTE), (house.ruth, at + MINUTE)):
        with pytest.raises(ValidationError, match="nothing of yours"):
            registers.undo(house.register, by=by, on=on, version=now(house).version)
    assert outcomes(house)["Keisha"] == "attended"


def test_an_undo_asks_for_a_recheck(swept: cast.Cast, at) -> None:
    finish(swept, at, of(swept, keisha="no_show"))
    sweep.drain(at)
    registers.undo(swept.register, by=swept.ben, on=at + MINUTE, version=now(swept).version)
    assert Recheck.objects.filter(episode=swept.episode(swept.keisha)).exists()


@pytest.mark.parametrize("by", ["ben", "ruth"])
def test_a_correction_needs_one_reason_for_the_whole_save(house, at, by) -> None:
    """What somebody else recorded is a correction at once; one's own after ten minutes."""
    finish(house, at, of(house, keisha="no_show", marcus="no_show"))
    later, who = at + (10 * MINUTE if by == "ben" else MINUTE), getattr(house, by)
    said = of(house, keisha="attended", marcus="late", paul="attended")
    with pytest.raises(ValidationError) as refused:
        finish(house, later, said, by=who)
    assert refused.value.error_dict["why"][0].code == WHY
    assert outcomes(house)["Paul"] == "scheduled"
    assert finish(house, later, said, by=who, why="Came after the break") == 3
    kinds = {(row.appointment.uid, row.kind, row.why) for row in Recording.objects.filter(at=later)}
    rows = seats(house)
    assert kinds == {
        (rows["Keisha"].uid, "correction", "Came after the break"),
        (rows["Marcus"].uid, "correction", "Came after the break"),
        (rows["Paul"].uid, "mark", ""),
    }
    assert AuditEntry.objects.filter(deed="save_register").latest("pk").detail["corrected"] == 2


def test_within_ten_minutes_ones_own_needs_no_reason(house, at) -> None:
    finish(house, at, of(house, keisha="no_show"))
    assert finish(house, at + 9 * MINUTE, of(house, keisha="attended")) == 1


def test_filling_in_what_was_left_open_is_no_correction(house, at) -> None:
    finish(house, at, of(house, keisha="attended", marcus="late", gloria=Seat("attended", 2)))
    later = at + 60 * MINUTE
    assert finish(house, later, of(house, keisha=Seat("attended", 3), marcus=Seat("late", None, 5))) == 2
    with pytest.raises(ValidationError):
        finish(house, later, of(house, gloria=Seat("attended", 3)))


# ---- it did not happen ---------------------------------------------------------------------------------------------


def test_a_session_that_did_not_happen_is_cancelled_for_everybody(swept: cast.Cast, at) -> None:
    finish(swept, at, of(swept, keisha="no_show"))
    version = now(swept).version
    said = {"by": swept.ben, "on": at + MINUTE, "version": version}
    with pytest.raises(ValidationError) as refused:
        registers.did_not_happen(swept.register, reason=" ", **said)
    assert list(refused.value.error_dict) == ["reason"]
    assert registers.did_not_happen(swept.register, reason="Facilitator ill", **said) == 4
    assert set(outcomes(swept).values()) == {"cancelled_by_clinic"}
    assert (now(swept).cancelled_at, now(swept).reason) == (at + MINUTE, "Facilitator ill")
    assert registers.did_not_happen(swept.register, reason="Facilitator ill", **said) == 0
    with pytest.raises(ValidationError, match="did not take place"):
        finish(swept, at + 2 * MINUTE, of(swept, keisha="attended"))


def test_it_can_be_taken_back_at_once_and_with_a_reason_later(house, at) -> None:
    said = {"by": house.ben, "reason": "Fire alarm"}
    finish(house, at, of(house, keisha=Seat("attended", 3)))
    registers.did_not_happen(house.register, on=at + MINUTE, version=2, **said)
    registers.undo(house.register, by=house.ben, on=at + 2 * MINUTE, version=3)
    assert outcomes(house)["Keisha"] == "attended" and now(house).cancelled_at is None
    registers.did_not_happen(house.register, on=at + 3 * MINUTE, version=4, **said)
    late = {"by": house.ben, "on": at + 60 * MINUTE, "version": 5}
    with pytest.raises(ValidationError):
        registers.took_place(house.register, why="", **late)
    assert registers.took_place(house.register, why="The other group's alarm", **late) == 4
    assert now(house).cancelled_at is None
    registers.undo(house.register, by=house.ben, on=at + 61 * MINUTE, version=6)
    assert (now(house).cancelled_at, now(house).reason) == (at + 3 * MINUTE, "Fire alarm")


def as_recorded(house: cast.Cast) -> dict[str, tuple]:
    """What each seat says, with who said it when."""
    return {
        name: (row.outcome, row.participation, row.reason, row.recorded_at, row.recorded_by_id)
        for name, row in seats(house).items()
    }


@pytest.mark.parametrize("way", ["took_place", "restore_session", "undone_first", "undone_and_restored"])
def test_a_session_that_took_place_after_all_says_what_was_recorded_before(house, at, way) -> None:
    finish(house, at, of(house, keisha=Seat("attended", 3), paul="no_show", marcus="cancelled_by_clinic"))
    stood, hour, held = as_recorded(house), at + 60 * MINUTE, house.register
    told = {"by": house.ben, "reason": "Fire alarm", "version": now(house).version}
    assert registers.did_not_happen(held, on=at + 20 * MINUTE, **told) == 3

    def reinstate(on: datetime) -> int:
        return registers.took_place(held, by=house.ruth, on=on, why="It did", version=now(house).version)

    if way.startswith("undone"):
        cancelled = as_recorded(house)
        assert reinstate(hour - MINUTE) == 3
        registers.undo(held, by=house.ruth, on=hour, version=now(house).version)
        assert as_recorded(house) == cancelled and now(house).cancelled_at == at + 20 * MINUTE
    if way in ("restore_session", "undone_and_restored"):
        groups.restore_session(held, by=house.ruth, on=hour, version=now(house).version)
    else:
        assert reinstate(hour) == 3
    assert as_recorded(house) == stood
    assert (now(house).cancelled_at, now(house).finished_at) == (None, at)


def test_taking_back_the_correction_of_one_seat_cancels_no_session(house, at) -> None:
    finish(house, at, of(house, keisha="cancelled_by_clinic", marcus="attended"))
    finish(house, at + 20 * MINUTE, of(house, keisha="scheduled"), why="She waited")
    registers.undo(house.register, by=house.ben, on=at + 21 * MINUTE, version=now(house).version)
    assert now(house).cancelled_at is None
    assert (outcomes(house)["Keisha"], outcomes(house)["Marcus"]) == ("cancelled_by_clinic", "attended")


# ---- what it costs -------------------------------------------------------------------------------------------------


def test_thirty_members_cost_what_three_do(house, at) -> None:
    counts = {}
    for size in (4, 30):
        fill(house, size)
        for each in (
            lambda said: registers.save_draft(
                house.register, by=house.ben, on=at, seats=said, version=now(house).version
            ),
            lambda said: finish(house, at, said),
            lambda said: registers.undo(
                house.register, by=house.ben, on=at + MINUTE, version=now(house).version
            ),
        ):
            said = {
                row.uid: Seat("attended", 3) for row in Appointment.objects.filter(session=house.register)
            }
            with CaptureQueriesContext(connection) as captured:
                each(said)
            counts.setdefault(size, []).append(len(captured.captured_queries))
    assert counts[4] == counts[30]
    assert max(counts[30]) <= 16


def fill(house: cast.Cast, size: int) -> None:
    """Seats for `size` members in today's session, besides those who have one."""
    for number in range(Appointment.objects.filter(session=house.register).count(), size):
        person = Client.objects.create(
            clinic=house.riverside, record_number=f"M-{number}", first_name=f"More {number}", last_name="X"
        )
        Appointment.objects.create(
            episode=Episode.objects.create(
                client=person,
                clinic=house.riverside,
                programme=house.outpatient,
                admitted_on=TODAY - timedelta(days=30),
            ),
            clinic=house.riverside,
            channel="group",
            group=house.morning_skills,
            session=house.register,
            starts_at=house.register.starts_at,
        )

"""Groups: when they meet, who has a seat, and what stays of the past whatever changes ahead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import attendance, episodes, groups, histories, recurrence, sweep
from clinic.groups import conflicts
from clinic.models import (
    Appointment,
    AuditEntry,
    Client,
    Closure,
    Episode,
    Finding,
    Group,
    Membership,
    Pause,
    Recheck,
    Recording,
    Series,
    Session,
    WaitingPlace,
)
from tests import cast
from tests.joint.conftest import TODAY

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
WEDNESDAY = TODAY + 5 * DAY
AT = time(18)


def refused(field: str, code: str | None = None):
    def fits(error: ValidationError) -> bool:
        if field not in error.message_dict:
            return False
        return code is None or code in [each.code for each in error.error_dict[field]]

    return pytest.raises(ValidationError, check=fits)


def in_conflict():
    return pytest.raises(ValidationError, check=lambda error: error.code == groups.CONFLICT)


@pytest.fixture
def by(house: cast.Cast, now: datetime) -> dict:
    return {"by": house.ben, "on": now}


@pytest.fixture
def circle(house: cast.Cast, by: dict) -> Group:
    """A group that holds three and has nobody in it yet."""
    about = groups.About(name="Circle", kind="peer support", room="Room 5", capacity=3, facilitator=house.ben)
    return groups.make(house.riverside, **by, about=about)


def weekly(starts_on: date = WEDNESDAY, at: time = AT, every: str = "week", **more) -> groups.Times:
    rule = recurrence.make(every, starts_on, until=more.pop("until", None), count=more.pop("count", None))
    return groups.Times(rule=rule, starts_on=starts_on, at=at, minutes=90, **more)


@pytest.fixture
def meets(circle: Group, by: dict) -> Series:
    return groups.set_schedule(circle, **by, times=weekly()).series


def seats(group: Group, client: Client | None = None, outcome: str = "scheduled") -> list[date]:
    rows = Appointment.objects.filter(group=group, outcome=outcome).order_by("starts_at", "pk")
    if client is not None:
        rows = rows.filter(episode__client=client)
    return [group.clinic.local_day(row.starts_at) for row in rows]


def days_of(group: Group) -> list[date]:
    rows = Session.objects.filter(group=group).order_by("starts_at")
    return [group.clinic.local_day(row.starts_at) for row in rows]


def moment(house: cast.Cast, day: date, hour: int = 18) -> datetime:
    return house.at(day, hour)


# -- what a group is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "x" * 121}),
        ("name", {"name": "evening skills"}),
        ("capacity", {"capacity": 0}),
        ("capacity", {"capacity": 201}),
        ("kind", {"kind": "x" * 41}),
        ("room", {"room": "x" * 61}),
    ],
)
def test_a_group_has_a_name_of_its_own_and_holds_somebody(house, by, field: str, what: dict) -> None:
    with refused(field):
        groups.make(house.riverside, **by, about=groups.About(**{"name": "Circle", **what}))
    groups.make(house.harbor, **by, about=groups.About(name="Evening skills"))


def test_only_those_who_lead_groups_here_are_named(house, by, circle: Group) -> None:
    for field, people in (("facilitator", house.dasha), ("facilitator", house.lucia)):
        with refused(field):
            groups.make(house.riverside, **by, about=groups.About(name="Other", facilitator=people))
    about = groups.About(name="Other", facilitator=house.ben, co_facilitators=(house.ben,))
    with refused("co_facilitators"):
        groups.make(house.riverside, **by, about=about)


def test_a_change_on_an_old_page_is_told_so(house, by, circle: Group, meets: Series) -> None:
    groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY)
    about = groups.About(name="Circle", capacity=3, facilitator=house.sam, co_facilitators=(house.ben,))
    changed = groups.change(circle, **by, about=about, version=1)
    assert (changed.version, set(changed.co_facilitators.all())) == (2, {house.ben})
    assert set(Appointment.objects.filter(group=circle).values_list("staff", flat=True)) == {house.sam.pk}
    assert groups.change(circle, **by, about=about, version=1).version == 2, "the same again"
    with in_conflict():
        groups.change(circle, **by, about=groups.About(name="Ring", capacity=3), version=1)


# -- sessions made ahead ---------------------------------------------------------------------------------------------


def test_a_schedule_makes_the_sessions_of_twelve_weeks(house, circle, meets, by) -> None:
    assert days_of(circle) == [WEDNESDAY + week * WEEK for week in range(12)]
    assert meets.made_through == TODAY + 12 * WEEK
    assert Session.objects.filter(group=circle).first().minutes == 90


def test_the_weeks_ahead_roll_on_and_nothing_is_made_twice(house, circle, meets, by, now) -> None:
    groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY)
    assert groups.make_ahead(now) == 0
    assert groups.make_ahead(now + WEEK) == 1
    assert groups.make_ahead(now + WEEK) == 0
    Series.objects.update(made_through=None)
    assert groups.make_ahead(now + WEEK) == 0, "the days are there, whatever the mark says"
    assert days_of(circle) == [WEDNESDAY + week * WEEK for week in range(13)] == seats(circle, house.rosa)
    assert AuditEntry.objects.filter(deed="make_sessions", staff=None).count() == 1


def test_nothing_due_costs_one_statement(circle, meets, now) -> None:
    with CaptureQueriesContext(connection) as caught:
        groups.make_ahead(now)
    assert len(caught.captured_queries) == 1


def test_closed_days_and_days_left_out_are_skipped(house, circle, by) -> None:
    Closure.objects.create(clinic=house.riverside, day=WEDNESDAY + WEEK, reason="Holiday")
    groups.set_schedule(circle, **by, times=weekly(without=(WEDNESDAY + 2 * WEEK,)))
    assert days_of(circle)[:2] == [WEDNESDAY, WEDNESDAY + 3 * WEEK]
    groups.make_ahead(by["on"] + 2 * WEEK)
    assert WEDNESDAY + 2 * WEEK not in days_of(circle)


@pytest.mark.parametrize(
    ("every", "apart"), [("week", {7}), ("two_weeks", {14}), ("month_weekday", {28, 35})]
)
def test_each_rhythm_names_its_days(circle, by, every: str, apart: set[int]) -> None:
    groups.set_schedule(circle, **by, times=weekly(every=every))
    found = days_of(circle)
    assert {(two - one).days for one, two in pairwise(found)} <= apart
    assert len(found) >= 3


def test_a_rhythm_ends_after_a_number_of_times_or_with_a_day(circle, by, now) -> None:
    series = groups.set_schedule(circle, **by, times=weekly(count=3)).series
    groups.make_ahead(now + 20 * WEEK)
    assert len(days_of(circle)) == 3
    groups.end_schedule(series, **by, ended_on=TODAY, version=1)
    groups.set_schedule(circle, **by, times=weekly(until=WEDNESDAY + WEEK))
    assert days_of(circle) == [WEDNESDAY, WEDNESDAY + WEEK]


@pytest.mark.parametrize(
    "zone", ["America/Denver", "Europe/London", "Pacific/Auckland", "Australia/Lord_Howe"]
)
def test_six_o_clock_stays_six_o_clock_when_the_clocks_change(house, circle, by, zone: str) -> None:
    house.riverside.time_zone = zone
    house.riverside.save()
    start = datetime(2026, 2, 1, 12, tzinfo=ZoneInfo(zone))
    series = groups.set_schedule(circle, by=house.ben, on=start, times=weekly(date(2026, 2, 4))).series
    for week in range(1, 53):
        groups.make_ahead(start + week * WEEK)
    starts = [row.starts_at.astimezone(ZoneInfo(zone)) for row in series.sessions.order_by("starts_at")]
    assert {each.time() for each in starts} == {AT}
    assert {(two.date() - one.date()).days for one, two in pairwise(starts)} == {7}
    assert len({each.utcoffset() for each in starts}) == 2, "the clocks did change"


def test_a_session_that_stands_at_the_time_becomes_one_of_the_schedule(house, circle, by) -> None:
    there = Session.objects.create(group=circle, starts_at=moment(house, WEDNESDAY))
    series = groups.set_schedule(circle, **by, times=weekly()).series
    there.refresh_from_db()
    assert (there.series, there.series_day) == (series, WEDNESDAY)
    assert Session.objects.filter(group=circle).count() == 12


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("rule", {"rule": "FREQ=HOURLY"}),
        ("minutes", {"minutes": 0}),
        ("minutes", {"minutes": -30}),
        ("minutes", {"minutes": 700}),
        ("mode", {"mode": "by_owl"}),
        ("starts_on", {"starts_on": TODAY + 400 * DAY}),
        ("until", {"rule": f"FREQ=WEEKLY;UNTIL={TODAY:%Y%m%d}"}),
        ("count", {"rule": "FREQ=WEEKLY;COUNT=900"}),
        ("without", {"without": tuple(TODAY + n * DAY for n in range(101))}),
    ],
)
def test_a_schedule_that_cannot_be_kept_says_why(circle, by, field: str, what: dict) -> None:
    usual = {"rule": "FREQ=WEEKLY;BYDAY=WE", "starts_on": WEDNESDAY, "at": AT}
    with refused(field):
        groups.set_schedule(circle, **by, times=groups.Times(**{**usual, **what}))
    assert not Session.objects.filter(group=circle).exists()


# -- changing the schedule -------------------------------------------------------------------------------------------


def test_a_new_time_moves_coming_sessions_with_their_seats(house, circle, meets, by) -> None:
    groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY)
    before = {row.series_day: row.pk for row in Session.objects.filter(group=circle)}
    change = groups.set_schedule(
        circle, **by, times=weekly(WEDNESDAY + WEEK, time(17, 30)), series=meets, version=1
    )
    assert (change.made, change.moved, change.removed, change.kept) == (0, 11, 0, 0)
    rows = Session.objects.filter(group=circle).order_by("starts_at")
    assert {row.series_day: row.pk for row in rows} == before
    assert [row.starts_at for row in rows][:2] == [
        moment(house, WEDNESDAY),
        house.at(WEDNESDAY + WEEK, 17, 30),
    ]
    seat_times = Appointment.objects.filter(group=circle).order_by("starts_at")
    assert [seat.starts_at for seat in seat_times] == [row.starts_at for row in rows]
    assert [row.version > 1 for row in rows] == [True] * 12, "an open register notices"


def test_another_weekday_moves_each_session_within_its_week(house, circle, meets, by) -> None:
    topic = Session.objects.filter(group=circle).latest("starts_at")
    Session.objects.filter(pk=topic.pk).update(topic="Sleep")
    friday = WEDNESDAY + 2 * DAY
    times = groups.Times(rule="FREQ=WEEKLY;BYDAY=FR", starts_on=TODAY + DAY, at=AT)
    change = groups.set_schedule(circle, **by, times=times, series=meets, version=1)
    assert (change.moved, change.removed) == (12, 0)
    assert days_of(circle) == [friday + week * WEEK for week in range(12)]
    assert Session.objects.get(pk=topic.pk).topic == "Sleep"


def test_every_two_weeks_takes_the_weeks_between_away(house, circle, meets, by) -> None:
    groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY)
    change = groups.set_schedule(circle, **by, times=weekly(every="two_weeks"), series=meets, version=1)
    assert (change.moved, change.removed) == (6, 6)
    assert days_of(circle) == seats(circle) == [WEDNESDAY + 2 * week * WEEK for week in range(6)]


def test_what_is_recorded_moved_or_cancelled_stays_where_it_is(house, circle, meets, by) -> None:
    groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY)
    told, moved, off, draft, *rest = Session.objects.filter(group=circle).order_by("starts_at")
    attendance.mark(told.seats.get(), **by, outcome="excused", excuse="work")
    groups.move_session(
        moved, **by, starts_at=moved.starts_at + DAY, minutes=90, version=moved.version, despite=True
    )
    groups.cancel_session(off, **by, reason="Facilitator away", version=off.version)
    Session.objects.filter(pk=draft.pk).update(draft={"x": 1})
    stand = [told.starts_at, moved.starts_at + DAY, off.starts_at, draft.starts_at]
    change = groups.set_schedule(circle, **by, times=weekly(at=time(16)), series=meets, version=1)
    assert (change.moved, change.kept, change.made, change.removed) == (len(rest), 4, 0, 0)
    found = {row.pk: row.starts_at for row in Session.objects.filter(group=circle)}
    assert [found[row.pk] for row in (told, moved, off, draft)] == stand
    assert len(found) == 12
    groups.make_ahead(by["on"] + DAY)
    assert Session.objects.filter(group=circle).count() == 12


def test_the_past_is_not_touched_by_a_new_schedule(house, circle, by, now) -> None:
    stay = house.episode(house.rosa)
    series = groups.set_schedule(circle, **by, times=weekly(TODAY - 2 * DAY)).series
    groups.join(circle, stay, **by, joined_on=TODAY)
    later = now + 2 * WEEK
    gone = Session.objects.filter(group=circle, starts_at__lt=later)
    for row in Appointment.objects.filter(session__in=gone)[:1]:
        attendance.mark(row, by=house.ben, on=later, outcome="attended")
    before = list(Appointment.objects.filter(session__in=gone).values_list())
    times = weekly(TODAY + 2 * WEEK, time(9))
    groups.set_schedule(circle, by=house.ben, on=later, times=times, series=series, version=1)
    assert list(Appointment.objects.filter(session__in=gone).values_list()) == before
    assert len(before) == 2


def test_a_schedule_on_an_old_page_is_told_so(circle, meets, by) -> None:
    groups.set_schedule(circle, **by, times=weekly(at=time(16)), series=meets, version=1)
    with in_conflict():
        groups.set_schedule(circle, **by, times=weekly(at=time(15)), series=meets, version=1)
    with in_conflict():
        groups.end_schedule(meets, **by, ended_on=TODAY + DAY, version=1)
    with refused("starts_on"):
        groups.set_schedule(circle, **by, times=weekly(TODAY - WEEK), series=meets, version=2)


def test_a_schedule_that_ends_takes_its_coming_sessions_away(house, circle, meets, by) -> None:
    groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY)
    first = Session.objects.filter(group=circle).earliest("starts_at")
    groups.cancel_session(first, **by, reason="Away", version=first.version)
    ended = groups.end_schedule(meets, **by, ended_on=TODAY, version=1)
    assert (ended.removed, ended.kept) == (11, 1)
    assert groups.make_ahead(by["on"] + 3 * WEEK) == 0
    assert days_of(circle) == [WEDNESDAY]


# -- belonging to a group --------------------------------------------------------------------------------------------


def test_who_joins_has_a_seat_in_every_session_from_then_on(house, circle, meets, by) -> None:
    groups.join(circle, house.episode(house.rosa), **by, joined_on=WEDNESDAY + DAY)
    assert seats(circle, house.rosa) == [WEDNESDAY + week * WEEK for week in range(1, 12)]
    seat = Appointment.objects.filter(group=circle).first()
    assert (seat.channel, seat.minutes, seat.staff, seat.booked_at) == ("group", 90, house.ben, by["on"])
    assert Recheck.objects.filter(episode=house.episode(house.rosa)).exists()


def test_joining_makes_nobody_absent_from_the_past(house, by) -> None:
    stay = house.episode(house.linh)
    groups.join(house.morning_skills, stay, **by, joined_on=TODAY - 30 * DAY)
    assert seats(house.morning_skills, house.linh) == [TODAY, TODAY + WEEK], "today's begins at ten"


def test_who_joins_while_the_session_goes_on_is_in_its_register(house, by) -> None:
    late = {**by, "on": house.at(TODAY, 10, 20)}
    groups.join(house.morning_skills, house.episode(house.linh), **late, joined_on=TODAY)
    assert TODAY in seats(house.morning_skills, house.linh)
    over = {**by, "on": house.at(TODAY, 12)}
    groups.join(house.morning_skills, house.episode(house.irina), **over, joined_on=TODAY)
    assert TODAY not in seats(house.morning_skills, house.irina)


def test_a_pause_leaves_the_seats(house, circle, meets, by) -> None:
    assert Pause.objects.filter(episode=house.episode(house.samir), ends_on=None).exists()
    groups.join(circle, house.episode(house.samir), **by, joined_on=TODAY)
    assert len(seats(circle, house.samir)) == 12


def test_leaving_ends_coming_seats_and_nothing_else(house, by) -> None:
    stay = house.episode(house.rosa)
    place = Membership.objects.get(episode=stay, group=house.evening_skills)
    past = Appointment.objects.filter(episode=stay, starts_at__lte=by["on"])
    before = list(past.order_by("pk").values_list())
    versions = dict(Session.objects.values_list("pk", "version"))
    assert Appointment.objects.filter(episode=stay, starts_at__gt=by["on"], group__isnull=False).count() == 2
    groups.leave(place, **by, left_on=TODAY, ended="stopped_coming")
    assert not Appointment.objects.filter(episode=stay, starts_at__gt=by["on"], group__isnull=False).exists()
    assert list(past.order_by("pk").values_list()) == before
    risen = [pk for pk, version in Session.objects.values_list("pk", "version") if version > versions[pk]]
    assert len(risen) == 2, "an open register notices"
    assert Membership.objects.get(pk=place.pk).ended == "stopped_coming"


def test_a_seat_with_a_record_is_never_deleted(house, circle, meets, by) -> None:
    """Excused ahead: it stays. Marked and taken back: cancelled by the clinic, its recordings kept."""
    place = groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY)
    first, second, *_rest = Appointment.objects.filter(group=circle).order_by("starts_at")
    attendance.mark(first, **by, outcome="excused", excuse="work")
    attendance.mark(second, **by, outcome="excused", excuse="work")
    attendance.undo(second, **by)
    groups.leave(place, **by, left_on=TODAY)
    left = Appointment.objects.filter(group=circle).order_by("starts_at")
    assert [row.outcome for row in left] == ["excused", "cancelled_by_clinic"]
    assert Recording.objects.filter(appointment=second).count() == 3


def test_an_earlier_end_keeps_the_seats_of_a_later_membership(house, circle, meets, by) -> None:
    stay = house.episode(house.rosa)
    first = groups.join(circle, stay, **by, joined_on=TODAY)
    groups.leave(first, **by, left_on=WEDNESDAY + 2 * WEEK)
    groups.join(circle, stay, **by, joined_on=WEDNESDAY + 4 * WEEK)
    first.refresh_from_db()
    groups.leave(first, **by, left_on=WEDNESDAY + WEEK)
    assert seats(circle, house.rosa) == [WEDNESDAY, *(WEDNESDAY + week * WEEK for week in range(4, 12))]


def imported(group: Group) -> None:
    """Let all coming seats have come with a file."""
    for row in Appointment.objects.filter(group=group):
        Appointment.objects.filter(pk=row.pk).update(external_id=f"file-{row.pk}")


def test_seats_kept_when_somebody_left_stand_again_when_they_come_back(house, circle, meets, by) -> None:
    stay = house.episode(house.rosa)
    place = groups.join(circle, stay, **by, joined_on=TODAY)
    imported(circle)
    before, numbers = (
        seats(circle),
        set(Appointment.objects.filter(group=circle).values_list("pk", flat=True)),
    )
    off = Appointment.objects.filter(group=circle).earliest("starts_at")
    attendance.mark(off, **by, outcome="cancelled_by_clinic", reason="Facilitator away")
    groups.leave(place, **by, left_on=TODAY)
    assert seats(circle, outcome="cancelled_by_clinic") == before
    groups.join(circle, stay, **by, joined_on=WEDNESDAY + 3 * WEEK)
    assert seats(circle) == before[3:] and len(seats(circle, outcome="cancelled_by_clinic")) == 3
    assert set(Appointment.objects.filter(group=circle).values_list("pk", flat=True)) == numbers


def test_a_discharge_taken_back_lets_kept_seats_stand_again(house, circle, meets, by) -> None:
    stay = house.episode(house.rosa)
    groups.join(circle, stay, **by, joined_on=TODAY)
    imported(circle)
    before = seats(circle)
    groups.leave_all(stay, **by, day=TODAY)
    assert seats(circle) == []
    groups.return_all(stay, **by, day=TODAY)
    assert seats(circle) == before


def test_seats_that_end_with_the_place_are_nothing_we_called_off(house, circle, meets, by) -> None:
    stay = house.episode(house.linh)
    place = groups.join(circle, stay, **by, joined_on=TODAY)
    imported(circle)

    def read() -> tuple[bytes, bool]:
        record = next(iter(histories.records(house.riverside, [stay.pk])))
        Recheck.objects.ask([stay.pk], on=by["on"])
        sweep.drain(by["on"])
        return record.marks, Finding.objects.filter(episode=stay, sign="S02", state="open").exists()

    standing = read()[0]
    groups.leave(place, **by, left_on=TODAY)
    assert len(seats(circle, outcome="cancelled_by_clinic")) == 12
    marks, said = read()
    assert not said and len(marks) == len(standing) - 12
    Membership.objects.filter(pk=place.pk).update(left_on=None)
    assert read()[1], "the same while they belong to the group: the sign says it"


@pytest.mark.parametrize("came_with_a_file", [False, True])
def test_a_discharge_dated_back_leaves_no_seat_owed_after_it(
    house, circle, meets, by, came_with_a_file
) -> None:
    stay = house.episode(house.rosa)
    groups.join(circle, stay, **by, joined_on=TODAY)
    if came_with_a_file:
        imported(circle)
    before, later = seats(circle), {**by, "on": by["on"] + 3 * WEEK}
    groups.leave_all(stay, **later, day=WEDNESDAY)
    assert seats(circle) == [WEDNESDAY], "that of the day of the discharge is still owed"
    assert groups.leave_all(stay, **later, day=WEDNESDAY) == 0
    groups.return_all(stay, **later, day=WEDNESDAY)
    assert seats(circle) == before


@pytest.mark.parametrize("ended", [None, "because"])
def test_an_end_before_its_start_or_for_no_known_reason_is_refused(house, circle, by, ended) -> None:
    place = groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY)
    with refused("ended" if ended else "left_on"):
        groups.leave(place, **by, left_on=TODAY - DAY, ended=ended or "other")
    place.refresh_from_db()
    assert place.left_on is None


def test_leaving_twice_is_once_and_somebody_elses_leaving_is_told(house, circle, by) -> None:
    place = groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY)
    for _twice in (1, 2):
        groups.leave(place, **by, left_on=TODAY + DAY)
    assert AuditEntry.objects.filter(deed="leave_group").count() == 1
    place.left_on = None
    with in_conflict():
        groups.leave(place, **by, left_on=TODAY + WEEK)


def test_who_has_left_may_come_back(house, circle, meets, by) -> None:
    stay = house.episode(house.rosa)
    place = groups.join(circle, stay, **by, joined_on=TODAY)
    groups.leave(place, **by, left_on=WEDNESDAY + WEEK)
    with refused("joined_on"):
        groups.join(circle, stay, **by, joined_on=WEDNESDAY)
    groups.join(circle, stay, **by, joined_on=WEDNESDAY + 3 * WEEK)
    assert seats(circle, house.rosa) == [
        WEDNESDAY,
        *(WEDNESDAY + week * WEEK for week in range(3, 12)),
    ]


@pytest.mark.parametrize("ago", [-400, 88])
def test_nobody_joins_before_the_admission_or_far_ahead(house, circle, by, ago: int) -> None:
    with refused("joined_on"):
        groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY - ago * DAY)


def test_nobody_joins_after_a_discharge_twice_or_from_another_clinic(house, circle, by) -> None:
    with refused("joined_on"):
        groups.join(circle, house.episode(house.victor), **by, joined_on=TODAY)
    with refused("client"):
        groups.join(circle, house.episode(house.theo), **by, joined_on=TODAY)
    groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY)
    with refused("joined_on"):
        groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY + DAY)


# -- a full group ----------------------------------------------------------------------------------------------------


@pytest.fixture
def full(house, circle, by) -> list[Membership]:
    people = (house.rosa, house.keisha, house.linh)
    return [groups.join(circle, house.episode(each), **by, joined_on=TODAY) for each in people]


def test_a_full_group_offers_its_waiting_list(house, circle, full, by) -> None:
    with refused("client", groups.FULL):
        groups.join(circle, house.episode(house.gloria), **by, joined_on=TODAY)
    for _twice in (1, 2):
        groups.wait(circle, house.episode(house.gloria), **by)
    assert WaitingPlace.objects.count() == AuditEntry.objects.filter(deed="wait_for_group").count() == 1


def test_a_place_that_gets_free_goes_to_whoever_waits_longest(house, circle, full, by) -> None:
    gloria, paul, marcus = (house.episode(who) for who in (house.gloria, house.paul, house.marcus))
    groups.wait(circle, gloria, **by)
    groups.wait(circle, paul, **by)
    groups.leave(full[0], **by, left_on=TODAY)
    for later in (paul, marcus):
        with refused("client", groups.CLASH):
            groups.join(circle, later, **by, joined_on=TODAY)
    groups.join(circle, gloria, **by, joined_on=TODAY)
    assert WaitingPlace.objects.get(episode=gloria).ended == "joined"
    groups.leave(full[1], **by, left_on=TODAY)
    groups.join(circle, marcus, **by, joined_on=TODAY, despite=True)
    assert WaitingPlace.objects.get(episode=paul).ended_on is None


def test_a_place_is_free_from_the_day_its_holder_leaves(house, circle, full, by) -> None:
    groups.leave(full[0], **by, left_on=WEDNESDAY)
    with refused("client", groups.FULL):
        groups.join(circle, house.episode(house.gloria), **by, joined_on=WEDNESDAY - DAY)
    groups.join(circle, house.episode(house.gloria), **by, joined_on=WEDNESDAY)
    with refused("client", groups.FULL):
        groups.join(circle, house.episode(house.paul), **by, joined_on=WEDNESDAY)


def test_somebody_who_joins_later_has_a_place_already(house, circle, by) -> None:
    for who in (house.rosa, house.keisha):
        groups.join(circle, house.episode(who), **by, joined_on=TODAY)
    groups.join(circle, house.episode(house.linh), **by, joined_on=TODAY + 30 * DAY)
    with refused("client", groups.FULL):
        groups.join(circle, house.episode(house.gloria), **by, joined_on=TODAY)


def test_who_waits_is_in_care_here_and_not_a_member(house, circle, full, by) -> None:
    for who in (house.theo, house.victor, house.rosa):
        with refused("client"):
            groups.wait(circle, house.episode(who), **by)
    place = groups.wait(circle, house.episode(house.paul), **by)
    for _twice in (1, 2):
        groups.stop_waiting(place, **by)
    assert AuditEntry.objects.filter(deed="stop_waiting").count() == 1


# -- the end of a stay, the end of a group ---------------------------------------------------------------------------


def test_a_discharge_ends_memberships_waiting_and_coming_seats(house, circle, full, by) -> None:
    stay = house.episode(house.rosa)
    other = groups.make(house.riverside, **by, about=groups.About(name="Other", capacity=3))
    groups.wait(other, stay, **by)
    past = Appointment.objects.filter(episode=stay, starts_at__lte=by["on"])
    before = list(past.order_by("pk").values_list())
    episodes.discharge(stay, **by, discharged_on=TODAY)
    assert groups.leave_all(stay, **by, day=TODAY) == 2
    rows = Membership.objects.filter(episode=stay)
    assert {row.left_on for row in rows} == {TODAY + DAY}
    assert not Appointment.objects.filter(episode=stay, starts_at__gt=by["on"], group__isnull=False).exists()
    assert not WaitingPlace.objects.filter(ended_on=None).exists()
    assert list(past.order_by("pk").values_list()) == before
    assert groups.leave_all(stay, **by, day=TODAY) == 0


def test_a_discharge_by_mistake_is_taken_back_whole(house, by) -> None:
    stay = house.episode(house.rosa)
    before = seats(house.evening_skills, house.rosa)
    groups.leave_all(stay, **by, day=TODAY)
    assert groups.return_all(stay, **by, day=TODAY) == 1
    assert seats(house.evening_skills, house.rosa) == before
    assert Membership.objects.get(episode=stay).left_on is None


def test_a_group_that_ends_keeps_its_past(house, circle, meets, by) -> None:
    place = groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY)
    groups.wait(circle, house.episode(house.keisha), **by)
    with refused("closed_on"):
        groups.close(circle, **by, closed_on=TODAY - DAY, version=1)
    with in_conflict():
        groups.close(circle, **by, closed_on=TODAY, version=7)
    groups.close(circle, **by, closed_on=WEDNESDAY + DAY, version=1)
    place.refresh_from_db()
    assert (place.left_on, days_of(circle)) == (WEDNESDAY + DAY, [WEDNESDAY])
    assert not WaitingPlace.objects.filter(ended_on=None).exists()
    assert groups.make_ahead(by["on"] + 3 * WEEK) == 0
    circle.refresh_from_db()
    with refused("joined_on"):
        groups.join(circle, house.episode(house.linh), **by, joined_on=WEDNESDAY + DAY)
    with refused("starts_on"):
        groups.set_schedule(circle, **by, times=weekly(WEDNESDAY + WEEK))
    assert groups.reopen(circle, **by, version=circle.version).closed_on is None


# -- one session -----------------------------------------------------------------------------------------------------


@pytest.fixture
def coming(house, circle, meets, by) -> Session:
    for who in (house.rosa, house.keisha):
        groups.join(circle, house.episode(who), **by, joined_on=TODAY)
    return Session.objects.filter(group=circle).earliest("starts_at")


def move(session: Session, by: dict, starts_at: datetime, **more) -> Session:
    session.refresh_from_db()
    return groups.move_session(
        session, **by, **{"starts_at": starts_at, "minutes": 90, "version": session.version, **more}
    )


def test_a_session_moves_with_its_seats_and_keeps_where_it_was(house, coming, by) -> None:
    first, then = coming.starts_at, moment(house, WEDNESDAY + DAY)
    row = move(coming, by, then)
    assert (row.starts_at, row.moved_from) == (then, first)
    assert set(coming.seats.values_list("starts_at", flat=True)) == {then}
    assert Recheck.objects.filter(episode__in=coming.seats.values("episode")).count() == 2
    assert move(coming, by, then + DAY).moved_from == first, "the first time of all"
    assert move(coming, by, first, despite=True).moved_from is None, "back where it was"


def test_a_session_moves_to_no_impossible_time(house, circle, coming, by, now) -> None:
    Closure.objects.create(clinic=house.riverside, day=WEDNESDAY + DAY, reason="Holiday")
    for field, then, minutes in (
        ("starts_at", moment(house, WEDNESDAY + DAY), 90),
        ("starts_at", moment(house, WEDNESDAY + WEEK), 90),
        ("starts_at", moment(house, WEDNESDAY + WEEK, 17), 90),
        ("starts_at", now, 90),
        ("starts_at", now + 400 * DAY, 90),
        ("minutes", moment(house, WEDNESDAY, 20), -15),
    ):
        with refused(field):
            move(coming, by, then, minutes=minutes)
    assert Session.objects.get(pk=coming.pk).starts_at == coming.starts_at


def test_who_is_expected_elsewhere_is_named_before_a_session_moves(house, circle, coming, by) -> None:
    then = moment(house, WEDNESDAY + DAY)
    house.visits(house.rosa, "medical", "S", last=-(WEDNESDAY + DAY - TODAY).days, at=time(18, 30))
    found = conflicts.of(circle, then, 90, on=by["on"], but=coming)
    assert (found.members, found.facilitators, found.shut) == (("Rosa Medina",), (), False)
    with refused("despite", groups.CLASH):
        move(coming, by, then)
    assert move(coming, by, then, despite=True).starts_at == then
    assert not conflicts.of(circle, moment(house, WEDNESDAY + DAY, 20), 30, on=by["on"], but=coming)


def test_a_facilitator_with_another_group_is_named(house, circle, coming, by) -> None:
    then = house.at(TODAY + WEEK, 10, 30)
    assert conflicts.of(circle, then, 60, on=by["on"], but=coming).facilitators == ("Ben Castillo",)


def test_a_move_takes_and_gives_seats_by_who_belongs_then(house, circle, coming, by) -> None:
    place = Membership.objects.get(group=circle, episode=house.episode(house.rosa))
    groups.leave(place, **by, left_on=WEDNESDAY + DAY)
    groups.join(circle, house.episode(house.linh), **by, joined_on=WEDNESDAY + DAY)
    move(coming, by, moment(house, WEDNESDAY + DAY))
    assert set(coming.seats.values_list("episode__client__first_name", flat=True)) == {"Keisha", "Linh"}


def test_a_session_on_an_old_page_is_told_so(house, coming, by) -> None:
    move(coming, by, moment(house, WEDNESDAY + DAY))
    with in_conflict():
        groups.move_session(coming, **by, starts_at=moment(house, WEDNESDAY), minutes=60, version=1)
    with in_conflict():
        groups.cancel_session(coming, **by, reason="Away", version=1)


def test_a_cancelled_session_counts_for_nothing_and_can_be_taken_back(house, coming, by) -> None:
    rosa, keisha = coming.seats.order_by("pk")
    attendance.mark(keisha, **by, outcome="excused", excuse="work")
    coming.refresh_from_db()
    with refused("reason"):
        groups.cancel_session(coming, **by, reason=" ", version=coming.version)
    row = groups.cancel_session(coming, **by, reason="Facilitator away", version=coming.version)
    rosa.refresh_from_db()
    assert (row.cancelled_at, rosa.outcome, rosa.cancelled_at) == (by["on"], "cancelled_by_clinic", by["on"])
    assert [each.outcome for each in coming.seats.order_by("pk")] == ["cancelled_by_clinic", "excused"]
    with pytest.raises(ValidationError, match="cancelled"):
        move(coming, by, moment(house, WEDNESDAY + DAY))
    coming.refresh_from_db()
    groups.join(coming.group, house.episode(house.linh), **by, joined_on=TODAY)
    assert coming.seats.count() == 2, "nobody gets a seat where nobody meets"
    back = groups.restore_session(coming, **by, version=coming.version)
    assert (back.cancelled_at, back.reason) == (None, "")
    assert [each.outcome for each in coming.seats.order_by("pk")] == ["scheduled", "excused", "scheduled"]
    assert list(Recording.objects.filter(appointment=rosa).values_list("kind", flat=True)) == ["mark", "undo"]


def test_a_cancellation_on_which_something_was_built_stays(house, coming, by) -> None:
    row = groups.cancel_session(
        coming, **by, reason="Away", version=Session.objects.get(pk=coming.pk).version
    )
    seat = coming.seats.first()
    Appointment.objects.create(
        episode=seat.episode,
        clinic=house.riverside,
        channel="counselling",
        starts_at=moment(house, WEDNESDAY + DAY),
        rebooking_of=seat,
    )
    with pytest.raises(ValidationError, match="stead"):
        groups.restore_session(row, **by, version=row.version)


def test_a_session_with_attendance_is_neither_moved_nor_cancelled(house, by) -> None:
    last = Session.objects.filter(group=house.morning_skills, starts_at__lt=by["on"]).latest("starts_at")
    for deed in (
        lambda: move(last, by, moment(house, WEDNESDAY)),
        lambda: groups.cancel_session(last, **by, reason="Away", version=last.version),
    ):
        with pytest.raises(ValidationError, match="Attendance"):
            deed()


def test_an_extra_session_seats_the_members_of_its_day(house, circle, coming, by) -> None:
    extra = groups.add_session(circle, **by, starts_at=moment(house, TODAY, 15), minutes=60, topic="Sleep")
    assert (extra.seats.count(), extra.series, extra.topic) == (2, None, "Sleep")
    for field, what in (
        ("starts_at", {"starts_at": moment(house, TODAY, 15) + timedelta(minutes=30)}),
        ("starts_at", {"starts_at": by["on"] - DAY}),
        ("minutes", {"minutes": 0}),
        ("topic", {"topic": "x" * 121}),
        ("mode", {"mode": "by_owl"}),
    ):
        with refused(field):
            groups.add_session(circle, **by, **{"starts_at": moment(house, TODAY, 20), "minutes": 60, **what})


# -- what it costs, and what is kept of it ----------------------------------------------------------------------------


def crowd(house: cast.Cast, size: int) -> list[Episode]:
    people = Client.objects.bulk_create(
        Client(clinic=house.riverside, record_number=f"Z-{n}", first_name="Sam", last_name=f"No{n}")
        for n in range(size)
    )
    return Episode.objects.bulk_create(
        Episode(client=who, clinic=house.riverside, programme=house.outpatient, admitted_on=TODAY - 60 * DAY)
        for who in people
    )


def cost(deed: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as caught:
        deed()
    return len(caught.captured_queries)


def bill(house: cast.Cast, by: dict, size: int) -> dict[str, int]:
    """What each deed costs in a group of so many."""
    group = groups.make(
        house.riverside, **by, about=groups.About(name=f"Of {size}", capacity=40, facilitator=house.ben)
    )
    series = groups.set_schedule(group, **by, times=weekly()).series
    stays = crowd(house, size)
    Client.objects.filter(record_number__startswith="Z-").update(clinic=house.riverside)
    costs = {}
    for stay in stays[1:]:
        groups.join(group, stay, **by, joined_on=TODAY)
    costs["join"] = cost(lambda: groups.join(group, stays[0], **by, joined_on=TODAY))
    first = Session.objects.filter(group=group).earliest("starts_at")
    costs["move"] = cost(lambda: move(first, by, first.starts_at + DAY, despite=True))
    costs["cancel"] = cost(
        lambda: groups.cancel_session(
            first, **by, reason="Away", version=Session.objects.get(pk=first.pk).version
        )
    )
    costs["restore"] = cost(
        lambda: groups.restore_session(first, **by, version=Session.objects.get(pk=first.pk).version)
    )
    costs["week"] = cost(lambda: groups.make_ahead(by["on"] + WEEK))
    costs["change"] = cost(
        lambda: groups.set_schedule(group, **by, times=weekly(at=time(16)), series=series, version=1)
    )
    costs["make"] = cost(lambda: groups.set_schedule(group, **by, times=weekly(at=time(6))))
    Series.objects.update(ended_on=TODAY)
    place = Membership.objects.get(group=group, episode=stays[0])
    costs["leave"] = cost(lambda: groups.leave(place, **by, left_on=TODAY))
    Client.objects.filter(record_number__startswith="Z-").update(clinic=house.harbor)
    for number, who in enumerate(Client.objects.filter(record_number__startswith="Z-")):
        Client.objects.filter(pk=who.pk).update(record_number=f"Y-{size}-{number}")
    return costs


def test_no_deed_costs_more_in_a_group_of_thirty(house, by) -> None:
    few, many = bill(house, by, 3), bill(house, by, 30)
    # SQLite takes 999 values a statement, and every new seat is some 27 of them.
    rows = 30 * 12 // 35 if connection.vendor == "sqlite" else 0
    assert many.pop("make") <= few.pop("make") + rows
    assert few == many
    assert max(many.values()) <= 40


def test_the_ledger_holds_no_words(house, circle, coming, by) -> None:
    coming.refresh_from_db()
    groups.cancel_session(coming, **by, reason="Burst pipe", version=coming.version)
    written = " ".join(f"{each.subject} {each.detail}" for each in AuditEntry.objects.all())
    for word in ("Burst", "Circle", "Rosa", "Room", "peer"):
        assert word not in written
    assert set(AuditEntry.objects.values_list("deed", flat=True)) >= {
        "make_group",
        "set_schedule",
        "join_group",
        "cancel_session",
    }

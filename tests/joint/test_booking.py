"""Booking: one, a series, what stands in the way, what becomes of the plan; and what signs make of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import access, attendance, booking, recurrence, tasks
from clinic.booking import conflicts, finder, preview, slots
from clinic.models import (
    Appointment,
    AuditEntry,
    Closure,
    Pause,
    Recheck,
    Recording,
    Series,
    Session,
)
from tests import cast
from tests.joint.conftest import TODAY

TUESDAY = date(2026, 11, 24)
WEEKLY = "FREQ=WEEKLY;BYDAY=TU"


@pytest.fixture
def stay(house):
    return house.episode(house.paul)


@pytest.fixture
def book(house, stay, now):
    def book(day: date = TUESDAY, hour: int = 10, minute: int = 0, of=stay, **more):
        more = {"by": house.lucia, "on": now, "channel": "counselling", "staff": house.sam, **more}
        return booking.book(of, starts_at=house.at(day, hour, minute), **more)

    return book


@pytest.fixture
def series(house, stay, now):
    def series(rule: str = WEEKLY, day: date = TUESDAY, at: time = time(10), of=stay, **more):
        more = {"by": house.lucia, "on": now, "channel": "counselling", "staff": house.sam, **more}
        return booking.book_series(of, starts_on=day, at=at, rule=rule, **more)

    return series


def refused(call, *args, **more) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as told:
        call(*args, **more)
    return told.value.message_dict


def walls(house: cast.Cast, rows) -> list[str]:
    return [f"{row.starts_at.astimezone(house.riverside.zone):%m-%d %H:%M}" for row in rows]


def of_series(made: Series) -> list[Appointment]:
    return list(Appointment.objects.filter(series=made).order_by("starts_at"))


# --- One -----------------------------------------------------------------------------------------------------------


def test_what_is_booked_stands_in_the_record_and_is_read_again(house, stay, book, now) -> None:
    row = book(minutes=45, purpose="follow_up", mode="video")
    row.refresh_from_db()
    assert (row.starts_at, row.minutes, row.staff, row.purpose, row.mode) == (
        house.at(TUESDAY, 10),
        45,
        house.sam,
        "follow_up",
        "video",
    )
    assert (row.outcome, row.booked_at, row.clinic, row.version) == ("scheduled", now, house.riverside, 1)
    assert Recheck.objects.filter(episode=stay).exists()
    entry = AuditEntry.objects.get(deed="book")
    assert (entry.staff, entry.subject) == (house.lucia, f"appointment:{row.uid}")


@pytest.mark.parametrize(
    ("more", "field", "told"),
    [
        ({"channel": "group"}, "channel", "service that can be booked"),
        ({"channel": "mutual_aid"}, "channel", "service that can be booked"),
        ({"minutes": 0}, "minutes", "The end lies before the start."),
        ({"minutes": -20}, "minutes", "The end lies before the start."),
        ({"minutes": 481}, "minutes", "5 to 480"),
        ({"mode": "fax"}, "mode", "list"),
        ({"purpose": "x"}, "purpose", "list"),
        ({"day": TODAY - timedelta(days=200)}, "starts_at", "more than a day ago"),
        ({"day": TODAY - timedelta(days=2)}, "starts_at", "more than a day ago"),
        ({"day": TODAY + timedelta(days=800)}, "starts_at", "next two years"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(book, more, field, told) -> None:
    errors = refused(book, **more)
    assert list(errors) == [field] and told in errors[field][0]
    assert not Appointment.objects.filter(booked_at__isnull=False, staff__username="sam").exists()


def test_nothing_is_booked_before_the_admission_or_from_the_discharge_on(house, book) -> None:
    stay = house.episode(house.grace)
    stay.admitted_on = TODAY + timedelta(days=3)
    stay.save()
    assert "The admission was on Mon 23 Nov" in refused(book, day=TODAY, of=stay)["starts_at"][0]
    stay.admitted_on, stay.discharged_on = TODAY - timedelta(days=3), TUESDAY
    stay.save()
    assert "The discharge is on Tue 24 Nov" in refused(book, of=stay)["starts_at"][0]
    assert book(day=TUESDAY - timedelta(days=1), of=stay).pk


def test_nobody_of_another_clinic_or_who_has_left_can_be_booked(house, book) -> None:
    assert "works at this clinic" in refused(book, staff=house.tunde)["staff"][0]
    house.sam.is_active = False
    house.sam.save()
    assert refused(book)["staff"]


def test_a_closed_day_is_refused_even_for_those_who_insist(house, book) -> None:
    Closure.objects.create(clinic=house.riverside, day=TUESDAY, reason="Stocktaking")
    errors = refused(book, despite=True)
    assert errors == {"starts_at": ["The clinic is closed on that day: Stocktaking."]}


def test_a_past_hour_may_still_be_written_down_for_a_day(house, book) -> None:
    assert book(day=TODAY, hour=8, despite=True).pk
    assert book(day=TODAY - timedelta(days=1), hour=9, despite=True).pk
    assert refused(book, day=TODAY - timedelta(days=1), hour=8)["starts_at"]


@pytest.mark.parametrize(
    ("hour", "told"),
    [(7, "open from 08:00 to 17:00"), (16.5, "open from 08:00 to 17:00"), (10, ""), (16, "")],
)
def test_an_hour_at_which_nobody_is_there_asks_for_a_second_look(book, hour, told) -> None:
    hour, minute = int(hour), int(hour % 1 * 60)
    if not told:
        assert book(hour=hour, minute=minute).pk
        return
    assert told in refused(book, hour=hour, minute=minute)["despite"][0]
    assert book(hour=hour, minute=minute, despite=True).pk


def test_a_pause_and_a_weekday_without_opening_ask_for_a_second_look(house, stay, book) -> None:
    pause = Pause.objects.create(episode=stay, kind="jail", starts_on=TUESDAY, ends_on=TUESDAY)
    told = refused(book)["despite"][0]
    assert "paused until Tue 24 Nov" in told and "jail" not in told.lower()
    Pause.objects.filter(pk=pause.pk).update(ends_on=None)
    assert "no end noted" in refused(book)["despite"][0]
    Pause.objects.all().delete()
    house.riverside.opening_days = [0, 2, 3, 4]
    house.riverside.save()
    assert "does not open on that weekday" in refused(book)["despite"][0]
    assert book(despite=True).pk


def test_two_chairs_for_one_client_are_refused_whatever_is_ticked(book, house) -> None:
    book()
    told = "has an appointment of this kind at that time already"
    assert told in refused(book, despite=True)["starts_at"][0]
    assert told in refused(book, despite=True, staff=house.ben)["starts_at"][0]
    assert book(channel="medical", staff=house.priya, despite=True).pk  # another kind, with open eyes
    first = Appointment.objects.get(channel="counselling", starts_at=house.at(TUESDAY, 10))
    Appointment.objects.filter(pk=first.pk).update(outcome="excused")
    assert "recorded already: excused" in refused(book, despite=True)["starts_at"][0]


# --- What else somebody has ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "minute", "meets"),
    [(9, 10, False), (9, 11, True), (10, 0, True), (10, 49, True), (10, 50, False)],
)
def test_what_overlaps_with_the_same_person_asks_and_what_touches_does_not(
    house, book, hour, minute, meets
) -> None:
    book(of=house.episode(house.gloria))
    if not meets:
        assert book(hour=hour, minute=minute).pk
        return
    with pytest.raises(ValidationError) as told:
        book(hour=hour, minute=minute)
    assert told.value.error_dict["despite"][0].code == booking.CLASH
    assert book(hour=hour, minute=minute, despite=True).pk


def test_conflicts_name_no_other_client(house, book, stay) -> None:
    book(of=house.episode(house.gloria))
    span = conflicts.Span.of(house.at(TUESDAY, 10, 30), 50)
    (met,) = conflicts.of(stay, [span], staff=house.sam)
    assert (met.whose, met.who, met.starts_at) == ("staff", "Sam Whitfield", house.at(TUESDAY, 10))
    assert "Gloria" not in repr(met) and (met.channel, met.group) == ("", "")


def test_sessions_that_somebody_leads_stand_in_the_way_unless_cancelled(house, stay) -> None:
    session = Session.objects.create(group=house.evening_skills, starts_at=house.at(TUESDAY, 7))
    span = [conflicts.Span.of(house.at(TUESDAY, 7, 30), 50)]
    assert [each.group for each in conflicts.of(stay, span, staff=house.ben)] == ["Evening skills"]
    assert conflicts.of(stay, span, staff=house.sam) == []
    house.evening_skills.co_facilitators.add(house.sam, house.priya)
    assert [each.group for each in conflicts.of(stay, span, staff=house.sam)] == ["Evening skills"]
    assert len(conflicts.of(stay, span, staff=house.ben)) == 1
    session.facilitator = house.hana
    session.save()
    assert conflicts.of(stay, span, staff=house.ben) == []
    session.cancelled_at = house.at(TODAY, 8)
    session.save()
    assert conflicts.of(stay, span, staff=house.sam) == []


def test_the_clients_own_seat_stands_in_the_way_and_what_was_called_off_does_not(house, book) -> None:
    stay = house.episode(house.keisha)
    session = Session.objects.create(group=house.evening_skills, starts_at=house.at(TUESDAY, 13))
    seat = Appointment.objects.create(
        episode=stay,
        clinic=house.riverside,
        channel="group",
        group=house.evening_skills,
        session=session,
        starts_at=session.starts_at,
        minutes=60,
    )
    assert refused(book, of=stay, hour=13, minute=30)["despite"]
    Appointment.objects.filter(pk=seat.pk).update(outcome="cancelled_by_clinic")
    assert book(of=stay, hour=13, minute=30).pk


def test_conflicts_cost_the_same_for_one_time_and_for_a_hundred(house, stay, book) -> None:
    house.visits(house.gloria, "counselling", "S" * 20, last=-150, staff=house.sam)
    counts = []
    for times in (1, 104):
        spans = [conflicts.Span.of(house.at(TUESDAY + timedelta(weeks=n), 10), 50) for n in range(times)]
        with CaptureQueriesContext(connection) as caught:
            conflicts.of(stay, spans, staff=house.sam)
        counts.append(len(caught.captured_queries))
    assert counts == [3, 3]


# --- Free times ----------------------------------------------------------------------------------------------------


def test_the_next_free_times_suit_the_client_the_staff_and_the_clinic(house, stay, book, now) -> None:
    Appointment.objects.filter(episode=stay, starts_at__gt=now).delete()
    house.riverside.opening_days = [0, 1, 2, 3, 4]
    house.riverside.save()
    stay.refresh_from_db()
    Closure.objects.create(clinic=house.riverside, day=date(2026, 11, 23))
    Pause.objects.create(
        episode=stay, kind="travel", starts_on=date(2026, 11, 24), ends_on=date(2026, 11, 24)
    )
    book(day=TODAY, hour=15, of=house.episode(house.gloria), minutes=120)
    book(day=date(2026, 11, 25), hour=8, minutes=60, channel="medical", staff=house.priya)

    found = slots.next_free(stay, now=house.at(TODAY, 14, 10), minutes=30, staff=house.sam)
    zone = house.riverside.zone
    assert [f"{at.astimezone(zone):%a %H:%M}" for at in found] == [
        "Fri 14:30",
        "Wed 09:00",
        "Wed 09:30",
        "Wed 10:00",
        "Wed 10:30",
    ]
    for at in found:
        assert booking.book(stay, by=house.lucia, on=now, channel="counselling", starts_at=at, minutes=30,
                            staff=house.sam).pk  # fmt: skip


def test_free_times_begin_on_the_day_asked_for_and_end_with_the_stay(house, stay, now) -> None:
    found = slots.next_free(stay, now=now, minutes=480, from_day=date(2027, 1, 4))
    assert house.riverside.local_day(found[0]) == date(2027, 1, 4) and len(found) == 5
    stay.discharged_on = TODAY + timedelta(days=1)
    assert {house.riverside.local_day(at) for at in slots.next_free(stay, now=now, minutes=50)} <= {TODAY}
    stay.discharged_on = TODAY
    assert slots.next_free(stay, now=now, minutes=50) == []


def test_free_times_cost_the_same_in_a_full_diary(house, stay, now) -> None:
    counts = []
    for more in (0, 40):
        house.visits(house.gloria, "counselling", "S" * more, last=-45, staff=house.sam)
        with CaptureQueriesContext(connection) as caught:
            slots.next_free(stay, now=now, minutes=50, staff=house.sam)
        counts.append(len(caught.captured_queries))
    assert counts[0] == counts[1] <= 5


# --- A series ------------------------------------------------------------------------------------------------------


def test_a_series_keeps_the_hour_across_the_change_of_the_clocks(house, series) -> None:
    made = series("FREQ=WEEKLY;COUNT=40")
    shown = walls(house, made.appointments)
    assert len(shown) == 40 and {at[-5:] for at in shown} == {"10:00"}
    utc = {f"{row.starts_at.astimezone(recurrence.UTC):%H:%M}" for row in made.appointments}
    assert utc == {"17:00", "16:00"}
    row = Series.objects.get()
    assert (row.rule, row.starts_on, row.at, row.staff) == (
        "FREQ=WEEKLY;COUNT=40",
        TUESDAY,
        time(10),
        house.sam,
    )


def test_closed_days_pauses_and_chairs_already_taken_are_left_out_and_named(
    house, stay, book, series
) -> None:
    Closure.objects.create(clinic=house.riverside, day=TUESDAY + timedelta(weeks=1), reason="Inventory")
    Pause.objects.create(
        episode=stay,
        kind="travel",
        starts_on=TUESDAY + timedelta(weeks=2),
        ends_on=TUESDAY + timedelta(weeks=2, days=2),
    )
    book(day=TUESDAY + timedelta(weeks=3))
    made = series("FREQ=WEEKLY;COUNT=6", without=[TUESDAY + timedelta(weeks=4)])
    assert walls(house, made.appointments) == ["11-24 10:00", "12-29 10:00"]
    assert [(each.day, each.why.split(":")[0].split(" until")[0]) for each in made.skipped] == [
        (date(2026, 12, 1), "The clinic is closed on that day"),
        (date(2026, 12, 8), "The client is paused"),
        (date(2026, 12, 15), "The client has an appointment of this kind at that time already."),
    ]
    assert Series.objects.get().without == ["2026-12-22"]


def test_a_series_of_nothing_is_refused(house, stay, series) -> None:
    Closure.objects.create(clinic=house.riverside, day=TUESDAY)
    assert "None of these days" in refused(series, "FREQ=WEEKLY;COUNT=1")["starts_at"][0]
    assert refused(series, "FREQ=WEEKLY;COUNT=1", without=[TUESDAY])["rule"]
    assert refused(series, "FREQ=HOURLY")["rule"]
    assert refused(series, "FREQ=WEEKLY;UNTIL=20261101") == {"until": ["The end lies before the start."]}
    assert "1 to 200" in refused(series, "FREQ=WEEKLY;COUNT=900")["count"][0]
    assert Series.objects.count() == 0 and not Appointment.objects.filter(series__isnull=False).exists()


def test_one_overlap_in_a_series_asks_and_book_anyway_books_it_all(house, book, series) -> None:
    book(day=TUESDAY + timedelta(weeks=5), of=house.episode(house.gloria))
    assert refused(series, "FREQ=WEEKLY;COUNT=8")["despite"]
    assert len(series("FREQ=WEEKLY;COUNT=8", despite=True).appointments) == 8


def test_saving_a_long_series_costs_what_a_short_one_does(house, stay, series) -> None:
    counts = {}
    for times in (2, 100):
        with CaptureQueriesContext(connection) as caught:
            series(f"FREQ=WEEKLY;COUNT={times}", at=time(9 + times % 7))
        told = [query["sql"] for query in caught.captured_queries]
        counts[times] = len([sql for sql in told if "SAVEPOINT" not in sql])
    assert counts[100] - counts[2] <= 2, counts  # the rows go in at most so many parcels


def test_one_without_an_end_is_booked_on_and_never_twice(house, stay, series, now) -> None:
    made = series()
    assert len(made.appointments) == 26
    assert booking.make_ahead(now) == 0
    later = now + timedelta(weeks=8)
    assert booking.make_ahead(later) == 8
    assert booking.make_ahead(later) == 0
    rows = of_series(made.series)
    assert len(rows) == 34 and {at[-5:] for at in walls(house, rows)} == {"10:00"}
    assert [row.series_day for row in rows] == [TUESDAY + timedelta(weeks=n) for n in range(34)]
    entry = AuditEntry.objects.get(deed="book_on")
    assert entry.staff is None and entry.detail["made"] == 8


def test_the_clock_books_on(series, monkeypatch, now) -> None:
    series()
    monkeypatch.setattr(tasks.sweep, "due_runs", lambda now: [])
    monkeypatch.setattr(tasks.timezone, "now", lambda: now + timedelta(weeks=8))
    tasks.ensure_sweeps()
    assert Appointment.objects.filter(series__episode__isnull=False).count() == 34


def test_booking_on_leaves_what_ended_alone(house, stay, series, now) -> None:
    made = series()
    series("FREQ=WEEKLY;COUNT=3", at=time(14))
    stay.discharged_on = TODAY + timedelta(weeks=3)
    stay.save()
    assert booking.make_ahead(now + timedelta(weeks=8)) == 0
    stay.discharged_on = None
    stay.save()
    Series.objects.filter(pk=made.series.pk).update(ended_on=TODAY + timedelta(weeks=27))
    assert booking.make_ahead(now + timedelta(weeks=8)) == 1


def test_booking_on_leaves_out_what_overlaps_with_anything(house, stay, book, series, now) -> None:
    """Nobody looks at what the clock books: neither the client nor the staff are booked over."""
    made = series()
    weeks = {ahead: TUESDAY + timedelta(weeks=ahead) for ahead in (27, 29, 31)}
    book(day=weeks[27], hour=10, minute=30, channel="medical", staff=house.priya)
    book(day=weeks[29], hour=9, minute=30, of=house.episode(house.gloria))
    book(day=weeks[31], hour=10, minute=50)
    assert booking.make_ahead(now + timedelta(weeks=8)) == 6
    booked = {row.series_day for row in of_series(made.series)}
    assert weeks[31] in booked and not {weeks[27], weeks[29]} & booked
    assert AuditEntry.objects.get(deed="book_on").detail["skipped"] == 2


# --- Moving --------------------------------------------------------------------------------------------------------


@pytest.fixture
def move(house, now):
    def move(row, day, hour=10, minute=0, **more):
        more = {"by": house.lucia, "on": now, "version": row.version, **more}
        return booking.move(row, starts_at=house.at(day, hour, minute), **more)

    return move


def test_one_is_moved_and_the_others_stay(house, series, move) -> None:
    first, second, *_rest = series("FREQ=WEEKLY;COUNT=4").appointments
    moved = move(second, date(2026, 12, 3), 11, minutes=30, staff=house.ben, mode="phone")
    assert (moved.uid, moved.version, moved.minutes, moved.staff, moved.mode) == (
        second.uid,
        2,
        30,
        house.ben,
        "phone",
    )
    assert walls(house, of_series(first.series)) == [
        "11-24 10:00",
        "12-03 11:00",
        "12-08 10:00",
        "12-15 10:00",
    ]
    assert not Recording.objects.exists()


def test_this_and_those_after_it_move_and_the_series_is_split(house, series, move) -> None:
    rows = series("FREQ=WEEKLY;COUNT=5").appointments
    move(rows[2], date(2026, 12, 10), 14, scope="following")
    assert walls(house, Appointment.objects.filter(pk__in=[r.pk for r in rows]).order_by("starts_at")) == [
        "11-24 10:00",
        "12-01 10:00",
        "12-10 14:00",
        "12-17 14:00",
        "12-24 14:00",
    ]
    old, new = Series.objects.order_by("pk")
    assert (old.ended_on, new.rule, new.starts_on, new.at) == (
        date(2026, 12, 8),
        "FREQ=WEEKLY;BYDAY=TH;COUNT=3",
        date(2026, 12, 10),
        time(14),
    )
    assert {row.uid for row in of_series(new)} == {row.uid for row in rows[2:]}


@pytest.mark.parametrize("split", ["cancelled", "moved"])
def test_an_ended_series_stays_ended_when_what_is_left_of_it_moves(house, series, move, now, split) -> None:
    rows = series().appointments
    if split == "cancelled":
        booking.cancel(rows[4], by=house.lucia, on=now, scope="following", version=1)
    else:
        move(rows[4], rows[4].series_day, 14, scope="following")
    moved = move(rows[1], rows[1].series_day + timedelta(days=2), scope="following")
    assert walls(house, of_series(moved.series)) == ["12-03 10:00", "12-10 10:00", "12-17 10:00"]
    new = moved.series
    assert new.ended_on == new.made_through == date(2026, 12, 24)
    before = Appointment.objects.filter(series=new).count()
    booking.make_ahead(now + timedelta(weeks=20))
    assert Appointment.objects.filter(series=new).count() == before == 3


def test_weekdays_every_two_weeks_that_would_part_are_moved_singly(house, series, move) -> None:
    """Tuesday and Friday, three days later: the Friday would fall into the week that is left out."""
    rows = series("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR;COUNT=6", at=time(12)).appointments
    before = walls(house, rows)
    told = refused(move, rows[0], TUESDAY + timedelta(days=3), 12, scope="all")
    assert told == {"starts_at": ["Move these singly: not all of them would stay in the same week."]}
    assert walls(house, of_series(rows[0].series)) == before
    move(rows[0], TUESDAY + timedelta(days=1), 12, scope="all")
    there = Appointment.objects.filter(pk__in=[row.pk for row in rows]).order_by("starts_at")
    assert walls(house, there) == [
        f"{day} 12:00" for day in ("11-25", "11-28", "12-09", "12-12", "12-23", "12-26")
    ]


def test_by_exactly_a_week_too(house, series, move) -> None:
    rows = series("FREQ=WEEKLY;COUNT=5").appointments
    move(rows[1], rows[1].series_day + timedelta(weeks=1), scope="following")
    assert walls(house, Appointment.objects.filter(pk__in=[r.pk for r in rows]).order_by("starts_at")) == [
        "11-24 10:00",
        "12-08 10:00",
        "12-15 10:00",
        "12-22 10:00",
        "12-29 10:00",
    ]


def test_all_that_lies_ahead_moves_and_what_is_recorded_does_not(house, series, move, now) -> None:
    rows = series("FREQ=WEEKLY;BYDAY=FR", day=TODAY, at=time(12)).appointments
    later = now + timedelta(days=8)
    attendance.mark(rows[0], by=house.lucia, on=later, outcome="attended")
    unrecorded = rows[1]
    moved = move(rows[3], rows[3].series_day + timedelta(days=3), 9, scope="all", on=later)
    kept = Appointment.objects.get(pk=rows[0].pk)
    assert (kept.starts_at, kept.outcome) == (rows[0].starts_at, "attended")
    unrecorded.refresh_from_db()
    assert unrecorded.starts_at == house.at(TODAY + timedelta(weeks=1), 12)  # past and unrecorded: left alone
    assert walls(house, of_series(moved.series)[:3]) == ["12-07 09:00", "12-14 09:00", "12-21 09:00"]
    booking.make_ahead(later + timedelta(weeks=10))
    days = [row.series_day for row in of_series(moved.series)]
    assert days == [days[0] + timedelta(weeks=n) for n in range(len(days))] and len(days) > 25


def test_one_that_was_moved_by_itself_stays_where_it_is(house, series, move) -> None:
    rows = series("FREQ=WEEKLY;COUNT=4").appointments
    move(rows[2], date(2026, 12, 9), 15)
    move(rows[0], date(2026, 11, 26), 10, scope="all")
    assert walls(house, Appointment.objects.filter(pk__in=[r.pk for r in rows]).order_by("starts_at")) == [
        "11-26 10:00",
        "12-03 10:00",
        "12-09 15:00",
        "12-17 10:00",
    ]


def test_what_would_fall_on_a_closed_day_is_taken_off(house, series, move) -> None:
    Closure.objects.create(clinic=house.riverside, day=date(2026, 12, 10))
    rows = series("FREQ=WEEKLY;COUNT=4").appointments
    move(rows[0], date(2026, 11, 26), scope="all")
    assert walls(house, of_series(Series.objects.latest("pk"))) == [
        "11-26 10:00",
        "12-03 10:00",
        "12-17 10:00",
    ]
    assert not Appointment.objects.filter(series__isnull=False, starts_at__gt=house.at(date(2026, 12, 18), 0))


@pytest.mark.parametrize("scope", ["one", "following", "all"])
def test_the_one_in_hand_is_never_moved_to_a_closed_day(house, series, move, scope) -> None:
    Closure.objects.create(clinic=house.riverside, day=date(2026, 12, 3), reason="Inventory")
    rows = series("FREQ=WEEKLY;COUNT=4").appointments
    told = refused(move, rows[1], date(2026, 12, 3), scope=scope)
    assert told == {"starts_at": ["The clinic is closed on that day: Inventory."]}
    assert len(of_series(Series.objects.get())) == 4


@pytest.mark.parametrize("scope", ["one", "following", "all"])
def test_who_moves_second_is_told_how_it_stands_now(house, series, move, scope) -> None:
    row = series("FREQ=WEEKLY;COUNT=3").appointments[0]
    move(row, date(2026, 11, 25), 11)
    with pytest.raises(ValidationError) as told:
        move(row, date(2026, 11, 27), version=1, scope=scope)
    (error,) = told.value.error_dict["version"]
    assert error.code == booking.CONFLICT
    assert "Wed 25 Nov 11:00, 50 minutes, with Sam Whitfield: scheduled" in error.messages[0]


def test_what_is_recorded_or_has_begun_is_not_moved(house, book, move, now) -> None:
    row = book()
    attendance.mark(row, by=house.lucia, on=now, outcome="cancelled_by_client")
    row.refresh_from_db()
    assert "recorded already: cancelled by client" in refused(move, row, date(2026, 11, 25))["version"][0]
    begun = book(day=TODAY, hour=8, despite=True)
    assert "begun already" in refused(move, begun, date(2026, 11, 25))["version"][0]
    assert "does not belong to a series" in refused(move, book(hour=12), TUESDAY, scope="all")["scope"][0]
    assert refused(move, book(hour=14), TUESDAY, scope="some")["scope"]


def test_moving_asks_about_what_stands_in_the_way_but_not_about_itself(house, book, move) -> None:
    row = book()
    assert move(row, TUESDAY, 10, 30).starts_at == house.at(TUESDAY, 10, 30)
    book(hour=14, of=house.episode(house.gloria))
    row.refresh_from_db()
    assert refused(move, row, TUESDAY, 14)["despite"]
    assert move(row, TUESDAY, 14, despite=True).starts_at == house.at(TUESDAY, 14)


def test_saying_the_same_changes_nothing(book, move) -> None:
    row = book()
    Recheck.objects.all().delete()
    assert move(row, TUESDAY).version == 1
    assert not AuditEntry.objects.filter(deed="move").exists() and not Recheck.objects.exists()


def test_moving_a_long_series_costs_what_a_short_one_does(house, series, move) -> None:
    counts = {}
    for times, hour in ((3, 10), (60, 12)):
        row = series(f"FREQ=WEEKLY;COUNT={times}", at=time(hour)).appointments[0]
        with CaptureQueriesContext(connection) as caught:
            move(row, TUESDAY + timedelta(days=1), hour, scope="all")
        told = [query["sql"] for query in caught.captured_queries]
        counts[times] = len([sql for sql in told if "SAVEPOINT" not in sql])
    assert counts[60] - counts[3] <= 2, counts


# --- Cancelling ----------------------------------------------------------------------------------------------------


@pytest.fixture
def cancel(house, now):
    def cancel(row, **more):
        return booking.cancel(row, **{"by": house.lucia, "on": now, "version": row.version, **more})

    return cancel


def test_one_cancelled_by_the_client_keeps_when_they_told_us(house, book, cancel, now) -> None:
    told_us = now - timedelta(hours=20)
    row = cancel(book(), cancelled_at=told_us, reason=" moved house ")
    assert (row.outcome, row.cancelled_at, row.reason) == ("cancelled_by_client", told_us, "moved house")
    assert Recording.objects.get().after["outcome"] == "cancelled_by_client"
    assert cancel(book(hour=12), who="clinic").outcome == "cancelled_by_clinic"


def test_a_cancelled_series_is_one_cancellation_and_nothing_is_booked_after_it(
    house, series, cancel, now
) -> None:
    rows = series().appointments
    cancel(rows[4], scope="following")
    left = of_series(rows[0].series)
    assert [row.outcome for row in left] == ["scheduled"] * 4 + ["cancelled_by_client"]
    assert Series.objects.get().ended_on == rows[4].series_day
    assert booking.make_ahead(now + timedelta(weeks=20)) == 0
    cancel(Appointment.objects.get(pk=rows[1].pk), scope="all", who="clinic")
    assert [row.outcome for row in of_series(rows[0].series)] == [
        "cancelled_by_clinic",
        "cancelled_by_client",
    ]


def test_what_has_a_history_of_its_own_is_not_wiped_out(house, series, cancel, now) -> None:
    rows = series("FREQ=WEEKLY;COUNT=4").appointments
    attendance.mark(rows[2], by=house.lucia, on=now, outcome="excused")
    attendance.undo(rows[2], by=house.lucia, on=now)
    cancel(rows[0], scope="all")
    assert [row.outcome for row in of_series(rows[0].series)] == [
        "cancelled_by_client",
        "cancelled_by_clinic",
    ]
    assert Recording.objects.filter(appointment=rows[2]).count() == 3


def test_what_cannot_be_cancelled_says_why(house, book, cancel, now) -> None:
    row = book()
    assert refused(cancel, row, who="nobody")["who"]
    assert "lies ahead" in refused(cancel, row, cancelled_at=now + timedelta(minutes=1))["cancelled_at"][0]
    assert refused(cancel, row, reason="x" * 121)["reason"]
    assert refused(cancel, row, scope="all")["scope"]
    cancel(row)
    with pytest.raises(ValidationError) as told:
        cancel(row, version=1)
    assert told.value.error_dict["version"][0].code == booking.CONFLICT
    row.refresh_from_db()
    assert "recorded already" in refused(cancel, row)["version"][0]


def test_a_seat_belongs_to_its_group(house, cancel, move, now) -> None:
    seat = Appointment.objects.filter(session__isnull=False, outcome="scheduled", starts_at__gt=now).first()
    assert "belongs to a group" in refused(cancel, seat)["version"][0]
    assert "belongs to a group" in refused(move, seat, date(2026, 12, 24))["version"][0]


def test_with_the_end_of_a_stay_what_is_booked_is_cancelled(house, stay, series, book, now) -> None:
    Appointment.objects.filter(episode=stay, starts_at__gt=now).delete()
    made = series()
    kept = book(day=TODAY, hour=16, minutes=30)
    done = booking.cancel_ahead(stay, by=house.maya, on=now, day=TUESDAY)
    assert done == 26
    assert {row.outcome for row in of_series(made.series)} == {"cancelled_by_clinic"}
    kept.refresh_from_db()
    assert kept.outcome == "scheduled"
    assert Series.objects.get().ended_on == TUESDAY
    assert booking.cancel_ahead(stay, by=house.maya, on=now, day=TUESDAY) == 0


# --- Instead of another, and without any ---------------------------------------------------------------------------


def test_a_missed_one_is_booked_again_and_linked(house, stay, book, now) -> None:
    missed = book(day=TODAY, hour=8, despite=True)
    assert refused(book, rebooking_of=missed)["rebooking_of"]
    attendance.mark(missed, by=house.lucia, on=now, outcome="no_show")
    missed.refresh_from_db()
    row = book(rebooking_of=missed)
    assert row.rebooking_of == missed
    row.refresh_from_db()
    assert row.code[2] == "+"  # what the signs read: it stands in for another
    assert (
        "It has a new date already: Tue 24 Nov 10:00."
        in refused(book, hour=14, rebooking_of=missed)["despite"][0]
    )
    other = house.episode(house.gloria)
    assert refused(book, of=other, hour=9, rebooking_of=missed)["rebooking_of"]


def test_rescheduling_marks_the_old_one_and_books_the_new_one(house, book, now) -> None:
    old = book(minutes=40, purpose="follow_up", mode="video")
    new = booking.reschedule(
        old, by=house.lucia, on=now, starts_at=house.at(TUESDAY, 15), version=1, cancelled_at=now
    )
    old.refresh_from_db()
    assert (old.outcome, old.cancelled_at) == ("rescheduled", now)
    assert (new.rebooking_of, new.minutes, new.staff, new.purpose, new.mode, new.booked_at) == (
        old,
        40,
        house.sam,
        "follow_up",
        "video",
        now,
    )
    with pytest.raises(ValidationError):
        booking.reschedule(old, by=house.lucia, on=now, starts_at=house.at(TUESDAY, 16), version=1)
    attendance.undo(old, by=house.lucia, on=now)
    assert not Appointment.objects.filter(pk=new.pk).exists()


def test_a_refused_new_time_leaves_the_old_one_as_it_was(house, book, now) -> None:
    old = book()
    book(hour=15, of=house.episode(house.gloria))
    more = {"by": house.lucia, "on": now, "version": 1}
    assert refused(booking.reschedule, old, starts_at=house.at(TUESDAY, 15), **more)["despite"]
    assert refused(booking.reschedule, old, starts_at=old.starts_at, **more)["starts_at"]
    assert refused(booking.reschedule, old, starts_at=house.at(TUESDAY, 9), minutes=0, **more)["minutes"]
    old.refresh_from_db()
    assert (old.outcome, old.version) == ("scheduled", 1)
    assert not Recording.objects.exists()
    assert booking.reschedule(old, starts_at=house.at(TUESDAY, 15), despite=True, **more).pk


def test_somebody_who_came_without_an_appointment_is_recorded_at_once(house, stay, now) -> None:
    row = booking.walk_in(stay, by=house.lucia, on=now, channel="counselling", staff=house.sam)
    row.refresh_from_db()
    assert (row.outcome, row.starts_at, row.recorded_by, row.staff) == (
        "attended",
        now,
        house.lucia,
        house.sam,
    )
    assert Recording.objects.get().after["outcome"] == "attended"
    assert refused(booking.walk_in, stay, by=house.lucia, on=now, channel="counselling")["at"]
    for at in (now + timedelta(minutes=1), now - timedelta(days=2)):
        assert refused(booking.walk_in, stay, by=house.lucia, on=now, channel="medical", at=at)["at"]
    assert refused(booking.walk_in, stay, by=house.lucia, on=now, channel="group")["channel"]
    assert refused(booking.walk_in, stay, by=house.lucia, on=now, channel="medical", staff=house.tunde)[
        "staff"
    ]
    gone = house.episode(house.victor)
    assert refused(booking.walk_in, gone, by=house.lucia, on=now, channel="medical")["at"]


@pytest.mark.parametrize("corrected", [False, True])
def test_a_walk_in_taken_back_leaves_nothing_to_record(house, stay, now, corrected) -> None:
    by = {"by": house.lucia, "on": now + timedelta(minutes=1)}
    row = booking.walk_in(stay, by=house.lucia, on=now, channel="counselling")
    if corrected:
        attendance.mark(row, **by, outcome="late")
        assert attendance.undo(row, **by).outcome == "attended"
    Recheck.objects.all().delete()
    assert attendance.undo(row, **by).pk is None
    assert not Appointment.objects.filter(pk=row.pk).exists()
    assert Recheck.objects.get().episode == stay
    assert attendance.undo(row, **by).pk is None, "the second of two clicks"


def test_what_was_built_on_a_walk_in_keeps_it(house, stay, book, now) -> None:
    row = booking.walk_in(stay, by=house.lucia, on=now, channel="counselling")
    Appointment.objects.filter(pk=book().pk).update(rebooking_of=row)
    assert attendance.undo(row, by=house.lucia, on=now).outcome == "scheduled"
    assert Appointment.objects.filter(pk=row.pk).exists()


# --- Who -----------------------------------------------------------------------------------------------------------


def test_who_may_book_for_whom(house) -> None:
    def may(person, client) -> bool:
        return access.bookable_for(person, TODAY).filter(client=client).exists()

    assert [may(house.lucia, house.rosa), may(house.priya, house.rosa), may(house.maya, house.rosa)] == [
        True
    ] * 3
    assert [may(house.jonas, house.rosa), may(house.ben, house.rosa), may(house.alex, house.rosa)] == [
        False
    ] * 3
    assert not any(may(person, house.rosa) for person in (house.tunde, house.nell, house.anne, house.carmen))
    assert {person.username for person in access.booked_with(house.lucia)} >= {"maya", "sam", "priya", "ben"}
    assert not {person.username for person in access.booked_with(house.lucia)} & {"tunde", "lucia", "alex"}


def test_a_client_is_found_by_name_or_number_among_those_in_care(house) -> None:
    def names(person, words) -> list[str]:
        return [row.name for row in finder.find(person, TODAY, words).rows]

    assert names(house.lucia, "medi ros") == ["Rosa Medina"]
    assert names(house.lucia, "r-1008") == ["Terry Boyd"]
    assert names(house.lucia, "victor") == names(house.lucia, "") == names(house.nell, "rosa") == []
    assert names(house.jonas, "R-10") == ["Andre Fontaine"]


def test_the_preview_is_what_is_booked(house, stay, series, now) -> None:
    Closure.objects.create(clinic=house.riverside, day=TUESDAY + timedelta(weeks=2))
    it = preview.Wanted("counselling", staff=house.sam)
    stay = booking.one.lock(stay, None)
    shown = preview.of_series(stay, it, "FREQ=WEEKLY;COUNT=5", TUESDAY, time(10), on=now)
    made = series("FREQ=WEEKLY;COUNT=5")
    assert shown.moments == tuple(row.starts_at for row in made.appointments)
    assert shown.skipped == made.skipped and len(shown.skipped) == 1


def test_moments_are_aware(house, book) -> None:
    assert isinstance(book().starts_at, datetime) and book(hour=12).starts_at.tzinfo is not None

"""A hundred at the same moment: one appointment, one winner, and the others are told."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, time
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from clinic import booking
from clinic.models import Appointment, AuditEntry, Recording, Series
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2026, 11, 20)
TUESDAY = date(2026, 11, 24)
TIMES, AT_ONCE = 100, 5


@pytest.fixture
def house(transactional_db) -> cast.Cast:
    return cast.house(TODAY)


@pytest.fixture
def now(house):
    return house.at(TODAY, 8, 30)


def at_once(calls) -> list[str]:
    """Run these so many at a time, all of a handful starting together; returns how each ended."""
    ends: list[str] = []
    calls = list(calls)
    for first in range(0, len(calls), AT_ONCE):
        handful = calls[first : first + AT_ONCE]
        gate = threading.Barrier(len(handful))

        def run(call, gate=gate) -> None:
            try:
                gate.wait()
                ends.append(str(call()))
            except ValidationError as error:
                ends.append("refused at " + " ".join(error.error_dict))
            except Exception as error:
                ends.append(type(error).__name__)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(call,)) for call in handful]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return ends


def test_a_hundred_bookings_of_one_seat_make_one(house, now) -> None:
    stay = house.episode(house.paul)
    before = Appointment.objects.count()

    def book() -> str:
        booking.book(
            stay,
            by=house.lucia,
            on=now,
            channel="counselling",
            starts_at=house.at(TUESDAY, 10),
            staff=house.sam,
            despite=True,
        )
        return "booked"

    assert Counter(at_once([book] * TIMES)) == {"booked": 1, "refused at starts_at": TIMES - 1}
    assert Appointment.objects.count() == before + 1
    assert AuditEntry.objects.filter(deed="book").count() == 1


def test_a_form_sent_a_hundred_times_is_saved_once(house, now) -> None:
    sent = {
        "client": house.paul.uid,
        "day": TUESDAY.isoformat(),
        "at": "10:00",
        "minutes": "50",
        "service": "counselling",
        "staff": house.sam.uid,
        "mode": "in_person",
        "form_key": uuid4(),
    }

    def send(page) -> str:
        answer = page.post("/appointments/new/", sent)
        return f"{answer.status_code} {answer.url}"

    with time_machine.travel(now, tick=False):
        pages = [Client() for _ in range(AT_ONCE)]
        for page in pages:
            page.force_login(house.lucia)
        ends = at_once([lambda page=pages[n % AT_ONCE]: send(page) for n in range(TIMES)])

    assert len(set(ends)) == 1 and ends[0].startswith("302 /appointments/"), Counter(ends)
    assert Appointment.objects.filter(booked_at=now).count() == 1


def test_the_same_member_of_staff_is_not_booked_twice_unseen(house, now) -> None:
    """Two clients, one counsellor, one hour: whoever comes second is asked."""

    def book(who, hour) -> str:
        booking.book(
            house.episode(who),
            by=house.lucia,
            on=now,
            channel="case_management",
            starts_at=house.at(TUESDAY, hour),
            staff=house.hana,
        )
        return "booked"

    for hour in range(8, 13):
        people = (house.rosa, house.linh, house.isaiah, house.gloria, house.andre)
        ends = at_once([lambda who=who, hour=hour: book(who, hour) for who in people])
        assert Counter(ends) == {"booked": 1, "refused at despite": 4}


def test_of_two_who_move_one_appointment_one_wins(house, now) -> None:
    stay = house.episode(house.paul)
    for n in range(20):
        day = date(2027, 1, 4 + n)
        row = booking.book(
            stay, by=house.lucia, on=now, channel="counselling", starts_at=house.at(day, 10), despite=True
        )

        def move(hour, row=row, day=day) -> str:
            booking.move(row, by=house.lucia, on=now, starts_at=house.at(day, hour), version=1, despite=True)
            return "moved"

        def cancel(row=row) -> str:
            booking.cancel(row, by=house.maya, on=now, version=1)
            return "cancelled"

        ends = at_once([lambda: move(11), lambda: move(12), cancel])
        assert sorted(end.split()[0] for end in ends).count("refused") == 2, ends
        row.refresh_from_db()
        assert row.version == 2
        if "cancelled" in ends:
            assert row.outcome == "cancelled_by_client" and row.starts_at == house.at(day, 10)
        assert Recording.objects.filter(appointment=row).count() == ("cancelled" in ends)


def test_a_series_is_booked_on_once_however_many_clocks_call(house, now) -> None:
    booking.book_series(
        house.episode(house.paul),
        by=house.lucia,
        on=now,
        channel="counselling",
        starts_on=TUESDAY,
        at=time(15),
        rule="FREQ=WEEKLY;BYDAY=TU",
        despite=True,
    )
    later = house.at(date(2027, 2, 1), 6)
    ends = at_once([lambda: booking.make_ahead(later)] * 20)
    assert sum(int(end) for end in ends) == max(int(end) for end in ends) > 5
    rows = Appointment.objects.filter(series=Series.objects.get())
    assert rows.count() == len(set(rows.values_list("series_day", flat=True)))

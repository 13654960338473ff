"""Groups at the same moment: the last place goes to one, a rule makes each session once, a stale page never wins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from clinic import episodes, groups, recurrence
from clinic.models import Appointment, AuditEntry, Group, Membership, Session
from tests import cast
from tests.joint.conftest import TODAY

pytestmark = pytest.mark.django_db(transaction=True)
PAIRS = 25
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


@pytest.fixture
def house(transactional_db) -> cast.Cast:
    return cast.house(TODAY)


@pytest.fixture
def by(house: cast.Cast) -> dict:
    return {"by": house.ben, "on": house.at(TODAY, 8, 30)}


@pytest.fixture
def circle(house, by) -> Group:
    about = groups.About(name="Circle", capacity=1, facilitator=house.ben)
    made = groups.make(house.riverside, **by, about=about)
    rule = recurrence.make("week", TODAY + DAY)
    groups.set_schedule(made, **by, times=groups.Times(rule, TODAY + DAY, time(16), 60))
    return made


def together(*deeds: Callable[[], object]) -> list[object]:
    """What each of the deeds, begun at the same moment, returned or raised."""
    said: list[object] = [None] * len(deeds)
    start = Barrier(len(deeds))

    def run(number: int, deed: Callable[[], object]) -> None:
        start.wait()
        try:
            said[number] = deed()
        except Exception as error:
            said[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def lost(said: list[object]) -> list[Exception]:
    return [each for each in said if isinstance(each, Exception)]


def test_the_last_place_goes_to_one_of_two(house, by, circle) -> None:
    pair = (house.episode(house.rosa), house.episode(house.keisha))
    for _turn in range(PAIRS):
        said = together(
            *(lambda stay=stay: groups.join(circle, stay, **by, joined_on=TODAY) for stay in pair)
        )
        (refused,) = lost(said)
        assert isinstance(refused, ValidationError)
        assert refused.error_dict["client"][0].code == groups.FULL
        place = Membership.objects.get(group=circle)
        assert Appointment.objects.filter(group=circle, episode=place.episode).count() == 12
        assert Appointment.objects.filter(group=circle).count() == 12
        groups.leave(place, **by, left_on=TODAY)
        Membership.objects.filter(pk=place.pk).delete()


def test_one_client_joins_once_however_often_it_is_sent(house, by, circle) -> None:
    stay = house.episode(house.rosa)
    said = together(*(lambda: groups.join(circle, stay, **by, joined_on=TODAY) for _each in range(4)))
    assert len(lost(said)) == 3
    assert Membership.objects.filter(group=circle).count() == 1
    assert Appointment.objects.filter(group=circle).count() == 12


def test_two_workers_make_each_session_once(house, by, circle) -> None:
    groups.join(circle, house.episode(house.rosa), **by, joined_on=TODAY)
    for week in range(1, PAIRS):
        said = together(*(lambda on=by["on"] + week * WEEK: groups.make_ahead(on) for _each in range(2)))
        assert lost(said) == [] and sum(said) == 1, said
    assert Session.objects.filter(group=circle).count() == 12 + PAIRS - 1
    assert Appointment.objects.filter(group=circle).count() == 12 + PAIRS - 1
    assert AuditEntry.objects.filter(deed="make_sessions").count() == PAIRS - 1


def test_of_two_who_change_a_session_one_is_told(house, by, circle) -> None:
    session = Session.objects.filter(group=circle).earliest("starts_at")
    for turn in range(PAIRS):
        version = Session.objects.get(pk=session.pk).version

        def move(hour: int, version: int = version, turn: int = turn) -> Session:
            starts_at = house.at(TODAY + DAY, hour, turn)
            return groups.move_session(
                session, **by, starts_at=starts_at, minutes=60, version=version, despite=True
            )

        said = together(lambda: move(11), lambda: move(13))
        (told,) = lost(said)
        assert isinstance(told, ValidationError) and told.code == groups.CONFLICT
        assert Session.objects.get(pk=session.pk).version == version + 1


def test_nobody_keeps_a_seat_who_is_discharged_meanwhile(house, by, circle) -> None:
    """A discharge, a joining, the weeks ahead and a new time, all at once: no deadlock, and no seat for who is gone."""
    stay, other = house.episode(house.rosa), house.episode(house.linh)
    groups.join(circle, stay, **by, joined_on=TODAY)
    later: dict = {"by": house.ruth, "on": by["on"] + WEEK}

    def discharged() -> int:
        from django.db import transaction

        with transaction.atomic():
            episodes.discharge(stay, **later, discharged_on=TODAY + WEEK)
            return groups.leave_all(stay, **later, day=TODAY + WEEK)

    def moved(on: datetime = later["on"]) -> object:
        session = Session.objects.filter(group=circle, starts_at__gt=on).earliest("starts_at")
        then = session.starts_at + DAY
        return groups.move_session(
            session, **later, starts_at=then, minutes=60, version=session.version, despite=True
        )

    said = together(
        discharged,
        lambda: groups.make_ahead(later["on"]),
        lambda: groups.join(house.morning_skills, other, **later, joined_on=TODAY + WEEK),
        moved,
    )
    assert all(isinstance(each, ValidationError) for each in lost(said)), said
    groups.make_ahead(later["on"] + WEEK)
    ahead = Appointment.objects.filter(episode=stay, starts_at__gt=later["on"], session__isnull=False)
    assert not ahead.exists()

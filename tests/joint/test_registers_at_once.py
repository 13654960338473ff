"""Two facilitators at once: of a hundred pairs of savers exactly one wins each time, and the other is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from clinic import registers
from clinic.attendance import CONFLICT
from clinic.models import Appointment, AuditEntry, Recording, Session
from clinic.registers import Seat
from tests import cast
from tests.joint.conftest import TODAY

pytestmark = pytest.mark.django_db(transaction=True)
PAIRS = 100


@pytest.fixture
def house(transactional_db) -> cast.Cast:
    return cast.house(TODAY)


@pytest.fixture
def at(house: cast.Cast) -> datetime:
    return house.at(TODAY, 10, 42)


def together(*deeds: Callable[[], object]) -> list[object]:
    """What each of the deeds, begun at the same moment, returned or raised."""
    said: list[object] = [None] * len(deeds)
    start = Barrier(len(deeds))

    def run(number: int, deed: Callable[[], object]) -> None:
        start.wait()
        try:
            said[number] = deed()
        except ValidationError as refused:
            said[number] = refused
        finally:
            connection.close()

    threads = [Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def is_conflict(said: object) -> bool:
    return isinstance(said, ValidationError) and said.error_dict["version"][0].code == CONFLICT


def saver(house: cast.Cast, by: str, on: datetime, seat: Seat, verb=registers.finish, **more):
    keisha, paul = (
        Appointment.objects.get(session=house.register, episode=house.episode(who))
        for who in (house.keisha, house.paul)
    )
    version = Session.objects.get(pk=house.register.pk).version
    said = {keisha.uid: seat} if by == "ben" else {paul.uid: seat}
    who = getattr(house, by)
    if verb == registers.finish:
        more["why"] = "Heard otherwise"
    return lambda: verb(house.register, by=who, on=on, seats=said, version=version, **more)


@pytest.mark.parametrize("verb", [registers.finish, registers.save_draft])
def test_of_a_hundred_pairs_exactly_one_wins_and_the_other_is_told(house, at, verb) -> None:
    """Each says something of another member: even so, whoever comes second has to look first."""
    for number in range(PAIRS):
        on, seat = at + timedelta(seconds=number), Seat("late", minutes_late=number)
        before = Session.objects.get(pk=house.register.pk).version
        said = together(saver(house, "ben", on, seat, verb), saver(house, "ruth", on, seat, verb))
        assert sum(map(is_conflict, said)) == 1, said
        assert Session.objects.get(pk=house.register.pk).version == before + 1
    deed = "save_register" if verb == registers.finish else "draft_register"
    assert AuditEntry.objects.filter(deed=deed).count() == PAIRS


def test_a_hundred_double_submits_make_one_set_of_recordings_each(house, at) -> None:
    for number in range(PAIRS):
        on, seat = at + timedelta(seconds=number), Seat("late", minutes_late=number)
        twice = saver(house, "ben", on, seat)
        said = together(twice, twice)
        assert sorted(said) == [0, 1], said
    assert Recording.objects.count() == PAIRS


def test_a_visitor_added_by_both_has_one_seat(house, at) -> None:
    stay = house.episode(house.linh)
    said = together(
        *(
            lambda who=who: registers.add_visitor(house.register, by=who, on=at, episode=stay).pk
            for who in (house.ben, house.ruth)
        )
    )
    assert said[0] == said[1]
    assert Appointment.objects.filter(session=house.register, episode=stay).count() == 1
    assert Recording.objects.count() == 1

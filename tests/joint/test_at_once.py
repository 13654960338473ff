"""Two at the same desk, at the same moment: one record, one winner, and the other is told. On the database the suite
runs on, with a connection for each thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic import attendance
from clinic.models import Appointment, AuditEntry, Recording
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 11, 20)
PAIRS = 100
SENT = 100


@pytest.fixture
def house(transactional_db: None) -> cast.Cast:
    return cast.house(TODAY)


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    with time_machine.travel("2026-11-20T17:42:00Z", tick=False):
        yield


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Do several things at the same moment, each on a connection of its own; what each gave, or the error it met."""
    gate = Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> object:
        try:
            gate.wait()
            return deed()
        except ValidationError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


def conflicts(told: list[object]) -> list[str]:
    return [
        error.messages[0]
        for error in told
        if isinstance(error, ValidationError)
        and any(each.code == attendance.CONFLICT for each in error.error_dict.get("outcome", ()))
    ]


def rows_of(house: cast.Cast, many: int) -> list[Appointment]:
    """So many visits of the days before that nobody has recorded."""
    return [
        row for number in range(many) for row in house.visits(house.gloria, "medical", "S", last=number + 1)
    ]


def test_of_two_different_marks_at_once_exactly_one_wins_and_the_other_is_told(house) -> None:
    now = house.at(TODAY, 10, 42)
    for row in rows_of(house, PAIRS):
        told = at_once(
            lambda row=row: attendance.mark(row, by=house.lucia, on=now, outcome="attended", version=1),
            lambda row=row: attendance.mark(row, by=house.ruth, on=now, outcome="no_show", version=1),
        )
        row.refresh_from_db()
        assert row.version == 2
        who = {"attended": "Lucia Ortiz", "no_show": "Ruth Adeyemi"}[row.outcome]
        what = row.get_outcome_display().lower()
        assert conflicts(told) == [f"{who} recorded this meanwhile: {what}. Yours is not saved yet."]
    assert Recording.objects.count() == AuditEntry.objects.count() == PAIRS


def test_of_a_mark_and_an_undo_at_once_exactly_one_wins(house) -> None:
    now = house.at(TODAY, 10, 42)
    for row in rows_of(house, PAIRS // 4):
        row = attendance.mark(row, by=house.lucia, on=now, outcome="late", version=1)
        told = at_once(
            lambda row=row: attendance.undo(row, by=house.lucia, on=now, version=2),
            lambda row=row: attendance.mark(
                row, by=house.ruth, on=now, outcome="no_show", version=2, why="Seen leaving"
            ),
        )
        row.refresh_from_db()
        assert (row.version, len(conflicts(told))) == (3, 1)
        assert row.outcome in ("scheduled", "no_show")


def test_the_same_mark_sent_a_hundred_times_is_one_record(house) -> None:
    """Through the page: a double click, ten of them, a hundred."""
    row = rows_of(house, 1)[0]
    signed_in = Client()
    signed_in.force_login(house.lucia)
    cookie = signed_in.cookies[settings.SESSION_COOKIE_NAME].value

    def send() -> int:
        browser = Client()
        browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
        answer = browser.post(
            reverse("mark", args=[row.uid]), {"outcome": "excused", "excuse": "court", "version": 1}
        )
        return answer.status_code

    for _ in range(SENT // 10):
        assert at_once(*[send] * 10) == [302] * 10
    row.refresh_from_db()
    assert (row.outcome, row.version) == ("excused", 2)
    assert Recording.objects.count() == AuditEntry.objects.filter(deed="mark_attendance").count() == 1


def test_without_the_version_the_second_would_win_unseen(house) -> None:
    """The control: it is the version that notices."""
    now = house.at(TODAY, 10, 42)
    row = rows_of(house, 1)[0]
    told = at_once(
        lambda: attendance.mark(row, by=house.lucia, on=now, outcome="attended"),
        lambda: attendance.mark(row, by=house.lucia, on=now + timedelta(seconds=1), outcome="no_show"),
    )
    row.refresh_from_db()
    assert (conflicts(told), row.version, Recording.objects.count()) == ([], 3, 2)

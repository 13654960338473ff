"""The outbox: written with the change, drained after it, and nothing that comes in meanwhile is taken for read."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from clinic import attendance, findings, nudge, sweep
from clinic.models import FollowUp, Recheck
from tests import cast


@pytest.fixture
def visit(swept: cast.Cast):
    Recheck.objects.all().delete()
    return swept.visits(swept.gloria, "medical", "S", last=1)[0]


def test_the_request_is_written_with_the_mark_and_undone_with_it(
    swept: cast.Cast, visit, now: datetime
) -> None:
    def mark_and_fail() -> None:
        with transaction.atomic():
            attendance.mark(visit, by=swept.lucia, on=now, outcome="no_show")
            assert Recheck.objects.filter(episode=visit.episode).exists()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        mark_and_fail()
    assert not Recheck.objects.exists()
    visit.refresh_from_db()
    assert visit.outcome == "scheduled"


def test_draining_raises_the_follow_up_and_empties_the_outbox(swept: cast.Cast, visit, now: datetime) -> None:
    attendance.mark(visit, by=swept.lucia, on=now, outcome="no_show")
    assert sweep.drain(now) == 1
    assert not Recheck.objects.exists()
    assert FollowUp.objects.filter(episode=visit.episode, state="open").count() == 1


def test_many_changes_make_one_request(swept: cast.Cast, visit, now: datetime) -> None:
    for outcome in ("no_show", "excused", "attended"):
        attendance.mark(visit, by=swept.lucia, on=now, outcome=outcome)
    assert Recheck.objects.count() == 1


def test_what_changes_while_it_is_read_is_read_again(
    swept: cast.Cast, visit, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    attendance.mark(visit, by=swept.lucia, on=now, outcome="no_show")
    decide = findings.decide

    def and_meanwhile(*what):
        Recheck.objects.ask([visit.episode_id], on=now + timedelta(seconds=1))
        monkeypatch.setattr(findings, "decide", decide)
        return decide(*what)

    monkeypatch.setattr(findings, "decide", and_meanwhile)
    sweep._recheck(swept.riverside, dict(Recheck.objects.values_list("episode_id", "generation")), now)
    assert Recheck.objects.filter(episode=visit.episode).exists()
    sweep.drain(now)
    assert not Recheck.objects.exists()


def test_one_that_fails_waits_and_the_others_are_read(
    swept: cast.Cast, visit, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    attendance.mark(visit, by=swept.lucia, on=now, outcome="no_show")
    bad = swept.episode(swept.rosa).pk
    Recheck.objects.ask([bad], on=now)
    decide = findings.decide

    def broken(record, *others):
        if record.episode == bad:
            raise ZeroDivisionError
        return decide(record, *others)

    monkeypatch.setattr(findings, "decide", broken)
    sweep.drain(now)
    row = Recheck.objects.get()
    assert (row.episode_id, row.tries) == (bad, 1)
    assert row.not_before > now
    assert sweep.drain(now) == 0, "no hot loop"
    assert FollowUp.objects.filter(episode=visit.episode, state="open").exists()
    monkeypatch.setattr(findings, "decide", decide)
    assert sweep.drain(row.not_before) == 1


def test_a_nudge_that_fails_costs_nobody_anything(
    swept: cast.Cast,
    visit,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    settings,
    django_capture_on_commit_callbacks,
) -> None:
    settings.NUDGE = True
    rung = []

    def broken(task: str) -> None:
        rung.append(task)
        raise ConnectionError

    monkeypatch.setattr(nudge._bell, "ring", broken)
    with django_capture_on_commit_callbacks(execute=True):
        attendance.mark(visit, by=swept.lucia, on=now, outcome="no_show")
    assert rung == [nudge.DRAIN]
    assert Recheck.objects.exists()

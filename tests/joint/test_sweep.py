"""The daily sweep: everybody is read, nothing is raised twice, a bad episode stands alone, a killed run goes on."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic import attendance, findings, followups, histories, sweep
from clinic.models import Episode, Finding, FollowUp, RuleSet, SweepFailure, SweepRun, SweepShard
from tests import cast
from tests.joint.conftest import TODAY


def follow_up(house: cast.Cast, client) -> FollowUp | None:
    return FollowUp.objects.filter(episode=house.episode(client), state="open").first()


def signs(house: cast.Cast, client) -> set[str]:
    rows = Finding.objects.filter(episode=house.episode(client), state="open")
    return set(rows.values_list("sign", flat=True))


def test_whoever_stopped_coming_is_raised_and_who_comes_is_not(swept: cast.Cast) -> None:
    assert {"D02b", "D08"} <= signs(swept, swept.rosa)
    assert follow_up(swept, swept.rosa).level == "today"
    assert follow_up(swept, swept.gloria) is None
    assert follow_up(swept, swept.samir) is None, "paused"
    assert follow_up(swept, swept.irina) is None, "unrecorded is never missed"
    assert follow_up(swept, swept.victor) is None, "discharged"


def test_a_finding_keeps_its_evidence_its_sentences_and_its_rules(swept: cast.Cast) -> None:
    finding = Finding.objects.get(episode=swept.episode(swept.rosa), sign="D02b")
    assert len(finding.evidence) >= 3
    assert {"id", "start", "day", "channel", "outcome", "group"} == set(finding.evidence[0])
    assert {row["outcome"] for row in finding.evidence} == {"no_show"}
    assert finding.why and finding.title and finding.steps
    assert finding.rules == RuleSet.objects.get(clinic=swept.riverside, number=1)


def test_counts_reconcile(swept: cast.Cast, now: datetime) -> None:
    for run in SweepRun.objects.all():
        totals = sweep.totals(run)
        assert run.finished_at == now
        assert totals.read + totals.failed == run.expected == totals.episodes
    assert sum(sweep.totals(run).raised for run in SweepRun.objects.all()) == FollowUp.objects.count()


def test_a_second_sweep_reads_everybody_and_raises_nothing(swept: cast.Cast, now: datetime) -> None:
    before = set(Finding.objects.values_list("pk", "state"))
    again = sweep.sweep_day(TODAY, now=now + timedelta(hours=1))
    assert again.read == again.episodes > 10
    assert (again.raised, again.added, again.settled, again.withdrawn) == (0, 0, 0, 0)
    assert set(Finding.objects.values_list("pk", "state")) == before
    assert set(SweepRun.objects.values_list("passes", flat=True)) == {2}


def test_an_earlier_day_than_the_last_swept_is_refused_and_changes_nothing(
    swept: cast.Cast, now: datetime
) -> None:
    runs = SweepRun.objects.count()
    with pytest.raises(sweep.SweepRefused, match="later day"):
        sweep.sweep_day(TODAY - timedelta(days=1), now=now)
    assert SweepRun.objects.count() == runs


def test_one_bad_episode_is_recorded_and_does_not_stop_the_rest(
    house: cast.Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, decide = house.episode(house.keisha).pk, findings.decide

    def broken(record, *others):
        if record.episode == bad:
            raise ZeroDivisionError("Keisha Grant")
        return decide(record, *others)

    monkeypatch.setattr(findings, "decide", broken)
    totals = sweep.sweep(house.riverside, TODAY, now=now)
    assert totals.failed == 1
    assert totals.read + 1 == totals.episodes
    failure = SweepFailure.objects.get()
    assert failure.episode_id == bad
    assert failure.error.startswith("ZeroDivisionError")
    assert "Keisha" not in failure.error
    assert follow_up(house, house.rosa) is not None


def test_a_bad_write_stands_alone_too(
    house: cast.Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An episode that can be judged but not written is tried by itself; the others of its batch are written."""
    bad, take = house.episode(house.keisha).pk, findings.Writer.take

    def broken(self, record, *others):
        if record.episode == bad:
            raise KeyError("no")
        take(self, record, *others)

    monkeypatch.setattr(findings.Writer, "take", broken)
    totals = sweep.sweep(house.riverside, TODAY, now=now)
    assert totals.failed == 1
    assert follow_up(house, house.rosa) is not None
    assert follow_up(house, house.keisha) is None


def test_a_sweep_that_was_killed_goes_on_where_it_stopped(
    house: cast.Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "BATCH", 1)
    write, written = sweep.judge_and_write, []

    def killed_after_two(clinic, episodes, *others):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.extend(episodes)
        return write(clinic, episodes, *others)

    monkeypatch.setattr(sweep, "judge_and_write", killed_after_two)
    with pytest.raises(KeyboardInterrupt):
        sweep.sweep(house.riverside, TODAY, now=now)
    run = SweepRun.objects.get()
    assert run.finished_at is None
    assert FollowUp.objects.count() == 2
    read_before = sweep.totals(run).read
    assert 0 < read_before < run.expected
    monkeypatch.setattr(sweep, "judge_and_write", write)
    totals = sweep.sweep(house.riverside, TODAY, now=now)
    run.refresh_from_db()
    assert run.passes == 1, "gone on with, not begun anew"
    assert totals.read == run.expected
    assert totals.raised == FollowUp.objects.count() > 2


def test_of_two_readers_of_one_shard_the_second_writes_nothing(house: cast.Cast, now: datetime) -> None:
    run = sweep.start(house.riverside, TODAY, now)
    shard = SweepShard.objects.get(run=run)
    assert sweep.advance(shard.pk, shard.done_to, shard.last)
    assert not sweep.advance(shard.pk, shard.done_to, shard.last)


def test_shards_hold_everybody_once(house: cast.Cast, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "SHARD", 3)
    totals = sweep.sweep(house.riverside, TODAY, now=now)
    assert SweepShard.objects.count() > 2
    assert totals.read == totals.episodes == len(histories.open_episodes(house.riverside, TODAY))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("dies", [False, True])
def test_several_processes_read_what_one_would(
    house: cast.Cast, now: datetime, monkeypatch: pytest.MonkeyPatch, dies: bool
) -> None:
    """On PostgreSQL two processes share the shards, and what one that died has left is read all the same."""
    monkeypatch.setattr(sweep, "SHARD", 3)
    here, read_here = os.getpid(), []
    read = sweep.sweep_shard

    def noted(shard: int, *more: object) -> None:
        if os.getpid() != here and dies:
            os._exit(9)
        read_here.append(shard)
        read(shard, *more)

    monkeypatch.setattr(sweep, "sweep_shard", noted)
    totals = sweep.sweep(house.riverside, TODAY, now=now, workers=2)
    shards = SweepShard.objects.count()
    assert totals.read == totals.episodes == len(histories.open_episodes(house.riverside, TODAY))
    assert totals.raised == FollowUp.objects.count() > 0
    assert SweepRun.objects.get().finished_at is not None
    alone = dies or not sweep.can_be_shared()
    assert len(set(read_here)) == (shards if alone else (shards + 1) // 2)


def test_the_database_refuses_a_twin(swept: cast.Cast) -> None:
    row = follow_up(swept, swept.rosa)
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUp.objects.create(
            episode=row.episode,
            clinic=row.clinic,
            level="today",
            opened_on=TODAY,
            opened_at=row.opened_at,
            due_at=row.due_at,
        )
    finding = Finding.objects.filter(episode=row.episode).first()
    finding.pk, finding.uid = None, None
    from uuid import uuid4

    finding.uid = uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        finding.save(force_insert=True)


def test_the_number_of_statements_does_not_grow_with_the_clinic(house: cast.Cast, now: datetime) -> None:
    def count(episodes: list[int]) -> int:
        with CaptureQueriesContext(connection) as captured:
            sweep.needing_change(
                house.riverside, episodes, TODAY, sweep.rules_in_force(house.riverside, now).values
            )
        return len(captured)

    everybody = histories.open_episodes(house.riverside, TODAY)
    count(everybody)
    assert count(everybody[:2]) == count(everybody)


def test_late_attendance_withdraws_what_nobody_has_touched(swept: cast.Cast, now: datetime) -> None:
    keisha = swept.episode(swept.keisha)
    finding = Finding.objects.get(episode=keisha, sign="D02b")
    for row in finding.evidence:
        visit = keisha.appointments.get(pk=row["id"])
        attendance.mark(visit, by=swept.lucia, on=now, outcome="attended", why="Found on paper")
    sweep.drain(now)
    finding.refresh_from_db()
    assert finding.state == "withdrawn"
    assert finding.follow_up.closed_as == "withdrawn"
    assert follow_up(swept, swept.keisha) is None


def test_late_attendance_only_marks_what_somebody_works_on(swept: cast.Cast, now: datetime) -> None:
    row = follow_up(swept, swept.keisha)
    followups.snooze(row, by=swept.maya, on=now, until=TODAY + timedelta(days=1), reason="On leave till then")
    finding = Finding.objects.get(follow_up=row, sign="D02b")
    for evidence in finding.evidence:
        visit = row.episode.appointments.get(pk=evidence["id"])
        attendance.mark(visit, by=swept.lucia, on=now, outcome="attended", why="Found on paper")
    sweep.drain(now)
    finding.refresh_from_db()
    row.refresh_from_db()
    assert (finding.state, finding.evidence_changed) == ("open", True)
    assert (row.state, row.evidence_changed) == ("open", True)


def test_two_attended_sessions_settle_what_they_are_about(swept: cast.Cast, now: datetime) -> None:
    row = follow_up(swept, swept.rosa)
    later = TODAY + timedelta(days=9)
    swept.visits(swept.rosa, "counselling", "AA", last=-8, every=3)
    sweep.sweep_day(later, now=now + timedelta(days=9))
    states = dict(Finding.objects.filter(follow_up=row).values_list("sign", "state"))
    assert {sign for sign, state in states.items() if state == "settled"} >= {"D02b", "D02c", "D08"}
    # The meetings she used to log, and weeks that are not yet what they were.
    assert {sign for sign, state in states.items() if state == "open"} == {"D03b", "D07"}


def test_when_all_is_settled_the_follow_up_closes_by_itself(swept: cast.Cast, now: datetime) -> None:
    row = follow_up(swept, swept.rosa)
    Finding.objects.filter(follow_up=row).exclude(sign__in=("D02b", "D02c", "D08")).delete()
    swept.visits(swept.rosa, "counselling", "AA", last=-2, every=1)
    swept.visits(swept.rosa, "mutual_aid", "A", last=-1)
    sweep.sweep_day(TODAY + timedelta(days=2), now=now + timedelta(days=2))
    row.refresh_from_db()
    assert (row.state, row.closed_as) == ("closed", "settled")


def test_a_new_absence_ends_a_rest_and_gives_a_new_promise(swept: cast.Cast, now: datetime) -> None:
    row = follow_up(swept, swept.rosa)
    hours = histories.opening_hours(swept.riverside)
    followups.log_contact(row, by=swept.maya, on=now, method="call", result="reached_thinking", hours=hours)
    sweep.drain(now)
    row.refresh_from_db()
    assert row.quiet_until > TODAY
    later = now + timedelta(days=3)
    swept.visits(swept.rosa, "counselling", "M", last=-2)
    sweep.sweep_day(TODAY + timedelta(days=3), now=later)
    row.refresh_from_db()
    assert row.quiet_until is None
    assert row.due_at > later


def test_closed_by_hand_it_stays_closed_until_something_newer_is_missed(
    swept: cast.Cast, now: datetime
) -> None:
    row = follow_up(swept, swept.keisha)
    followups.close(row, by=swept.maya, on=now, closed_as="not_a_concern", note="Travels, told us")
    sweep.sweep_day(TODAY, now=now)
    assert follow_up(swept, swept.keisha) is None
    swept.visits(swept.keisha, "counselling", "M", last=-4)
    sweep.sweep_day(TODAY + timedelta(days=5), now=now + timedelta(days=5))
    assert follow_up(swept, swept.keisha) is not None


def test_discharge_closes_the_work(swept: cast.Cast, now: datetime) -> None:
    Episode.objects.filter(pk=swept.episode(swept.rosa).pk).update(discharged_on=TODAY)
    sweep.sweep_day(TODAY, now=now)
    row = FollowUp.objects.filter(episode__client=swept.rosa).latest("pk")
    assert (row.state, row.closed_as) == ("closed", "episode_ended")
    assert not row.findings.filter(state="open").exists()


@pytest.mark.parametrize(("hour", "due"), [(5, 0), (6, 1)])
def test_a_clinics_sweep_is_due_when_its_own_hour_has_come(house: cast.Cast, hour: int, due: int) -> None:
    runs = sweep.due_runs(house.at(TODAY, hour, 1))
    assert sum(run.clinic_id == house.riverside.pk for run in runs) == due


def test_a_later_day_begun_by_hand_does_not_stop_the_other_clinics(house: cast.Cast) -> None:
    sweep.start(house.riverside, TODAY + timedelta(days=2), house.at(TODAY, 5))
    due = {run.clinic_id for run in sweep.due_runs(house.at(TODAY, 12))}
    assert due == {house.harbor.pk}


def test_a_missed_morning_is_caught_up_the_same_day(house: cast.Cast) -> None:
    evening = house.at(TODAY, 22)
    assert house.riverside.pk in {run.clinic_id for run in sweep.due_runs(evening)}
    sweep.sweep_day(TODAY, now=evening)
    assert house.riverside.pk not in {run.clinic_id for run in sweep.due_runs(evening)}

"""The joint: timelines -> signs -> plan -> follow-ups, for everybody each day and for one client after a change.

Reading and judging happen outside any transaction. Whoever needs a change is then read and judged once more with the
episode's row locked, and written in the same transaction as the mark that says "judged": killed in between, both are
undone, and nothing is lost. Twins are refused by the database, not by looking first (docs/decisions/0002).
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from django.db import connection, connections, transaction
from django.db.models import F, Q, Sum

from clinic import findings, histories
from clinic.engagement.signs.thresholds import Thresholds
from clinic.models import (
    Clinic,
    Episode,
    Recheck,
    RuleSet,
    SweepFailure,
    SweepRun,
    SweepShard,
)

logger = logging.getLogger(__name__)

SHARD = 1_000
READ_AT_ONCE = 1_000
BATCH = 500
DRAIN_BATCH = 200
TRIES_BEFORE_REST = 3
Progress = Callable[[int], None]


class SweepRefused(ValueError):
    """A sweep that must not run: its day lies before one that has been swept."""


@dataclass(slots=True)
class Totals:
    """What a sweep read and changed. `raised` follow-ups, `added` findings that joined or strengthened an open one."""

    episodes: int = 0
    read: int = 0
    failed: int = 0
    raised: int = 0
    added: int = 0
    settled: int = 0
    withdrawn: int = 0

    def add(self, other: Totals) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


def rules_in_force(clinic: Clinic, now: datetime) -> RuleSet:
    """The clinic's thresholds in force; the first version is made from the defaults when there is none."""
    rules = RuleSet.objects.filter(clinic=clinic).order_by("-number").first()
    if rules is None:
        rules, _ = RuleSet.objects.get_or_create(
            clinic=clinic, number=1, defaults={"made_at": now, "reason": "Starting values"}
        )
    return rules


# -- one batch -----------------------------------------------------------------------------------------------------


def needing_change(
    clinic: Clinic, episodes: Sequence[int], day: date, thresholds: Thresholds
) -> tuple[list[int], dict[int, str]]:
    """Read and judge, change nothing: the episodes whose follow-ups would change, and those that could not be read."""
    wanted: list[int] = []
    failed: dict[int, str] = {}
    for at in range(0, len(episodes), READ_AT_ONCE):
        with no_collection():
            _look_at(clinic, episodes[at : at + READ_AT_ONCE], day, thresholds, wanted, failed)
    return sorted(wanted), failed


def _look_at(
    clinic: Clinic,
    episodes: Sequence[int],
    day: date,
    thresholds: Thresholds,
    wanted: list[int],
    failed: dict[int, str],
) -> None:
    today = day.toordinal()
    standing = histories.standing(episodes)
    desks = findings.open_desks(episodes)
    for record in histories.records(clinic, episodes):
        number = record.episode
        try:
            decision = findings.decide(
                record, today, standing.get(number, ()), desks.get(number, ()), thresholds
            )
        except Exception as error:  # one bad episode never stops the rest
            failed[number] = _where(error)
            continue
        if decision is not None:
            wanted.append(number)


@contextmanager
def no_collection() -> Iterator[None]:
    """Put off looking for reference cycles while a shard is read: a quarter of the time, for hardly any are made."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def judge_and_write(
    clinic: Clinic, episodes: Sequence[int], day: date, now: datetime, rules: RuleSet
) -> tuple[Totals, dict[int, str]]:
    """Judge some episodes under lock and write what follows; call it inside a transaction.

    When the batch cannot be written whole, each episode is tried by itself, so that one bad one stands alone.
    """
    try:
        with transaction.atomic():
            return _write(clinic, episodes, day, now, rules)
    except Exception as error:
        if len(episodes) == 1:
            return Totals(), {episodes[0]: _where(error)}
    totals, failed = Totals(), {}
    for number in episodes:
        part, bad = judge_and_write(clinic, [number], day, now, rules)
        totals.add(part)
        failed |= bad
    return totals, failed


def _write(
    clinic: Clinic, episodes: Sequence[int], day: date, now: datetime, rules: RuleSet
) -> tuple[Totals, dict[int, str]]:
    lock_episodes(episodes)
    standing = histories.standing(episodes)
    desks = findings.open_desks(episodes)
    writer = findings.Writer(clinic, day, now, rules, histories.opening_hours(clinic))
    for record in histories.records(clinic, episodes):
        number = record.episode
        mine = desks.get(number, ())
        decision = findings.decide(record, day.toordinal(), standing.get(number, ()), mine, rules.values)
        if decision is not None:
            writer.take(record, decision, mine)
    written = writer.write()
    return Totals(
        raised=written.raised, added=written.added, settled=written.settled, withdrawn=written.withdrawn
    ), {}


def lock_episodes(episodes: Sequence[int]) -> None:
    """Hold the episodes' rows, in one order, until the transaction ends; attendance verbs take the same lock."""
    list(
        Episode.objects.select_for_update()
        .filter(pk__in=episodes)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _where(error: Exception) -> str:
    """The kind of an error and the place in this code it came from; never its message, which may hold facts."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = (
        f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
        if trace
        else "unknown place"
    )
    return f"{type(error).__name__} at {place}"[:200]


# -- the daily sweep -----------------------------------------------------------------------------------------------


def start(clinic: Clinic, day: date, now: datetime, *, again: bool = True) -> SweepRun:
    """The run of one clinic and day: a new one, the unfinished one to go on with, or, with `again`, a new pass over
    everybody. Raises SweepRefused when a later day has been swept.
    """
    if SweepRun.objects.filter(clinic=clinic, day__gt=day).exists():
        raise SweepRefused(f"A later day than {day.isoformat()} has been swept already.")
    with transaction.atomic():
        run, made = SweepRun.objects.get_or_create(
            clinic=clinic, day=day, defaults={"started_at": now, "heartbeat_at": now}
        )
        if not made and again and run.finished_at is not None:
            # By condition: of two who start again at once, one makes the pass and the other joins it.
            made = bool(
                SweepRun.objects.filter(pk=run.pk, passes=run.passes, finished_at__isnull=False).update(
                    passes=F("passes") + 1, started_at=now, heartbeat_at=now, finished_at=None
                )
            )
        if made:
            _deal(run, clinic, day)
        run.refresh_from_db()
    return run


def _deal(run: SweepRun, clinic: Clinic, day: date) -> None:
    """Deal the day's episodes into shards."""
    SweepShard.objects.filter(run=run).delete()
    SweepFailure.objects.filter(run=run).delete()
    episodes = histories.open_episodes(clinic, day)
    hands = [episodes[at : at + SHARD] for at in range(0, len(episodes), SHARD)]
    SweepShard.objects.bulk_create(
        SweepShard(
            run=run, number=number, first=hand[0], last=hand[-1], done_to=hand[0] - 1, expected=len(hand)
        )
        for number, hand in enumerate(hands, 1)
    )
    SweepRun.objects.filter(pk=run.pk).update(expected=len(episodes))


def open_shards(run: SweepRun) -> list[int]:
    """Shards of a run that are not done."""
    return list(
        SweepShard.objects.filter(run=run, done_to__lt=F("last"))
        .order_by("number")
        .values_list("pk", flat=True)
    )


def sweep_shard(shard: int, now: datetime, progress: Progress | None = None) -> None:
    """Read what is left of one shard; finish the run when it was the last. Safe to run twice, and at once."""
    row = SweepShard.objects.select_related("run__clinic").filter(pk=shard).first()
    if row is None or row.run.finished_at is not None:
        return
    run, clinic = row.run, row.run.clinic
    rules = rules_in_force(clinic, now)
    left = histories.open_episodes(clinic, run.day, row.done_to + 1, row.last)
    wanted, failed = needing_change(clinic, left, run.day, rules.values)
    done_to = row.done_to
    for chunk, upto in _chunks(wanted, row.last):
        part = [number for number in left if done_to < number <= upto]
        bad = {number: failed[number] for number in part if number in failed}
        with transaction.atomic():
            if not advance(shard, done_to, upto):
                return  # somebody else has read this far
            totals, worse = judge_and_write(clinic, chunk, run.day, now, rules) if chunk else (Totals(), {})
            bad |= worse
            _keep_failures(run, bad)
            SweepShard.objects.filter(pk=shard).update(
                read=F("read") + len(part) - len(bad),
                failed=F("failed") + len(bad),
                raised=F("raised") + totals.raised,
                added=F("added") + totals.added,
                settled=F("settled") + totals.settled,
                withdrawn=F("withdrawn") + totals.withdrawn,
            )
            SweepRun.objects.filter(pk=run.pk).update(heartbeat_at=now)
        done_to = upto
        if progress is not None:
            progress(len(part))
    finish(run, now)


def advance(shard: int, done_to: int, upto: int) -> bool:
    """Move a shard's mark, if it still stands where this reader found it."""
    return bool(SweepShard.objects.filter(pk=shard, done_to=done_to).update(done_to=upto))


def _chunks(wanted: Sequence[int], last: int) -> Iterator[tuple[list[int], int]]:
    """Episodes to write, at most BATCH at a time, each with how far the mark moves; the last to the end."""
    parts = [list(wanted[at : at + BATCH]) for at in range(0, len(wanted), BATCH)] or [[]]
    for position, part in enumerate(parts):
        yield part, last if position == len(parts) - 1 else part[-1]


def _keep_failures(run: SweepRun, failed: dict[int, str]) -> None:
    for number, where in failed.items():
        logger.error("episode %s not read in sweep %s: %s", number, run.pk, where)
        SweepFailure.objects.update_or_create(run=run, episode_id=number, defaults={"error": where})


def finish(run: SweepRun, now: datetime) -> bool:
    """Close the run when every shard is done and the counts reconcile."""
    if open_shards(run):
        return False
    counts = totals(run)
    if counts.read + counts.failed != run.expected:
        # Somebody was admitted or discharged meanwhile: what was read is what there was.
        SweepRun.objects.filter(pk=run.pk).update(expected=counts.read + counts.failed)
    return bool(
        SweepRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=now, heartbeat_at=now)
    )


def totals(run: SweepRun) -> Totals:
    """What the present pass of a run has read and changed so far."""
    names = ("read", "failed", "raised", "added", "settled", "withdrawn")
    sums = SweepShard.objects.filter(run=run).aggregate(**{name: Sum(name, default=0) for name in names})
    expected = SweepRun.objects.values_list("expected", flat=True).get(pk=run.pk)
    return Totals(episodes=expected, **sums)


def sweep(
    clinic: Clinic, day: date, *, now: datetime, progress: Progress | None = None, workers: int = 1
) -> Totals:
    """Read everybody of one clinic for one day, here and now, without Celery and Redis.

    With more than one of `workers` (processes) the shards are dealt to as many, as Celery would deal them. What a
    process that died has left is read by this one.
    """
    run = start(clinic, day, now)
    if workers > 1 and can_be_shared():
        _read_together(run, now, progress, workers)
    while shards := open_shards(run):
        for shard in shards:
            sweep_shard(shard, now, progress)
    finish(run, now)
    return totals(run)


def can_be_shared() -> bool:
    """Whether several processes may read at once: SQLite has one writer, and others do not see an open transaction."""
    return connection.vendor == "postgresql" and not connection.in_atomic_block and hasattr(os, "fork")


def _read_together(run: SweepRun, now: datetime, progress: Progress | None, workers: int) -> None:
    """Deal the open shards to forked processes, each with a connection of its own, and read one share here."""
    shares = [open_shards(run)[number::workers] for number in range(workers)]
    connections.close_all()  # a connection must not be in two processes
    children = [_fork(share, now) for share in shares[1:] if share]
    try:
        for shard in shares[0]:
            sweep_shard(shard, now, progress)
    finally:
        for child in children:
            os.waitpid(child, 0)


def _fork(shards: Sequence[int], now: datetime) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        for shard in shards:
            sweep_shard(shard, now)
        code = 0
    except Exception as error:  # its shards are read again by whoever asked for them
        logger.error("a process of the sweep stopped: %s", _where(error))
    finally:
        connections.close_all()
        os._exit(code)


def sweep_day(
    day: date | None, *, now: datetime, progress: Progress | None = None, workers: int = 1
) -> Totals:
    """Read everybody of every clinic for `day`, or for each clinic's own today. Raises SweepRefused before any is read
    when some clinic has swept a later day.
    """
    clinics = list(Clinic.objects.order_by("pk"))
    days = {clinic.pk: day or clinic.local_day(now) for clinic in clinics}
    for clinic in clinics:
        if SweepRun.objects.filter(clinic=clinic, day__gt=days[clinic.pk]).exists():
            raise SweepRefused(f"A later day than {days[clinic.pk].isoformat()} has been swept already.")
    together = Totals()
    for clinic in clinics:
        together.add(sweep(clinic, days[clinic.pk], now=now, progress=progress, workers=workers))
    return together


def due_runs(now: datetime) -> list[SweepRun]:
    """The runs that should be under way: each clinic's own today, once its hour has come, until it is finished."""
    runs = []
    for clinic in Clinic.objects.order_by("pk"):
        local = now.astimezone(clinic.zone)
        if local.time() < clinic.sweep_at:
            continue
        # A later day that somebody has begun by hand stands for today's: it reads all that today would.
        read = Q(day__gt=local.date()) | Q(day=local.date(), finished_at__isnull=False)
        if not SweepRun.objects.filter(read, clinic=clinic).exists():
            runs.append(start(clinic, local.date(), now, again=False))
    return runs


# -- rechecks ------------------------------------------------------------------------------------------------------


def drain(now: datetime, *, most: int = 20_000) -> int:
    """Read again every episode that waits in the outbox, oldest request first; returns how many were read.

    A request is deleted only if nothing newer has come in while it was read. One that fails is tried again later, after
    a growing pause.
    """
    done = 0
    while done < most:
        waiting = list(
            Recheck.objects.filter(Q(not_before=None) | Q(not_before__lte=now))
            .order_by("asked_at", "episode")
            .values_list("episode_id", "generation", "episode__clinic_id")[:DRAIN_BATCH]
        )
        if not waiting:
            break
        for clinic in Clinic.objects.filter(pk__in={row[2] for row in waiting}):
            _recheck(clinic, {row[0]: row[1] for row in waiting if row[2] == clinic.pk}, now)
        done += len(waiting)
    return done


def _recheck(clinic: Clinic, asked: dict[int, object], now: datetime) -> None:
    rules = rules_in_force(clinic, now)
    with transaction.atomic():
        _, failed = judge_and_write(clinic, sorted(asked), clinic.local_day(now), now, rules)
        read = [generation for number, generation in asked.items() if number not in failed]
        Recheck.objects.filter(generation__in=read).delete()
        for number, where in failed.items():
            logger.error("episode %s not rechecked: %s", number, where)
            row = Recheck.objects.filter(episode_id=number, generation=asked[number]).first()
            if row is not None:
                pause = timedelta(minutes=5) if row.tries < TRIES_BEFORE_REST else timedelta(hours=8)
                Recheck.objects.filter(pk=row.pk, generation=row.generation).update(
                    tries=F("tries") + 1, not_before=now + pause
                )

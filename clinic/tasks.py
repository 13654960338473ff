"""Doors for the clock and the queue: id in, one call, out."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from clinic import booking, groups, medication, sweep
from clinic.importing import jobs, work

LONG = 780  # seconds; below the visibility timeout, so that no file is worked on twice at once


@shared_task(name="clinic.tasks.ensure_sweeps")
def ensure_sweeps() -> None:
    """Start or go on with every sweep that is due, one message a shard; then book ahead what comes again and again."""
    now = timezone.now()
    for run in sweep.due_runs(now):
        for shard in sweep.open_shards(run):
            sweep_shard.delay(shard)
        sweep.finish(run, now)
    medication.make_ahead(now)
    booking.make_ahead(now)
    groups.make_ahead(now)
    jobs.take_up(now)


@shared_task(name="clinic.tasks.sweep_shard")
def sweep_shard(shard: int) -> None:
    """Read what is left of one shard."""
    sweep.sweep_shard(shard, timezone.now())


@shared_task(name="clinic.tasks.drain_rechecks")
def drain_rechecks() -> None:
    """Read again every episode that has changed."""
    sweep.drain(timezone.now())


@shared_task(name="clinic.tasks.check_import", soft_time_limit=LONG, time_limit=LONG + 60)
def check_import(number: int) -> None:
    """Judge the files of an import, for somebody to look at."""
    work.check(number, timezone.now())


@shared_task(name="clinic.tasks.apply_import", soft_time_limit=LONG, time_limit=LONG + 60)
def apply_import(number: int) -> None:
    """Apply an import, all of it or nothing."""
    work.apply(number, timezone.now())


@shared_task(name="clinic.tasks.undo_import", soft_time_limit=LONG, time_limit=LONG + 60)
def undo_import(number: int) -> None:
    """Take an import back."""
    work.undo(number, timezone.now())

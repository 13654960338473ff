"""Doors for the clock and the queue: id in, one call, out."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from clinic import sweep


@shared_task(name="clinic.tasks.ensure_sweeps")
def ensure_sweeps() -> None:
    """Start or go on with every sweep that is due, one message a shard."""
    now = timezone.now()
    for run in sweep.due_runs(now):
        for shard in sweep.open_shards(run):
            sweep_shard.delay(shard)
        sweep.finish(run, now)


@shared_task(name="clinic.tasks.sweep_shard")
def sweep_shard(shard: int) -> None:
    """Read what is left of one shard."""
    sweep.sweep_shard(shard, timezone.now())


@shared_task(name="clinic.tasks.drain_rechecks")
def drain_rechecks() -> None:
    """Read again every episode that has changed."""
    sweep.drain(timezone.now())

"""What has been read and what still must be: the outbox of rechecks, and the daily sweep's own record."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import models

from clinic.models.care import Episode
from clinic.models.people import Clinic


class RecheckManager(models.Manager["Recheck"]):
    def ask(self, episodes: Iterable[int], *, on: datetime) -> None:
        """Ask that these episodes be read again, in the caller's transaction; one row an episode, whoever asks."""
        rows = [
            Recheck(episode_id=number, asked_at=on, generation=uuid.uuid4())
            for number in sorted(set(episodes))
        ]
        self.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["episode"],
            update_fields=["asked_at", "generation", "tries", "not_before"],
        )


class Recheck(models.Model):
    """One episode to be read again after a change. `generation` is new with every change, so that what comes in while
    the episode is being read is not taken for read. `tries` and `not_before` keep a failing one from spinning.
    """

    episode = models.OneToOneField(
        Episode, on_delete=models.CASCADE, primary_key=True, related_name="recheck"
    )
    asked_at = models.DateTimeField(db_index=True)
    generation = models.UUIDField(default=uuid.uuid4)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)

    objects = RecheckManager()

    def __str__(self) -> str:
        return f"recheck of episode {self.episode_id}"


class SweepRun(models.Model):
    """The reading of every open episode of one clinic for one local day; `passes` counts how often it was read whole.

    Finished only when every shard is done and read + failed == expected.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="sweeps", db_index=False)
    day = models.DateField()
    passes = models.PositiveSmallIntegerField(default=1)
    expected = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "day"], name="one_sweep_per_clinic_and_day")]

    def __str__(self) -> str:
        return f"sweep {self.pk}"


class SweepShard(models.Model):
    """A range of about 2,000 episodes of a run. `done_to` is the last episode read: it moves, by condition on its old
    value, in the same transaction as the follow-ups it vouches for, so a killed sweep resumes without loss or twin.
    """

    run = models.ForeignKey(SweepRun, on_delete=models.CASCADE, related_name="shards", db_index=False)
    number = models.PositiveIntegerField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    done_to = models.BigIntegerField()
    expected = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    raised = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    settled = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="shard_once_per_run")]

    def __str__(self) -> str:
        return f"shard {self.number} of sweep {self.run_id}"


class SweepFailure(models.Model):
    """An episode that could not be read in a run: the kind of error and where, never what it was about."""

    run = models.ForeignKey(SweepRun, on_delete=models.CASCADE, related_name="failures", db_index=False)
    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="+", db_index=False)
    error = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "episode"], name="failure_once_per_run")]

    def __str__(self) -> str:
        return f"failure {self.pk}"

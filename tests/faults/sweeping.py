"""Four processes sweep one clinic while they are killed again and again; run by test_killed_sweeps.py.

    DATABASE_URL=postgres://... python -m tests.faults.sweeping --kills 200 --arm product

Every round brings new work before the first kill, so that kills after round one still fall on something to lose. Arms:
`product` as it is; `constraint`: without the row locks and the shard's mark, so that the database's constraints stand
alone; `control`: without the constraints too, which must raise twins, or the experiment has no teeth. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import django

CLIENTS = 600
DUE_A_ROUND = 60
KILLS_A_ROUND = 20
SWEEPERS = 4
DAY = date(2026, 3, 6)
NOW = datetime(2026, 3, 6, 20, tzinfo=UTC)


def set_up() -> None:
    """A clinic whose clients have all come to their last eight sessions."""
    from clinic.models import Appointment, Client, Clinic, Episode

    clinic = Clinic.objects.create(name="Killed", time_zone="UTC")
    programme = clinic.programmes.create(name="Standard")
    Client.objects.bulk_create(
        Client(clinic=clinic, record_number=f"K{n}", first_name="A", last_name="B") for n in range(CLIENTS)
    )
    Episode.objects.bulk_create(
        Episode(client_id=pk, clinic=clinic, programme=programme, admitted_on=DAY - timedelta(days=120))
        for pk in Client.objects.order_by("pk").values_list("pk", flat=True)
    )
    last = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=UTC) - timedelta(days=5)
    Appointment.objects.bulk_create(
        (
            Appointment(
                episode_id=pk,
                clinic=clinic,
                channel="counselling",
                starts_at=last - timedelta(weeks=week),
                outcome="attended",
            )
            for pk in Episode.objects.values_list("pk", flat=True)
            for week in range(8)
        ),
        batch_size=1_000,
    )


def new_work(turn: int) -> None:
    """Sixty more clients miss a session."""
    from clinic.models import Appointment, Clinic, Episode

    clinic = Clinic.objects.get()
    episodes = Episode.objects.order_by("pk").values_list("pk", flat=True)
    due = episodes[turn * DUE_A_ROUND : (turn + 1) * DUE_A_ROUND]
    at = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=UTC) - timedelta(days=1)
    Appointment.objects.bulk_create(
        Appointment(episode_id=pk, clinic=clinic, channel="counselling", starts_at=at, outcome="no_show")
        for pk in due
    )


def sweep_for_ever(go: int | None = None) -> None:
    """Sweep until killed; with `go`, a pipe, begin when its other end is closed: all at one moment."""
    from clinic import sweep
    from clinic.models import Clinic

    clinic = Clinic.objects.get()
    if go is not None:
        os.read(go, 1)
    while True:
        sweep.sweep(clinic, DAY, now=NOW)


def disarm(arm: str) -> None:
    """Take the locks and the shard's mark away, so that only what the arm keeps can prevent twins."""
    from django.db import connection, transaction

    from clinic import sweep
    from clinic.models import SweepShard

    if arm == "product":
        return

    def advance(shard: int, done_to: int, upto: int) -> bool:
        # Afterwards, for the mark's own row would make the others wait their turn.
        transaction.on_commit(lambda: SweepShard.objects.filter(pk=shard).update(done_to=upto))
        return True

    sweep.lock_episodes = lambda episodes: None
    sweep.advance = advance
    if arm == "control":
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX one_open_follow_up_per_episode_and_kind")
            cursor.execute("ALTER TABLE clinic_finding DROP CONSTRAINT finding_fingerprint")


def in_child(work: Any) -> int:
    """Run something in a forked process of its own; returns its number."""
    from django.db import connection

    connection.close()
    pid = os.fork()
    if pid:
        return pid
    try:
        random.seed()
        work()
    except BaseException as error:  # a child must never return into the parent's loop
        if not isinstance(error, Exception):
            os._exit(1)
        os.write(2, f"sweeper: {type(error).__name__}: {error}\n".encode())
        os._exit(1)
    os._exit(0)


def count() -> dict[str, int]:
    from django.db.models import Count

    from clinic.models import Finding, FollowUp

    def twins(rows: Any) -> int:
        return sum(row["n"] - 1 for row in rows.annotate(n=Count("pk")).filter(n__gt=1))

    open_ones = FollowUp.objects.filter(state="open")
    return {
        "raised": open_ones.values("episode").distinct().count(),
        "twins": twins(open_ones.values("episode", "kind"))
        + twins(Finding.objects.order_by().values("episode", "sign", "anchor")),
        "empty": open_ones.filter(findings=None).count(),
    }


def run(kills: int, arm: str) -> dict[str, Any]:
    set_up()
    disarm(arm)
    dice, done, turn, died = random.Random(1), 0, 0, 0
    started = time.monotonic()
    while done < kills:
        new_work(turn)
        turn += 1
        go, start = os.pipe()
        sweepers = [in_child(lambda: (os.close(start), sweep_for_ever(go))) for _ in range(SWEEPERS)]  # noqa: B023
        time.sleep(0.3)
        os.close(start)
        for _ in range(min(KILLS_A_ROUND, kills - done)):
            time.sleep(dice.uniform(0.05, 0.4))
            victim = dice.randrange(SWEEPERS)
            os.kill(sweepers[victim], signal.SIGKILL)
            _, status = os.waitpid(sweepers[victim], 0)
            died += not os.WIFSIGNALED(status)
            sweepers[victim] = in_child(sweep_for_ever)
            done += 1
        for pid in sweepers:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(go)
    from clinic import sweep
    from clinic.models import Clinic, SweepRun

    # The last killed pass is resumed, not begun anew; the one after it reads everybody.
    sweep.sweep(Clinic.objects.get(), DAY, now=NOW)
    totals = sweep.sweep(Clinic.objects.get(), DAY, now=NOW)
    return {
        "arm": arm,
        "kills": done,
        "rounds": turn,
        "expected": turn * DUE_A_ROUND,
        **count(),
        "sweepers_that_failed": died,
        "runs": SweepRun.objects.count(),
        "read": totals.read,
        "failed": totals.failed,
        "seconds": round(time.monotonic() - started, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--arm", choices=("product", "constraint", "control"), default="product")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aftercare.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps(run(options.kills, options.arm)))


if __name__ == "__main__":
    main()

"""`manage.py benchmark`: what the daily sweep costs, as ratios taken in one run against a database of its own.

The database is made beside the configured one, filled with invented clients, and dropped at the end. Ratios, because
seconds differ from machine to machine: against client-by-client reading through the same judgement ("naive"), and
against merely reading the same rows in order. docs/evidence.md and docs/decisions/0003 say what they are for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.db.models import Field, Model, UUIDField
from django.utils import timezone

from clinic import findings, histories, sweep
from clinic.engagement.background import NOTHING_KNOWN
from clinic.engagement.timeline import Cancellation, PauseSpan, Record, Seat
from clinic.histories.beside import backgrounds
from clinic.models import (
    Appointment,
    CarePlan,
    Client,
    Clinic,
    Episode,
    Goal,
    Medication,
    Membership,
    Pause,
    PlanRevision,
)

LAST_DAY = date(2026, 6, 30)
PER_CLIENT = 200
NAIVE_SAMPLE = 400
ROUNDS = 3

# The same rows on both databases. Of two hundred appointments in half a year most are doses; counselling and group are
# weekly, case management every two weeks, medical monthly. Most clients miss few, one in ten nearly half, and one in
# ten has stopped coming.
LUCK = "((e.id * 7919 + n.n * 104729 + (e.id % 89) * n.n * 31) % 1000)"
STOPPED = "(e.id % 10 = 3 AND n.n > 150 + (e.id * 37) % 45)"
MISSES = "(CASE e.id % 10 WHEN 9 THEN 450 WHEN 8 THEN 200 WHEN 7 THEN 200 ELSE 50 END)"
APPOINTMENTS = {
    "episode_id": "e.id",
    "clinic_id": "e.clinic_id",
    "channel": "CASE WHEN n.n % 8 = 0 THEN 'counselling' WHEN n.n % 8 = 4 THEN 'group' WHEN n.n % 32 = 2 THEN 'medical'"
    " WHEN n.n % 16 = 6 THEN 'case_management' ELSE 'dosing' END",
    "outcome": f"CASE WHEN {STOPPED} OR {LUCK} < {MISSES} THEN 'no_show' WHEN {LUCK} >= 980 THEN 'excused'"
    f" WHEN {LUCK} >= 960 THEN 'cancelled_by_client' ELSE 'attended' END",
    "group_id": "CASE n.n % 8 WHEN 4 THEN (SELECT min(id) FROM clinic_group) + e.id % 50 END",
    "participation": f"CASE WHEN n.n % 8 = 4 AND NOT {STOPPED} AND {LUCK} BETWEEN 450 AND 959"
    " THEN 1 + (n.n + e.id) % 4 END",
}

# Beside the appointments everybody has a whole care plan and an order for what they take, one in ten a weekly goal.
WRITTEN = "'2026-06-01'"


class Command(BaseCommand):
    help = "Measure the daily sweep against a scratch database of invented clients."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clients", type=int, default=1_000)
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        clients = max(options["clients"], 10)
        with tempfile.TemporaryDirectory(prefix="aftercare-benchmark-") as folder:
            before = connection.settings_dict["NAME"]
            if connection.vendor == "sqlite":
                connection.settings_dict["TEST"]["NAME"] = str(Path(folder) / "benchmark.sqlite3")
            else:
                connection.settings_dict["TEST"]["NAME"] = f"aftercare_benchmark_{os.getpid()}"
            self._say("making a scratch database")
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            try:
                self._say(f"filling it with {clients:,} clients and {clients * PER_CLIENT:,} appointments")
                clinic = _fill(clients)
                result = self._measure(clinic, clients)
            finally:
                connection.creation.destroy_test_db(before, verbosity=0)
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            for name, value in result.items():
                self.stdout.write(f"{name.replace('_', ' ')}: {value}")

    def _say(self, words: str) -> None:
        self.stderr.write(f"benchmark: {words}")

    def _measure(self, clinic: Clinic, clients: int) -> dict[str, Any]:
        now = timezone.now()
        self._say("first sweep, which raises everything")
        first_seconds, first = _timed(lambda: sweep.sweep(clinic, LAST_DAY, now=now))
        _tidy()
        episodes = histories.open_episodes(clinic, LAST_DAY)
        sample = episodes[:: max(len(episodes) // NAIVE_SAMPLE, 1)][:NAIVE_SAMPLE]
        thresholds = sweep.rules_in_force(clinic, now).values
        self._say("checking that the packed and the naive reading judge alike")
        alike = _judgements(histories.records(clinic, sample), thresholds) == _judgements(
            _naive_records(clinic, sample), thresholds
        )
        if not alike:
            raise AssertionError("The packed and the naive reading judge differently.")
        best: dict[str, float] = {}
        workers = (os.cpu_count() or 1) if sweep.can_be_shared() else 1
        for turn in range(ROUNDS):
            self._say(f"round {turn + 1} of {ROUNDS}")
            for name, work in (
                ("sweep", lambda: sweep.sweep(clinic, LAST_DAY, now=now, workers=workers)),
                ("sweep_alone", lambda: sweep.sweep(clinic, LAST_DAY, now=now)),
                ("ordered_read", _ordered_read),
                ("naive", lambda: _naive_sweep(clinic, sample, thresholds)),
            ):
                seconds, _ = _timed(work)
                best[name] = min(seconds, best.get(name, seconds))
        naive_each, sweep_each = best["naive"] / len(sample), best["sweep"] / len(episodes)
        return {
            "database": connection.vendor,
            "clients": clients,
            "appointments": Appointment.objects.count(),
            "first_sweep_seconds": round(first_seconds, 2),
            "raised": first.raised,
            "sweep_seconds": round(best["sweep"], 3),
            "clients_a_second": round(len(episodes) / best["sweep"]),
            "ordered_read_seconds": round(best["ordered_read"], 3),
            "workers": workers,
            "sweep_alone_seconds": round(best["sweep_alone"], 3),
            "alone_over_workers": round(best["sweep_alone"] / best["sweep"], 2),
            "alone_over_ordered_read": round(best["sweep_alone"] / best["ordered_read"], 2),
            "naive_ms_a_client": round(1000 * naive_each, 2),
            "naive_clients": len(sample),
            "naive_over_sweep": round(naive_each / sweep_each, 1),
            "sweep_over_ordered_read": round(best["sweep"] / best["ordered_read"], 2),
            "memory_mb": self._memory(),
        }

    def _memory(self) -> float:
        """The most resident memory of a fresh process that sweeps this database."""
        self._say("memory of a sweep in a process of its own")
        environment = {
            **os.environ,
            "DATABASE_URL": _database_url(),
            "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
        }
        child = subprocess.Popen(
            [sys.executable, "-m", "django", "sweep", "--date", LAST_DAY.isoformat(), "--json"],
            env={
                **environment,
                "PYTHONPATH": os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")]),
            },
            cwd=str(settings.BASE_DIR),
            stdout=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise RuntimeError("The sweep in a process of its own failed.")
        return round(used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _database_url() -> str:
    """The scratch database as a URL, for a process of its own."""
    now = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{now['NAME']}"
    password = f":{quote(now['PASSWORD'])}" if now["PASSWORD"] else ""
    who = f"{quote(now['USER'])}{password}@" if now["USER"] else ""
    port = f":{now['PORT']}" if now["PORT"] else ""
    return f"postgres://{who}{quote(now['HOST'] or '', safe='')}{port}/{quote(str(now['NAME']))}"


def _fill(clients: int) -> Clinic:
    clinic = Clinic.objects.create(name="Benchmark", time_zone="America/Denver")
    programme = clinic.programmes.create(name="Standard")
    for number in range(50):
        clinic.groups.create(name=f"Group {number}")
    vendor = connection.vendor
    numbers = (
        "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {upto}) SELECT n FROM s) n"
    )
    admitted = "date '2025-12-15'" if vendor == "postgresql" else "'2025-12-15'"
    # An appointment every 0.9 days up to the last one, on quarter hours.
    minutes = f"((n.n - {PER_CLIENT}) * 9 / 10 * 1440 + (e.id % 12) * 15 + (n.n % 8 - 7) * 60)"
    if vendor == "postgresql":
        moment = f"timestamptz '{LAST_DAY} 15:00:00+00' + ({{minutes}}) * interval '1 minute'"
    else:
        moment = f"datetime('{LAST_DAY} 15:00:00', ({{minutes}}) || ' minutes')"
    cancelled = moment.format(minutes=f"{minutes} - (e.id % 48) * 60")
    appointments = APPOINTMENTS | {
        "starts_at": moment.format(minutes=minutes),
        "cancelled_at": f"CASE WHEN {LUCK} BETWEEN 960 AND 979 AND NOT {STOPPED} THEN {cancelled} END",
    }
    each = "clinic_episode e"
    stay = {"clinic_id": "clinic_id", "programme_id": f"{programme.pk}", "admitted_on": admitted}
    for model, values, rows in (
        (
            Client,
            {
                "clinic_id": f"{clinic.pk}",
                "record_number": "'B' || n.n",
                "first_name": "'Client'",
                "last_name": "'B' || n.n",
                "naloxone": "'has'",
                "naloxone_asked_on": WRITTEN,
            },
            numbers.format(upto=clients),
        ),
        (Episode, {"client_id": "id"} | stay, "clinic_client"),
        (Appointment, appointments, f"{each} CROSS JOIN {numbers.format(upto=PER_CLIENT)}"),
        (CarePlan, {"episode_id": "e.id", "written_on": WRITTEN, "reviewed_on": WRITTEN}, each),
        (
            PlanRevision,
            {
                "plan_id": "id",
                "episode_id": "episode_id",
                "number": "1",
                "at": "'2026-06-01 12:00:00'",
                '"on"': WRITTEN,
                "reviewed_on": "reviewed_on",
                "content": "'{}'",
                **dict.fromkeys(("reasons", "if_thens", "coping", "supporters"), "1"),
                **dict.fromkeys(("uncovered", "unserved"), "0"),
            },
            "clinic_careplan",
        ),
        (
            Medication,
            {
                "episode_id": "e.id",
                "kind": "'observed'",
                "medicine": "'methadone'",
                "starts_on": admitted,
                "known_on": admitted,
            },
            each,
        ),
        (
            Goal,
            {
                "episode_id": "e.id",
                "kind": "'weekly'",
                "words": "'One group a week'",
                "channels": "'g'",
                "starts_on": admitted,
                "known_on": admitted,
            },
            f"{each} WHERE e.id % 10 = 3",
        ),
        (
            Membership,
            {
                "episode_id": "e.id",
                "group_id": "(SELECT min(id) FROM clinic_group) + e.id % 50",
                "joined_on": admitted,
            },
            each,
        ),
    ):
        _insert(model, values, rows)
    _tidy()
    return clinic


def _insert(model: type[Model], values: dict[str, str], rows: str) -> None:
    """Insert one row of `model` for each of `rows`: `values` by column in SQL, the others as the model's defaults."""
    given = dict(values)
    for each in model._meta.concrete_fields:
        quoted = f'"{each.column}"'
        skipped = each.primary_key or each.null or each.generated
        if not skipped and each.column not in given and quoted not in given:
            given[quoted] = _default(each)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(given)}) SELECT {', '.join(given.values())} FROM {rows}"
        )


def _default(each: Field) -> str:
    """A field's default as SQL."""
    postgres = connection.vendor == "postgresql"
    if isinstance(each, UUIDField):
        return "gen_random_uuid()" if postgres else "lower(hex(randomblob(16)))"
    value = each.get_default()
    if isinstance(value, bool):
        return ("true" if value else "false") if postgres else str(int(value))
    if isinstance(value, list):
        return f"'{json.dumps(value)}'"
    return str(value) if isinstance(value, int) else f"'{value}'"


def _tidy() -> None:
    """Leave the tables as a night's maintenance would."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _ordered_read() -> int:
    """Read the rows that the sweep reads, in its order, and do nothing with them."""
    rows = "SELECT episode_id, starts_at, id, code, group_id FROM clinic_appointment ORDER BY episode_id, starts_at, id"
    read = 0
    if connection.vendor == "postgresql":
        with connection.connection.cursor() as cursor, cursor.copy(f"COPY ({rows}) TO STDOUT") as copy:
            for block in copy:
                read += len(block)
        return read
    with connection.cursor() as cursor:
        cursor.execute(rows)
        while block := cursor.fetchmany(2_000):
            read += len(block)
    return read


def _naive_records(clinic: Clinic, episodes: list[int]) -> Iterator[Record]:
    """The same records the obvious way: model instances, client by client."""
    closures = frozenset(closure.day.toordinal() for closure in clinic.closures.all())
    days = histories.local_days(clinic.time_zone)
    for number in episodes:
        episode = Episode.objects.get(pk=number)
        rows = list(Appointment.objects.filter(episode=episode).order_by("starts_at", "id"))
        codes = "".join(row.code for row in rows).encode()
        known, _, groups = backgrounds(clinic, [number], {}, days)
        yield Record(
            episode=number,
            admitted=episode.admitted_on.toordinal(),
            marks=codes[0::4],
            channels=codes[1::4],
            purposes=codes[2::4],
            days=[row.starts_at.astimezone(clinic.zone).date().toordinal() for row in rows],
            starts=[int(row.starts_at.timestamp()) for row in rows],
            ids=[row.pk for row in rows],
            groups=[row.group_id or 0 for row in rows],
            discharged=episode.discharged_on.toordinal() if episode.discharged_on else None,
            cancellations={
                index: Cancellation(int(row.cancelled_at.timestamp()))
                for index, row in enumerate(rows)
                if row.cancelled_at
            },
            pauses=[
                PauseSpan(
                    pause.starts_on.toordinal(), pause.ends_on and pause.ends_on.toordinal(), pause.kind
                )
                for pause in Pause.objects.filter(episode=episode)
            ],
            closures=closures,
            seats=[
                Seat(seat.group_id, seat.joined_on.toordinal(), seat.left_on and seat.left_on.toordinal())
                for seat in Membership.objects.filter(episode=episode)
            ],
            end_of_day=days,
            took=codes[3::4],
            background=known.get(number, NOTHING_KNOWN),
            group_facts=groups,
            weekdays=frozenset(clinic.opening_days),
        )


def _naive_sweep(clinic: Clinic, episodes: list[int], thresholds: Any) -> int:
    """Judge the sample client by client, with a query for each thing about each."""
    changed = 0
    for record in _naive_records(clinic, episodes):
        standing = histories.standing([record.episode]).get(record.episode, ())
        desks = findings.open_desks([record.episode]).get(record.episode, ())
        changed += findings.decide(record, LAST_DAY.toordinal(), standing, desks, thresholds) is not None
    return changed


def _judgements(records: Iterator[Record], thresholds: Any) -> dict[int, list[tuple[str, str, str]]]:
    from clinic.engagement.signs.catalogue import read_signs

    return {
        record.episode: [
            (finding.sign, finding.anchor, finding.level.value)
            for finding in read_signs(record.as_of(LAST_DAY), thresholds)
        ]
        for record in records
    }

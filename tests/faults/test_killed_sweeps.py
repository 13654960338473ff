"""Sweeping processes are killed again and again: nothing is lost or raised twice, and the control has teeth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import servers

pytestmark = pytest.mark.once


def experiment(
    postgres: servers.Postgres, folder: Path, *, arm: str, kills: int, turn: int = 1
) -> dict[str, Any]:
    """Run one arm on a fresh database of a real PostgreSQL, in a process of its own."""
    url = postgres.create(f"killed_{arm}_{kills}_{turn}")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.faults.sweeping", "--arm", arm, "--kills", str(kills)],
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "aftercare.settings",
            "AFTERCARE_VAR": str(folder),
            "LOG_LEVEL": "ERROR",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    result: dict[str, Any] = json.loads(ran.stdout.strip().splitlines()[-1])
    print(result)
    return result


def assert_whole(result: dict[str, Any], kills: int) -> None:
    assert result["kills"] == kills
    assert result["raised"] == result["expected"]
    assert result["twins"] == 0
    assert result["empty"] == 0
    assert result["runs"] == 1
    assert result["failed"] == 0


def test_a_few_kills_lose_and_double_nothing(postgres: servers.Postgres, tmp_path: Path) -> None:
    assert_whole(experiment(postgres, tmp_path, arm="product", kills=20), 20)


def test_without_the_constraints_twins_are_raised(postgres: servers.Postgres, tmp_path: Path) -> None:
    """The control: the same processes and the same kills, without what the product rests on. On a busy machine the
    sweepers may miss each other, so it is given a few turns.
    """
    assert any(
        experiment(postgres, tmp_path, arm="control", kills=40, turn=turn)["twins"] for turn in range(5)
    )


@pytest.mark.faults
def test_two_hundred_kills_lose_and_double_nothing(postgres: servers.Postgres, tmp_path: Path) -> None:
    assert_whole(experiment(postgres, tmp_path, arm="product", kills=200), 200)


@pytest.mark.faults
def test_the_constraints_alone_refuse_every_twin(postgres: servers.Postgres, tmp_path: Path) -> None:
    assert_whole(experiment(postgres, tmp_path, arm="constraint", kills=200), 200)

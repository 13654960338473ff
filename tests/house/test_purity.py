"""The mind knows no Django, no queue, no database and no clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

MIND = Path(__file__).parents[2] / "clinic" / "engagement"
MODULES = sorted(MIND.rglob("*.py"))
FOREIGN = {
    "django",
    "celery",
    "redis",
    "crispy_forms",
    "aftercare",
    "psycopg",
    "sqlite3",
    "logging",
    "os",
    "random",
}
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "perf_counter", "localtime", "gmtime"}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def impurities(source: str) -> list[str]:
    """What a module of the mind must not hold."""
    tree = ast.parse(source)
    found = [
        name
        for name in imported(tree)
        if name.split(".")[0] in FOREIGN
        or name == "time"
        or name.startswith("time.")
        or (name.split(".")[0] == "clinic" and not name.startswith("clinic.engagement."))
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            owner = ast.unparse(node.func.value)
            if owner in ("date", "datetime", "datetime.date", "datetime.datetime", "time", "timezone"):
                found.append(f"{owner}.{node.func.attr}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=[path.relative_to(MIND).as_posix() for path in MODULES])
def test_the_mind_is_pure(path: Path) -> None:
    assert impurities(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import django",
        "from django.utils import timezone",
        "from celery import shared_task",
        "import redis.client",
        "from clinic.models import Client",
        "from clinic import access",
        "import time",
        "from time import monotonic",
        "def f():\n    from django.db import connection",
        "from datetime import date\nx = date.today()",
        "from datetime import datetime\nx = datetime.now()",
        "import datetime\nx = datetime.datetime.now(tz=None)",
    ],
)
def test_and_this_would_not_be(source: str) -> None:
    assert impurities(source)


def test_what_the_mind_needs_is_allowed() -> None:
    assert impurities("from datetime import date, time\nfrom clinic.engagement.words import Sentence") == []
    assert len(MODULES) >= 14

"""Writes stand only where they belong: a syntax-tree reading of every module, and a control that it can fail."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLINIC = ROOT / "clinic"

# Verbs, the sweep with its writer, the gate that keeps the ledger, the outbox, imports, the invented clinics of the
# demo and the benchmark, and Django's own migrations.
MAY_WRITE = (
    "booking/",
    "groups/",
    "intake/",
    "registers/",
    "deeds.py",
    "episodes.py",
    "attendance/",
    "followups.py",
    "plans/",
    "medication/",
    "observations.py",
    "rules.py",
    "sweep.py",
    "findings.py",
    "audit.py",
    "models/sweeps.py",
    "models/rules.py",
    "importing/apply",
    "importing/journal.py",
    "importing/undo.py",
    "importing/jobs.py",
    "importing/work.py",
    "management/demo/",
    "management/commands/demo.py",
    "management/commands/benchmark.py",
    "migrations/",
)
WRITES = frozenset(
    (
        "create",
        "bulk_create",
        "bulk_update",
        "get_or_create",
        "update_or_create",
        "abulk_create",
        "acreate",
        "save",
        "asave",
        "executemany",
    )
)
# These are methods of dicts and sets too: they count when called on a manager or a query.
WRITES_ON_ROWS = frozenset(("update", "delete", "aupdate", "adelete"))
CHANGES = frozenset(
    ("update", "aupdate", "delete", "adelete", "update_or_create", "bulk_update", "bulk_create")
)
QUERIES = frozenset(("objects", "filter", "exclude", "all", "select_for_update", "get"))


def writes(source: str) -> list[str]:
    """The calls in some source that write to the database, as "line: name"."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, owner = node.func.attr, node.func.value
        inside = {part.attr for part in ast.walk(owner) if isinstance(part, ast.Attribute)}
        if name in WRITES or (name in WRITES_ON_ROWS and inside & QUERIES):
            found.append(f"{node.lineno}: {name}")
    return found


def modules() -> list[str]:
    return sorted(str(path.relative_to(CLINIC)) for path in CLINIC.rglob("*.py"))


@pytest.mark.parametrize("module", [m for m in modules() if not m.startswith(MAY_WRITE)])
def test_only_the_rooms_that_may_write_do(module: str) -> None:
    assert writes((CLINIC / module).read_text()) == []


@pytest.mark.parametrize(
    "module",
    [
        "attendance/marks.py",
        "followups.py",
        "episodes.py",
        "plans/content.py",
        "medication/orders.py",
        "observations.py",
        "rules.py",
        "findings.py",
        "sweep.py",
    ],
)
def test_the_reading_sees_the_writes_of_the_verbs(module: str) -> None:
    """The control: what does write is found."""
    assert writes((CLINIC / module).read_text())


@pytest.mark.parametrize(
    "line",
    [
        "Client.objects.create(x=1)",
        "Client.objects.filter(pk=1).update(x=1)",
        "row.save()",
        "Client.objects.filter(pk=1).delete()",
    ],
)
def test_a_write_in_a_page_would_be_seen(line: str) -> None:
    assert writes(line)


def changes_of(source: str, model: str) -> list[str]:
    """The calls in some source that change or delete rows of a model, as "line: name"; making new ones is none."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, owner = node.func.attr, node.func.value
        named = {part.id for part in ast.walk(owner) if isinstance(part, ast.Name)}
        if name in CHANGES and model in named:
            found.append(f"{node.lineno}: {name}")
    return found


@pytest.mark.parametrize("module", modules())
def test_a_version_of_the_rules_is_never_changed(module: str) -> None:
    """The model refuses it (tests/joint/test_rules.py); nothing even tries."""
    assert changes_of((CLINIC / module).read_text(), "RuleSet") == []


@pytest.mark.parametrize(
    "line",
    [
        "RuleSet.objects.filter(pk=1).update(reason='')",
        "RuleSet.objects.all().delete()",
        "RuleSet.objects.update_or_create(number=1)",
        "RuleSet.objects.bulk_update(rows, ['reason'])",
        "RuleSet.objects.bulk_create(rows, update_conflicts=True)",
    ],
)
def test_and_a_change_would_be_seen(line: str) -> None:
    assert changes_of(line, "RuleSet")
    assert changes_of("RuleSet.objects.create(number=2)", "RuleSet") == []


def test_a_dict_may_be_updated() -> None:
    assert writes("values.update(x=1)\nseen.update(y)") == []

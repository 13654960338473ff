"""The command contracts others build on."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clinic.engagement.signs.catalogue import CATALOGUE
from clinic.models import Finding, FollowUp
from tests import cast
from tests.joint.conftest import TODAY


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_sweep_prints_its_counts(house: cast.Cast) -> None:
    first = json.loads(run("sweep", "--date", TODAY.isoformat(), "--json"))
    assert set(first) == {
        "date", "episodes", "read", "failed", "raised", "added", "settled", "withdrawn", "seconds",
    }  # fmt: skip
    assert first["date"] == TODAY.isoformat()
    assert first["raised"] == FollowUp.objects.count() > 0
    again = json.loads(run("sweep", "--date", TODAY.isoformat(), "--json"))
    assert (again["read"], again["raised"], again["added"]) == (first["read"], 0, 0)


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", ""])
def test_a_day_that_is_none_gets_a_sentence(db: None, day: str) -> None:
    with pytest.raises(CommandError, match="not a day"):
        run("sweep", "--date", day)


def test_an_earlier_day_gets_a_sentence(swept: cast.Cast) -> None:
    with pytest.raises(CommandError, match="swept already"):
        run("sweep", "--date", (TODAY - timedelta(days=1)).isoformat())


def test_signs_lists_every_sign_with_its_sources_and_thresholds() -> None:
    rows = json.loads(run("signs", "--json"))
    of_signs = [row for row in rows if "parts" not in row]
    assert [row["code"] for row in of_signs] == [sign.code for sign in CATALOGUE]
    for row in rows:
        assert row["sources"] and row["thresholds"] and row["levels"]
        assert all(re.fullmatch(r"00[0-4]:\d+", source) for source in row["sources"])


def test_signs_lists_each_detector_of_the_clinical_basis_by_its_number() -> None:
    rows = {row["code"]: row for row in json.loads(run("signs", "--json"))}
    assert {f"D{number:02}" for number in range(1, 19)} | {"D01b", "D03b"} <= set(rows)
    assert rows["D02"]["parts"] == ["D02a", "D02b", "D02c"]
    read = {each["name"] for each in rows["D02"]["thresholds"]}
    assert read == {each["name"] for part in "abc" for each in rows[f"D02{part}"]["thresholds"]}
    assert rows["D05"].get("parts") is None


def backtest(*more: str) -> dict:
    first, last = TODAY - timedelta(days=28), TODAY
    return json.loads(
        run(
            "backtest",
            "--from",
            first.isoformat(),
            "--to",
            last.isoformat(),
            "--every",
            "7",
            "--json",
            "--clinic",
            "Riverside",
            *more,
        )
    )


def test_backtest_leaves_the_follow_ups_alone_and_writes_a_row_for_everybody(
    house: cast.Cast, tmp_path: Path
) -> None:
    file = tmp_path / "rows.csv"
    result = backtest("--output", str(file))
    assert not FollowUp.objects.exists()
    assert not Finding.objects.exists()
    rows = list(csv.DictReader(file.open()))
    assert result["rows"] == len(rows)
    assert list(rows[0]) == ["as_of", "record_number", "position", "level", "priority", "signs"]
    last = [row for row in rows if row["as_of"] == TODAY.isoformat()]
    assert [int(row["position"]) for row in last] == list(range(1, len(last) + 1))
    rosa = next(row for row in last if row["record_number"] == house.rosa.record_number)
    assert rosa["level"] == "today"
    assert {"D02b", "D08"} <= set(rosa["signs"].split(";"))
    levels = [row["level"] for row in last]
    without = [index for index, level in enumerate(levels) if not level]
    assert without == list(range(len(last) - len(without), len(last))), "those without a sign stand last"


def test_backtest_does_not_look_ahead(house: cast.Cast, tmp_path: Path) -> None:
    """What happens after the last as-of day changes no row."""
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    backtest("--output", str(one))
    house.visits(house.gloria, "counselling", "MMM", last=-21)
    for visit in house.episode(house.rosa).appointments.filter(starts_at__gt=house.at(TODAY, 23, 59)):
        visit.outcome = "attended"
        visit.save()
    backtest("--output", str(two))
    with_bookings = {"D06", "D08"}  # those ask what is booked, which the new rows are
    ahead = [
        (a, b)
        for a, b in zip(csv.reader(one.open()), csv.reader(two.open()), strict=True)
        if a != b and not with_bookings & {*a[5].split(";"), *b[5].split(";")}
    ]
    assert ahead == []


def test_backtest_scores_against_outcomes(house: cast.Cast, tmp_path: Path) -> None:
    file = tmp_path / "outcomes.csv"
    event = (TODAY - timedelta(days=2)).isoformat()
    file.write_text(f"record_number,event_on\n{house.rosa.record_number},{event}\n")
    result = backtest("--outcomes", str(file), "--within", "28", "--budget", "0.5")
    assert result["events"] > 0
    assert 0 <= result["capture"] <= 1
    assert result["random"] == pytest.approx(0.5, abs=0.1)
    assert {"raised_per_100_clients_a_week", "ppv", "median_lead_days", "priority_alone"} <= set(result)
    assert {"days_silent_alone", "missed_in_a_row_alone"} <= set(result)
    assert "tables" not in result


def test_backtest_prints_the_tables_of_the_evidence_page_when_asked(house: cast.Cast, tmp_path: Path) -> None:
    file = tmp_path / "outcomes.csv"
    event = (TODAY - timedelta(days=2)).isoformat()
    file.write_text(f"record_number,event_on\n{house.rosa.record_number},{event}\n")
    plain = backtest("--outcomes", str(file))
    result = backtest("--outcomes", str(file), "--tables", "--rest")
    tables = {table["title"]: table for table in result.pop("tables")}
    assert result == plain
    assert len(tables) == 7
    for table in tables.values():
        assert table["rows"] and all(len(row) == len(table["columns"]) for row in table["rows"])
    assert sum(row[1] for row in tables["What came of whom, by level"]["rows"]) == plain["client_dates"]
    orders = {row[0]: row[2] for row in tables["Orders at an equal budget"]["rows"]}
    assert orders["the list"] == pytest.approx(plain["capture"], abs=0.001)
    assert orders["priority"] == pytest.approx(plain["priority_alone"], abs=0.001)
    assert {row[1] for row in tables["Calls week by week"]["rows"]} == {"14 days", "none"}
    assert not FollowUp.objects.exists()


def test_backtest_writes_tables_as_the_documents_do(house: cast.Cast, tmp_path: Path) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_text("record_number,event_on\n")
    day = TODAY.isoformat()
    given = ["--from", day, "--to", day, "--clinic", "Riverside", "--outcomes", str(file)]
    said = run("backtest", *given, "--rest")
    assert "| order | rest |" in said
    assert "| the list | 14 days | 0 | - | - |" in said
    assert "Single rules" not in said
    assert "| 1 missed |" in run("backtest", *given, "--tables")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--to", "2026-01-01"], "before the first"),
        (["--every", "0"], "at least one day"),
        (["--budget", "2"], "between 0 and 1"),
        (["--outcomes", "nowhere.csv"], "cannot be read"),
        (["--clinic", "Nowhere"], "no clinic called"),
        (["--tables"], "give --outcomes"),
        (["--rest"], "give --outcomes"),
    ],
)
def test_backtest_says_what_is_wrong(house: cast.Cast, arguments: list[str], says: str) -> None:
    given = {"--from": TODAY.isoformat(), "--to": TODAY.isoformat(), "--every": "7", "--clinic": "Riverside"}
    alone = arguments if len(arguments) == 1 else []
    given |= {} if alone else dict(zip(arguments[::2], arguments[1::2], strict=True))
    with pytest.raises(CommandError, match=says):
        run("backtest", *[word for pair in given.items() for word in pair], *alone)


@pytest.mark.django_db(transaction=True)
@pytest.mark.once
def test_benchmark_measures_a_scratch_database_and_leaves_the_configured_one_alone(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "manage.py", "benchmark", "--clients", "40", "--json"],
        env={
            **os.environ,
            "AFTERCARE_VAR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "aftercare.settings",
            "DATABASE_URL": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["appointments"] == 8_000
    assert {"naive_over_sweep", "sweep_over_ordered_read", "memory_mb"} <= set(result)


def test_now_is_not_used_where_a_day_is_given(house: cast.Cast, now: datetime) -> None:
    """A sweep of another day gives due times of that day, not of the moment it ran."""
    run("sweep", "--date", TODAY.isoformat())
    due = FollowUp.objects.get(episode=house.episode(house.rosa)).due_at
    assert due.astimezone(house.riverside.zone).date() <= TODAY + timedelta(days=3)

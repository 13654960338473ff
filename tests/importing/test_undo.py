"""An import taken back: the record is what it was, to the last column, or nothing happens and it is said why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from clinic import attendance, episodes, followups, groups, histories, models, sweep
from clinic.importing import work
from clinic.importing.apply import Outcome, import_files
from clinic.importing.undo import BuiltOn
from clinic.models import (
    Appointment,
    AuditEntry,
    Client,
    Episode,
    Finding,
    FollowUp,
    Import,
    ImportChange,
    Membership,
    Recheck,
)
from tests.importing import files
from tests.pages.mornings import TODAY

pytestmark = pytest.mark.django_db

HEADER = "record_number,first_name,last_name,admitted_on,discharged_on,program\n"
ROSA = HEADER + "N-1,Noor,Vance,2026-09-01,,Day programme\n"
SEATS = "record_number,kind,starts_at,outcome,reason\n"
MISSED = SEATS + "".join(f"N-1,counselling,2026-11-{day:02}T10:00,no_show,\n" for day in (3, 10, 17))

Bring = Callable[..., Outcome]
# What an import and its undoing leave beside the record: the ledger, and the import itself.
BESIDE = ("AuditEntry", "Import", "ImportFile", "ImportChange", "ImportRefusal", "Submission")


def record() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the clinic, links of many to many too, with every column."""
    tables = {}
    for model in apps.get_app_config("clinic").get_models(include_auto_created=True):
        if model.__name__ not in BESIDE:
            columns = [field.attname for field in model._meta.concrete_fields]
            tables[model.__name__] = list(model._base_manager.order_by("pk").values_list(*columns))
    return tables


def differing(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The rows in which two records differ, by table."""
    return {
        table: (set(map(repr, before[table])) ^ set(map(repr, after[table])))
        for table in before
        if before[table] != after[table]
    }


@pytest.fixture
def house(house, before_the_sweep):
    return house


@pytest.fixture
def bring(tmp_path: Path, house, before_the_sweep) -> Bring:
    """Import some texts into Riverside as files."""

    def run(*texts: str, **options: Any) -> Outcome:
        paths = []
        for number, text in enumerate(texts):
            path = tmp_path / f"{number}.csv"
            path.write_text(text)
            paths.append(str(path))
        return import_files(paths, **{"on": before_the_sweep, "clinic_name": "Riverside", **options})

    return run


def take_back(outcome: Outcome, on: Any) -> None:
    assert outcome.uid is not None
    assert work.undo_now(outcome.uid, on=on)


def built_on(outcome: Outcome, on: Any) -> dict[str, int]:
    """What stands in the way of undoing it; nothing is changed then."""
    before = record()
    with pytest.raises(BuiltOn) as refused:
        take_back(outcome, on)
    assert differing(before, record()) == {}
    assert Import.objects.get(uid=outcome.uid).state == "applied"
    return dict(refused.value.rows)


def random_files(house, random: Random, tag: str) -> list[str]:
    """Four files about people who are there and people who are new."""
    known = [client.record_number for client in house.clients if client.clinic_id == house.riverside.pk]
    new = [f"N-{number}" for number in range(1, 5)]
    numbers = [*known[:6], *new]
    return [
        files.clients(random, TODAY, new, ["maya", "jonas"]),
        files.groups(random, ["ben", "sam"]),
        files.memberships(random, TODAY, numbers),
        files.attendance(random, TODAY, numbers, 150, tag),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_undone_was_never_there(house, bring, before_the_sweep, seed: int) -> None:
    """Imports on top of imports, taken back newest first: after each the record is what it was before it."""
    random = Random(seed)
    stack = []
    for turn in range(3):
        stands = record()
        outcome = bring(*random_files(house, random, f"S{seed}T{turn % 2}"), skip_refused=True)
        assert outcome.applied and outcome.attendance.created
        assert differing(stands, record())
        stack.append((stands, outcome))
    for stands, outcome in reversed(stack):
        take_back(outcome, before_the_sweep)
        assert differing(stands, record()) == {}
    assert not ImportChange.objects.exists()


def test_rows_changed_by_an_import_are_among_those_undone(house, bring, before_the_sweep) -> None:
    """The control of the test above: the inventions do change rows of every kind, and give seats ahead."""
    random, changed = Random(1), {}
    for turn in range(3):
        bring(*random_files(house, random, f"T{turn % 2}"), skip_refused=True)
    for change in ImportChange.objects.all():
        changed.setdefault(change.table, 0)
        changed[change.table] += len(change.changed)
    for table in ("Client", "Group", "Appointment", "Membership", "Recheck"):
        assert changed[f"clinic.{table}"], table


def test_what_the_machinery_made_of_new_clients_goes_with_them(house, bring, before_the_sweep) -> None:
    before = record()
    outcome = bring(ROSA, MISSED)
    sweep.drain(before_the_sweep)
    assert FollowUp.objects.filter(episode__client__record_number="N-1").exists()
    assert Finding.objects.filter(episode__client__record_number="N-1").exists()
    take_back(outcome, before_the_sweep)
    assert differing(before, record()) == {}


def test_a_known_client_read_meanwhile_is_read_again(house, bring, morning) -> None:
    outcome = bring(
        SEATS + "".join(f"R-1005,counselling,2026-11-{d:02}T07:00,no_show,\n" for d in (17, 18, 19))
    )
    sweep.drain(morning)
    gloria = house.episode(house.gloria)
    raised = FollowUp.objects.filter(episode=gloria, kind="disengagement", state="open")
    assert raised.exists() and not Recheck.objects.exists()
    take_back(outcome, morning)
    assert list(Recheck.objects.values_list("episode_id", flat=True)) == [gloria.pk]
    sweep.drain(morning)
    assert not raised.exists()


def test_having_looked_at_a_client_does_not_stand_in_the_way(house, bring, before_the_sweep) -> None:
    outcome = bring(ROSA, MISSED)
    client = Client.objects.get(record_number="N-1")
    episodes.open_file(client, by=house.ruth, on=before_the_sweep)
    look = AuditEntry.objects.filter(client=client).values()
    kept = list(look)
    take_back(outcome, before_the_sweep)
    entries = list(AuditEntry.objects.filter(client_id=client.pk).order_by("pk").values())
    assert entries[: len(kept)] == kept, "what the ledger says of the look stays as it was written"
    assert (entries[-1]["deed"], entries[-1]["subject"]) == ("client_taken_back", f"client:{client.uid}")
    assert not Client.objects.filter(pk=client.pk).exists()


def test_a_mark_stands_in_the_way(house, bring, before_the_sweep) -> None:
    outcome = bring(ROSA, SEATS + "N-1,counselling,2026-11-19T10:00,scheduled,\n")
    visit = Appointment.objects.get(episode__client__record_number="N-1")
    attendance.mark(visit, by=house.lucia, on=before_the_sweep, outcome="attended")
    assert built_on(outcome, before_the_sweep)["clinic.Appointment"] == 1


def test_an_attempt_stands_in_the_way(house, bring, before_the_sweep) -> None:
    outcome = bring(ROSA, MISSED)
    sweep.drain(before_the_sweep)
    row = FollowUp.objects.get(episode__client__record_number="N-1", kind="disengagement")
    followups.log_contact(
        row,
        by=house.ruth,
        on=before_the_sweep,
        method="call",
        result="not_reached",
        hours=histories.opening_hours(house.riverside),
    )
    assert built_on(outcome, before_the_sweep).keys() >= {"clinic.FollowUp", "clinic.Attempt"}


def test_a_pause_and_an_assignment_stand_in_the_way(house, bring, before_the_sweep) -> None:
    outcome = bring(ROSA)
    stay = Episode.objects.get(client__record_number="N-1")
    episodes.pause(stay, by=house.ruth, on=before_the_sweep, kind="detox", starts_on=TODAY)
    episodes.assign(stay, to=house.maya, by=house.ruth, on=before_the_sweep, starts_on=TODAY)
    assert built_on(outcome, before_the_sweep) == {"clinic.Pause": 1, "clinic.Assignment": 1}


def test_a_client_changed_since_stands_in_the_way(house, bring, before_the_sweep) -> None:
    outcome = bring(ROSA)
    Client.objects.filter(record_number="N-1").update(phone="555-0199", version=2)
    assert built_on(outcome, before_the_sweep) == {"clinic.Client": 1}


def test_a_newer_import_stands_in_the_way_until_it_is_undone(house, bring, before_the_sweep) -> None:
    older = bring(ROSA)
    stands = record()
    newer = bring(ROSA.replace("Vance", "Vance-Ode"), MISSED)
    assert set(built_on(older, before_the_sweep)) == {"newer_import"}
    take_back(newer, before_the_sweep)
    assert differing(stands, record()) == {}
    take_back(older, before_the_sweep)
    assert not Client.objects.filter(record_number="N-1").exists()


def test_an_import_is_undone_once(bring, before_the_sweep) -> None:
    outcome = bring(ROSA)
    take_back(outcome, before_the_sweep)
    assert outcome.uid is not None
    assert not work.undo_now(outcome.uid, on=before_the_sweep)


def test_members_who_came_with_a_file_have_their_seats_and_lose_them_again(
    house, bring, before_the_sweep
) -> None:
    made = models.Series.objects.create(
        clinic=house.riverside,
        group=house.morning_skills,
        rule="FREQ=WEEKLY",
        starts_on=TODAY,
        at="11:00",
        channel="group",
    )
    ahead = [
        models.Session(group=house.morning_skills, series=made, series_day=day, starts_at=house.at(day, 11))
        for day in (TODAY + timedelta(days=n) for n in (7, 14))
    ]
    models.Session.objects.bulk_create(ahead)
    before = record()
    outcome = bring(ROSA, "record_number,group,joined_on\nN-1,Morning skills,2026-11-20\n")
    seats = Appointment.objects.filter(episode__client__record_number="N-1", session__series=made)
    assert [seat.session_id for seat in seats.order_by("starts_at")] == [row.pk for row in ahead]
    later = models.Session.objects.create(
        group=house.morning_skills,
        series=made,
        series_day=TODAY + timedelta(days=21),
        starts_at=house.at(TODAY + timedelta(days=21), 11),
    )
    given = groups.seats.give([later], house.morning_skills, on=before_the_sweep + timedelta(minutes=1))
    assert seats.count() == 3 and given
    take_back(outcome, before_the_sweep + timedelta(hours=1))
    assert not Membership.objects.filter(episode__client__record_number="N-1").exists()
    later.seats.all().delete()
    later.delete()
    assert differing(before, record()) == {}


def test_the_command_takes_back_what_the_command_brought(house, bring, before_the_sweep) -> None:
    before = record()
    outcome = bring(ROSA, MISSED)
    told = StringIO()
    call_command("undo_import", stdout=told)
    assert str(outcome.uid) in told.getvalue()
    call_command("undo_import", str(outcome.uid), stdout=told)
    assert "Undone." in told.getvalue()
    assert differing(before, record()) == {}
    with pytest.raises(CommandError, match="no import of that name"):
        call_command("undo_import", str(outcome.uid))


def test_the_command_names_what_was_built_on_it(house, bring) -> None:
    outcome = bring(ROSA)
    Client.objects.filter(record_number="N-1").update(phone="555-0199")
    with pytest.raises(CommandError, match="1 client changed since"):
        call_command("undo_import", str(outcome.uid))

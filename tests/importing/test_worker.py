"""An import through Redis and a real worker; and one whose worker is killed in the middle."""

from __future__ import annotations

import os
import signal
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from clinic.importing import jobs, progress
from clinic.models import Appointment, AuditEntry, Import
from tests import cast
from tests.servers import Worker, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "record_number,first_name,last_name,admitted_on,discharged_on,program\n"
NOOR = HEADER + "N-1,Noor,Vance,2019-12-01,,Day programme\n"


MANY = 6_000


def seats(count: int) -> str:
    """So many doses of one client, an hour apart, over the first year."""
    days = (f"2020-{1 + n // 600:02}-{1 + n // 24 % 25:02}T{n % 24:02}:00Z" for n in range(count))
    rows = (f"N-1,dosing,{at},attended,,E-{n}" for n, at in enumerate(days))
    return "record_number,kind,starts_at,outcome,reason,external_id\n" + "\n".join(rows) + "\n"


@pytest.fixture
def house(transactional_db) -> cast.Cast:
    """The house today: a worker process has a clock of its own, which no test can set."""
    return cast.house(datetime.now(cast.RIVERSIDE_ZONE).date())


def stands(imported: Import, state: str, seconds: float = 60) -> None:
    wait_for(lambda: Import.objects.get(pk=imported.pk).state == state, seconds, f"that it is {state}")


def apply(alex: Browser, imported: Import) -> None:
    imported.refresh_from_db()
    answer = alex.post(reverse("apply_import", args=[imported.uid]), {"version": imported.version})
    assert answer.status_code == 302


@pytest.fixture
def checked(house, worker: Worker) -> tuple[Browser, Import]:
    """Two files sent through the page and checked by the worker."""
    alex = Browser()
    alex.force_login(house.alex)
    files = [SimpleUploadedFile(f"{n}.csv", text.encode()) for n, text in enumerate((NOOR, seats(MANY)))]
    assert alex.post("/imports/", {"files": files}).status_code == 302
    imported = Import.objects.get()
    stands(imported, "checked")
    return alex, imported


def test_a_worker_checks_applies_and_undoes(checked) -> None:
    alex, imported = checked
    imported.refresh_from_db()
    assert imported.result["attendance"]["created"] == MANY
    apply(alex, imported)
    stands(imported, "applied")
    mine = Appointment.objects.filter(episode__client__record_number="N-1")
    assert mine.count() == MANY
    imported.refresh_from_db()
    alex.post(reverse("undo_import", args=[imported.uid]), {"version": imported.version})
    stands(imported, "undone")
    assert not mine.exists()


@pytest.mark.faults
def test_a_worker_killed_while_applying_leaves_nothing_and_the_next_one_does_it_once(checked, worker) -> None:
    alex, imported = checked
    apply(alex, imported)
    wait_for(lambda: (progress.noted(imported.pk) or (0, 0))[0] > 2_000, 60, "the first rows")
    for child in worker.children():
        os.kill(child, signal.SIGKILL)
    mine = Appointment.objects.filter(episode__client__record_number="N-1")
    assert mine.count() in (0, MANY)
    jobs.take_up(datetime.now(cast.RIVERSIDE_ZONE))
    stands(imported, "applied", 120)
    connection.close()
    assert mine.count() == MANY
    assert AuditEntry.objects.filter(deed="import").count() == 1

"""Imports: files are looked at before anything of them is in the record, applied whole, and taken back."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import models
from clinic.forms.imports import MOST_BYTES
from clinic.importing import jobs, progress, work
from clinic.models import Appointment, AuditEntry, Client, Import, ImportFile, ImportRefusal, Recheck
from tests.pages.mornings import text

pytestmark = pytest.mark.django_db

CLIENTS = "record_number,first_name,last_name,admitted_on,discharged_on,program\n"
NOOR = CLIENTS + "N-1,Noor,Vance,2026-09-01,,Day programme\n"
SEATS = "record_number,kind,starts_at,outcome,reason\n"
GOOD = "N-1,counselling,2026-11-03T10:00,attended,\n"
BAD = "N-1,counselling,2026-11-04T10:00,vanished,<b>bus</b>\n"


@pytest.fixture
def alex(house, before_the_sweep) -> Browser:
    """What Alex sees, the administrator of Riverside."""
    client = Browser()
    client.force_login(house.alex)
    return client


def send(alex: Browser, *texts: str | bytes, **data: Any) -> Any:
    files = [
        SimpleUploadedFile(f"file{number}.csv", text if isinstance(text, bytes) else text.encode())
        for number, text in enumerate(texts)
    ]
    return alex.post("/imports/", {"files": files, **data})


def checked(alex: Browser, *texts: str | bytes) -> Import:
    """Files sent, and looked at by a worker."""
    answer = send(alex, *texts)
    assert answer.status_code == 302, text(answer)
    imported = Import.objects.latest("pk")
    assert answer["Location"] == reverse("import", args=[imported.uid])
    work.check(imported.pk, imported.at)
    imported.refresh_from_db()
    return imported


def apply(alex: Browser, imported: Import, **data: Any) -> Any:
    return alex.post(reverse("apply_import", args=[imported.uid]), {"version": imported.version, **data})


def applied(alex: Browser, *texts: str) -> Import:
    imported = checked(alex, *texts)
    assert apply(alex, imported).status_code == 302
    work.apply(imported.pk, imported.at)
    imported.refresh_from_db()
    assert imported.state == "applied"
    return imported


def page(alex: Browser, imported: Import, **query: Any) -> str:
    answer = alex.get(reverse("import", args=[imported.uid]), query)
    assert answer.status_code == 200
    return text(answer)


def test_files_are_checked_and_nothing_is_in_the_record(alex) -> None:
    imported = checked(alex, NOOR, SEATS + GOOD)
    shown = page(alex, imported)
    assert imported.state == "checked"
    assert "Every row is taken" in shown and "Apply 2 rows" in shown
    assert "UTF-8, cells separated by commas" in shown
    assert not Client.objects.filter(record_number="N-1").exists()
    assert not Recheck.objects.exists()


def test_what_was_checked_is_applied_whole_and_read_again(house, alex) -> None:
    imported = applied(alex, SEATS + GOOD, NOOR)
    stay = Client.objects.get(record_number="N-1").episodes.get()
    assert Appointment.objects.get(episode=stay).outcome == "attended"
    assert list(Recheck.objects.values_list("episode_id", flat=True)) == [stay.pk]
    assert "Applied. 2 rows are in the record" in page(alex, imported)
    assert not ImportFile.objects.exclude(content=None).exists()
    deeds = list(AuditEntry.objects.filter(subject=f"import:{imported.uid}").values_list("deed", "staff_id"))
    assert deeds == [(each, house.alex.pk) for each in ("upload_import", "apply_import", "import")]


def test_rows_not_taken_stand_beside_the_reason_as_they_are_in_the_file(alex) -> None:
    imported = checked(alex, NOOR, SEATS + GOOD + BAD)
    answer = alex.get(reverse("import", args=[imported.uid]))
    shown = text(answer)
    assert "1 row is not taken." in shown and "Apply the other 2 rows" in shown
    assert "Line 3" in shown and "“vanished” is not known here" in shown
    assert BAD.strip().replace("<", "&lt;").replace(">", "&gt;") in answer.content.decode()


def test_the_others_are_applied_only_when_somebody_says_so(alex) -> None:
    imported = checked(alex, NOOR, SEATS + GOOD + BAD)
    answer = apply(alex, imported)
    assert answer.status_code == 422
    assert "Some rows are not taken." in text(answer)
    imported.refresh_from_db()
    assert imported.state == "checked"
    assert apply(alex, imported, skip_refused="on").status_code == 302
    work.apply(imported.pk, imported.at)
    assert Appointment.objects.filter(episode__client__record_number="N-1").count() == 1


def test_nothing_is_applied_twice(alex) -> None:
    imported = checked(alex, NOOR, SEATS + GOOD)
    assert [apply(alex, imported).status_code for _ in range(3)] == [302, 409, 409]
    for _ in range(3):
        work.apply(imported.pk, imported.at)
        work.check(imported.pk, imported.at)
    assert AuditEntry.objects.filter(deed="import").count() == 1
    assert Appointment.objects.filter(episode__client__record_number="N-1").count() == 1


def test_the_same_form_twice_makes_one_import(alex) -> None:
    key = "0b0f6f0e-8a5c-4c39-9d9e-2d1f5f0f7c11"
    assert send(alex, NOOR, form_key=key)["Location"] != "/imports/"
    assert send(alex, NOOR, form_key=key)["Location"] == "/imports/"
    assert Import.objects.count() == 1


def test_a_record_that_changed_meanwhile_is_judged_again_and_shown_again(house, alex) -> None:
    row = f"{house.rosa.record_number},counselling,2026-11-10T10:00,attended,\n"
    imported = checked(alex, SEATS + row)
    apply(alex, imported)
    house.episode(house.rosa).__class__.objects.filter(client=house.rosa).update(discharged_on="2026-11-01")
    before = list(Appointment.objects.order_by("pk").values())
    work.apply(imported.pk, imported.at)
    imported.refresh_from_db()
    assert (imported.state, imported.refused) == ("checked", 1)
    assert list(Appointment.objects.order_by("pk").values()) == before
    assert "please look again" in page(alex, imported)


def test_an_import_is_undone_and_the_client_is_gone(alex) -> None:
    imported = applied(alex, NOOR, SEATS + GOOD)
    url = reverse("undo_import", args=[imported.uid])
    assert alex.post(url, {"version": imported.version}).status_code == 302
    assert "being undone" in page(alex, imported)
    work.undo(imported.pk, imported.at)
    assert not Client.objects.filter(record_number="N-1").exists()
    assert "The record is as it was before" in page(alex, imported)
    assert alex.post(url, {"version": imported.version}).status_code == 409


def test_what_somebody_built_on_it_is_named_and_nothing_is_undone(house, alex, before_the_sweep) -> None:
    from clinic import attendance

    imported = applied(alex, NOOR, SEATS + "N-1,counselling,2026-11-19T10:00,scheduled,\n")
    visit = Appointment.objects.get(episode__client__record_number="N-1")
    attendance.mark(visit, by=house.lucia, on=before_the_sweep, outcome="attended")
    alex.post(reverse("undo_import", args=[imported.uid]), {"version": imported.version})
    work.undo(imported.pk, imported.at)
    shown = page(alex, imported)
    assert "1 appointment booked, recorded or changed since" in shown
    assert "Undo this import" in shown
    assert Appointment.objects.filter(pk=visit.pk).exists()


def test_an_import_put_aside_keeps_nothing_of_its_files(alex) -> None:
    imported = checked(alex, SEATS + BAD)
    assert "Nothing to apply." in page(alex, imported)
    answer = alex.post(reverse("discard_import", args=[imported.uid]), {"version": imported.version})
    assert answer.status_code == 302
    assert not ImportRefusal.objects.exists()
    assert not ImportFile.objects.exclude(content=None).exists()
    assert (
        alex.post(reverse("discard_import", args=[imported.uid]), {"version": imported.version}).status_code
        == 409
    )


def test_a_preview_that_nobody_wants_is_forgotten_after_two_weeks(alex, before_the_sweep) -> None:
    imported = checked(alex, SEATS + BAD)
    jobs.take_up(before_the_sweep + timedelta(days=13))
    imported.refresh_from_db()
    assert imported.state == "checked"
    jobs.take_up(before_the_sweep + timedelta(days=15))
    imported.refresh_from_db()
    assert (imported.state, ImportRefusal.objects.count()) == ("discarded", 0)


# --- What is wrong is said at its field ----------------------------------------------------------------------------


def test_no_file_an_empty_one_and_too_large_a_one_are_told_at_the_field(alex) -> None:
    for files, says in (
        ((), "Choose one or more CSV files."),
        (("",), "One of these files is empty"),
        ((b"x" * (MOST_BYTES // 2), b"x" * (MOST_BYTES // 2 + 1)), "manage.py import_csv"),
        ((NOOR,) * 21, "at most 20 files"),
    ):
        answer = send(alex, *files)
        assert answer.status_code == 422
        assert says in text(answer)
    assert not Import.objects.exists()


def test_far_too_large_a_request_is_not_even_kept(alex) -> None:
    answer = send(alex, b"x" * (12 * 1024 * 1024))
    assert answer.status_code == 422
    assert "larger than 10 MB" in text(answer)


def test_a_file_that_is_none_is_told_and_no_error_page_is_shown(alex) -> None:
    imported = checked(alex, b"PK\x03\x04\x00\x00binary", "neither,nor\n1,2\n")
    shown = page(alex, imported)
    assert "not a text file" in shown and "fits no file known here" in shown
    assert imported.refused == 2


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\0b.csv", "x" * 300 + ".csv", "\u202e.csv", "<b>.csv", "日.csv"]
)
def test_a_file_may_be_called_anything(alex, name: str) -> None:
    assert alex.post("/imports/", {"files": SimpleUploadedFile(name, NOOR.encode())}).status_code == 302
    kept = ImportFile.objects.get()
    assert kept.name.isprintable() and "/" not in kept.name and len(kept.name) <= 120
    assert b"<b>.csv" not in alex.get(reverse("import", args=[kept.imported.uid])).content


# --- Rows not taken, to take along ---------------------------------------------------------------------------------


FORMULAS = ("=1+1", "+1", "-2", "@x", "＝1", "＋1", "－1", "＠1", "'=1", "''+1", "plain", "'plain")


def download(alex: Browser, imported: Import, position: int = 0) -> list[list[str]]:
    answer = alex.get(reverse("not_taken", args=[imported.uid]), {"file": position})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    body = answer.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(body)))


def test_no_cell_of_the_download_is_a_formula_and_importing_it_restores_each(house, alex) -> None:
    rows = "".join(f"{number},{cell},Vance,2026-13-01,,Day\n" for number, cell in enumerate(FORMULAS))
    imported = checked(alex, CLIENTS + rows)
    header, *lines = download(alex, imported)
    assert header == ["not_taken_line", "not_taken_why", *CLIENTS.strip().split(",")]
    assert [line[0] for line in lines] == [str(n) for n in range(2, 2 + len(FORMULAS))]
    assert not [cell for line in lines for cell in line if cell[:1] in "=+-@＝＋－＠\t\r" and cell]
    assert all("is not a date" in line[1] for line in lines)

    out = io.StringIO()
    csv.writer(out).writerows([header, *([*line[:5], "2026-11-01", *line[6:]] for line in lines)])
    applied(alex, out.getvalue())
    # As if the first file had come in itself: an apostrophe before a formula is taken for that of such a download.
    named = Client.objects.filter(last_name="Vance").order_by("pk").values_list("first_name", flat=True)
    expected = [cell[1:] if cell.startswith(("'=", "''+")) else cell for cell in FORMULAS]
    assert list(named) == expected


def test_taking_rows_along_is_written_down(house, alex) -> None:
    imported = checked(alex, SEATS + BAD)
    download(alex, imported)
    entry = AuditEntry.objects.get(deed="download_not_taken")
    assert (entry.staff, entry.detail) == (house.alex, {"rows": 1})
    for place in ("9", "-1", "x", "٣", "99999"):
        assert alex.get(reverse("not_taken", args=[imported.uid]), {"file": place}).status_code == 404


# --- While a worker is at it ---------------------------------------------------------------------------------------


def test_the_page_asks_for_its_part_while_a_worker_is_at_it_and_not_after(alex, monkeypatch) -> None:
    send(alex, NOOR)
    imported = Import.objects.get()
    url = reverse("import", args=[imported.uid])
    assert b'hx-trigger="every 1s"' in alex.get(url).content
    assert "Look again" in text(alex.get(url))
    monkeypatch.setattr(progress, "noted", lambda number: (30, 120))
    part = alex.get(url, headers={"HX-Request": "true"}).content.decode()
    assert part.count("<html") == 0 and 'max="120"' in part and 'value="30"' in part
    work.check(imported.pk, imported.at)
    assert b"every 1s" not in alex.get(url, headers={"HX-Request": "true"}).content


@pytest.mark.parametrize(
    ("state", "stands"), [("checking", "stopped"), ("applying", "checked"), ("undoing", "applied")]
)
def test_work_that_never_comes_to_its_end_is_given_up_and_said(alex, monkeypatch, state, stands) -> None:
    """Each worker dies in the middle, so nothing but the counted try is left of it."""
    imported = checked(alex, NOOR)
    Import.objects.filter(pk=imported.pk).update(state=state, applied_at=imported.at)

    def dies(*_: Any, **__: Any) -> None:
        raise SystemExit

    monkeypatch.setattr("clinic.importing.work.take", dies)
    monkeypatch.setattr("clinic.importing.work.take_back", dies)
    deed = {"checking": work.check, "applying": work.apply, "undoing": work.undo}[state]
    for _ in range(3):
        with pytest.raises(SystemExit):
            deed(imported.pk, imported.at)
    imported.refresh_from_db()
    assert (imported.state, imported.tries) == (state, 3)
    deed(imported.pk, imported.at)
    imported.refresh_from_db()
    assert imported.state == stands
    assert "several times" in page(alex, imported)


def test_an_error_nobody_foresaw_is_said_and_nothing_is_applied(alex, monkeypatch) -> None:
    imported = checked(alex, NOOR)
    apply(alex, imported)

    def breaks(*_: Any, **__: Any) -> None:
        raise KeyError("Noor")

    monkeypatch.setattr("clinic.importing.work.leave_traces", breaks)
    work.apply(imported.pk, imported.at)
    imported.refresh_from_db()
    assert imported.state == "checked"
    assert "did not foresee" in page(alex, imported)
    assert not Client.objects.filter(record_number="N-1").exists()


# --- Who may, and how many statements ------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["maya", "ruth", "lucia", "priya", "stranger", "anne"])
def test_a_stranger_sees_and_changes_nothing(house, alex, person: str) -> None:
    imported = checked(alex, NOOR, SEATS + BAD)
    other = Browser()
    other.force_login(getattr(house, person))
    for name in ("import", "apply_import", "undo_import", "discard_import"):
        url = reverse(name, args=[imported.uid])
        answer = other.get(url) if name == "import" else other.post(url, {"version": imported.version})
        assert answer.status_code == 404
    assert other.get(reverse("not_taken", args=[imported.uid]), {"file": 1}).status_code == 404
    assert other.get("/imports/").status_code == 404
    assert send(other, NOOR).status_code == 404
    imported.refresh_from_db()
    assert (imported.state, Import.objects.count()) == ("checked", 1)


def test_an_administrator_of_another_clinic_sees_nothing_of_this_one(house, alex) -> None:
    imported = checked(alex, NOOR)
    models.StaffRole.objects.create(staff=house.nell, role="administrator")
    other = Browser()
    other.force_login(house.nell)
    assert other.get(reverse("import", args=[imported.uid])).status_code == 404
    assert str(imported.uid) not in other.get("/imports/").content.decode()


def test_statements_do_not_grow_with_rows_or_imports(alex) -> None:
    def statements(bad: int) -> tuple[int, int]:
        imported = checked(alex, NOOR, SEATS + BAD * bad)
        with CaptureQueriesContext(connection) as one:
            alex.get(reverse("import", args=[imported.uid]))
        with CaptureQueriesContext(connection) as many:
            alex.get("/imports/")
        return len(one), len(many)

    assert statements(2) == statements(40) == statements(60)

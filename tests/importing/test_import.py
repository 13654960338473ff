"""Files to record: what is made, what is found again, what is refused, and that it is all or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.importing.apply import Outcome, import_files
from clinic.models import (
    Appointment,
    Assignment,
    AuditEntry,
    Client,
    Clinic,
    Episode,
    Group,
    Membership,
    Programme,
    Recheck,
    RuleSet,
    Session,
    Staff,
    StaffRole,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 3, 20, 15, tzinfo=UTC)
CLIENTS = "record_number,first_name,last_name,admitted_on,discharged_on,program"
FULL = f"{CLIENTS},preferred_name,date_of_birth,phone,case_manager"
SEATS = "record_number,kind,starts_at,outcome,reason"
ALL = f"{SEATS},group,participation,purpose,cancelled_at,external_id"
ROSA = f"{CLIENTS}\nR-1,Rosa,Medina,2025-01-06,,Outpatient\n"

Bring = Callable[..., Outcome]


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    """Import some texts as files, at NOW."""

    def run(*texts: str, **options: Any) -> Outcome:
        paths = []
        for number, text in enumerate(texts):
            path = tmp_path / f"{number}.csv"
            path.write_text(text)
            paths.append(str(path))
        return import_files(paths, **{"on": NOW, **options})

    return run


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """The command itself: exit status, standard output, standard error."""

    def run(text: str, *flags: str) -> tuple[int, str, str]:
        path, out, err = tmp_path / "given.csv", StringIO(), StringIO()
        path.write_text(text)
        status = 0
        try:
            call_command("import_csv", str(path), *flags, stdout=out, stderr=err)
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        return status, out.getvalue(), err.getvalue()

    return run


def counts(tally: Any) -> tuple[int, int, int, int]:
    return tally.created, tally.updated, tally.unchanged, tally.refused


def only_refusal(outcome: Outcome) -> tuple[int, str, str]:
    (refusal,) = outcome.refusals
    return refusal.line, refusal.field, refusal.reason


def hire(username: str, role: str = "case_manager", **more: Any) -> Staff:
    staff = Staff.objects.create(
        username=username, clinic=more.pop("clinic", None) or Clinic.objects.get(), **more
    )
    StaffRole.objects.create(staff=staff, role=role)
    return staff


def test_an_empty_database_gets_a_clinic_with_its_first_rules(bring: Bring) -> None:
    outcome = bring(ROSA, time_zone="America/Denver")
    clinic = Clinic.objects.get()
    assert (clinic.time_zone, outcome.applied) == ("America/Denver", True)
    assert RuleSet.objects.get(clinic=clinic).number == 1
    episode = Episode.objects.get()
    assert (episode.client.record_number, episode.admitted_on, episode.discharged_on) == (
        "R-1",
        date(2025, 1, 6),
        None,
    )
    assert episode.programme.name == "Outpatient"


def test_clients_are_applied_before_attendance_whatever_the_order(bring: Bring) -> None:
    outcome = bring(f"{SEATS}\nR-1,counselling,2025-03-11T10:00,no_show,\n", ROSA, time_zone="America/Denver")
    assert (counts(outcome.clients), counts(outcome.attendance)) == ((1, 0, 0, 0), (1, 0, 0, 0))
    row = Appointment.objects.get()
    assert row.starts_at == datetime(2025, 3, 11, 16, tzinfo=UTC)
    assert (row.code, row.recorded_at, row.recorded_by) == ("Mc--", NOW, None)


def test_the_same_files_again_change_nothing(bring: Bring) -> None:
    rows = (
        "R-1,counselling,2025-03-11T10:00,excused,moved,,,,2025-03-10T09:00,\n"
        "R-1,group,2025-03-12T10:00,attended,,Morning skills,3,,,\n"
        "R-1,mutual_aid,2025-03-12T19:00,attended,,Tuesday meeting,,,,\n"
        "R-1,medical,2025-03-13T10:00,scheduled,,,,care_review,,E-1\n"
    )
    files = (f"{ALL}\n{rows}", f"{FULL}\nR-1,Rosa,Medina,2025-01-06,,Outpatient,Ro,1980-02-03,555-0100,\n")
    assert counts(bring(*files).attendance) == (4, 0, 0, 0)
    Recheck.objects.all().delete()
    before = list(Appointment.objects.order_by("pk").values())
    again = bring(*files)
    assert (counts(again.clients), counts(again.attendance)) == ((0, 0, 1, 0), (0, 0, 4, 0))
    assert list(Appointment.objects.order_by("pk").values()) == before
    assert not Recheck.objects.exists()


def test_overlapping_files_leave_their_union(bring: Bring) -> None:
    first = "".join(f"R-1,dosing,2025-03-{day:02}T08:00,attended,\n" for day in (1, 2, 3))
    second = "".join(f"R-1,dosing,2025-03-{day:02}T08:00,attended,\n" for day in (5, 3, 4))
    bring(ROSA, f"{SEATS}\n{first}")
    assert counts(bring(f"{SEATS}\n{second}").attendance) == (2, 0, 1, 0)
    assert Appointment.objects.count() == 5


def test_a_changed_outcome_is_updated_and_the_client_is_read_again(bring: Bring) -> None:
    bring(ROSA, f"{SEATS}\nR-1,counselling,2025-03-11T10:00,scheduled,\n")
    Recheck.objects.all().delete()
    outcome = bring(f"{SEATS}\nR-1,counselling,2025-03-11T10:00,no_show,no bus\n")
    row = Appointment.objects.get()
    assert counts(outcome.attendance) == (0, 1, 0, 0)
    assert (row.outcome, row.reason, row.version, row.recorded_at) == ("no_show", "no bus", 2, NOW)
    assert Recheck.objects.get().episode_id == row.episode_id


def test_a_number_of_the_other_system_finds_an_appointment_that_was_moved(bring: Bring) -> None:
    bring(ROSA, f"{ALL}\nR-1,counselling,2025-03-11T10:00,no_show,,,,,,E-1\n")
    bring(f"{ALL}\nR-1,medical,2025-04-01T09:00,scheduled,,,,,,E-1\n")
    row = Appointment.objects.get()
    assert (row.channel, row.outcome, row.recorded_at) == ("medical", "scheduled", None)
    assert row.starts_at == datetime(2025, 4, 1, 9, tzinfo=UTC)


def test_an_older_list_of_bookings_does_not_take_back_what_was_recorded(bring: Bring) -> None:
    bring(ROSA, f"{ALL}\nR-1,group,2025-03-11T10:00,attended,came,Skills,4,,,\n")
    outcome = bring(f"{ALL}\nR-1,group,2025-03-11T10:00,scheduled,,Skills,,,,\n")
    row = Appointment.objects.get()
    assert counts(outcome.attendance) == (0, 0, 1, 0)
    assert (row.outcome, row.reason, row.participation) == ("attended", "came", 4)


def test_a_correction_takes_the_cancellation_and_the_rating_with_it(bring: Bring) -> None:
    bring(ROSA, f"{ALL}\nR-1,medical,2025-03-11T10:00,excused,,,,,2025-03-10T09:00,\n")
    bring(f"{ALL}\nR-1,medical,2025-03-11T10:00,attended,,,2,,,\n")
    row = Appointment.objects.get()
    assert (row.cancelled_at, row.participation) == (None, 2)
    bring(f"{SEATS}\nR-1,medical,2025-03-11T10:00,no_show,\n")
    row.refresh_from_db()
    assert (row.outcome, row.participation) == ("no_show", None)


def test_an_empty_cell_never_wipes_what_the_record_holds(bring: Bring) -> None:
    bring(f"{FULL}\nR-1,Rosa,Medina,2025-01-06,2025-03-01,Outpatient,Ro,1980-02-03,555-0100,\n")
    outcome = bring(f"{FULL}\nR-1,Rosa,Medina,2025-01-06,,Outpatient,,,,\n")
    client = Client.objects.get()
    assert counts(outcome.clients) == (0, 0, 1, 0)
    assert (client.preferred_name, client.phone, client.date_of_birth) == ("Ro", "555-0100", date(1980, 2, 3))
    assert Episode.objects.get().discharged_on == date(2025, 3, 1)


def test_a_changed_name_or_programme_is_updated(bring: Bring) -> None:
    bring(ROSA)
    assert counts(bring(ROSA.replace("Medina", "Medina-Ruiz")).clients) == (0, 1, 0, 0)
    assert counts(bring(ROSA.replace("Medina", "Medina-Ruiz").replace("Outpatient", "Day")).clients) == (
        0,
        1,
        0,
        0,
    )
    assert Client.objects.get().last_name == "Medina-Ruiz"
    assert Episode.objects.get().programme.name == "Day"
    assert Programme.objects.count() == 2


def test_a_discharge_closes_the_stay_and_a_later_admission_begins_another(bring: Bring) -> None:
    bring(ROSA)
    Recheck.objects.all().delete()
    stays = "R-1,Rosa,Medina,2025-01-06,2025-02-10,Outpatient\nR-1,Rosa,Medina,2025-03-01,,Outpatient\n"
    assert counts(bring(f"{CLIENTS}\n{stays}").clients) == (0, 2, 0, 0)
    old, new = Episode.objects.order_by("admitted_on")
    assert (old.discharged_on, new.discharged_on, new.client) == (date(2025, 2, 10), None, old.client)
    assert set(Recheck.objects.values_list("episode_id", flat=True)) == {old.pk, new.pk}
    rows = "R-1,dosing,2025-02-10T08:00,attended,\nR-1,dosing,2025-03-01T08:00,attended,\n"
    bring(f"{SEATS}\n{rows}")
    assert list(Appointment.objects.order_by("starts_at").values_list("episode_id", flat=True)) == [
        old.pk,
        new.pk,
    ]


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        ("R-1,Rosa,Medina,2025-02-01,,Outpatient", "admitted_on", "in care since 2025-01-06"),
        ("R-1,Rosa,Medina,2024-12-01,,Outpatient", "discharged_on", "overlaps"),
        ("R-1,Rosa,Medina,2024-12-01,2025-01-08,Outpatient", "discharged_on", "overlaps"),
    ],
)
def test_a_client_has_one_stay_at_a_time(bring: Bring, row: str, field: str, says: str) -> None:
    bring(ROSA)
    line, column, reason = only_refusal(bring(f"{CLIENTS}\n{row}\n"))
    assert (line, column) == (2, field)
    assert says in reason
    assert Episode.objects.count() == 1


def test_the_case_manager_named_holds_the_client(bring: Bring) -> None:
    bring(ROSA)
    maya, jonas = hire("maya"), hire("jonas")
    held = f"{FULL}\nR-1,Rosa,Medina,2025-01-06,,Outpatient,,,,maya\nR-2,Linh,Tran,2025-02-01,,Outpatient,,,,maya\n"
    assert counts(bring(held).clients) == (1, 1, 0, 0)
    assert counts(bring(held).clients) == (0, 0, 2, 0)
    starts = Assignment.objects.order_by("pk").values_list("case_manager_id", "starts_on", "ends_on")
    assert list(starts) == [(maya.pk, date(2025, 3, 20), None), (maya.pk, date(2025, 2, 1), None)]
    assert counts(bring(held.replace("maya", "jonas", 1)).clients) == (0, 1, 1, 0)
    rosas = Assignment.objects.filter(episode__client__record_number="R-1").order_by("pk")
    assert list(rosas.values_list("case_manager_id", "ends_on")) == [
        (maya.pk, date(2025, 3, 20)),
        (jonas.pk, None),
    ]


def test_a_case_manager_must_work_here_as_one(bring: Bring) -> None:
    bring(ROSA)
    hire("lucia", "front_desk")
    hire("gone", is_active=False)
    hire("tunde", clinic=Clinic.objects.create(name="Harbor"))
    rows = "".join(
        f"R-{n},Linh,Tran,2025-02-01,,Outpatient,,,,{who}\n"
        for n, who in enumerate(("lucia", "gone", "tunde", "x"), 2)
    )
    outcome = bring(f"{FULL}\n{rows}", clinic_name="Clinic")
    assert [refusal.field for refusal in outcome.refusals] == ["case_manager"] * 4
    assert Client.objects.count() == 1


def test_a_seat_makes_its_group_session_and_membership(bring: Bring) -> None:
    seats = "".join(
        f"{who},group,2025-03-{day}T10:00,attended,,Skills,,,,\n"
        for who in ("R-1", "R-2")
        for day in (12, 19)
    )
    bring(f"{ROSA}R-2,Linh,Tran,2025-01-06,,Outpatient\n", f"{ALL}\n{seats}")
    group = Group.objects.get()
    assert (Session.objects.count(), Membership.objects.count()) == (2, 2)
    assert {row.joined_on for row in Membership.objects.all()} == {date(2025, 3, 12)}
    assert all(
        (row.group, row.session.group, row.minutes) == (group, group, 60) for row in Appointment.objects.all()
    )
    bring(f"{ALL}\nR-1,group,2025-03-05T10:00,no_show,,Skills,,,,\n")
    assert set(Membership.objects.values_list("joined_on", "left_on")) == {
        (date(2025, 3, 5), None),
        (date(2025, 3, 12), None),
    }


def test_an_ended_membership_begins_again_only_when_the_client_comes(bring: Bring) -> None:
    bring(ROSA, f"{ALL}\nR-1,group,2025-02-05T10:00,attended,,Skills,,,,\n")
    Membership.objects.update(left_on=date(2025, 2, 20))
    bring(f"{ALL}\nR-1,group,2025-03-05T10:00,no_show,,Skills,,,,\n")
    assert Membership.objects.count() == 1
    bring(f"{ALL}\nR-1,group,2025-03-12T10:00,late,,Skills,,,,\n")
    assert list(Membership.objects.filter(left_on=None).values_list("joined_on", flat=True)) == [
        date(2025, 3, 12)
    ]


def test_a_mutual_aid_meeting_has_a_name_but_no_register(bring: Bring) -> None:
    bring(ROSA, f"{ALL}\nR-1,mutual_aid,2025-03-12T19:00,attended,,Tuesday meeting,,,,\n")
    assert Appointment.objects.get().group.name == "Tuesday meeting"
    assert not Session.objects.exists()
    assert not Membership.objects.exists()


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        ("R-9,dosing,2025-03-11T10:00,late,", "record_number", "No client"),
        ("R-1,dosing,2025-01-05T23:59,late,", "starts_at", "before the admission on 2025-01-06"),
        ("R-1,dosing,2025-03-16T00:00,late,", "starts_at", "after the discharge on 2025-03-15"),
    ],
)
def test_attendance_outside_any_stay_is_refused(bring: Bring, row: str, field: str, says: str) -> None:
    bring(ROSA.replace("2025-01-06,,", "2025-01-06,2025-03-15,"), time_zone="America/Denver")
    line, column, reason = only_refusal(bring(f"{SEATS}\n{row}\n"))
    assert (line, column) == (2, field)
    assert says in reason


def test_the_days_of_admission_and_discharge_belong_to_the_stay(bring: Bring) -> None:
    bring(ROSA.replace("2025-01-06,,", "2025-01-06,2025-03-15,"), time_zone="America/Denver")
    rows = "R-1,dosing,2025-01-06T00:00,late,\nR-1,dosing,2025-03-15T23:59,late,\n"
    assert counts(bring(f"{SEATS}\n{rows}").attendance) == (2, 0, 0, 0)
    assert not Recheck.objects.exists()


def test_a_number_that_is_another_clients_is_refused(bring: Bring) -> None:
    bring(
        f"{ROSA}R-2,Linh,Tran,2025-01-06,,Outpatient\n", f"{ALL}\nR-1,dosing,2025-03-11T10:00,late,,,,,,E-1\n"
    )
    outcome = bring(f"{ALL}\nR-2,dosing,2025-03-11T10:00,late,,,,,,E-1\n")
    assert only_refusal(outcome)[:2] == (2, "external_id")
    assert Appointment.objects.get().episode.client.record_number == "R-1"


def test_a_key_twice_in_one_file_names_the_first_line(bring: Bring) -> None:
    given = ("11T10:00,late", "12T10:00,late", "11T10:00,no_show")
    rows = "".join(f"R-1,dosing,2025-03-{each},\n" for each in given)
    line, field, reason = only_refusal(bring(ROSA, f"{SEATS}\n{rows}"))
    assert (line, field) == (4, "record_number")
    assert "line 2" in reason
    assert only_refusal(bring(ROSA + "R-1,Rosa,Medina,2025-01-06,,Day\n"))[:2] == (3, "record_number")
    same_number = "R-1,dosing,2025-03-11T10:00,late,,,,,,E-1\nR-1,dosing,2025-03-12T10:00,late,,,,,,E-1\n"
    assert only_refusal(bring(ROSA, f"{ALL}\n{same_number}"))[:2] == (3, "external_id")


def test_the_same_key_in_two_files_is_one_appointment(bring: Bring) -> None:
    rows = [f"{SEATS}\nR-1,dosing,2025-03-11T10:00,{outcome},\n" for outcome in ("scheduled", "attended")]
    assert counts(bring(ROSA, *rows).attendance) == (1, 1, 0, 0)
    assert Appointment.objects.get().outcome == "attended"


BAD_AND_GOOD = f"{SEATS}\nR-1,dosing,2025-03-11T10:00,late,\nR-1,dosing,2025-03-12T10:00,vanished,\n"


def test_one_refused_row_and_nothing_at_all_is_applied(bring: Bring) -> None:
    outcome = bring(ROSA, BAD_AND_GOOD)
    assert (outcome.applied, counts(outcome.clients), counts(outcome.attendance)) == (
        False,
        (0, 0, 0, 0),
        (0, 0, 0, 1),
    )
    for model in (Clinic, Client, Episode, Appointment, AuditEntry, Recheck, RuleSet, Programme):
        assert not model.objects.exists(), model


def test_without_the_refused_row_the_same_files_are_applied(bring: Bring) -> None:
    assert counts(bring(ROSA, BAD_AND_GOOD.replace("vanished", "late")).attendance) == (2, 0, 0, 0)
    assert Appointment.objects.count() == 2


def test_refused_rows_can_be_skipped(bring: Bring) -> None:
    outcome = bring(ROSA, BAD_AND_GOOD, "neither,nor\n", skip_refused=True)
    assert (outcome.applied, counts(outcome.attendance), len(outcome.refusals)) == (True, (1, 0, 0, 1), 2)
    assert Appointment.objects.get().outcome == "late"


def test_a_rehearsal_counts_and_keeps_nothing(bring: Bring) -> None:
    outcome = bring(ROSA, f"{SEATS}\nR-1,dosing,2025-03-11T10:00,late,\n", dry_run=True)
    assert (counts(outcome.clients), counts(outcome.attendance)) == ((1, 0, 0, 0), (1, 0, 0, 0))
    assert not Clinic.objects.exists()


def test_an_import_leaves_one_audit_entry_without_names(bring: Bring) -> None:
    bring(ROSA, f"{SEATS}\nR-1,dosing,2025-03-11T10:00,late,\n")
    entry = AuditEntry.objects.get()
    assert (entry.deed, entry.at, entry.clinic) == ("import", NOW, Clinic.objects.get())
    assert entry.detail["files"] == ["clients", "attendance"]
    assert entry.detail["attendance"] == {"created": 1, "updated": 0, "unchanged": 0, "refused": 0}
    assert "Rosa" not in json.dumps(entry.detail)


def test_another_clinics_client_of_the_same_number_is_somebody_else(bring: Bring) -> None:
    for name in ("Riverside", "Harbor"):
        Clinic.objects.create(name=name)
    bring(ROSA, clinic_name="Riverside")
    outcome = bring(f"{SEATS}\nR-1,dosing,2025-03-11T10:00,late,\n", clinic_name="Harbor")
    assert only_refusal(outcome)[1] == "record_number"
    assert counts(bring(ROSA, clinic_name="Harbor").clients) == (1, 0, 0, 0)


def test_the_number_of_queries_does_not_grow_with_the_rows(bring: Bring) -> None:
    def queries(hours: range) -> int:
        times = [f"2025-03-{day:02}T{hour:02}:00" for day in range(1, 11) for hour in hours]
        rows = "".join(f"R-1,medical,{at},late,\n" for at in times)
        with CaptureQueriesContext(connection) as captured:
            assert bring(ROSA, f"{SEATS}\n{rows}").attendance.created == len(times)
        Appointment.objects.all().delete()
        return len(captured)

    bring(ROSA)
    assert queries(range(20)) - queries(range(2)) < 20


@pytest.mark.parametrize(
    ("clinics", "flags", "says"),
    [
        ((), ("--timezone", "Mars/Olympus"), "is not a time zone"),
        (("Riverside",), ("--timezone", "America/Denver"), "The clinic's time zone is UTC"),
        (("Riverside",), ("--clinic", "Harbour"), "no clinic named “Harbour”"),
        (("Riverside", "Harbor"), (), "several clinics"),
    ],
)
def test_a_clinic_that_cannot_be_told_is_one_clear_line(
    command: Callable[..., Any], clinics: tuple[str, ...], flags: tuple[str, ...], says: str
) -> None:
    for name in clinics:
        Clinic.objects.create(name=name)
    with pytest.raises(CommandError, match=says):
        command(ROSA, *flags)
    assert not Client.objects.exists()


def test_the_json_is_exactly_the_contract(command: Callable[..., Any]) -> None:
    status, out, err = command(f"{ROSA}R-2,Linh,Tran,2025-02-30,,Outpatient\n", "--json", "--skip-refused")
    told = json.loads(out)
    (refusal,) = told.pop("refusals")
    assert (status, err) == (1, "")
    assert told == {
        "clients": {"created": 1, "updated": 0, "unchanged": 0, "refused": 1},
        "attendance": {"created": 0, "updated": 0, "unchanged": 0, "refused": 0},
    }
    assert set(refusal) == {"file", "line", "field", "reason"}
    assert (refusal["line"], refusal["field"]) == (3, "admitted_on")
    assert refusal["file"].endswith("given.csv")


def test_a_person_is_told_in_words(command: Callable[..., Any]) -> None:
    status, out, err = command(ROSA)
    assert (status, err) == (0, "")
    assert "Clients: 1 created, 0 updated, 0 unchanged, 0 refused" in out
    status, out, err = command(f"{CLIENTS}\n" + "R-2,,,,,\n" * 60)
    assert status == 1
    assert "given.csv:2:admitted_on: “admitted_on” must be given." in err
    assert "and 10 more" in err
    assert "Nothing was applied" in out
    assert "A rehearsal" in command(ROSA, "--dry-run")[1]


def test_a_number_of_the_other_system_is_looked_up_in_its_index(bring: Bring) -> None:
    """Otherwise each slice of a file reads all that the clinic has."""
    bring(ROSA)
    with CaptureQueriesContext(connection) as captured:
        bring(
            f"{ALL}\nR-1,dosing,2025-03-11T10:00,late,,,,,,E-1\nR-1,dosing,2025-03-12T10:00,late,,,,,,E-2\n"
        )
    (asked,) = [each["sql"] for each in captured if "external_id" in each["sql"] and " IN (" in each["sql"]][
        :1
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + asked)
        plan = str(cursor.fetchall())
    assert "external_id_once_per_clinic" in plan

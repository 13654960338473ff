"""What a file says, and what is refused of it: cells to facts, without a database."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from clinic.engagement.timeline import Channel, Outcome
from clinic.importing.csv_reader import (
    LONGEST_CELL,
    LONGEST_LINE,
    Refused,
    Row,
    defused,
    read_sheet,
    restored,
)
from clinic.importing.keys_seen import KeysSeen
from clinic.importing.rows import KINDS, attendance_row, client_row

pytestmark = pytest.mark.once

CLIENT_HEADER = "record_number,first_name,last_name,admitted_on,discharged_on,program"
SEAT_HEADER = "record_number,kind,starts_at,outcome,reason"
DENVER = ZoneInfo("America/Denver")
TODAY = date(2025, 3, 20)


def sheet(folder: Path, text: str | bytes):
    path = folder / "given.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_sheet(str(path), KINDS)


def refusal(folder: Path, text: str | bytes) -> tuple[int, str, str]:
    with pytest.raises(Refused) as caught:
        sheet(folder, text)
    return caught.value.line, caught.value.field, caught.value.reason % caught.value.values


def attendance(**cells: str):
    given = {"record_number": "R-1", "kind": "counselling", "outcome": "attended", "reason": ""} | cells
    return attendance_row(Row(2, {"starts_at": "2025-03-11T10:00"} | given), zone=DENVER, today=TODAY)


def client(**cells: str):
    given = {"record_number": "R-1", "first_name": "Rosa", "last_name": "Medina", "program": "Outpatient"}
    dates = {"admitted_on": "2025-01-06", "discharged_on": ""}
    return client_row(Row(2, given | dates | cells))


def field_and_reason(read, **cells: str) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        read(**cells)
    return caught.value.field, caught.value.reason % caught.value.values


@pytest.mark.parametrize(
    "text",
    [
        f"{SEAT_HEADER}\nR-1,dosing,2025-03-11T08:00,attended,\n",
        f"\ufeff{SEAT_HEADER}\r\nR-1,dosing,2025-03-11T08:00,attended,\r\n",
        "reason,outcome,starts_at,kind,record_number\n,attended,2025-03-11T08:00,dosing,R-1",
        f"{SEAT_HEADER}\n,,,,\n\n R-1 ,dosing, 2025-03-11T08:00,attended, \n",
    ],
    ids=["plain", "byte order mark and CRLF", "other order, no last newline", "blank rows and blanks"],
)
def test_the_same_row_is_read_however_the_file_is_written(tmp_path: Path, text: str) -> None:
    found = sheet(tmp_path, text)
    (row,) = found.rows()
    assert found.kind == "attendance"
    assert dict(row.cells) == {
        "record_number": "R-1",
        "kind": "dosing",
        "starts_at": "2025-03-11T08:00",
        "outcome": "attended",
        "reason": "",
    }


def test_a_line_is_where_the_row_starts_even_after_a_line_break_inside_quotes(tmp_path: Path) -> None:
    text = 'R-1,dosing,2025-03-11T08:00,excused,"ill,\nrang at 7"\n\nR-2,dosing,2025-03-11T08:00,late,\n'
    rows = list(sheet(tmp_path, f"{SEAT_HEADER}\n{text}").rows())
    assert [row.line for row in rows] == [2, 5]
    assert rows[0].cells["reason"] == "ill,\nrang at 7"


@pytest.mark.parametrize(
    ("text", "line", "field", "says"),
    [
        ("", 1, "", "empty"),
        ("\ufeff", 1, "", "empty"),
        ("\n", 1, "", "empty"),
        ("record_number,event_on\nR-1,2025-01-01\n", 1, "", "fits no file known here"),
        (CLIENT_HEADER.replace(",", "|") + "\n", 1, "", "fits no file known here"),
        (CLIENT_HEADER.replace("last_name,", "") + "\n", 1, "last_name", "lacks the columns “last_name”"),
        (CLIENT_HEADER + ",shoe_size\n", 1, "shoe_size", "no columns “shoe_size”"),
        (CLIENT_HEADER + ",program\n", 1, "program", "more than once"),
        (f'"record"_number,{SEAT_HEADER}\n', 1, "", "cannot be read as column names"),
        (f"{SEAT_HEADER}\nR-1,dosing\0,,,\n".encode(), 2, "", "not a text file"),
        (CLIENT_HEADER.encode("utf-16-le"), 1, "", "not a text file"),
        (CLIENT_HEADER.encode("utf-16")[:-1], 1, "", "middle of a letter"),
        (CLIENT_HEADER.encode("utf-32"), 1, "", "not a text file"),
        (f"{CLIENT_HEADER}\nR-1,Zo".encode() + b"\xc3", 2, "", "middle of a letter"),
        (f"{CLIENT_HEADER}\nR-1,Zo\xeb\nR-2,".encode() + b"\xff\n", 3, "", "not text as the lines before"),
        (CLIENT_HEADER.encode() + b"\nR-1,Zo\x81\n", 2, "", "not text as the lines before"),
        (f"{CLIENT_HEADER}\n{'x' * (LONGEST_LINE + 300_000)}\n", 2, "", "not a table"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(
    tmp_path: Path, text: str | bytes, line: int, field: str, says: str
) -> None:
    at, column, reason = refusal(tmp_path, text)
    assert (at, column) == (line, field)
    assert says in reason


@pytest.mark.parametrize("path", ["", "missing.csv", "bad\0name.csv"])
def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(Refused, match="cannot be read") as caught:
        read_sheet(f"{tmp_path}/{path}", KINDS)
    assert caught.value.line == 0
    assert str(tmp_path) not in str(caught.value.values)


def test_a_row_longer_or_shorter_than_the_header_is_refused_alone(tmp_path: Path) -> None:
    text = (
        f"{SEAT_HEADER}\nR-1,dosing\nR-2,dosing,2025-03-11T08:00,late,\nR-3,dosing,2025-03-11T08:00,late,,,\n"
    )
    rows = list(sheet(tmp_path, text).rows())
    assert [isinstance(row, Refused) for row in rows] == [True, False, True]
    assert (rows[0].line, rows[2].line) == (2, 4)
    assert rows[2].reason % rows[2].values == "This row has 7 cells, the first line 5."


@pytest.mark.parametrize("length", [LONGEST_CELL + 1, csv.field_size_limit() + 1])
def test_a_cell_beyond_the_limit_is_refused_and_the_next_row_is_read(tmp_path: Path, length: int) -> None:
    first, second = sheet(tmp_path, f"{SEAT_HEADER}\nR-1,dosing,{'x' * length},late,\nR-2,,,,\n").rows()
    assert (first.line, "longer than" in first.reason) == (2, True)
    assert second.cells["record_number"] == "R-2"


@pytest.mark.parametrize("broken", ['R-1,"dosing"x,,,', 'R-1,"dosing,,,', '"R-1,dosing,,,'])
def test_a_quotation_mark_out_of_place_costs_its_own_line_only(tmp_path: Path, broken: str) -> None:
    rows = list(sheet(tmp_path, f"{SEAT_HEADER}\nR-0,,,,\n{broken}\nR-2,,,,\nR-3,,,,\n").rows())
    assert [row.line for row in rows] == [2, 3, 4, 5]
    assert [isinstance(row, Refused) for row in rows] == [False, True, False, False]
    assert (rows[1].raw, "quotation mark" in rows[1].reason) == (broken, True)


def test_an_open_quotation_before_very_many_lines_costs_its_own_line_only(tmp_path: Path) -> None:
    text = f'{SEAT_HEADER}\n"R-1,dosing,,,\n' + "R-2,dosing,,,\n" * 30_000
    rows = sheet(tmp_path, text).rows()
    first = next(rows)
    assert isinstance(first, Refused) and first.line == 2
    assert [row.line for row in rows] == list(range(3, 30_003))


@pytest.mark.parametrize(
    ("encoding", "taken"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("latin-1", "cp1252"),
        ("cp1252", "cp1252"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_letters_and_cells_are_told_apart(
    tmp_path: Path, encoding: str, taken: str, delimiter: str, newline: str
) -> None:
    rows = [CLIENT_HEADER, "R-1,Zo\xeb,M\xfcller,2025-01-06,,Day", "R-2,Ren\xe9e,Hart,2025-01-06,,Day"]
    text = newline.join(rows).replace(",", delimiter) + newline
    found = sheet(tmp_path, text.encode(encoding))
    assert (found.encoding, found.delimiter, found.lines, found.kind) == (taken, delimiter, 3, "clients")
    assert [row.cells["first_name"] for row in found.rows()] == ["Zo\xeb", "Ren\xe9e"]


@pytest.mark.parametrize("sign", "=+-@\uff1d\uff0b\uff0d\uff20")
def test_a_formula_is_defused_and_restored(tmp_path: Path, sign: str) -> None:
    for cell in (f"{sign}1+1", f"'{sign}1", f"''{sign}1"):
        assert defused(cell) == f"'{cell}"
        assert restored(defused(cell)) == cell
    assert defused("Noor") == restored("Noor") == "Noor"
    assert restored("'Noor'") == "'Noor'"
    (row,) = sheet(tmp_path, f"{SEAT_HEADER}\nR-1,dosing,,,'{sign}2\n").rows()
    assert row.cells["reason"] == f"{sign}2"


def test_the_columns_of_a_list_of_rows_not_taken_are_passed_over(tmp_path: Path) -> None:
    (row,) = sheet(tmp_path, f"not_taken_line,not_taken_why,{SEAT_HEADER}\n4,No,R-1,,,,\n").rows()
    assert row.cells["record_number"] == "R-1"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("name", "groups"),
        ("name,kind,facilitator,co_facilitators,room,capacity", "groups"),
        ("record_number,group,joined_on", "memberships"),
        ("left_on,joined_on,group,record_number", "memberships"),
    ],
)
def test_groups_and_memberships_are_told_by_their_columns(tmp_path: Path, header: str, kind: str) -> None:
    assert sheet(tmp_path, f"{header}\n").kind == kind


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2025-03-11T10:00", datetime(2025, 3, 11, 16, tzinfo=UTC)),
        ("2025-03-11 10:00:00", datetime(2025, 3, 11, 16, tzinfo=UTC)),
        ("2025-03-11T10:00:00Z", datetime(2025, 3, 11, 10, tzinfo=UTC)),
        ("2025-03-11T10:00+02:00", datetime(2025, 3, 11, 8, tzinfo=UTC)),
        ("2024-11-03T01:30", datetime(2024, 11, 3, 7, 30, tzinfo=UTC)),
    ],
    ids=["clinic time", "with a blank", "UTC", "with an offset", "the first of the hour that comes twice"],
)
def test_a_time_without_an_offset_is_clinic_time(said: str, moment: datetime) -> None:
    assert attendance(starts_at=said).starts_at == moment


def test_the_day_of_an_evening_is_the_clinics_own() -> None:
    assert attendance(starts_at="2025-03-12T03:00Z").day == date(2025, 3, 11)


@pytest.mark.parametrize(
    ("cells", "field", "says"),
    [
        ({"record_number": ""}, "record_number", "must be given"),
        ({"record_number": "R" * 41}, "record_number", "longer than 40"),
        ({"kind": ""}, "kind", "must be given"),
        ({"kind": "yoga"}, "kind", "“yoga” is not known"),
        ({"outcome": ""}, "outcome", "must be given"),
        ({"outcome": "missed"}, "outcome", "“missed” is not known"),
        ({"starts_at": ""}, "starts_at", "must be given"),
        ({"starts_at": "2025-02-30T10:00"}, "starts_at", "not a date and time"),
        ({"starts_at": "2025-03-11"}, "starts_at", "not a date and time"),
        ({"starts_at": "11/03/2025 10:00"}, "starts_at", "not a date and time"),
        ({"starts_at": "2025-03-11T25:00"}, "starts_at", "not a date and time"),
        ({"starts_at": "0025-03-11T10:00"}, "starts_at", "outside the years"),
        ({"starts_at": "2025-03-09T02:30"}, "starts_at", "does not exist in America/Denver"),
        ({"starts_at": "2025-03-22T10:00"}, "outcome", "cannot be known yet"),
        ({"starts_at": "2025-03-22T10:00", "outcome": "no_show"}, "outcome", "cannot be known yet"),
        ({"reason": "x" * 121}, "reason", "longer than 120"),
        ({"group": "Morning skills"}, "group", "not to counselling"),
        ({"kind": "group", "group": "x" * 121}, "group", "longer than 120"),
        ({"participation": "5"}, "participation", "1, 2, 3 or 4"),
        ({"participation": "2", "outcome": "no_show"}, "participation", "somebody who was there"),
        ({"purpose": "chat"}, "purpose", "“chat” is not known"),
        ({"cancelled_at": "2025-03-10T10:00"}, "cancelled_at", "does not go with “attended”"),
        ({"cancelled_at": "soon", "outcome": "excused"}, "cancelled_at", "not a date and time"),
        ({"external_id": "x" * 81}, "external_id", "longer than 80"),
    ],
)
def test_an_attendance_row_is_refused_at_its_field(cells: dict[str, str], field: str, says: str) -> None:
    column, reason = field_and_reason(attendance, **cells)
    assert column == field
    assert says in reason


@pytest.mark.parametrize(
    ("cells", "field", "says"),
    [
        ({"record_number": ""}, "record_number", "must be given"),
        ({"first_name": ""}, "first_name", "must be given"),
        ({"last_name": "x" * 81}, "last_name", "longer than 80"),
        ({"admitted_on": ""}, "admitted_on", "must be given"),
        ({"admitted_on": "2025-02-29"}, "admitted_on", "not a date"),
        ({"admitted_on": "20250106"}, "admitted_on", "not a date"),
        ({"admitted_on": "1825-01-06"}, "admitted_on", "outside the years"),
        ({"discharged_on": "2025-01-05"}, "discharged_on", "before the admission"),
        ({"program": ""}, "program", "must be given"),
        ({"date_of_birth": "2025-01-07"}, "date_of_birth", "after the admission"),
        ({"phone": "5" * 41}, "phone", "longer than 40"),
    ],
)
def test_a_client_row_is_refused_at_its_field(cells: dict[str, str], field: str, says: str) -> None:
    column, reason = field_and_reason(client, **cells)
    assert column == field
    assert says in reason


def test_no_reason_repeats_a_name() -> None:
    _, reason = field_and_reason(client, first_name="Marisol" * 20)
    assert "Marisol" not in reason


def test_what_is_booked_or_called_off_may_lie_ahead_and_tomorrow_may_be_known() -> None:
    assert attendance(starts_at="2025-06-01T10:00", outcome="scheduled").outcome is Outcome.SCHEDULED
    assert attendance(starts_at="2025-06-01T10:00", outcome="excused").outcome is Outcome.EXCUSED
    assert attendance(starts_at="2025-03-21T23:00").outcome is Outcome.ATTENDED


def test_a_full_attendance_row() -> None:
    row = attendance(
        kind="group",
        group="Morning\nskills",
        participation="3",
        purpose="care_review",
        external_id="E-7",
        outcome="late",
    )
    assert (row.channel, row.group, row.participation) == (Channel.GROUP, "Morning skills", 3)
    assert (row.purpose, row.external_id, row.key) == ("care_review", "E-7", ("E-7",))


def test_the_key_is_client_kind_group_and_time_where_there_is_no_number() -> None:
    here, there = (
        attendance(starts_at="2025-03-11T10:00"),
        attendance(starts_at="2025-03-11T16:00Z", outcome="late"),
    )
    assert here.key == there.key
    others = [{"record_number": "R-2"}, {"kind": "medical"}, {"starts_at": "2025-03-11T10:01"}]
    assert all(attendance(**cells).key != here.key for cells in others)
    assert attendance(kind="group", group="A").key != attendance(kind="group", group="B").key


def test_a_key_is_remembered_with_its_first_line() -> None:
    seen = KeysSeen()
    assert [seen.first_line(("R", n), n) for n in (1, 2, 3)] == [None, None, None]
    assert (seen.first_line(("R", 2), 9), seen.first_line(("R", 2), 10), seen.first_line(("R2",), 11)) == (
        2,
        2,
        None,
    )

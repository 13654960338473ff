"""How a stay begins and pauses, the clinic's closed days, meetings and talks, and why somebody was excused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from clinic import attendance, episodes, followups, histories, plans, sweep
from clinic.models import Appointment, Attempt, AuditEntry, Closure, Episode, Finding, Pause, Recheck
from tests import cast
from tests.joint.conftest import TODAY

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def refused(field: str):
    return pytest.raises(ValidationError, check=lambda error: field in error.message_dict)


@pytest.fixture
def by(house: cast.Cast, now: datetime) -> dict:
    return {"by": house.maya, "on": now}


@pytest.fixture
def stay(house: cast.Cast) -> Episode:
    return house.episode(house.gloria)


def signs(house: cast.Cast, client) -> set[str]:
    rows = Finding.objects.filter(episode=house.episode(client), state="open")
    return set(rows.values_list("sign", flat=True))


# -- pauses ---------------------------------------------------------------------------------------------------------


def test_a_pause_says_who_told_and_whether_it_is_sure(stay: Episode, by: dict) -> None:
    sure = episodes.pause(stay, **by, kind="inpatient", starts_on=TODAY - 9 * DAY, ends_on=TODAY - 8 * DAY)
    heard = episodes.pause(stay, **by, kind="jail", starts_on=TODAY, source=" His sister ", confirmed=False)
    assert (sure.source, sure.confirmed, sure.reported_on) == ("", True, None)
    assert (heard.source, heard.confirmed, heard.reported_on) == ("His sister", False, TODAY)
    assert "sister" not in "".join(str(each.detail) for each in AuditEntry.objects.all())


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("kind", {"kind": "holiday"}),
        ("ends_on", {"ends_on": TODAY - DAY}),
        ("source", {"source": "x" * 121}),
    ],
)
def test_an_impossible_pause_is_refused(stay: Episode, by: dict, field: str, what: dict) -> None:
    with refused(field):
        episodes.pause(stay, **by, **{"kind": "jail", "starts_on": TODAY, **what})
    assert not Pause.objects.filter(episode=stay).exists()


def test_a_second_pause_without_an_end_is_refused(house: cast.Cast, by: dict) -> None:
    with refused("starts_on"):
        episodes.pause(house.episode(house.samir), **by, kind="travel", starts_on=TODAY)


def test_what_nobody_confirms_runs_out_after_three_days(swept: cast.Cast, by: dict, now: datetime) -> None:
    assert "D08" in signs(swept, swept.rosa)
    away = episodes.pause(swept.episode(swept.rosa), **by, kind="inpatient", starts_on=TODAY, confirmed=False)
    stay = swept.episode(swept.rosa)

    def paused(day: int) -> bool:
        return histories.timelines(stay.clinic, [stay.pk], TODAY + day * DAY)[stay.pk].paused

    assert [paused(day) for day in (0, 2, 3)] == [True, True, False]
    Recheck.objects.all().delete()
    episodes.confirm_pause(away, **by)
    assert Recheck.objects.get().episode == stay
    assert [paused(day) for day in (0, 2, 3, 30)] == [True] * 4
    episodes.confirm_pause(away, **by)
    assert AuditEntry.objects.filter(deed="confirm_pause").count() == 1


def test_a_pause_ends_on_a_day_and_asks_for_a_contact_from_the_next(
    swept: cast.Cast, by: dict, now: datetime
) -> None:
    away = swept.episode(swept.samir).pauses.get()
    with refused("ends_on"):
        episodes.end_pause(away, **by, ends_on=away.starts_on - DAY)
    episodes.end_pause(away, **by, ends_on=TODAY)
    sweep.drain(now)
    assert "D16" not in signs(swept, swept.samir), "today still belongs to it"
    episodes.end_pause(away, **by, ends_on=TODAY)
    assert AuditEntry.objects.filter(deed="end_pause").count() == 1
    sweep.sweep_day(TODAY + DAY, now=now + DAY)
    assert "D16" in signs(swept, swept.samir)


# -- closed days ----------------------------------------------------------------------------------------------------


def test_a_closed_day_counts_for_nothing_until_it_is_open_again(
    swept: cast.Cast, by: dict, now: datetime
) -> None:
    day = TODAY - DAY
    assert "D02a" in signs(swept, swept.marcus), "he missed one session, yesterday"
    closed = episodes.close_day(swept.riverside, **by, day=day, reason="Snow")
    sweep.drain(now)
    assert "D02a" not in signs(swept, swept.marcus)
    Recheck.objects.all().delete()
    assert episodes.close_day(swept.riverside, **by, day=day, reason="Snow") == closed
    assert not Recheck.objects.exists()
    episodes.reopen_day(swept.riverside, **by, day=day)
    sweep.drain(now)
    assert "D02a" in signs(swept, swept.marcus)
    episodes.reopen_day(swept.riverside, **by, day=day)
    deeds = AuditEntry.objects.filter(deed__endswith="_day").order_by("pk")
    assert list(deeds.values_list("deed", "clinic", "detail")) == [
        ("close_day", swept.riverside.pk, {"day": day.isoformat()}),
        ("reopen_day", swept.riverside.pk, {"day": day.isoformat()}),
    ]


def test_everybody_in_care_there_is_read_again_and_nobody_else(house: cast.Cast, by: dict) -> None:
    episodes.close_day(house.riverside, **by, day=TODAY + 30 * DAY)
    read = set(Recheck.objects.values_list("episode__client__record_number", flat=True))
    assert "R-1001" in read
    assert "R-1015" not in read, "Victor was discharged"
    assert not any(number.startswith("H-") for number in read)
    assert Closure.objects.get().clinic == house.riverside


# -- coming back ----------------------------------------------------------------------------------------------------


def test_who_comes_back_begins_a_new_stay(house: cast.Cast, by: dict) -> None:
    made = episodes.admit(house.victor, **by, programme=house.medication, admitted_on=TODAY - 20 * DAY)
    assert made != house.episode(house.victor)
    assert (made.clinic, made.programme, made.discharged_on) == (house.riverside, house.medication, None)
    record = next(histories.records(house.riverside, [made.pk]))
    assert record.marks == b"", "nothing of the stay before counts"
    assert Recheck.objects.filter(episode=made).exists()
    assert AuditEntry.objects.get(deed="admit").subject == f"episode:{made.uid}"


@pytest.mark.parametrize(
    ("field", "who", "day", "programme"),
    [
        ("client", "gloria", TODAY, "outpatient"),
        ("programme", "victor", TODAY, "harbor_outpatient"),
        ("admitted_on", "victor", TODAY + DAY, "outpatient"),
        ("admitted_on", "victor", TODAY - 21 * DAY, "outpatient"),
        ("admitted_on", "victor", TODAY - 110 * DAY, "outpatient"),
    ],
)
def test_an_impossible_admission_is_refused(
    house: cast.Cast, by: dict, field: str, who: str, day, programme: str
) -> None:
    before = Episode.objects.count()
    with refused(field):
        episodes.admit(getattr(house, who), **by, programme=getattr(house, programme), admitted_on=day)
    assert Episode.objects.count() == before


def test_one_admission_a_day_even_after_a_stay_of_one_day(house: cast.Cast, by: dict) -> None:
    first = episodes.admit(house.victor, **by, programme=house.outpatient, admitted_on=TODAY)
    episodes.discharge(first, **by, discharged_on=TODAY)
    with refused("admitted_on"):
        episodes.admit(house.victor, **by, programme=house.outpatient, admitted_on=TODAY)


# -- meetings and talks ---------------------------------------------------------------------------------------------


def test_a_meeting_the_client_told_us_about(house: cast.Cast, stay: Episode, by: dict, now: datetime) -> None:
    row = attendance.log_meeting(stay, **by, at=now - 12 * HOUR)
    assert (row.channel, row.outcome, row.verified, row.recorded_by) == (
        "mutual_aid",
        "attended",
        False,
        house.maya,
    )
    assert attendance.log_meeting(stay, **by, at=now - 12 * HOUR, verified=True) == row
    assert Appointment.objects.filter(episode=stay, channel="mutual_aid").count() == 1
    assert attendance.log_meeting(stay, **by, at=now, verified=True).verified
    assert AuditEntry.objects.filter(deed="log_meeting").count() == 2


def test_no_meeting_ahead_or_before_the_admission_or_against_their_will(
    house: cast.Cast, stay: Episode, by: dict, now: datetime
) -> None:
    for at in (now + HOUR, now - 121 * DAY):
        with refused("at"):
            attendance.log_meeting(stay, **by, at=at)
    plans.set_meeting_logging(house.gloria, **by, wanted=False)
    with refused("at"):
        attendance.log_meeting(stay, **by, at=now - DAY)
    plans.set_meeting_logging(house.gloria, **by, wanted=True)
    assert attendance.log_meeting(stay, **by, at=now - 120 * DAY)


def test_a_talk_is_a_contact(swept: cast.Cast, by: dict, now: datetime) -> None:
    assert {"D06"} <= signs(swept, swept.linh)
    stay = swept.episode(swept.linh)
    row = followups.note_talk(stay, **by, method="call", at=now - HOUR, agreed=" Comes on Monday ")
    assert (row.follow_up, row.result, row.agreed) == (None, "reached_thinking", "Comes on Monday")
    assert followups.note_talk(stay, **by, method="call", at=now - HOUR) == row
    record = next(histories.records(stay.clinic, [stay.pk]))
    assert record.contacts == [(int((now - HOUR).timestamp()), TODAY.toordinal())]
    sweep.drain(now)
    assert "D06" not in signs(swept, swept.linh)
    assert AuditEntry.objects.get(deed="note_talk").detail == {"method": "call"}


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("method", {"method": "letter"}),
        ("method", {"method": "pigeon"}),
        ("at", {"hours": 1}),
        ("at", {"hours": -121 * 24}),
        ("agreed", {"agreed": "x" * 281}),
    ],
)
def test_an_impossible_talk_is_refused(
    stay: Episode, by: dict, now: datetime, field: str, what: dict
) -> None:
    at = now + what.pop("hours", 0) * HOUR
    with refused(field):
        followups.note_talk(stay, **by, **{"method": "visit", "at": at, **what})
    assert not Attempt.objects.exists()


# -- why somebody was excused ---------------------------------------------------------------------------------------


def test_an_excuse_is_kept_with_excused_only(house: cast.Cast, by: dict) -> None:
    visit = house.visits(house.gloria, "medical", "S", last=1)[0]
    row = attendance.mark(visit, **by, outcome="excused", excuse="bereavement")
    assert (row.outcome, row.excuse) == ("excused", "bereavement")
    assert attendance.mark(visit, **by, outcome="excused", excuse="bereavement").version == row.version
    other = attendance.mark(visit, **by, outcome="excused", excuse="weather")
    assert (other.excuse, other.version) == ("weather", row.version + 1)
    assert attendance.mark(visit, **by, outcome="no_show", excuse="weather").excuse == ""
    with refused("excuse"):
        attendance.mark(visit, **by, outcome="excused", excuse="lazy")


@pytest.mark.parametrize(
    ("outcome", "late", "stayed"), [("late", 20, None), ("left_early", None, 20), ("attended", None, None)]
)
def test_minutes_belong_to_late_and_left_early(
    house: cast.Cast, by: dict, outcome: str, late: int | None, stayed: int | None
) -> None:
    visit = house.visits(house.gloria, "medical", "S", last=1)[0]
    row = attendance.mark(visit, **by, outcome=outcome, minutes_late=20, minutes_stayed=20)
    assert (row.minutes_late, row.minutes_stayed) == (late, stayed)
    for field in ("minutes_late", "minutes_stayed"):
        for minutes in (-1, 601):
            with refused(field):
                attendance.mark(visit, **by, outcome=outcome, **{field: minutes})

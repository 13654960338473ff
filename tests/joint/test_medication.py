"""Orders, breaks, supplies, injections, and the windows in which a dose is given. No dose is kept anywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError

from clinic import attendance, episodes, medication
from clinic.models import Appointment, AuditEntry, Injection, Medication, Recheck, Supply
from tests import cast
from tests.joint.conftest import TODAY

DAY = timedelta(days=1)
ALL_DAYS = range(7)


def refused(field: str):
    return pytest.raises(ValidationError, check=lambda error: field in error.message_dict)


@pytest.fixture
def by(house: cast.Cast, now: datetime) -> dict:
    return {"by": house.priya, "on": now}


@pytest.fixture
def stay(house: cast.Cast):
    return house.episode(house.gloria)


def order(stay, by: dict, **more) -> Medication:
    what = {"kind": "observed", "medicine": "methadone", "starts_on": TODAY - 10 * DAY}
    if more.get("kind", "observed") == "observed":
        what |= {"hour": time(8, 45), "weekdays": ALL_DAYS}
    return medication.order(stay, **by, **{**what, **more})


def windows(stay, outcome: str = "scheduled") -> list[date]:
    rows = Appointment.objects.filter(episode=stay, channel="dosing", outcome=outcome).order_by("starts_at")
    return [stay.clinic.local_day(row.starts_at) for row in rows]


def test_an_order_is_kept_and_holds_no_dose(stay, by: dict) -> None:
    row = order(stay, by, weekdays=(4, 0, 0))
    assert (row.hour, row.weekdays, row.known_on) == (time(8, 45), [0, 4], TODAY)
    home = order(stay, by, kind="take_home", hour=time(8), weekdays=(1,))
    assert (home.hour, home.weekdays) == (None, []), "only an observed order has a window"
    assert not any("dose" in field.name or "mg" in field.name for field in Medication._meta.fields)
    entry = AuditEntry.objects.filter(deed="order_medication").first()
    assert (entry.staff, entry.client, entry.detail) == (by["by"], stay.client, {"kind": "observed"})
    assert "methadone" not in f"{entry.subject} {entry.detail}"
    assert Recheck.objects.filter(episode=stay).exists()


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("kind", {"kind": "patch"}),
        ("medicine", {"medicine": "aspirin"}),
        ("ends_on", {"ends_on": TODAY - 11 * DAY}),
        ("hour", {"hour": None}),
        ("weekdays", {"weekdays": ()}),
        ("weekdays", {"weekdays": (0, 7)}),
    ],
)
def test_an_impossible_order_is_refused(stay, by: dict, field: str, what: dict) -> None:
    with refused(field):
        order(stay, by, **what)
    assert not Medication.objects.exists()


# -- windows --------------------------------------------------------------------------------------------------------


def test_windows_stand_at_the_orders_hour_on_its_weekdays(stay, by: dict) -> None:
    """Today is a Friday; it is half past eight."""
    row = order(stay, by, weekdays=(0, 2, 4))
    assert medication.make_windows(row, **by, through=TODAY + 7 * DAY) == 4
    assert windows(stay) == [TODAY, TODAY + 3 * DAY, TODAY + 5 * DAY, TODAY + 7 * DAY]
    made = Appointment.objects.filter(episode=stay, channel="dosing").first()
    assert (made.purpose, made.clinic, made.booked_at) == ("routine", stay.clinic, by["on"])
    assert made.starts_at.astimezone(stay.clinic.zone).time() == time(8, 45)


def test_a_window_of_this_morning_is_not_made_any_more(stay, by: dict) -> None:
    row = order(stay, by, hour=time(8, 29))
    medication.make_windows(row, **by, through=TODAY + DAY)
    assert windows(stay) == [TODAY + DAY]


def test_the_hour_is_that_of_the_clinics_clock_whatever_the_season(house: cast.Cast, stay, by: dict) -> None:
    """In Denver the clocks go forward on 14 March 2027."""
    row = order(stay, by, starts_on=date(2027, 3, 13))
    medication.make_windows(row, **by, through=date(2027, 3, 14))
    rows = Appointment.objects.filter(episode=stay, channel="dosing").order_by("starts_at")
    assert [each.starts_at.astimezone(UTC).hour for each in rows] == [15, 14]


def test_an_hour_that_the_clocks_skip_is_the_first_that_exists(house: cast.Cast, stay, by: dict) -> None:
    """Half past two on 14 March 2027 is three o'clock in Denver; it is no window that somebody has moved."""
    row = order(stay, by, hour=time(2, 30), starts_on=date(2027, 3, 13))
    medication.make_windows(row, **by, through=date(2027, 3, 15))
    ahead = Appointment.objects.filter(episode=stay, channel="dosing", outcome="scheduled")
    zone = stay.clinic.zone
    shown = [each.starts_at.astimezone(zone).time() for each in ahead.order_by("starts_at")]
    assert shown == [time(2, 30), time(3), time(2, 30)]
    assert medication.make_windows(row, **by, through=date(2027, 3, 15)) == 0
    medication.suspend(row, **by, kind="directed", starts_on=date(2027, 3, 14), ends_on=date(2027, 3, 14))
    assert windows(stay) == [date(2027, 3, 13), date(2027, 3, 15)]


def test_of_an_hour_that_comes_twice_it_is_the_first_once(house: cast.Cast, stay, by: dict) -> None:
    """In Denver half past one comes twice on 7 November 2027."""
    by = {**by, "on": house.at(date(2027, 11, 1), 8)}
    row = order(stay, by, hour=time(1, 30), starts_on=date(2027, 11, 6))
    assert medication.make_windows(row, **by, through=date(2027, 11, 8)) == 3
    assert medication.make_windows(row, **by, through=date(2027, 11, 8)) == 0
    rows = Appointment.objects.filter(episode=stay, channel="dosing", outcome="scheduled").order_by(
        "starts_at"
    )
    assert [each.starts_at.astimezone(UTC).hour for each in rows] == [7, 7, 8]


def test_windows_are_never_made_twice(stay, by: dict, now: datetime) -> None:
    row = order(stay, by)
    assert medication.make_windows(row, **by, through=TODAY + 3 * DAY) == 4
    Recheck.objects.all().delete()
    assert medication.make_windows(row, **by, through=TODAY + 3 * DAY) == 0
    assert not Recheck.objects.exists()
    assert medication.make_windows(row, **by, through=TODAY + 5 * DAY) == 2
    other = order(stay, by, starts_on=TODAY)
    assert medication.make_windows(other, **by, through=TODAY + 5 * DAY) == 0, "nor for another order"
    assert AuditEntry.objects.filter(deed="make_windows").count() == 2


def test_without_closures_pauses_breaks_and_days_of_no_order(house: cast.Cast, stay, by: dict) -> None:
    row = order(stay, by, starts_on=TODAY + DAY, ends_on=TODAY + 9 * DAY)
    episodes.close_day(house.riverside, **by, day=TODAY + 2 * DAY, reason="Holiday")
    episodes.pause(
        stay, **by, kind="travel", starts_on=TODAY + 4 * DAY, ends_on=TODAY + 5 * DAY, source="Client"
    )
    medication.suspend(row, **by, kind="directed", starts_on=TODAY + 7 * DAY, ends_on=TODAY + 7 * DAY)
    medication.make_windows(row, **by, through=TODAY + 30 * DAY)
    assert windows(stay) == [TODAY + ahead * DAY for ahead in (1, 3, 6, 8, 9)]


def test_a_report_nobody_confirmed_holds_them_back_for_three_days(stay, by: dict) -> None:
    episodes.pause(stay, **by, kind="jail", starts_on=TODAY, confirmed=False)
    medication.make_windows(order(stay, by), **by, through=TODAY + 4 * DAY)
    assert windows(stay) == [TODAY + 3 * DAY, TODAY + 4 * DAY]


def test_none_after_a_discharge(stay, by: dict) -> None:
    row = order(stay, by)
    episodes.discharge(stay, **by, discharged_on=TODAY + 2 * DAY)
    medication.make_windows(row, **by, through=TODAY + 9 * DAY)
    assert windows(stay) == [TODAY, TODAY + DAY]


def test_only_an_observed_order_has_windows_and_none_are_made_for_years(stay, by: dict) -> None:
    with refused("medication"):
        medication.make_windows(order(stay, by, kind="take_home"), **by, through=TODAY)
    with refused("through"):
        medication.make_windows(order(stay, by), **by, through=TODAY + 367 * DAY)


# -- the end of an order, and breaks --------------------------------------------------------------------------------


def test_the_end_of_an_order_calls_off_what_lies_ahead_and_deletes_nothing(
    house: cast.Cast, stay, by: dict, now: datetime
) -> None:
    row = order(stay, by)
    medication.make_windows(row, **by, through=TODAY + 4 * DAY)
    house.visits(house.gloria, "dosing", "S", last=-3, at=time(16))
    tomorrow = {**by, "on": now + DAY}
    medication.end_order(row, **tomorrow, ends_on=TODAY + 2 * DAY, ended="tapered")
    assert windows(stay, "cancelled_by_clinic") == [TODAY + 3 * DAY, TODAY + 4 * DAY]
    assert windows(stay) == [TODAY, TODAY + DAY, TODAY + 2 * DAY, TODAY + 3 * DAY], "another hour stays"
    gone = Appointment.objects.filter(episode=stay, outcome="cancelled_by_clinic", channel="dosing").first()
    assert (gone.cancelled_at, gone.recorded_by, gone.version) == (now + DAY, house.priya, 2)
    assert AuditEntry.objects.get(deed="end_order").detail == {"ended": "tapered", "called_off": 2}


def test_what_an_import_brought_is_not_called_off(stay, by: dict) -> None:
    row = order(stay, by)
    medication.make_windows(row, **by, through=TODAY + DAY)
    last = Appointment.objects.filter(episode=stay, channel="dosing").order_by("starts_at").last()
    Appointment.objects.filter(pk=last.pk).update(external_id="D-77")
    medication.end_order(row, **by, ends_on=TODAY - DAY, ended="transferred")
    assert windows(stay) == [TODAY + DAY]
    again = order(stay, by)
    assert medication.make_windows(again, **by, through=TODAY + DAY) == 1, "nor made beside it"
    assert windows(stay) == [TODAY, TODAY + DAY]


def test_what_is_recorded_stays(house: cast.Cast, stay, by: dict, now: datetime) -> None:
    row = order(stay, by)
    medication.make_windows(row, **by, through=TODAY + 2 * DAY)
    ahead = Appointment.objects.filter(episode=stay, channel="dosing").order_by("starts_at").last()
    attendance.mark(ahead, **by, outcome="excused", excuse="work")
    medication.end_order(row, **by, ends_on=TODAY - DAY, ended="transferred")
    assert windows(stay, "excused") == [TODAY + 2 * DAY]
    assert windows(stay, "cancelled_by_clinic") == [TODAY, TODAY + DAY]


def test_another_order_keeps_its_windows_or_takes_them_up_again(stay, by: dict) -> None:
    first = order(stay, by)
    medication.make_windows(first, **by, through=TODAY + 3 * DAY)
    order(stay, by, starts_on=TODAY + 2 * DAY)
    medication.end_order(first, **by, ends_on=TODAY - DAY, ended="changed")
    assert windows(stay) == [TODAY + 2 * DAY, TODAY + 3 * DAY]
    third = order(stay, by, starts_on=TODAY + DAY)
    assert medication.make_windows(third, **by, through=TODAY + 3 * DAY) == 1
    assert windows(stay) == [TODAY + DAY, TODAY + 2 * DAY, TODAY + 3 * DAY]
    back = Appointment.objects.get(
        episode=stay, channel="dosing", outcome="scheduled", starts_at__date=TODAY + DAY
    )
    assert (back.cancelled_at, back.reason, back.recorded_by) == (None, "", None)


def test_what_the_clinic_called_off_itself_stays_called_off(house: cast.Cast, stay, by: dict) -> None:
    row = order(stay, by)
    medication.make_windows(row, **by, through=TODAY + DAY)
    one = Appointment.objects.filter(episode=stay, channel="dosing").order_by("starts_at").first()
    attendance.mark(one, **by, outcome="cancelled_by_clinic", reason="No nurse")
    assert medication.make_windows(row, **by, through=TODAY + DAY) == 0


def test_a_break_calls_off_its_days_and_its_end_brings_the_others_back(stay, by: dict) -> None:
    row = order(stay, by)
    medication.make_windows(row, **by, through=TODAY + 4 * DAY)
    away = medication.suspend(row, **by, kind="guest_dosing", starts_on=TODAY + DAY)
    assert windows(stay) == [TODAY]
    medication.resume(away, **by, ends_on=TODAY + 2 * DAY)
    assert medication.make_windows(row, **by, through=TODAY + 4 * DAY) == 2
    assert windows(stay) == [TODAY, TODAY + 3 * DAY, TODAY + 4 * DAY]


def test_breaks_do_not_overlap(stay, by: dict) -> None:
    row = order(stay, by)
    medication.suspend(row, **by, kind="transfer", starts_on=TODAY, ends_on=TODAY + 3 * DAY)
    running = medication.suspend(row, **by, kind="transfer", starts_on=TODAY + 9 * DAY)
    for first, last in ((3, None), (3, 4), (-1, 0), (20, 21)):
        with refused("starts_on"):
            ends_on = None if last is None else TODAY + last * DAY
            medication.suspend(row, **by, kind="transfer", starts_on=TODAY + first * DAY, ends_on=ends_on)
    for field, what in (
        ("kind", {"kind": "holiday", "starts_on": TODAY + 4 * DAY}),
        ("ends_on", {"kind": "transfer", "starts_on": TODAY + 4 * DAY, "ends_on": TODAY}),
    ):
        with refused(field):
            medication.suspend(row, **by, **what)
    with refused("ends_on"):
        medication.resume(running, **by, ends_on=TODAY + 8 * DAY)
    medication.resume(running, **by, ends_on=TODAY + 9 * DAY)
    medication.resume(running, **by, ends_on=TODAY + 9 * DAY)
    assert AuditEntry.objects.filter(deed="resume_order").count() == 1


def test_an_end_says_how_and_is_not_before_the_start(stay, by: dict) -> None:
    row = order(stay, by)
    for field, what in (
        ("ended", {"ends_on": TODAY, "ended": "no_show"}),
        ("ended", {"ends_on": TODAY, "ended": ""}),
        ("ends_on", {"ends_on": TODAY - 11 * DAY, "ended": "other"}),
    ):
        with refused(field):
            medication.end_order(row, **by, **what)
    for _twice in (1, 2):
        medication.end_order(row, **by, ends_on=TODAY, ended="clients_choice")
    assert AuditEntry.objects.filter(deed="end_order").count() == 1


# -- supplies and injections ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "first", "last"),
    [("picked_up_on", 1, 5), ("lasts_until", 0, -1), ("lasts_until", -1, 91)],
)
def test_a_supply_is_of_some_days(stay, by: dict, field: str, first: int, last: int) -> None:
    row = order(stay, by, kind="take_home")
    with refused(field):
        medication.hand_out(row, **by, picked_up_on=TODAY + first * DAY, lasts_until=TODAY + last * DAY)
    medication.hand_out(row, **by, picked_up_on=TODAY, lasts_until=TODAY)
    medication.hand_out(row, **by, picked_up_on=TODAY - DAY, lasts_until=TODAY + 90 * DAY)


def test_handed_out_again_on_the_same_day_is_a_correction(stay, by: dict) -> None:
    row = order(stay, by)
    for days in (6, 6, 7):
        medication.hand_out(row, **by, picked_up_on=TODAY, lasts_until=TODAY + days * DAY)
    assert Supply.objects.get().lasts_until == TODAY + 7 * DAY
    assert [each.detail for each in AuditEntry.objects.filter(deed="hand_out").order_by("pk")] == [
        {"days": 7},
        {"days": 8},
    ]


def test_an_injection_is_due_and_given(stay, by: dict, now: datetime) -> None:
    row = order(stay, by, kind="injection", medicine="naltrexone")
    due = medication.plan_injection(row, **by, due_on=TODAY)
    assert medication.plan_injection(row, **by, due_on=TODAY) == due
    for given in (TODAY + DAY, TODAY - 11 * DAY):
        with refused("given_on"):
            medication.give_injection(due, **by, given_on=given)
    for given in (TODAY - DAY, TODAY, TODAY):
        medication.give_injection(due, **by, given_on=given)
    assert Injection.objects.get().given_on == TODAY
    assert AuditEntry.objects.filter(deed="give_injection").count() == 2


def test_what_fits_no_order_is_refused(stay, by: dict) -> None:
    shots, home = order(stay, by, kind="injection"), order(stay, by, kind="take_home")
    with refused("medication"):
        medication.hand_out(shots, **by, picked_up_on=TODAY, lasts_until=TODAY)
    with refused("medication"):
        medication.plan_injection(home, **by, due_on=TODAY)
    with refused("due_on"):
        medication.plan_injection(shots, **by, due_on=TODAY - 11 * DAY)

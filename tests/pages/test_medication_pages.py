"""Medication of one client: who reads, who changes, what an order leads to, and the windows that roll on ahead."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from clinic import episodes, medication, tasks
from clinic.models import Appointment, AuditEntry, Injection, Medication, MedicationBreak, Recheck, Supply
from tests.pages.mornings import TODAY, text

pytestmark = pytest.mark.django_db
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
OBSERVED = {
    "kind": "observed",
    "medicine": "methadone",
    "starts_on": TODAY.isoformat(),
    "hour": "08:45",
    "weekdays": ["0", "1", "2", "3", "4", "5", "6"],
}


@pytest.fixture
def sign_in(house, before_the_sweep, client):
    def signed_in(who: str):
        client.force_login(getattr(house, who))
        return client

    return signed_in


@pytest.fixture
def at(house) -> str:
    return reverse("medication", args=[house.gloria.uid])


@pytest.fixture
def stay(house):
    return house.episode(house.gloria)


@pytest.fixture
def ordered(house, stay, before_the_sweep):
    def order(kind: str = "observed", **more) -> Medication:
        what = {"kind": kind, "medicine": "methadone", "starts_on": TODAY - 20 * DAY, **more}
        if kind == "observed":
            what = {"hour": time(8, 45), "weekdays": range(7), **what}
        return medication.order(stay, by=house.priya, on=before_the_sweep, **what)

    return order


def send(browser, at: str, **typed):
    return browser.post(at, {"form_key": str(uuid4()), **typed})


def change(browser, row: Medication, deed: str, **typed):
    return send(browser, reverse("change_order", args=[row.uid]), deed=deed, **typed)


def windows(stay, outcome: str = "scheduled"):
    return Appointment.objects.filter(episode=stay, channel="dosing", outcome=outcome)


# --- Orders --------------------------------------------------------------------------------------------------------


def test_an_observed_order_has_its_windows_at_once_and_is_kept_once(house, at, stay, sign_in):
    browser, key = sign_in("priya"), str(uuid4())
    answers = [browser.post(at, {**OBSERVED, "form_key": key}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    row = Medication.objects.get()
    assert (row.kind, row.hour, row.weekdays) == ("observed", time(8, 45), list(range(7)))
    assert windows(stay).count() == 85, "today, and twelve weeks of days"
    page = text(browser.get(at))
    assert "Order kept. 85 dosing windows booked." in page
    assert "windows booked until Fri 12 Feb" in page.replace(" 2027", "")


def test_no_dose_stands_anywhere(house, at, ordered, sign_in):
    ordered()
    body = sign_in("priya").get(at).content.decode()

    assert not re.search(r"\bmg\b|\bml\b|\bmilligram", text(sign_in("priya").get(at)), re.I)
    assert not [name for name in re.findall(r'name="([^"]+)"', body) if "dose" in name or "mg" in name]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"kind": ""}, "Choose how it is given."),
        ({"kind": "patch"}, "Select a valid choice."),
        ({"medicine": ""}, "Choose the medicine."),
        ({"starts_on": "soon"}, "That is no date."),
        ({"starts_on": "2199-01-01"}, "Choose a day at most 3 years away."),
        ({"ends_on": (TODAY - DAY).isoformat()}, "The end lies before the start."),
        ({"hour": ""}, "Say at which hour it is given."),
        ({"hour": "25:00"}, "That is no time."),
        ({"weekdays": []}, "Choose the weekdays on which it is given."),
        ({"weekdays": ["7"]}, "Select a valid choice."),
    ],
)
def test_an_impossible_order_is_refused_at_its_field(at, stay, sign_in, typed, said):
    answer = send(sign_in("priya"), at, **{**OBSERVED, **typed})
    assert answer.status_code == 422 and said in text(answer)
    assert not Medication.objects.exists()
    assert not windows(stay).exists()


def test_an_order_ends_and_its_windows_are_called_off(house, at, stay, ordered, sign_in):
    browser = sign_in("priya")
    send(browser, at, **OBSERVED)
    row = Medication.objects.get()
    answer = change(browser, row, "end", ends_on=(TODAY + DAY).isoformat(), ended="", state=row.state)
    assert answer.status_code == 422 and "Choose how it ended." in text(answer)
    change(browser, row, "end", ends_on=(TODAY + DAY).isoformat(), ended="tapered", state=row.state)
    row.refresh_from_db()
    assert (row.ends_on, row.ended) == (TODAY + DAY, "tapered")
    assert windows(stay).count() == 2


def test_who_comes_second_is_told_and_overwrites_nothing(house, ordered, sign_in):
    row = ordered("take_home")
    browser = sign_in("anita")
    seen = row.state
    assert (
        change(browser, row, "end", ends_on=TODAY.isoformat(), ended="changed", state=seen).status_code == 302
    )
    later = change(browser, row, "end", ends_on=(TODAY + DAY).isoformat(), ended="other", state=seen)
    assert later.status_code == 409 and "Somebody else changed this meanwhile." in text(later)
    row.refresh_from_db()
    assert (row.ends_on, row.ended) == (TODAY, "changed")


def test_a_break_calls_windows_off_and_its_end_brings_them_back(house, at, stay, sign_in):
    browser = sign_in("priya")
    send(browser, at, **OBSERVED)
    row = Medication.objects.get()
    first = (TODAY + DAY).isoformat()
    assert change(browser, row, "suspend", kind="guest_dosing", starts_on=first).status_code == 302
    assert windows(stay).count() == 1
    again = change(browser, row, "suspend", kind="transfer", starts_on=first)
    assert again.status_code == 422 and "A break is already noted on some of these days." in text(again)
    away = MedicationBreak.objects.get()
    change(browser, row, "resume", number=away.pk, ends_on=(TODAY + 7 * DAY).isoformat(), state=away.state)
    assert windows(stay).count() == 78
    stale = change(browser, row, "resume", number=away.pk, ends_on=(TODAY + 9 * DAY).isoformat(), state="")
    assert stale.status_code == 409
    assert MedicationBreak.objects.get().ends_on == TODAY + 7 * DAY


def test_a_supply_is_handed_out_and_corrected_only_on_purpose(house, at, ordered, sign_in):
    row, browser = ordered("take_home"), sign_in("priya")
    day, last = TODAY.isoformat(), (TODAY + 6 * DAY).isoformat()
    assert change(browser, row, "hand-out", picked_up_on=day, lasts_until=last).status_code == 302
    other = (TODAY + 9 * DAY).isoformat()
    twice = change(browser, row, "hand-out", picked_up_on=day, lasts_until=other)
    assert twice.status_code == 409
    assert "A supply of that day is noted already, until 26 Nov 2026." in text(twice)
    assert Supply.objects.get().lasts_until == TODAY + 6 * DAY
    change(browser, row, "hand-out", picked_up_on=day, lasts_until=other, correct="on")
    assert Supply.objects.get().lasts_until == TODAY + 9 * DAY
    assert "lasts through Sun 29 Nov" in text(browser.get(at))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"picked_up_on": (TODAY + DAY).isoformat()}, "That day lies ahead."),
        ({"lasts_until": (TODAY - DAY).isoformat()}, "used up before it was picked up"),
        ({"lasts_until": (TODAY + 92 * DAY).isoformat()}, "at most 92 days"),
    ],
)
def test_an_impossible_supply_is_refused(ordered, sign_in, typed, said):
    first = {"picked_up_on": TODAY.isoformat(), "lasts_until": TODAY.isoformat()}
    answer = change(sign_in("priya"), ordered("take_home"), "hand-out", **{**first, **typed})
    assert answer.status_code == 422 and said in text(answer)
    assert not Supply.objects.exists()


def test_an_injection_is_planned_and_given(house, at, ordered, sign_in):
    row, browser = ordered("injection", medicine="buprenorphine"), sign_in("priya")
    change(browser, row, "plan-injection", due_on=(TODAY - 3 * DAY).isoformat())
    assert "3 days after it was due" in text(browser.get(at))
    shot = Injection.objects.get()
    early = change(
        browser, row, "give-injection", number=shot.pk, given_on=(TODAY + DAY).isoformat(), state=""
    )
    assert early.status_code == 422 and "That day lies ahead." in text(early)
    change(browser, row, "give-injection", number=shot.pk, given_on=TODAY.isoformat(), state="")
    assert Injection.objects.get().given_on == TODAY
    again = change(
        browser, row, "give-injection", number=shot.pk, given_on=(TODAY - DAY).isoformat(), state=""
    )
    assert again.status_code == 409


def test_a_row_of_another_order_is_not_found(house, ordered, sign_in):
    mine, other = ordered("injection"), ordered("injection")
    shot = medication.plan_injection(other, by=house.priya, on=house.at(TODAY, 8), due_on=TODAY)
    typed = {"number": shot.pk, "given_on": TODAY.isoformat(), "state": ""}
    assert change(sign_in("priya"), mine, "give-injection", **typed).status_code == 404
    assert change(sign_in("priya"), mine, "dance").status_code == 422
    assert Injection.objects.get().given_on is None


# --- The last fourteen days ----------------------------------------------------------------------------------------


def test_the_calendar_tells_missed_from_unrecorded_closed_and_paused(
    house, stay, at, ordered, sign_in, before_the_sweep
):
    ordered()
    by = {"by": house.maya, "on": before_the_sweep}
    for ago, outcome in ((5, "attended"), (4, "no_show"), (3, "scheduled"), (2, "no_show"), (1, "no_show")):
        Appointment.objects.create(
            episode=stay,
            clinic=stay.clinic,
            channel="dosing",
            starts_at=house.at(TODAY - ago * DAY, 7),
            outcome=outcome,
        )
    episodes.close_day(house.riverside, day=TODAY - 2 * DAY, reason="Snow", **by)
    episodes.pause(stay, kind="travel", starts_on=TODAY - DAY, ends_on=TODAY - DAY, **by)
    body = sign_in("maya").get(at).content.decode()
    days = re.search(r'<ol class="dosing-days">.*?</ol>', body, re.DOTALL)[0]
    titles = re.findall(r"<title>(.*?)</title>", days)

    assert len(titles) == 14
    assert titles[8:13] == ["attended", "missed", "unrecorded", "clinic closed", "paused"]
    assert 'href="/day/?service=dosing"' in body


# --- Who -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["maya", "ruth"])
def test_who_reads_the_file_reads_orders_and_changes_none(house, at, ordered, sign_in, who):
    row, browser = ordered("take_home"), sign_in(who)
    page = text(browser.get(at))
    assert "Methadone" in page and "New order" not in page and "End the order" not in page
    assert send(browser, at, **OBSERVED).status_code == 404
    assert change(browser, row, "end", ends_on=TODAY.isoformat(), ended="other").status_code == 404
    assert Medication.objects.get().ends_on is None


@pytest.mark.parametrize("who", ["lucia", "jonas", "ben", "alex", "stranger", "carmen"])
def test_a_stranger_finds_nothing(at, ordered, sign_in, who):
    row, browser = ordered("take_home"), sign_in(who)
    assert browser.get(at).status_code == 404
    assert send(browser, at, **OBSERVED).status_code == 404
    assert change(browser, row, "windows").status_code == 404


def test_the_page_costs_the_same_however_many_orders_there_are(
    house, at, ordered, sign_in, before_the_sweep, django_assert_num_queries
):
    browser = sign_in("priya")
    ordered("take_home")
    with django_assert_num_queries(19):
        browser.get(at)
    for n in range(4):
        row = ordered("injection")
        for ahead in range(3):
            medication.plan_injection(row, by=house.priya, on=before_the_sweep, due_on=TODAY + ahead * DAY)
        ordered("observed", hour=time(7, n))
    with django_assert_num_queries(19):
        browser.get(at)


# --- Windows roll on -----------------------------------------------------------------------------------------------


def last_window(stay) -> datetime:
    return windows(stay).latest("starts_at").starts_at.astimezone(stay.clinic.zone)


def test_the_clock_books_windows_ahead_and_never_twice(house, stay, ordered, before_the_sweep):
    ordered()
    medication.make_ahead(before_the_sweep)
    assert windows(stay).count() == 85
    Recheck.objects.all().delete()
    assert medication.make_ahead(before_the_sweep) == 0, "nothing is looked at again the same day"
    for days in range(1, 15):
        medication.make_ahead(before_the_sweep + days * DAY)
        assert last_window(stay).date() >= TODAY + days * DAY + 12 * WEEK
    starts = list(windows(stay).values_list("starts_at", flat=True))
    assert len(starts) == len(set(starts))
    assert {at.astimezone(stay.clinic.zone).time() for at in starts} == {time(8, 45)}, (
        "across the change of clocks"
    )
    assert not Recheck.objects.exists(), "what lies twelve weeks ahead changes no sign"
    assert set(AuditEntry.objects.filter(deed="make_windows").values_list("staff", flat=True)) == {None}


def test_the_beat_calls_it(house, stay, ordered, before_the_sweep, monkeypatch):
    ordered()
    monkeypatch.setattr(tasks.sweep, "due_runs", lambda now: [])
    tasks.ensure_sweeps()
    assert windows(stay).count() == 85


def test_neither_an_ended_order_nor_a_discharged_stay_is_booked_ahead(house, stay, ordered, before_the_sweep):
    ordered(ends_on=TODAY - DAY)
    ordered("take_home")
    assert medication.make_ahead(before_the_sweep) == 0
    ordered(hour=time(7))
    episodes.discharge(stay, by=house.maya, on=before_the_sweep, discharged_on=TODAY)
    assert medication.make_ahead(before_the_sweep) == 0
    assert not windows(stay).filter(starts_at__gte=before_the_sweep).exists()


def test_a_window_moved_to_another_hour_is_not_booked_anew(house, stay, ordered, before_the_sweep):
    ordered()
    medication.make_ahead(before_the_sweep)
    moved = windows(stay).earliest("starts_at")
    Appointment.objects.filter(pk=moved.pk).update(starts_at=moved.starts_at + timedelta(hours=3))
    Medication.objects.update(made_through=None)
    medication.make_ahead(before_the_sweep)
    assert windows(stay).count() == 85


def test_a_day_opened_again_has_its_window_with_the_next_round(house, stay, ordered, before_the_sweep):
    by = {"by": house.ruth, "on": before_the_sweep}
    episodes.close_day(house.riverside, day=TODAY + 3 * DAY, reason="Pipe", **by)
    ordered()
    medication.make_ahead(before_the_sweep)
    assert windows(stay).count() == 84
    episodes.reopen_day(house.riverside, day=TODAY + 3 * DAY, **by)
    medication.make_ahead(before_the_sweep)
    assert windows(stay).count() == 85


def test_one_order_that_cannot_be_booked_stops_no_other(house, stay, ordered, before_the_sweep, monkeypatch):
    bad = ordered(hour=time(6))
    ordered()
    whole = medication.windows.make_windows

    def breaks(row, **more):
        if row.pk == bad.pk:
            raise OSError("disk")
        return whole(row, **more)

    monkeypatch.setattr(medication.windows, "make_windows", breaks)
    assert medication.make_ahead(before_the_sweep) == 2
    assert windows(stay).count() == 85


@pytest.mark.parametrize("told", [{}, {"state": ""}, {"state": "x"}])
def test_an_order_is_not_ended_without_saying_what_was_on_the_screen(house, ordered, sign_in, told):
    row, browser = ordered("take_home"), sign_in("priya")
    typed = {"ends_on": TODAY.isoformat(), "ended": "completed"}
    assert change(browser, row, "end", **typed, **told).status_code == 409
    row.refresh_from_db()
    assert row.ends_on is None
    assert change(browser, row, "end", **typed, state=row.state).status_code == 302

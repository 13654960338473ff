"""Whose sheets are missing: the page, the count on the own worklist, the supervisor's numbers, from one definition."""

import re
from datetime import time, timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import access
from clinic.caseloads.glance import glance
from clinic.daysheet.unrecorded import OWED_AFTER, owed_by, worklist
from clinic.models import Appointment, Closure, Pause, Session
from clinic.models.schedule import Outcome
from tests.pages.mornings import TODAY, text

PAGE = "/day/unrecorded/"


@pytest.fixture
def now(house, before_the_sweep):
    return before_the_sweep


def owed(house, who, now):
    return worklist(getattr(house, who), today=TODAY, now=now)


def sheets(page):
    """By the name of who must record it: day, what, how many."""
    return {
        each.name or "nobody": [(sheet.day, sheet.name, sheet.count) for sheet in each.sheets]
        for each in page.owners
    }


def test_sheets_stand_under_who_must_record_them_oldest_first(house, now):
    house.visits(house.gloria, "medical", "S", last=40, staff=house.anita)
    house.visits(house.marcus, "medical", "S", last=2, staff=house.anita)
    house.visits(house.linh, "counselling", "S", last=3)
    found = sheets(owed(house, "lucia", now))
    assert found["Anita Rao"] == [(TODAY - timedelta(40), "", 1), (TODAY - timedelta(2), "", 1)]
    assert found["Ben Castillo"] == [(TODAY - timedelta(2), "Evening skills", 1)]
    assert (TODAY - timedelta(3), "Counselling", 1) in found["nobody"]
    oldest = [each.oldest for each in owed(house, "lucia", now).owners]
    assert oldest == sorted(oldest)


def test_it_holds_exactly_what_is_past_and_not_recorded(house, now):
    wanted = Appointment.objects.filter(clinic=house.riverside, outcome="scheduled", starts_at__lte=now)
    page = owed(house, "lucia", now)
    assert page.count == wanted.count() == sum(s.count for each in page.owners for s in each.sheets)
    assert page.late == wanted.filter(starts_at__lte=now - OWED_AFTER).count()
    house.visits(house.gloria, "medical", "S" * len(Outcome), last=3, every=1)
    for outcome in Outcome.values:
        wanted.filter(pk=wanted.first().pk).update(outcome=outcome)
        assert owed(house, "lucia", now).count == wanted.count()


def test_what_lies_ahead_is_nobodys_debt(house, now):
    before = owed(house, "lucia", now).count
    house.visits(
        house.gloria, "medical", "S", last=0, at=(now + timedelta(hours=1)).timetz().replace(tzinfo=None)
    )
    house.visits(house.gloria, "medical", "S", last=-1)
    assert owed(house, "lucia", now).count == before


@pytest.mark.parametrize("who", ["lucia", "priya", "ruth", "ben", "maya"])
def test_each_sees_what_they_may_and_is_led_where_it_is_recorded(client, house, now, who):
    house.visits(house.keisha, "counselling", "S", last=2, staff=house.priya)
    house.visits(house.keisha, "case_management", "S", last=2, staff=house.maya)
    house.visits(house.andre, "case_management", "S", last=2, staff=house.jonas)
    client.force_login(getattr(house, who))
    answer = client.get(PAGE)
    page = answer.content.decode()
    names = {each.name for each in owed(house, who, now).owners}
    if who in ("lucia", "priya", "ruth"):
        assert {"Ben Castillo", "Maya Okafor", "Priya Shah"} <= names
    else:
        assert names <= {"Ben Castillo" if who == "ben" else "Maya Okafor", ""}
    links = [unescape(link) for link in re.findall(r'<a href="([^"]+)">Open', page)]
    assert links
    for link in links:
        assert client.get(link).status_code == 200, link
    opens_registers = any(link.startswith("/sessions/") for link in links)
    assert opens_registers == (who in ("ben", "ruth"))


def test_the_day_sheet_it_leads_to_shows_just_what_is_missing(client, house, now):
    house.visits(house.keisha, "counselling", "S", last=2, staff=house.priya)
    house.visits(house.marcus, "counselling", "A", last=2, staff=house.priya)
    client.force_login(house.lucia)
    of_priya = next(each for each in owed(house, "lucia", now).owners if each.name == "Priya Shah")
    sheet = next(each for each in of_priya.sheets if each.day == TODAY - timedelta(2))
    answer = client.get(
        reverse("day"), {"on": sheet.day.isoformat(), "staff": str(sheet.staff), "show": "unrecorded"}
    )
    assert (
        "Keisha Grant" in text(answer)
        and "Marcus Webb" not in text(answer).split("Not recorded on earlier")[0]
    )


@pytest.mark.parametrize("stranger", ["tunde", "anne", "nell", "dasha", "alex", None])
def test_a_stranger_sees_nothing_of_this_clinic(client, house, now, stranger):
    house.visits(house.keisha, "counselling", "S", last=2, staff=house.priya)
    if stranger:
        client.force_login(getattr(house, stranger))
    answer = client.get(PAGE)
    assert answer.status_code == {None: 302, "alex": 404}.get(stranger, 200)
    body = answer.content.decode()
    assert not any(
        name in body for name in ("Evening skills", "Morning skills", "Castillo", "Shah", "Keisha")
    )


def test_no_client_stands_on_it(client, house, now):
    client.force_login(house.lucia)
    body = client.get(PAGE).content.decode()
    assert not any(person.last_name in body for person in house.clients)


def test_nothing_missing_proves_itself(client, house, now):
    Appointment.objects.filter(starts_at__lte=now, outcome="scheduled").update(outcome="attended")
    client.force_login(house.lucia)
    assert "Every session whose time has come is recorded." in text(client.get(PAGE))


@pytest.mark.parametrize("since", ["x", "9999-12-31", "0001-01-01", "2026-02-30", ""])
def test_a_wrong_day_is_left_out(client, house, now, since):
    client.force_login(house.lucia)
    assert client.get(PAGE, {"since": since}).status_code == 200


def test_a_long_list_is_paged_by_whole_days_and_nothing_is_lost(house, now, monkeypatch):
    for back in range(1, 9):
        house.visits(house.gloria, "medical", "S", last=back, staff=house.anita)
        house.visits(house.marcus, "medical", "S", last=back, staff=house.anita)
    whole = owed(house, "lucia", now)
    monkeypatch.setattr("clinic.daysheet.unrecorded.A_PAGE", 3)
    since, found = None, []
    for _page in range(60):
        page = worklist(house.lucia, today=TODAY, now=now, since=since)
        found += [sheet for each in page.owners for sheet in each.sheets]
        assert page.count == whole.count
        if page.newer is None:
            break
        assert since is None or page.newer > since
        since = page.newer
    assert page.newer is None

    def key(sheet):
        return sheet.day, sheet.name, sheet.count, str(sheet.staff)

    assert sorted(map(key, found)) == sorted(key(s) for each in whole.owners for s in each.sheets)


def test_ten_times_as_much_costs_the_same_statements(client, house, now):
    client.force_login(house.lucia)
    counts = []
    for size in (3, 30):
        for back in range(1, size):
            if not Appointment.objects.filter(
                episode=house.episode(house.gloria),
                channel="medical",
                starts_at__date=TODAY - timedelta(back),
            ).exists():
                house.visits(house.gloria, "medical", "S", last=back, staff=house.anita)
        with CaptureQueriesContext(connection) as captured:
            client.get(PAGE)
        counts.append(len(captured.captured_queries))
    assert counts[0] == counts[1] <= 12


# ---- after 24 hours --------------------------------------------------------------------------------------------------


def test_after_a_day_it_stands_on_the_facilitators_own_page(client, house):
    Appointment.objects.filter(outcome="scheduled", starts_at__lt=house.at(TODAY, 0)).update(
        outcome="attended"
    )
    client.force_login(house.ben)
    start = house.register.starts_at
    for since, said in ((OWED_AFTER - timedelta(minutes=1), False), (OWED_AFTER, True)):
        with time_machine.travel(start + since, tick=False):
            page = text(client.get(reverse("groups")))
            assert ("1 register of yours is not complete for more than 24 hours." in page) == said
    Appointment.objects.filter(session=house.register).update(outcome="attended")
    with time_machine.travel(start + OWED_AFTER, tick=False):
        assert "of yours" not in text(client.get(reverse("groups")))


def test_after_a_day_it_stands_on_the_case_managers_own_page(client, house, now):
    client.force_login(house.maya)
    assert "of yours" not in text(client.get(reverse("today")))
    house.visits(house.andre, "case_management", "S", last=2, staff=house.maya)
    assert "1 appointment of yours is unrecorded for more than 24 hours." in text(
        client.get(reverse("today"))
    )
    client.force_login(house.jonas)
    assert "of yours" not in text(client.get(reverse("today")))


def test_the_count_on_the_own_page_is_that_of_the_list(house, now):
    house.visits(house.keisha, "case_management", "SS", last=2, staff=house.maya)
    for who in ("ben", "maya", "priya", "jonas", "sam"):
        own = [each for each in owed(house, who, now).owners if each.own]
        late = [sheet for each in own for sheet in each.sheets if sheet.late]
        count = owed_by(getattr(house, who), now=now)
        assert count.registers == sum(1 for sheet in late if sheet.register)
        assert count.appointments == sum(sheet.count for sheet in late if not sheet.register)


def test_the_supervisor_sees_how_many_and_what_share(client, house, now):
    client.force_login(house.ruth)
    page = text(client.get(reverse("caseloads")))
    due = Appointment.objects.filter(
        episode__in=access.episodes_for(house.ruth, TODAY).filter(discharged_on=None),
        starts_at__gte=house.at(TODAY - timedelta(days=27), 0),
        starts_at__lt=house.at(TODAY, 0),
    )
    blank = due.filter(outcome="scheduled")
    percent = (200 * blank.count() + due.count()) // (2 * due.count())
    assert f"{percent} % of the {due.count()} sessions of the past 4 weeks" in page
    assert f"{blank.filter(starts_at__lte=now - OWED_AFTER).count()} for more than 24 hours" in page


def test_the_supervisors_number_leads_to_just_those(client, house, now):
    house.visits(
        house.keisha, "counselling", "S", last=1, at=(now + timedelta(hours=2)).timetz().replace(tzinfo=None)
    )
    client.force_login(house.ruth)
    every, late = (
        len(
            re.findall(
                r'data-label="When"', client.get(f"/caseloads/{house.maya.uid}/?show={show}").content.decode()
            )
        )
        for show in ("unrecorded", "unrecorded_late")
    )
    page = client.get(reverse("caseloads")).content.decode()
    assert f'?show=unrecorded_late">Okafor {late}</a>' in page
    assert f'?show=unrecorded">Okafor {every}</a>' in page and every > late > 0


def test_a_session_finished_with_blanks_stays_on_the_list(house, now):
    later = house.at(TODAY, 12)
    Session.objects.filter(pk=house.register.pk).update(finished_at=house.at(TODAY, 11))
    found = sheets(worklist(house.lucia, today=TODAY, now=later))
    assert (TODAY, "Morning skills", 4) in found["Ben Castillo"]


@pytest.mark.parametrize("since", ["0001-01-01", "9999-12-31", "x"])
def test_a_part_at_the_edge_of_the_calendar_is_left_out(house, client, since):
    client.force_login(house.lucia)
    assert client.get(reverse("unrecorded"), {"since": since}).status_code == 200


# ---- closed days and pauses ------------------------------------------------------------------------------------------


@pytest.fixture
def of_maya(house, now):
    """Four unrecorded appointments of one case manager, one a day, five to two days ago; how many she owes now."""
    stay = house.episode(house.andre)
    Appointment.objects.filter(episode=stay, outcome="scheduled").update(outcome="attended")
    house.visits(house.andre, "case_management", "SSSS", last=2, every=1, at=time(23, 30), staff=house.maya)

    def said():
        listed = [each for each in owed(house, "lucia", now).owners if each.name == "Maya Okafor"]
        seen = glance(house.ruth, TODAY, now).total.unrecorded
        of_her = worklist(house.maya, today=TODAY, now=now).count
        return sum(each.count for each in listed), owed_by(house.maya, now=now).count, seen, of_her

    return said


def less(before, by):
    return tuple(number - by for number in before)


def test_a_closed_day_owes_nobody_a_record(house, of_maya):
    before = of_maya()
    Closure.objects.create(clinic=house.harbor, day=TODAY - timedelta(3))
    assert of_maya() == before
    Closure.objects.create(clinic=house.riverside, day=TODAY - timedelta(3))
    others = Appointment.objects.filter(
        clinic=house.riverside,
        outcome="scheduled",
        starts_at__gte=house.at(TODAY - timedelta(3), 0),
        starts_at__lt=house.at(TODAY - timedelta(2), 0),
    ).exclude(staff=house.maya)
    assert not others.filter(episode__in=access.episodes_for(house.maya, TODAY)).exists()
    assert of_maya() == less(before, 1)


@pytest.mark.parametrize(
    ("pause", "spared"),
    [
        ({"starts_on": TODAY - timedelta(4), "ends_on": TODAY - timedelta(3)}, 2),
        ({"starts_on": TODAY - timedelta(3)}, 2),
        ({"starts_on": TODAY - timedelta(30), "ends_on": TODAY - timedelta(6)}, 0),
        ({"starts_on": TODAY}, 0),
        # A report that nobody confirmed pauses for three days.
        ({"starts_on": TODAY - timedelta(7), "confirmed": False}, 1),
        (
            {
                "starts_on": TODAY - timedelta(9),
                "confirmed": False,
                "reported_on": TODAY - timedelta(6),
                "ends_on": TODAY,
            },
            2,
        ),
        (
            {
                "starts_on": TODAY - timedelta(9),
                "confirmed": False,
                "reported_on": TODAY,
                "ends_on": TODAY - timedelta(5),
            },
            1,
        ),
    ],
)
def test_a_pause_that_counts_owes_nobody_a_record(house, of_maya, pause, spared):
    before = of_maya()
    Pause.objects.create(episode=house.episode(house.andre), kind="inpatient", **pause)
    assert of_maya() == less(before, spared)
    assert before[1] == 4

"""The supervisor sees every caseload, that nobody is forgotten, and the rows behind each number."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from clinic import access, followups, histories, models, sweep
from clinic.caseloads import glance, rows
from clinic.engagement import summary
from tests import cast
from tests.pages.mornings import follow_up_of

pytestmark = pytest.mark.django_db

ALL_SHOWS = list(rows.SHOWS)


@pytest.fixture
def noon():
    """Noon of a Friday in Denver, at which every page here is looked at."""
    moment = datetime(2026, 11, 20, 12, tzinfo=cast.RIVERSIDE_ZONE)
    with time_machine.travel(moment, tick=False):
        yield moment


@pytest.fixture
def house(noon):
    house = cast.house(noon.date())
    sweep.sweep_day(None, now=house.at(house.today, 6, 2))
    return house


def line_of(house, worker):
    seen = glance.glance(house.ruth, house.today, timezone.now())
    return next(line for line in seen.workers if line.uid == worker.uid)


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def without_token(response):
    """A page without what differs by design from one answer to the next."""
    return re.sub(r"[0-9A-Za-z]{64}", "", response.content.decode())


def follow_up(house, client):
    return models.FollowUp.objects.get(episode=house.episode(client), kind="disengagement")


# ---- the table -------------------------------------------------------------------------------------------------------


def test_the_workers_stand_a_to_z_with_the_unassigned_first_and_the_totals_last(client, house):
    client.force_login(house.ruth)

    page = text(client.get("/caseloads/"))

    names = [
        page.index(name)
        for name in ("Unassigned", "Eriksen , Jonas", "Okafor , Maya", "Yoon , Hana", "All caseloads")
    ]
    assert names == sorted(names)
    assert "1 client has no case manager" in page
    assert "Checked 14 of 14 clients at 06:02" in page


def test_the_numbers_are_those_of_the_mind(house):
    """The page counts in the database; the mind's own figures over the same people must be the same."""
    # Whatever takes a miss out or puts one in: a pause, a closed day, late and timely cancellations, a re-booking.
    house.visits(house.gloria, "medical", "MMMMM", last=3, every=3, at=house.riverside.opens_at)
    house.visits(house.irina, "medical", "VVVC", last=2, every=2, at=house.riverside.opens_at)
    models.Pause.objects.create(
        episode=house.episode(house.gloria),
        kind="jail",
        starts_on=house.today - timedelta(days=10),
        ends_on=house.today - timedelta(days=6),
    )
    models.Closure.objects.create(clinic=house.riverside, day=house.today - timedelta(days=12))
    late = models.Appointment.objects.filter(
        episode=house.episode(house.irina), outcome="cancelled_by_client"
    ).first()
    again = house.visits(house.irina, "counselling", "S", last=-2)[0]
    models.Appointment.objects.filter(pk=again.pk).update(rebooking_of=late, booked_at=late.starts_at)

    mine = list(access.caseload_of(house.maya, house.today).values_list("pk", flat=True))
    timelines = histories.timelines(house.riverside, mine, house.today).values()
    wanted = summary.caseload(timelines)
    weeks = [
        sum((each.rate for each in week), summary.Rate(0, 0)) for week in zip(*map(summary.weeks, timelines))
    ]
    line = line_of(house, house.maya)

    assert (line.clients, line.seen, line.unrecorded) == (wanted.clients, wanted.seen, wanted.unrecorded)
    assert list(line.weeks) == weeks
    assert line.attended.whole > line.attended.part > 0


@pytest.mark.parametrize("show", ALL_SHOWS)
def test_each_count_and_the_rows_behind_it_are_the_same(house, noon, show):
    followups.log_contact(
        follow_up(house, house.rosa),
        by=house.maya,
        on=noon,
        method="call",
        result="not_reached",
        hours=histories.opening_hours(house.riverside),
    )
    followups.log_contact(
        follow_up(house, house.keisha),
        by=house.maya,
        on=noon,
        method="call",
        result="reached_thinking",
        hours=histories.opening_hours(house.riverside),
    )
    models.FollowUp.objects.filter(episode=house.episode(house.linh)).update(
        due_at=noon - timedelta(minutes=1)
    )
    models.SweepFailure.objects.create(
        run=models.SweepRun.objects.get(clinic=house.riverside), episode=house.episode(house.samir), error="x"
    )
    now = timezone.now()
    seen = glance.glance(house.ruth, house.today, now)

    counted = [line.count_of(show) for line in seen.lines]
    listed = [len(rows.unassigned(house.ruth, house.today, now, show).rows)]
    for uid in (line.uid for line in seen.workers):
        holder = models.Staff.objects.get(uid=uid)
        listed.append(len(rows.caseload(holder, house.today, now, show).rows))

    assert counted == listed
    assert sum(counted) == seen.total.count_of(show) > 0, "a list nobody is in proves nothing"


def test_a_follow_up_is_overdue_only_without_an_attempt_and_while_it_does_not_rest(house, noon):
    rosa = follow_up(house, house.rosa)
    before = line_of(house, house.maya).overdue
    models.FollowUp.objects.filter(pk=rosa.pk).update(due_at=noon)
    assert line_of(house, house.maya).overdue == before, "due now is not past due"

    models.FollowUp.objects.filter(pk=rosa.pk).update(due_at=noon - timedelta(seconds=1))
    assert line_of(house, house.maya).overdue == before + 1

    models.FollowUp.objects.filter(pk=rosa.pk).update(
        quiet_until=house.today + timedelta(days=1), quiet_as="snoozed"
    )
    assert line_of(house, house.maya).overdue == before

    models.FollowUp.objects.filter(pk=rosa.pk).update(quiet_until=house.today)
    assert line_of(house, house.maya).overdue == before + 1, "its rest ends today"

    models.FollowUp.objects.filter(pk=rosa.pk).update(first_attempt_at=noon)
    assert line_of(house, house.maya).overdue == before


def test_the_oldest_waits_since_it_was_raised(house):
    assert line_of(house, house.maya).oldest == 0

    models.FollowUp.objects.filter(pk=follow_up(house, house.rosa).pk).update(
        opened_on=house.today - timedelta(days=3)
    )

    assert line_of(house, house.maya).oldest == 3
    assert line_of(house, house.hana).oldest is None


def test_a_client_the_last_check_could_not_read_is_found_from_the_first_page(client, house):
    run = models.SweepRun.objects.get(clinic=house.riverside)
    models.SweepFailure.objects.create(
        run=run, episode=house.episode(house.samir), error="ValueError at x.py:1"
    )
    client.force_login(house.ruth)

    page = client.get("/caseloads/")

    assert "1 client could not be checked Okafor 1" in text(page)
    url = f"/caseloads/{house.maya.uid}/?show=unchecked"
    assert url in page.content.decode()
    found = client.get(url).content.decode()
    assert "Samir Haddad" in found and "Rosa Medina" not in found

    models.SweepRun.objects.create(
        clinic=house.riverside,
        day=house.today + timedelta(days=1),
        started_at=timezone.now(),
        heartbeat_at=timezone.now(),
    )
    assert "could not be checked" not in text(client.get("/caseloads/")), (
        "a newer check read everybody so far"
    )


def test_clients_of_somebody_who_left_are_nobodys_and_counted_once(house):
    models.Staff.objects.filter(pk=house.jonas.pk).update(is_active=False)

    seen = glance.glance(house.ruth, house.today, timezone.now())

    assert seen.nobody.clients == 2
    assert [line.last_name for line in seen.workers] == ["Okafor", "Yoon"]
    assert seen.total.clients == 14


def test_a_supervisor_sees_the_own_teams_and_those_nobody_supervises(house):
    other = models.Team.objects.create(clinic=house.riverside, name="Lake team", supervisor=house.alex)
    models.Staff.objects.filter(pk=house.jonas.pk).update(team=other)

    def names():
        return [line.first_name for line in glance.glance(house.ruth, house.today, timezone.now()).workers]

    assert names() == ["Maya", "Hana"]
    models.Team.objects.filter(pk=other.pk).update(supervisor=None)
    assert names() == ["Jonas", "Maya", "Hana"]


def test_every_count_leads_to_its_list(client, house):
    client.force_login(house.ruth)
    page = client.get("/caseloads/").content.decode()
    links = re.findall(r'class="count" href="([^"]+)">(?:<b>)?(\d+)', page)

    assert len(links) > 8
    for url, count in links:
        chosen = re.search(
            r'aria-current="true">.*?<b>(\d+)</b>', client.get(url).content.decode(), re.DOTALL
        )
        assert chosen[1] == count, url


def test_what_has_come_to_the_supervisor_is_counted_and_listed(client, house, noon):
    """At once for today's; for tomorrow's a working day after it was due; answered by a try."""
    client.force_login(house.ruth)
    rosa, keisha = follow_up_of("Rosa Medina"), follow_up_of("Keisha Grant")
    models.Finding.objects.filter(follow_up=keisha).update(sign="D06")
    others = models.FollowUp.objects.exclude(pk__in=[rosa.pk, keisha.pk])
    others.update(quiet_until=house.today + timedelta(days=9), quiet_as="rests")
    url = f"/caseloads/{house.maya.uid}/?show=needs_you"
    assert (rosa.level, keisha.level) == ("today", "tomorrow")

    page = text(client.get(url))
    assert "Rosa Medina" in page and "Keisha Grant" not in page
    assert "1 follow-up needs you" in text(client.get("/caseloads/"))

    models.FollowUp.objects.filter(pk=keisha.pk).update(due_at=noon - timedelta(days=1, minutes=1))
    page = text(client.get(url))
    assert "Rosa Medina" in page and "Keisha Grant" in page
    assert "2 follow-ups need you" in text(client.get("/caseloads/"))

    models.FollowUp.objects.update(last_attempt_at=noon)
    assert "needs you" not in text(client.get("/caseloads/"))
    assert "No follow-up is in this list." in text(client.get(url))


@pytest.mark.parametrize("more", [0, 20])
def test_the_number_of_queries_does_not_grow_with_workers_or_clients(
    client, house, more, django_assert_max_num_queries
):
    for number in range(more):
        worker = models.Staff.objects.create(
            username=f"w{number}", last_name=f"Worker {number}", clinic=house.riverside, team=house.river_team
        )
        models.StaffRole.objects.create(staff=worker, role="case_manager")
        person = models.Client.objects.create(
            clinic=house.riverside, record_number=f"X-{number}", first_name="A", last_name="B"
        )
        stay = models.Episode.objects.create(
            client=person, clinic=house.riverside, programme=house.outpatient, admitted_on=house.today
        )
        if number % 2:
            models.Assignment.objects.create(episode=stay, case_manager=worker, starts_on=house.today)
    client.force_login(house.ruth)

    for url, most in (
        ("/caseloads/", 27),
        (f"/caseloads/{house.maya.uid}/", 20),
        (f"/caseloads/{house.maya.uid}/?show=unrecorded", 19),
        ("/caseloads/unassigned/", 21),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(url).status_code == 200


# ---- the rows --------------------------------------------------------------------------------------------------------


def test_the_rows_lead_to_the_client_and_the_follow_up(client, house):
    client.force_login(house.ruth)

    page = client.get(
        f"/caseloads/{house.maya.uid}/?show={follow_up(house, house.rosa).level}"
    ).content.decode()

    assert f"/clients/{house.rosa.uid}/" in page
    assert f"/follow-ups/{follow_up(house, house.rosa).uid}/" in page
    assert "Caseload of Maya Okafor" in page
    assert "Okafor" not in re.search(r"<title>(.*?)</title>", page)[1]


def test_an_unknown_list_is_the_list_of_all_clients(client, house):
    client.force_login(house.ruth)

    response = client.get(f"/caseloads/{house.maya.uid}/?show=password&page=x")

    assert response.status_code == 200
    assert "Rosa Medina" in response.content.decode()


def test_an_empty_list_says_so(client, house):
    client.force_login(house.ruth)

    assert "Nobody is in this list." in client.get(f"/caseloads/{house.hana.uid}/").content.decode()


# ---- assigning -------------------------------------------------------------------------------------------------------


def assign(client, house, to, **more):
    return client.post(
        "/caseloads/unassigned/",
        {"episode": house.episode(house.grace).uid, "to": getattr(to, "uid", to)},
        **more,
    )


def held_by(house, person):
    return list(
        models.Assignment.objects.filter(episode=house.episode(person), ends_on=None).values_list(
            "case_manager__username", flat=True
        )
    )


def test_a_client_is_given_to_somebody_with_the_loads_in_view(client, house):
    client.force_login(house.ruth)
    page = client.get("/caseloads/unassigned/").content.decode()
    assert "Grace Adjei" in page
    assert "Maya Okafor, 12 clients" in page and "Hana Yoon, 0 clients" in page

    response = assign(client, house, house.hana)

    assert response.status_code == 302 and response.url == "/caseloads/unassigned/"
    assert held_by(house, house.grace) == ["hana"]
    entry = models.AuditEntry.objects.get(deed="assign")
    assert (entry.staff, entry.client) == (house.ruth, house.grace)
    after = client.get(response.url).content.decode()
    assert "Grace Adjei is on the caseload of Hana Yoon from today." in after
    assert "Every client in care has a case manager." in after


def test_with_htmx_the_list_alone_comes_back_and_says_what_was_done(client, house):
    client.force_login(house.ruth)

    page = assign(client, house, house.hana, headers={"HX-Request": "true"}).content.decode()

    assert page.lstrip().startswith('<div id="unassigned">') and "<html" not in page
    assert "Grace Adjei is on the caseload of Hana Yoon from today." in page


@pytest.mark.parametrize("to", ["", "not-an-id"])
def test_without_a_worker_the_form_says_what_is_missing_at_the_field(client, house, to):
    client.force_login(house.ruth)

    response = assign(client, house, to)

    assert response.status_code == 422
    assert re.search(r'class="error" id="[^"]+_error"', response.content.decode())
    assert held_by(house, house.grace) == []


def test_nobody_outside_the_own_teams_can_be_given_a_client(client, house):
    client.force_login(house.ruth)
    models.Staff.objects.filter(pk=house.hana.pk).update(is_active=False)

    for worker in (house.tunde, house.hana, house.lucia):
        assert assign(client, house, worker).status_code == 422
    assert held_by(house, house.grace) == []


def test_a_client_who_was_given_to_somebody_meanwhile_stays_there(client, house):
    models.Assignment.objects.create(
        episode=house.episode(house.grace), case_manager=house.maya, starts_on=house.today
    )
    client.force_login(house.ruth)

    response = assign(client, house, house.hana)

    assert response.status_code == 409
    assert "This client has a case manager meanwhile." in response.content.decode()
    assert held_by(house, house.grace) == ["maya"]


# ---- strangers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["maya", "jonas", "lucia", "ben", "priya", "alex", "stranger"])
def test_nobody_but_a_supervisor_opens_these_pages(client, house, who):
    client.force_login(getattr(house, who))

    for url in ("/caseloads/", "/caseloads/unassigned/", f"/caseloads/{house.maya.uid}/"):
        response = client.get(url)
        assert response.status_code == 404
        assert not re.search("Medina|Adjei|Eriksen", response.content.decode())
    assert assign(client, house, house.maya).status_code == 404
    assert held_by(house, house.grace) == []


def test_the_supervisor_of_another_clinic_sees_nothing_of_this_one(client, house):
    client.force_login(house.anne)

    denied = client.get(f"/caseloads/{house.maya.uid}/")
    missing = client.get(f"/caseloads/{uuid4()}/")
    assert denied.status_code == missing.status_code == 404
    assert without_token(denied) == without_token(missing)
    for url in ("/caseloads/", "/caseloads/unassigned/"):
        page = client.get(url).content.decode()
        assert not re.search("Medina|Adjei|Eriksen|Okafor", page)
    assert assign(client, house, house.tunde).status_code == 404
    assert held_by(house, house.grace) == []


def test_signed_out_one_is_sent_to_the_door(client, house):
    for url in ("/caseloads/", "/caseloads/unassigned/", f"/caseloads/{house.maya.uid}/"):
        assert client.get(url).url.startswith("/sign-in/")
    assert assign(client, house, house.maya).url.startswith("/sign-in/")
    assert held_by(house, house.grace) == []


@pytest.mark.parametrize("nonsense", ["", "x", "1 OR 1=1"])
def test_nonsense_instead_of_a_client_is_a_404(client, house, nonsense):
    client.force_login(house.ruth)

    assert (
        client.post("/caseloads/unassigned/", {"episode": nonsense, "to": house.maya.uid}).status_code == 404
    )

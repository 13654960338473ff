"""The daily check proves itself: in a line, and in a banner when it cannot. Worked out in the request."""

from datetime import datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from clinic import models, proof, sweep
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    """A moment at which the morning check of both clinics has long been due: nine in the evening in Denver."""
    evening = datetime(2026, 11, 20, 21, tzinfo=cast.RIVERSIDE_ZONE)
    return evening.astimezone(timezone.get_default_timezone())


@pytest.fixture
def house(now):
    return cast.house(now.astimezone(cast.RIVERSIDE_ZONE).date())


def swept(house, now, day=None):
    return sweep.sweep(house.riverside, day or house.today, now=now)


def test_a_finished_check_says_how_many_when_and_what_comes_next(house, now):
    swept(house, now.replace(hour=13, minute=2))

    line = proof.proof(house.riverside, now)

    assert (line.read, line.expected, line.failed, line.day) == (14, 14, 0, house.today)
    assert line.complete and line.banner is None
    assert line.next_check_at == house.at(house.today + timedelta(days=1), 6)
    with timezone.override(house.riverside.zone):
        words = " ".join(render_to_string("shared/_proof.html", {"proof": line, "now": now}).split())
    assert "Checked <b>14 of 14</b> clients at 06:02 · next check Sat 06:00" in words


def test_a_caseload_is_proven_for_its_own_clients(house, now):
    swept(house, now)
    from clinic import access

    line = proof.proof(house.riverside, now, access.caseload_of(house.maya, house.today))

    assert (line.read, line.expected) == (12, 12)


def test_a_client_admitted_after_the_check_is_not_claimed_to_be_checked(house, now):
    swept(house, now)
    person = models.Client.objects.create(
        clinic=house.riverside, record_number="R-9", first_name="Noor", last_name="Aziz"
    )
    episode = models.Episode.objects.create(
        client=person, clinic=house.riverside, programme=house.outpatient, admitted_on=house.today
    )

    line = proof.proof(house.riverside, now, models.Episode.objects.filter(pk__in=[episode.pk]))

    assert (line.read, line.expected) == (0, 1)
    assert not line.complete


def test_before_the_first_check_the_banner_says_so(house, now):
    line = proof.proof(house.riverside, now)

    assert line.stale and not line.complete
    assert line.banner.bold == "No daily check has finished yet."


def test_yesterdays_check_is_fresh_until_an_hour_after_todays_is_due(house):
    yesterday = house.today - timedelta(days=1)
    swept(house, house.at(yesterday, 6, 2), yesterday)

    assert not proof.proof(house.riverside, house.at(house.today, 5)).stale
    assert not proof.proof(house.riverside, house.at(house.today, 7)).stale, "it has an hour"
    late = proof.proof(house.riverside, house.at(house.today, 7, 1))
    assert late.stale
    assert late.banner.bold == "The last finished daily check is of Thu 19 Nov."


def test_a_check_under_way_is_not_stale_until_it_falls_silent(house):
    begun = house.at(house.today, 8)
    sweep.start(house.riverside, house.today, begun)

    assert proof.proof(house.riverside, begun + timedelta(minutes=9)).running
    assert proof.proof(house.riverside, begun + timedelta(minutes=9)).banner is None
    assert proof.proof(house.riverside, begun + timedelta(minutes=10)).stale


def test_a_client_who_could_not_be_read_is_named_by_number_in_the_banner(house, now, monkeypatch):
    bad = house.episode(house.rosa).pk
    decide = sweep.findings.decide

    def failing(record, *args):
        if record.episode == bad:
            raise ValueError("Rosa Medina")
        return decide(record, *args)

    monkeypatch.setattr(sweep.findings, "decide", failing)
    swept(house, now)

    line = proof.proof(house.riverside, now)

    assert (line.read, line.expected, line.failed) == (13, 14, 1)
    assert line.banner.bold == "1 client could not be checked."
    assert not line.complete
    mine = proof.proof(house.riverside, now, models.Episode.objects.filter(pk=bad))
    assert (mine.read, mine.expected, mine.failed) == (0, 1, 1)


def test_a_change_that_waits_more_than_ten_minutes_shows_and_a_young_one_does_not(house, now):
    swept(house, now)
    models.Recheck.objects.ask([house.episode(house.rosa).pk], on=now - timedelta(minutes=10))
    assert proof.proof(house.riverside, now).banner is None

    models.Recheck.objects.ask([house.episode(house.rosa).pk], on=now - timedelta(minutes=11))
    assert (
        proof.proof(house.riverside, now).banner.bold == "Changes saved since 20:49 have not been read yet."
    )
    assert proof.proof(house.harbor, now).waiting_since is None


def test_the_proof_of_a_clinic_takes_three_queries(house, now, django_assert_num_queries):
    swept(house, now)
    with django_assert_num_queries(3):
        proof.proof(house.riverside, now)


def test_the_banner_stands_on_every_page_while_the_check_is_stale(client):
    today = timezone.now().astimezone(cast.RIVERSIDE_ZONE).date()
    house = cast.house(today)
    client.force_login(house.ruth)
    assert "No daily check has finished yet." in client.get("/caseloads/").content.decode()

    sweep.sweep(house.riverside, today, now=timezone.now())
    page = client.get("/caseloads/").content.decode()
    assert "No daily check has finished yet." not in page
    assert "14 of 14" in page

"""Rows become timelines: the packed reading says what the rows say, in a fixed number of queries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import histories
from clinic.engagement.timeline import CHANNEL_LETTER, MARK, Channel, Outcome
from clinic.models import Appointment, Attempt, Clinic, Episode, FollowUp
from tests import cast
from tests.joint.conftest import TODAY


def record_of(house: cast.Cast, client) -> object:
    episode = house.episode(client)
    return next(histories.records(episode.clinic, [episode.pk]))


def test_the_packed_reading_says_what_the_rows_say(house: cast.Cast) -> None:
    episodes = list(Episode.objects.filter(clinic=house.riverside).order_by("pk"))
    packed = {r.episode: r for r in histories.records(house.riverside, [e.pk for e in episodes])}
    assert len(packed) == len(episodes) > 5
    seen = 0
    for episode in episodes:
        rows = list(Appointment.objects.filter(episode=episode).order_by("starts_at", "id"))
        record = packed[episode.pk]
        seen += len(rows)
        assert list(record.ids) == [row.pk for row in rows]
        assert list(record.starts) == [int(row.starts_at.timestamp()) for row in rows]
        zone = episode.clinic.zone
        assert list(record.days) == [row.starts_at.astimezone(zone).date().toordinal() for row in rows]
        assert record.marks.decode() == "".join(MARK[Outcome(row.outcome)] for row in rows)
        assert record.channels.decode() == "".join(CHANNEL_LETTER[Channel(row.channel)] for row in rows)
        assert list(record.groups) == [row.group_id or 0 for row in rows]
        assert record.admitted == episode.admitted_on.toordinal()
    assert seen > 50


def test_days_are_the_clinics_own(house: cast.Cast) -> None:
    """Half past eleven in the evening is the next day in UTC, and still the same day in the clinic."""
    late = house.visits(house.gloria, "medical", "S", last=1)[0]
    Appointment.objects.filter(pk=late.pk).update(starts_at=house.at(TODAY - timedelta(days=1), 23, 30))
    late.refresh_from_db()
    assert late.starts_at.astimezone(UTC).date() == TODAY
    record = record_of(house, house.gloria)
    assert record.days[list(record.ids).index(late.pk)] == (TODAY - timedelta(days=1)).toordinal()


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Europe/London"])
def test_days_are_right_around_every_change_of_the_clock(zone: str) -> None:
    days = histories.LocalDays(Clinic(time_zone=zone).zone)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for half_hours in range(0, 365 * 48, 7):
        moment = start + timedelta(minutes=30 * half_hours)
        local = moment.astimezone(days.zone).date().toordinal()
        assert days.of_stamp[moment.strftime("%Y-%m-%d %H:%M:%S")] == local
        assert days[local - 1] <= moment.timestamp() < days[local]


def test_rows_out_of_order_are_sorted(house: cast.Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """An aggregate promises no order; a driver that hands the rows over backwards must not matter."""
    right = record_of(house, house.rosa)
    packed = list(histories.packed_rows([right.episode]))

    def backwards(episodes):
        for number, codes, stamps, ids, groups in packed:
            letters = [codes[at : at + 4] for at in range(0, len(codes), 4)]
            yield number, b"".join(letters[::-1]), stamps[::-1], list(ids)[::-1], list(groups)[::-1]

    monkeypatch.setattr(histories, "packed_rows", backwards)
    wrong = record_of(house, house.rosa)
    assert (wrong.marks, list(wrong.days), list(wrong.ids)) == (
        right.marks,
        list(right.days),
        list(right.ids),
    )


@pytest.mark.parametrize(("hours", "missed"), [(3, True), (23, True), (24, False), (48, False)])
def test_a_cancellation_counts_as_missed_under_a_days_notice(
    house: cast.Cast, hours: int, missed: bool
) -> None:
    visit = house.visits(house.gloria, "counselling", "A", last=2)[0]
    at = visit.starts_at - timedelta(hours=hours)
    Appointment.objects.filter(pk=visit.pk).update(outcome="cancelled_by_client", cancelled_at=at)
    timeline = record_of(house, house.gloria).as_of(TODAY)
    place = list(timeline.record.ids).index(visit.pk)
    assert (timeline.marks[place] == ord("V")) is missed


def test_re_booked_in_time_it_does_not(house: cast.Cast) -> None:
    visit = house.visits(house.gloria, "counselling", "A", last=9)[0]
    late = visit.starts_at - timedelta(hours=3)
    Appointment.objects.filter(pk=visit.pk).update(outcome="cancelled_by_client", cancelled_at=late)
    again = house.visits(house.gloria, "counselling", "A", last=4)[0]
    again.rebooking_of, again.booked_at = visit, visit.starts_at + timedelta(hours=20)
    again.save()
    timeline = record_of(house, house.gloria).as_of(TODAY)
    assert timeline.marks[list(timeline.record.ids).index(visit.pk)] == ord("C")
    Appointment.objects.filter(pk=again.pk).update(booked_at=visit.starts_at + timedelta(hours=25))
    timeline = record_of(house, house.gloria).as_of(TODAY)
    assert timeline.marks[list(timeline.record.ids).index(visit.pk)] == ord("V")


@pytest.mark.parametrize(
    ("planned", "anew", "in_time"),
    [
        # A week that has an hour more, in autumn, and one that has an hour less, in spring.
        ((10, 28, 10, 0), (11, 4, 10, 0), True),
        ((10, 28, 10, 0), (11, 4, 23, 30), True),
        ((10, 28, 10, 0), (11, 5, 0, 30), False),
        ((3, 4, 23, 30), (3, 11, 23, 45), True),
        ((3, 4, 23, 30), (3, 12, 0, 15), False),
        ((6, 3, 10, 0), (6, 10, 18, 0), True),
        ((6, 3, 10, 0), (6, 11, 8, 0), False),
    ],
)
def test_seven_days_on_are_days_of_the_clinic(
    house: cast.Cast,
    planned: tuple[int, int, int, int],
    anew: tuple[int, int, int, int],
    in_time: bool,
) -> None:
    assert str(house.riverside.zone) == "America/Denver"
    visit, again = house.visits(house.gloria, "counselling", "AA", last=4)
    starts, then = (house.at(date(2026, *when[:2]), *when[2:]) for when in (planned, anew))
    late = starts - timedelta(hours=3)
    Appointment.objects.filter(pk=visit.pk).update(
        outcome="cancelled_by_client", starts_at=starts, cancelled_at=late
    )
    Appointment.objects.filter(pk=again.pk).update(rebooking_of=visit, booked_at=starts, starts_at=then)
    timeline = record_of(house, house.gloria).as_of(TODAY)
    mark = timeline.marks[list(timeline.record.ids).index(visit.pk)]
    assert chr(mark) == ("C" if in_time else "V")


@pytest.mark.parametrize(("minute", "in_time"), [(0, True), (1, False)])
def test_a_day_after_the_start_is_twenty_four_hours(house: cast.Cast, minute: int, in_time: bool) -> None:
    """The night in which the clocks go back has an hour more."""
    visit, again = house.visits(house.gloria, "counselling", "AA", last=4)
    starts = house.at(date(2026, 10, 31), 10, 0)
    Appointment.objects.filter(pk=visit.pk).update(
        outcome="cancelled_by_client", starts_at=starts, cancelled_at=starts
    )
    made, then = house.at(date(2026, 11, 1), 9, minute), house.at(date(2026, 11, 3), 10, 0)
    Appointment.objects.filter(pk=again.pk).update(rebooking_of=visit, booked_at=made, starts_at=then)
    timeline = record_of(house, house.gloria).as_of(TODAY)
    mark = timeline.marks[list(timeline.record.ids).index(visit.pk)]
    assert chr(mark) == ("C" if in_time else "V")


def test_which_stands_in_for_which_is_read(house: cast.Cast) -> None:
    visit, again, once_more = house.visits(house.gloria, "counselling", "AAA", every=4, last=2)
    told = visit.starts_at - timedelta(days=1)
    Appointment.objects.filter(pk=visit.pk).update(outcome="cancelled_by_client", cancelled_at=told)
    assert record_of(house, house.gloria).stands_in == {}
    for row in (once_more, again):
        row.rebooking_of, row.booked_at = visit, told
        row.save()
    record = record_of(house, house.gloria)
    assert record.stands_in == {again.pk: visit.pk, once_more.pk: visit.pk}
    cancellation = record.cancellations[list(record.ids).index(visit.pk)]
    at = int(told.timestamp())
    assert cancellation.new_dates == (
        (int(again.starts_at.timestamp()), at),
        (int(once_more.starts_at.timestamp()), at),
    )
    assert record_of(house, house.rosa).stands_in == {}


def test_only_two_way_exchanges_are_contacts(swept: cast.Cast, now: datetime) -> None:
    follow_up = FollowUp.objects.get(episode=swept.episode(swept.rosa), state="open")
    for result in ("not_reached", "wrong_contact", "reached_thinking"):
        Attempt.objects.create(
            episode=follow_up.episode,
            follow_up=follow_up,
            by=swept.maya,
            at=now,
            method="call",
            result=result,
        )
    record = record_of(swept, swept.rosa)
    assert record.contacts == [(int(now.timestamp()), TODAY.toordinal())]


def test_the_number_of_queries_does_not_grow(house: cast.Cast) -> None:
    episodes = list(Episode.objects.filter(clinic=house.riverside).values_list("pk", flat=True))

    def count(some: list[int]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            list(histories.records(house.riverside, some))
            histories.standing(some)
        return len(captured)

    assert count(episodes[:2]) == count(episodes)


def test_an_episode_without_a_single_appointment_has_a_record(house: cast.Cast) -> None:
    episode = house.episode(house.gloria)
    Appointment.objects.filter(episode=episode).delete()
    record = record_of(house, house.gloria)
    assert (record.marks, list(record.days)) == (b"", [])


def test_only_what_was_asked_for_comes_back(house: cast.Cast) -> None:
    """A span of numbers may be read in one go; what lies between is not handed over."""
    episodes = sorted(Episode.objects.filter(clinic=house.riverside).values_list("pk", flat=True))
    asked = [episodes[0], episodes[2]]
    assert sorted(r.episode for r in histories.records(house.riverside, asked)) == asked


def test_open_on_a_day_means_admitted_and_not_yet_discharged(house: cast.Cast) -> None:
    episode = house.episode(house.gloria)
    Episode.objects.filter(pk=episode.pk).update(discharged_on=date(2026, 11, 18))
    assert episode.pk in histories.open_episodes(house.riverside, date(2026, 11, 17))
    assert episode.pk not in histories.open_episodes(house.riverside, date(2026, 11, 18))
    assert episode.pk not in histories.open_episodes(house.riverside, episode.admitted_on - timedelta(days=1))

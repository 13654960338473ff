"""The demo clinic: the same for the same seed, lifelike within stated bands, and never where real people are.

Loading takes some seconds, so each clinic is loaded once, its facts are read into plain Python, and all is rolled back.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F, Q

from clinic import models
from clinic.management.commands import demo
from tests import cast

FRIDAY = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
# Two days after the clocks went forward, at an hour that is still the day before in both clinics.
AFTER_THE_CLOCKS_CHANGED = datetime(2026, 3, 10, 3, 30, tzinfo=UTC)
SESSIONS = ("counselling", "group", "medical", "case_management")
NEW_SIGNS = ("D09", "D10", "D11", "D14", "D15", "D16", "D17", "D18")
CAME = ("attended", "late", "left_early")


@dataclass
class Facts:
    """What one load left behind."""

    counts: dict[str, int]
    checksum: str
    follow_ups: Counter
    outcomes: Counter
    impossible: dict[str, int]
    counselling: dict[int, list[str]]
    caseloads: Counter
    phones: set[str]
    unrecorded_ago: list[int]
    failures: int
    waiting: int
    last_sweeps: list[tuple[str, bool, str]]
    maya_first: list[tuple[str, str]]
    ratings: set[int | None]
    signs: Counter
    in_care: int
    without_a_plan: int
    plans_left_open: int
    by_consent: Counter
    planned: dict[str, int]


def facts(seed: int, now: datetime) -> Facts:
    """Load the demo clinic as of `now`, read it, and take it back."""
    with transaction.atomic():
        counts = demo.load(seed, now)
        connection.check_constraints()
        read = _read(counts, now)
        transaction.set_rollback(True)
    return read


def _read(counts: dict[str, int], now: datetime) -> Facts:
    appointments = models.Appointment.objects.all()
    seen = appointments.filter(channel__in=SESSIONS, starts_at__lt=now - timedelta(days=1))
    counselling: dict[int, list[str]] = defaultdict(list)
    weekly = seen.filter(channel="counselling").order_by("starts_at", "pk")
    for number, outcome, start, cancelled in weekly.values_list(
        "episode_id", "outcome", "starts_at", "cancelled_at"
    ):
        late = outcome == "cancelled_by_client" and start - cancelled < timedelta(days=1)
        counselling[number].append("no_show" if late else outcome)
    maya = models.FollowUp.objects.filter(
        state="open", quiet_until=None, episode__assignments__case_manager__username="maya"
    )
    return Facts(
        counts=counts,
        checksum=_checksum(),
        follow_ups=Counter(
            "evidence changed"
            if changed and state == "open"
            else closed or quiet or ("tried" if tried else state)
            for state, closed, quiet, tried, changed in models.FollowUp.objects.values_list(
                "state", "closed_as", "quiet_as", "last_attempt_at", "evidence_changed"
            )
        ),
        outcomes=Counter(seen.values_list("outcome", flat=True)),
        impossible=_impossible(now),
        counselling=counselling,
        caseloads=Counter(
            models.Episode.objects.filter(discharged_on=None).values_list(
                "assignments__case_manager__username", flat=True
            )
        ),
        phones=set(models.Client.objects.exclude(phone="").values_list("phone", flat=True)),
        unrecorded_ago=[
            (now - start).days
            for start in seen.filter(outcome="scheduled").values_list("starts_at", flat=True)
        ],
        failures=models.SweepFailure.objects.count(),
        waiting=models.Recheck.objects.count(),
        last_sweeps=[
            (run.clinic.name, run.finished_at is not None, (run.day - run.clinic.local_day(now)).days)
            for run in models.SweepRun.objects.select_related("clinic").order_by("clinic", "-day")
        ],
        maya_first=list(maya.values_list("episode__client__first_name", "level")),
        ratings=set(
            appointments.filter(group__isnull=False, outcome__in=CAME).values_list("participation", flat=True)
        ),
        signs=Counter(models.Finding.objects.filter(state="open").values_list("sign", flat=True)),
        in_care=models.Episode.objects.filter(discharged_on=None).count(),
        without_a_plan=models.Episode.objects.filter(discharged_on=None, care_plan=None).count(),
        plans_left_open=models.Finding.objects.filter(state="open", sign="D17")
        .values("episode")
        .distinct()
        .count(),
        by_consent=Counter(
            "live" if each.consent_is_live(now.date()) else "over" if each.consent_from else "none"
            for each in models.Supporter.objects.all()
        ),
        planned=_planned(now),
    )


def _planned(now: datetime) -> dict[str, int]:
    """How much of what may become of a plan is there."""
    ahead = models.Session.objects.filter(starts_at__gt=now)
    seats = models.Appointment.objects.filter(starts_at__gt=now)
    return {
        "groups": models.Group.objects.exclude(kind="").exclude(capacity=None).count(),
        "groups with times": models.Series.objects.filter(group__isnull=False).count(),
        "co-facilitators": models.Group.objects.filter(co_facilitators__isnull=False).count(),
        "sessions ahead": ahead.count(),
        "moved": ahead.filter(moved_from__isnull=False).count(),
        "cancelled": ahead.filter(cancelled_at__isnull=False).count(),
        "waiting": models.WaitingPlace.objects.filter(ended_on=None).count(),
        "joined today": models.AuditEntry.objects.filter(deed="join_group").count(),
        "individual series": models.Series.objects.filter(episode__isnull=False).count(),
        "excused ahead": seats.filter(outcome="excused").count(),
        "rescheduled ahead": seats.filter(outcome="rescheduled").count(),
    }


def _checksum() -> str:
    """Of everything that was written, without the random identifiers."""
    who = "episode__client__record_number"
    rows: list[Any] = [
        *models.Client.objects.order_by("record_number").values_list(
            "record_number", "first_name", "phone", "text_ok"
        ),
        *models.Appointment.objects.order_by(who, "starts_at", "channel").values_list(
            who, "starts_at", "channel", "outcome", "purpose", "participation", "reason", "cancelled_at"
        ),
        *models.FollowUp.objects.order_by(who, "opened_at", "kind").values_list(
            who, "level", "lifted", "opened_at", "due_at", "state", "closed_as", "quiet_until"
        ),
        *models.IfThen.objects.order_by(f"plan__{who}", "position").values_list(
            f"plan__{who}", "kind", "trigger", "action", "helper"
        ),
        *models.ObservationItem.objects.order_by(
            f"observation__{who}", "observation__at", "item"
        ).values_list(f"observation__{who}", "observation__at", "item", "anchor"),
        *models.Attempt.objects.order_by(who, "at").values_list(
            who, "at", "method", "result", "barriers", "agreed"
        ),
    ]
    return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()


def _impossible(now: datetime) -> dict[str, int]:
    """How often something stands in the record that cannot be so."""
    rows = models.Appointment.objects.all()
    hours = Counter(
        rows.filter(channel="counselling", staff__isnull=False, starts_at__gt=now).values_list(
            "staff", "starts_at"
        )
    )
    return {
        "recorded before it took place": rows.filter(
            outcome__in=[*CAME, "no_show"], starts_at__gt=now
        ).count(),
        "before admission": rows.filter(
            starts_at__date__lt=F("episode__admitted_on") - timedelta(days=1)
        ).count(),
        "after discharge": rows.filter(
            starts_at__date__gt=F("episode__discharged_on") + timedelta(days=1)
        ).count(),
        "plan before admission": models.CarePlan.objects.filter(
            written_on__lt=F("episode__admitted_on")
        ).count(),
        "noted in the future": models.Observation.objects.filter(at__gt=now).count(),
        "order before admission": models.Medication.objects.filter(
            starts_on__lt=F("episode__admitted_on")
        ).count(),
        "if-then plan without its trigger": sum(
            each.kind not in {trigger["kind"] for trigger in each.plan.triggers}
            for each in models.IfThen.objects.select_related("plan")
        ),
        "attempt in the future": models.Attempt.objects.filter(at__gt=now).count(),
        "cancelled without a time": rows.filter(outcome="cancelled_by_client", cancelled_at=None).count(),
        "cancelled after now": rows.filter(cancelled_at__gt=now).count(),
        "scheduled but recorded": rows.filter(outcome="scheduled", recorded_at__isnull=False).count(),
        "seat outside its group": rows.filter(~Q(session__group=F("group")), session__isnull=False).count(),
        "held across clinics": models.Assignment.objects.exclude(
            case_manager__clinic=F("episode__clinic")
        ).count(),
        "two clients in one counselling hour": sum(times > 1 for times in hours.values()),
        "open and yet discharged": models.FollowUp.objects.filter(
            state="open", episode__discharged_on__lt=now.date() - timedelta(days=1)
        ).count(),
    }


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Callable[[int, datetime], Facts]:
    kept: dict[tuple[int, datetime], Facts] = {}

    def once(seed: int, now: datetime) -> Facts:
        if (seed, now) not in kept:
            with django_db_blocker.unblock():
                kept[seed, now] = facts(seed, now)
        return kept[seed, now]

    return once


@pytest.fixture
def friday(loaded: Callable[[int, datetime], Facts]) -> Facts:
    return loaded(1, FRIDAY)


@pytest.fixture
def spring(loaded: Callable[[int, datetime], Facts]) -> Facts:
    return loaded(2, AFTER_THE_CLOCKS_CHANGED)


def drop_outs(courses: dict[int, list[str]]) -> float:
    """Share of weeks in care after which four sessions in a row are missed within the next four (docs/evidence.md)."""
    weeks = followed = 0
    for outcomes in courses.values():
        missed = [outcome == "no_show" for outcome in outcomes]
        event = next((i for i in range(3, len(missed)) if all(missed[i - 3 : i + 1])), None)
        for week in range(len(missed) - 4):
            if event is not None and event <= week:
                break
            weeks += 1
            followed += event is not None and event <= week + 4
    return followed / weeks


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_clinic(friday: Facts) -> None:
    again = facts(1, FRIDAY)
    assert (again.counts, again.checksum) == (friday.counts, friday.checksum)


def test_another_seed_gives_another_clinic(friday: Facts, spring: Facts) -> None:
    assert friday.checksum != spring.checksum


def test_it_holds_two_clinics_and_240_clients(friday: Facts) -> None:
    assert (friday.counts["clinics"], friday.counts["clients"]) == (2, 240)
    assert 12_000 <= friday.counts["appointments"] <= 30_000


def test_every_caseload_is_full_and_a_few_clients_are_nobodys(friday: Facts) -> None:
    assert 52 <= friday.caseloads["maya"] <= 66
    assert all(20 <= friday.caseloads[name] <= 40 for name in ("jonas", "hana", "tunde", "simran", "rita"))
    assert 3 <= friday.caseloads[None] <= 6


@pytest.mark.parametrize("when", ["friday", "spring"])
def test_follow_ups_of_every_state_are_there(when: str, request: pytest.FixtureRequest) -> None:
    # Whether somebody is in a pause on the very day depends on the day.
    assert set(request.getfixturevalue(when).follow_ups) - {"paused"} == {
        "open",
        "tried",
        "rests",
        "snoozed",
        "evidence changed",
        "settled",
        "withdrawn",
        "episode_ended",
        "reached",
        "declined",
        "not_a_concern",
        "record_wrong",
        "marked",
        "done",
        "confirmed",
    }


@pytest.mark.parametrize("when", ["friday", "spring"])
def test_a_few_of_each_sign_stand_open(when: str, request: pytest.FixtureRequest) -> None:
    signs = request.getfixturevalue(when).signs
    assert {sign: bool(signs[sign]) for sign in NEW_SIGNS} == dict.fromkeys(NEW_SIGNS, True)
    assert all(signs[sign] <= 12 for sign in ("D10", "D11", "D16", "D18", "S03", "S04"))
    assert len(signs) >= 24


@pytest.mark.parametrize("when", ["friday", "spring"])
def test_nearly_everybody_has_a_plan_that_is_complete(when: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(when)
    assert 0 < found.without_a_plan <= 0.08 * found.in_care
    assert 3 <= found.plans_left_open <= 0.12 * found.in_care
    assert found.by_consent["live"] > found.by_consent["over"]
    assert found.by_consent["none"] >= 20


@pytest.mark.parametrize("when", ["friday", "spring"])
def test_nothing_impossible_is_on_record(when: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(when)
    assert found.impossible == dict.fromkeys(found.impossible, 0)


@pytest.mark.parametrize("when", ["friday", "spring"])
def test_the_checks_read_everybody_up_to_each_clinics_today(
    when: str, request: pytest.FixtureRequest
) -> None:
    found = request.getfixturevalue(when)
    assert (found.failures, found.waiting) == (0, 0)
    assert {name: ago for name, _, ago in reversed(found.last_sweeps)} == {"Riverside": 0, "Harbor": 0}
    assert len(found.last_sweeps) >= 20
    assert all(finished for _, finished, _ in found.last_sweeps)


def test_about_one_in_nine_drops_out_within_28_days(friday: Facts, spring: Facts) -> None:
    for found in (friday, spring):
        assert 0.07 <= drop_outs(found.counselling) <= 0.15


def test_about_a_quarter_of_counselling_is_missed(friday: Facts, spring: Facts) -> None:
    for found in (friday, spring):
        outcomes = Counter(outcome for course in found.counselling.values() for outcome in course)
        assert (
            0.18 <= outcomes["no_show"] / (outcomes["no_show"] + sum(outcomes[word] for word in CAME)) <= 0.31
        )


def test_one_to_three_in_a_hundred_are_excused(friday: Facts, spring: Facts) -> None:
    for found in (friday, spring):
        assert 0.01 <= found.outcomes["excused"] / found.outcomes.total() <= 0.035


def test_some_attendance_of_the_last_days_is_not_recorded_yet(friday: Facts) -> None:
    assert sum(ago <= 6 for ago in friday.unrecorded_ago) >= 10
    assert len(friday.unrecorded_ago) / friday.outcomes.total() < 0.02


def test_cancellations_and_ratings_of_every_kind_are_there(friday: Facts) -> None:
    assert {"cancelled_by_client", "cancelled_by_clinic", "rescheduled", "late", "left_early"} <= set(
        friday.outcomes
    )
    assert friday.ratings == {None, 1, 2, 3, 4}


def test_telephone_numbers_are_those_kept_free_for_fiction(friday: Facts) -> None:
    assert friday.phones
    assert all(re.fullmatch(r"\(\d{3}\) 555-01\d\d", phone) for phone in friday.phones)


def test_maya_finds_rosa_among_those_to_contact_today(friday: Facts) -> None:
    assert ("Rosa", "today") in friday.maya_first
    levels = Counter(level for _, level in friday.maya_first)
    assert set(levels) == {"today", "tomorrow", "two_days", "check_in", "good_news", "upkeep"}
    assert 8 <= levels.total() - levels["good_news"] - levels["upkeep"] <= 26
    assert 2 <= levels["good_news"] <= 7
    assert 1 <= levels["upkeep"] <= 7


@pytest.mark.parametrize("when", ["friday", "spring"])
def test_plans_of_every_kind_are_there(when: str, request: pytest.FixtureRequest) -> None:
    planned = request.getfixturevalue(when).planned
    assert {what: many > 0 for what, many in planned.items()} == dict.fromkeys(planned, True)
    assert planned["groups"] == planned["groups with times"] == 10
    assert planned["sessions ahead"] >= 90


@pytest.mark.django_db
def test_it_refuses_in_production(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="never loaded in production"):
        call_command("demo")
    assert not models.Staff.objects.exists()


@pytest.mark.django_db
def test_it_refuses_where_a_clinic_is(settings: Any) -> None:
    models.Clinic.objects.create(name="Somewhere real")
    with pytest.raises(CommandError, match="already holds a clinic"):
        call_command("demo")
    call_command("demo", "--if-empty")
    assert not models.Client.objects.exists()


@pytest.mark.django_db
def test_the_sign_ins_name_everybody_and_the_password() -> None:
    out = StringIO()
    call_command("demo", "--sign-ins", stdout=out)
    assert all(row[0] in out.getvalue() for row in cast.STAFF)
    assert cast.PASSWORD in out.getvalue()
    assert "Case manager" in out.getvalue()

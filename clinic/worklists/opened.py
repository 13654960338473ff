"""One follow-up opened: what happened, which signs, what was not counted, what to do first, how to reach the client."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clinic import followups, histories
from clinic.engagement.escalation import handovers, told
from clinic.engagement.own_plan import IfThen
from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.phrases import settles_by_itself
from clinic.engagement.signs.sign import Level
from clinic.engagement.signs.steps import FIRST_STEPS
from clinic.engagement.triage import OpeningHours
from clinic.engagement.words import Sentence
from clinic.findings import read_first, told_today
from clinic.models import Attempt, Finding, FollowUp
from clinic.models.work import TWO_WAY, Barrier, Result
from clinic.worklists.contact_card import ContactCard, contact_card
from clinic.worklists.handing_over import case_of, local
from clinic.worklists.rows import Row, row, steps, thresholds, with_attempts
from clinic.worklists.services import NotCounted, Service, not_counted, services
from clinic.worklists.support import People, own_plans, people


@dataclass(frozen=True, slots=True)
class Counted:
    """A piece of evidence that is no appointment: a week of a goal, an item noted, a try."""

    day: date
    words: Sentence


@dataclass(frozen=True, slots=True)
class SignLine:
    """One finding on the follow-up. `state` is open or how it ended; `as_of` the day it was judged; `counted` what it
    stands on beside appointments, and has not said already.
    """

    code: str
    title: Sentence
    why: tuple[Sentence, ...]
    meaning: Sentence | None
    settles: Sentence | None
    state: str
    state_words: str
    as_of: date
    ended_at: datetime | None
    found_late: bool
    evidence_changed: bool
    unrecorded: int
    counted: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One try to reach the client; `reached`: there was an exchange."""

    at: datetime
    by: str
    method: str
    result: str
    barriers: tuple[str, ...]
    agreed: str
    next_contact_on: date | None
    reached: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything the opened row and the page of a follow-up show.

    `follows` says for each result what saving it will do; `snooze_until` is the last day a snooze may reach.
    `since` is when it was raised; the `closed_*` fields are empty while it is open. `banners` are read before anything
    is done; `own_plans` and `people` are the client's own; `goes_to` says what happens if nobody acts. `is_medical`: a
    sign on it waits for medical staff; `waits_for_medical`: it does so today, and nothing lets it rest meanwhile.
    """

    row: Row
    banners: tuple[Sentence, ...]
    services: tuple[Service, ...]
    signs: tuple[SignLine, ...]
    not_counted: tuple[NotCounted, ...]
    steps: tuple[Sentence, ...]
    own_plans: tuple[IfThen, ...]
    people: People | None
    goes_to: tuple[Sentence, ...]
    is_medical: bool
    waits_for_medical: bool
    card: ContactCard
    attempts: tuple[AttemptLine, ...]
    follows: dict[str, Sentence]
    today: date
    snooze_until: date
    hours: OpeningHours
    since: datetime
    closed_at: datetime | None
    closed_as: str
    closed_by: str
    closing_note: str

    @property
    def open_signs(self) -> tuple[SignLine, ...]:
        return tuple(each for each in self.signs if each.state == Finding.State.OPEN)

    @property
    def ended_signs(self) -> tuple[SignLine, ...]:
        return tuple(each for each in self.signs if each.state != Finding.State.OPEN)


def opened(follow_up: FollowUp, now: datetime) -> Opened:
    """One follow-up, read whole. `follow_up` comes through the gate; a fixed number of queries."""
    clinic = follow_up.clinic
    today = clinic.local_day(now)
    fresh = with_attempts(FollowUp.objects.select_related("closed_by").filter(pk=follow_up.pk)).get()
    findings = sorted(
        Finding.objects.filter(follow_up=fresh), key=lambda each: (Level(each.level).rank, each.pk)
    )
    live = [each for each in findings if each.state == Finding.State.OPEN]
    timeline = next(iter(histories.records(clinic, [fresh.episode_id]))).as_of(today)
    counted = frozenset(each["id"] for finding in live or findings for each in finding.evidence)
    rules, hours = thresholds(clinic), histories.opening_hours(clinic)
    told_today(live, timeline, rules)
    attempts = tuple(_attempts(fresh))
    is_open, wanted = fresh.state == FollowUp.State.OPEN, steps(live or findings)
    waits = followups.waits_for_medical(live)
    shown = row(fresh, live or findings, timeline, now, today)
    return Opened(
        row=shown,
        banners=read_first(live, timeline, rules) if is_open else (),
        services=services(timeline, clinic, now, counted),
        signs=tuple(_line(each, rules.settle_days) for each in findings),
        not_counted=not_counted(timeline, clinic, now),
        steps=wanted,
        own_plans=own_plans(fresh.episode_id, live),
        people=people(fresh.episode_id, today) if FIRST_STEPS["FS-SUPPORT"] in wanted and is_open else None,
        goes_to=_goes_to(fresh, live, attempts, hours, now) if is_open and not shown.quiet_until else (),
        is_medical=any(followups.is_medical(each.sign) for each in live),
        waits_for_medical=waits,
        card=contact_card(
            fresh.episode.client, now.astimezone(clinic.zone), _this_week(fresh.episode_id, now)
        ),
        attempts=attempts,
        follows={
            result: followups.what_follows(
                result, today=today, hours=hours, rest_days=rules.rest_days, medical_waits=waits
            ).words
            for result in Result.values
        },
        today=today,
        snooze_until=today
        + timedelta(days=followups.LONGEST_SNOOZE.get(fresh.level, followups.LONGEST_SNOOZE_OTHERWISE)),
        hours=hours,
        since=fresh.opened_at,
        closed_at=fresh.closed_at,
        closed_as=fresh.get_closed_as_display() if fresh.closed_as else "",
        closed_by=fresh.closed_by.name if fresh.closed_by else "",
        closing_note=fresh.closing_note,
    )


def _goes_to(
    follow_up: FollowUp,
    findings: Iterable[Finding],
    attempts: Iterable[AttemptLine],
    hours: OpeningHours,
    now: datetime,
) -> tuple[Sentence, ...]:
    zone = follow_up.clinic.zone
    reached_at = max((each.at for each in attempts if each.reached), default=None)
    case = case_of(follow_up, findings, reached_at, zone)
    return told(handovers(case, hours), local(now, zone))


def _line(finding: Finding, settle_days: int) -> SignLine:
    sign = BY_CODE.get(finding.sign)
    said = [Sentence.from_json(each) for each in finding.why]
    points = [
        Counted(date.fromisoformat(each["day"]), Sentence.from_json(each["words"])) for each in finding.points
    ]
    return SignLine(
        code=finding.sign,
        title=Sentence.from_json(finding.title),
        why=tuple(said),
        meaning=sign.meaning if sign else None,
        settles=settles_by_itself(sign.settles, settle_days) if sign else None,
        state=finding.state,
        state_words=finding.get_state_display(),
        as_of=finding.judged_on,
        ended_at=finding.ended_at,
        found_late=finding.found_late,
        evidence_changed=finding.evidence_changed,
        unrecorded=finding.unrecorded,
        counted=tuple(each for each in points if each.words not in said),
    )


def _attempts(follow_up: FollowUp) -> Iterable[AttemptLine]:
    for attempt in Attempt.objects.filter(follow_up=follow_up).select_related("by").order_by("-at", "-pk"):
        yield AttemptLine(
            at=attempt.at,
            by=attempt.by.name,
            method=attempt.get_method_display(),
            result=attempt.get_result_display(),
            barriers=tuple(
                str(Barrier(token).label) for token in attempt.barriers if token in Barrier.values
            ),
            agreed=attempt.agreed,
            next_contact_on=attempt.next_contact_on,
            reached=attempt.result in TWO_WAY,
        )


def _this_week(episode: int, now: datetime) -> int:
    """How often somebody tried to reach the client in the last seven days, on whichever follow-up."""
    return Attempt.objects.filter(episode=episode, at__gt=now - timedelta(days=7), at__lte=now).count()

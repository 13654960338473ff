"""Stage 5, to whom a follow-up goes when nobody acts on it, and when: what its signs say of it, put into an order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.sign import (
    IF_FOR_TODAY,
    IF_FOR_TOMORROW,
    IF_WITHIN_TWO_DAYS,
    Escalation,
    Kind,
    Level,
    To,
    Unit,
)
from clinic.engagement.triage import OpeningHours, due
from clinic.engagement.words import Sentence, gettext_noop

WHO: Final[dict[To, Sentence]] = {
    To.SUPERVISOR: gettext_noop("the supervisor"),
    To.DIGEST: gettext_noop("the supervisor’s summary"),
    To.NURSE_AND_PRESCRIBER: gettext_noop("the nurse and the prescriber"),
    To.ON_CALL: gettext_noop("whoever is on call"),
    To.CONFERENCE: gettext_noop("a case conference"),
}
# What asks for a decision of the supervisor's own: a conference is theirs to call.
FOR_THE_SUPERVISOR: Final = frozenset((To.SUPERVISOR, To.CONFERENCE))
_LATE: Final = frozenset((Unit.HOURS_LATE, Unit.BUSINESS_DAYS_LATE))
_UNREACHED: Final = frozenset((Unit.BUSINESS_DAYS_UNREACHED, Unit.DAYS_UNREACHED))


class Raised(NamedTuple):
    """An open finding: its sign, when it was raised, and the day of the event it counts from."""

    sign: str
    at: datetime
    since: date


class Case(NamedTuple):
    """One open follow-up. Moments are the clinic's local time without a zone; `tried_at` and `reached_at` are the
    newest try and the newest talk with the client on it.
    """

    level: Level
    raised: datetime
    due: datetime
    findings: tuple[Raised, ...]
    tried_at: datetime | None = None
    reached_at: datetime | None = None


class Handover(NamedTuple):
    """From a moment on it is for somebody else too."""

    at: datetime
    to: To
    unit: Unit


def handovers(case: Case, hours: OpeningHours) -> tuple[Handover, ...]:
    """Where the follow-up goes if nothing more is done, the earliest first.

    Read are the escalations of its open findings for its own level; where it was lifted above theirs, those that hold
    for every follow-up of that level. A try
    since the finding was raised answers what is only late, and what went to the supervisor at once; a talk answers
    what waits for one. Nurse, prescriber, whoever is on call and the summary are told whatever is tried.
    """
    found = {
        Handover(_moment(rule, case, finding, hours), rule.to, rule.unit)
        for finding in case.findings
        for rule in _rules(finding.sign, case.level)
        if not _answered(rule, case, finding)
    }
    return tuple(sorted(found, key=lambda each: (each.at, each.to, each.unit)))


def needs_supervisor(case: Case, hours: OpeningHours, now: datetime) -> bool:
    """Whether it is for the supervisor by now, or for a case conference, which the supervisor calls."""
    return any(each.at <= now and each.to in FOR_THE_SUPERVISOR for each in handovers(case, hours))


def told(found: Iterable[Handover], now: datetime) -> tuple[Sentence, ...]:
    """What happens if nobody acts, a sentence each: for everybody named the first time that has come, and the next."""
    first: dict[tuple[To, bool], Handover] = {}
    for each in found:
        first.setdefault((each.to, each.at <= now), each)
    return tuple(_sentence(each, now) for each in first.values())


# What holds for a level whose sign says nothing of it, because the follow-up was lifted above it.
OF_THE_LEVEL: Final = (*IF_FOR_TODAY, *IF_FOR_TOMORROW, *IF_WITHIN_TWO_DAYS)


def _rules(code: str, level: Level) -> list[Escalation]:
    """What a sign says of a level; where it knows no such level, what the level itself asks for."""
    sign = BY_CODE.get(code)
    if sign is None:
        return []
    own = [rule for rule in sign.escalation if level in rule.levels]
    if own or level in sign.levels or sign.kind is not Kind.DISENGAGEMENT:
        return own
    return [rule for rule in OF_THE_LEVEL if level in rule.levels]


def _answered(rule: Escalation, case: Case, finding: Raised) -> bool:
    if rule.unit in _UNREACHED:
        return case.reached_at is not None and case.reached_at >= case.raised
    if rule.unit in _LATE or (rule.unit is Unit.AT_ONCE and rule.to is To.SUPERVISOR):
        return case.tried_at is not None and case.tried_at >= finding.at
    return False


def _moment(rule: Escalation, case: Case, finding: Raised, hours: OpeningHours) -> datetime:
    if rule.unit is Unit.AT_ONCE:
        return finding.at
    if rule.unit is Unit.HOURS_LATE:
        return due(Level.TODAY, case.due, hours, rule.amount)
    if rule.unit is Unit.BUSINESS_DAYS_LATE:
        return _open_days_on(case.due, rule.amount, hours)
    if rule.unit is Unit.BUSINESS_DAYS_UNREACHED:
        return _open_days_on(case.raised, rule.amount, hours)
    if rule.unit is Unit.DAYS_UNREACHED:
        return case.raised + timedelta(days=rule.amount)
    return datetime.combine(finding.since + timedelta(days=rule.amount), time(0))


def _open_days_on(moment: datetime, amount: int, hours: OpeningHours) -> datetime:
    day = moment.date()
    for _ in range(amount):
        day = hours.next_open(day)
    return datetime.combine(day, moment.time())


def _sentence(each: Handover, now: datetime) -> Sentence:
    who, day = WHO[each.to], each.at.date()
    if each.at <= now:
        return gettext_noop("For %(who)s since %(day)s.", who=who, day=day)
    if each.unit in _LATE:
        clock = f"{each.at:%H:%M}"
        return gettext_noop(
            "Goes to %(who)s on %(day)s at %(time)s if nobody has tried by then.",
            who=who,
            day=day,
            time=clock,
        )
    if each.unit in _UNREACHED:
        return gettext_noop(
            "Goes to %(who)s on %(day)s if nobody has been reached by then.", who=who, day=day
        )
    return gettext_noop("Goes to %(who)s on %(day)s if the absence goes on.", who=who, day=day)

"""Signs read off our own tries to reach a client: D12, S04. They say "not reached", never that somebody ignores us."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from clinic.engagement.background import Answer, Try
from clinic.engagement.signs.phrases import day_of
from clinic.engagement.signs.sign import (
    IF_FOR_TOMORROW,
    Escalation,
    Finding,
    Kind,
    Level,
    Of,
    Point,
    Settles,
    Sign,
    To,
    Unit,
)
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

NOON, EVENING = 12, 17
LEAST_WAYS = 2
ANSWERED = frozenset((Answer.REACHED, Answer.DECLINED))
KNOWN_RISK = frozenset(("D08", "D09", "D16"))
METHODS: Final[dict[str, Sentence]] = {
    "call": gettext_noop("call"),
    "text": gettext_noop("text"),
    "letter": gettext_noop("letter"),
    "visit": gettext_noop("visit"),
    "in_person": gettext_noop("in person"),
}
OTHER_METHOD = gettext_noop("another way")


def find_unanswered(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D12: tries to reach the client that stay unanswered, so that the same thing is not tried for ever.

    Helps whoever cannot be reached in the way we know. Counts tries on follow-ups still open that did not reach the
    client, since the newest contact of any kind, talk or "no". By tomorrow: `unanswered` of them within
    `unanswered_days` business days (those after the first one, up to the last one), by two methods or at two times of
    day (before noon, before five, later). Today: `unanswered_high` over `unanswered_high_days` days, first and last
    included, or `unanswered` on a follow-up that was for today. Who does not want contact ends the sequence: tries
    before that count for nothing. A wrong number is no unanswered try (S04). Settles with one attended contact.
    Sources: 000:8, 004:151.
    """
    tries = timeline.known.tries
    if not tries:
        return ()
    open_tries = _unanswered(timeline, tries)
    level = _level(timeline, open_tries, thresholds)
    if level is None:
        return ()
    live = _live_consents(timeline)

    def tell() -> list[Sentence]:
        return [
            ngettext_lazy(
                "%(n)d attempt since %(day)s, not reached: %(ways)s.",
                "%(n)d attempts since %(day)s, not reached: %(ways)s.",
                len(open_tries),
                day=day_of(open_tries[0].day),
                ways=_ways(open_tries),
            ),
            ngettext_lazy("%(n)d supporter with live consent.", "%(n)d supporters with live consent.", live)
            if live
            else gettext_noop("No supporter with live consent."),
        ]

    return (
        Finding(
            sign=D12.code,
            level=level,
            anchor=f"try:{open_tries[0].id}",
            title=D12.title,
            timeline=timeline,
            missed=(),
            tell=tell,
            counts_from=open_tries[-1].at,
            steps=_steps(timeline, live, thresholds),
            points=_points(open_tries, gettext_noop("not reached")),
        ),
    )


def find_wrong_contact(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """S04: the newest try went to a number or an address that is not the client's.

    Helps the front desk to mend what makes every later try useless. Counts the wrong ones up to the newest try,
    whatever has become of their follow-ups, `wrong_contacts` (1) of them at least; any later try with another answer
    mends it. Source: how special situations
    are handled (clinical basis, D12).
    """
    tries = timeline.known.tries
    if not tries or tries[-1].answer is not Answer.WRONG_CONTACT:
        return ()
    first = len(tries)
    while first and tries[first - 1].answer is Answer.WRONG_CONTACT:
        first -= 1
    wrong = tries[first:]
    if len(wrong) < thresholds.wrong_contacts:
        return ()
    return (
        Finding(
            sign=S04.code,
            level=Level.UPKEEP,
            anchor=f"try:{wrong[0].id}",
            title=S04.title,
            timeline=timeline,
            missed=(),
            tell=lambda: [
                ngettext_lazy(
                    "%(n)d attempt went to a wrong number or address, the newest on %(day)s: %(ways)s.",
                    "%(n)d attempts went to a wrong number or address, the newest on %(day)s: %(ways)s.",
                    len(wrong),
                    day=day_of(wrong[-1].day),
                    ways=_ways(wrong),
                )
            ],
            counts_from=wrong[-1].at,
            steps=("FS-CONTACT",),
            points=_points(wrong, gettext_noop("wrong number or address")),
        ),
    )


def _unanswered(timeline: Timeline, tries: Sequence[Try]) -> list[Try]:
    """The tries that did not reach the client, later than the newest answer and the newest contact."""
    seen = -1
    if timeline.last_attended >= 0:
        seen = timeline.record.starts[timeline.last_attended]
    if timeline.contacts:
        seen = max(seen, timeline.contacts[-1][0])
    since_answer = takewhile(
        lambda each: each.answer not in ANSWERED, reversed([each for each in tries if each.open])
    )
    return [each for each in since_answer if each.answer is Answer.NOT_REACHED and each.at > seen][::-1]


def _level(timeline: Timeline, tries: Sequence[Try], thresholds: Thresholds) -> Level | None:
    if not tries:
        return None
    days = tries[-1].day - tries[0].day + 1
    if len(tries) >= thresholds.unanswered_high and days >= thresholds.unanswered_high_days:
        return Level.TODAY
    if sum(each.pressing for each in tries) >= thresholds.unanswered:
        return Level.TODAY
    return Level.TOMORROW if _in_different_ways(timeline, tries, thresholds) else None


def _in_different_ways(timeline: Timeline, tries: Sequence[Try], thresholds: Thresholds) -> bool:
    """Whether enough of them lie close together and differ in method or time of day."""
    for first, start in enumerate(tries):
        close = [
            each
            for each in tries[first:]
            if timeline.business_days(start.day, each.day) <= thresholds.unanswered_days
        ]
        ways = {(each.method, _time_of_day(each.hour)) for each in close}
        if len(close) >= thresholds.unanswered and len(ways) >= LEAST_WAYS:
            return True
    return False


def _time_of_day(hour: int) -> int:
    return (hour >= NOON) + (hour >= EVENING)


def _live_consents(timeline: Timeline) -> int:
    """How many supporters there is a consent for that holds today."""
    today = timeline.today
    return sum(
        each.until >= today and (each.ended is None or each.ended > today) for each in timeline.known.consents
    )


def _steps(timeline: Timeline, live: int, thresholds: Thresholds) -> tuple[str, ...]:
    at_risk = any(
        found.sign in KNOWN_RISK
        and not found.withdrawn
        and timeline.today - found.judged_on <= thresholds.back_risk
        for found in timeline.on_record
    )
    return (
        "FS-OTHERWAY",
        "FS-PEER",
        *(("FS-SUPPORT",) if live else ()),
        "FS-LETTER",
        *(("FS-SAFE",) if at_risk else ()),
    )


def _ways(tries: Sequence[Try]) -> list[Sentence]:
    """How often each method was tried, the first tried first."""
    counted = Counter(each.method for each in tries)
    return [
        gettext_noop("%(way)s × %(n)d", way=METHODS.get(method, OTHER_METHOD), n=count)
        if count > 1
        else METHODS.get(method, OTHER_METHOD)
        for method, count in counted.items()
    ]


def _points(tries: Sequence[Try], answer: Sentence) -> tuple[Point, ...]:
    return tuple(
        Point(
            Of.TRY,
            each.id,
            each.at,
            each.day,
            gettext_noop("%(way)s: %(answer)s", way=METHODS.get(each.method, OTHER_METHOD), answer=answer),
        )
        for each in tries
    )


D12 = Sign(
    code="D12",
    title=gettext_noop("Not reached: try another way"),
    family="outreach",
    levels=(Level.TODAY, Level.TOMORROW),
    sources=("000:8", "004:151"),
    thresholds=(
        "unanswered",
        "unanswered_days",
        "unanswered_high",
        "unanswered_high_days",
        "back_risk",
    ),
    settles=Settles.ONE_CONTACT,
    meaning=gettext_noop(
        "What has not worked twice is best tried in another way, at another hour, by another person."
    ),
    find=find_unanswered,
    escalation=(
        Escalation((Level.TODAY, Level.TOMORROW), To.SUPERVISOR, Unit.AT_ONCE),
        Escalation((Level.TODAY,), To.SUPERVISOR, Unit.HOURS_LATE, 4),
        Escalation((Level.TODAY,), To.CONFERENCE, Unit.BUSINESS_DAYS_UNREACHED, 5),
        *IF_FOR_TOMORROW,
    ),
    absence=False,
)
S04 = Sign(
    code="S04",
    title=gettext_noop("Update the contact details"),
    family="outreach",
    levels=(Level.UPKEEP,),
    sources=("002:11",),
    thresholds=("wrong_contacts",),
    settles=Settles.MENDED,
    meaning=gettext_noop("A wrong number or address makes every later try useless."),
    find=find_wrong_contact,
    kind=Kind.UPKEEP,
    absence=False,
)

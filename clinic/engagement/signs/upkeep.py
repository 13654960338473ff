"""Signs read off the care plan itself: D17. They are about our paperwork, never about the client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Final, NamedTuple

from clinic.engagement.background import Goal, GoalKind, PlanState
from clinic.engagement.signs.phrases import day_of
from clinic.engagement.signs.progress import GoalWeek, is_running, unrecorded, weeks_back
from clinic.engagement.signs.sign import Finding, Kind, Level, Of, Point, Settles, Sign
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

# How a week of a goal came out.
NONE, SOME, ALL = "none", "some", "all"
NOON = 12 * 3600
# A part is numbered and its evidence is that number with the day it goes back to, so that two parts are never one.
DAYS_OF_A_PART = 1_000_000
NO_PLAN, REVIEW, IF_THEN, REASONS, COPING, SUPPORTER, UNCOVERED, UNSERVED, FEWER, NALOXONE = range(1, 11)


class _Part(NamedTuple):
    """A part that is missing or overdue: its anchor, what it is, since when, how that is said, and what to do."""

    anchor: str
    of: Of
    id: int
    since: int
    words: Sentence
    step: str = "FS-COMPLETE"


def find_upkeep(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D17: a part of the care plan that is missing or overdue, a finding each.

    Helps staff to keep the plan worth opening. Read only in a clinic that writes care plans. From day `plan_by` of the
    stay on: no plan; or a plan without if-then plans, reasons, coping options, or supporters (unless the client prefers
    none), with triggers that cannot be avoided and have no if-then plan, with an underlying issue and no service, or
    with fewer supporters than at the review before; and the naloxone status unknown. At any time: no review for
    `review_early` days, due in the first `review_early_until` days, and later for `review_later`; a consent that ends
    within `consent_ahead` days; a weekly goal at none or at all of its target for `goal_stuck_weeks` counting weeks.
    The first step is to complete it, to set the goal anew, to ask about the consent, or to ask about naloxone.
    Settles by itself once mended. Sources: 000:3, 000:11, 001:42, 001:46, 003:4, 003:7, 004:79, 004:95, 004:101,
    004:107.
    """
    known = timeline.known
    if not known.keeps_plans:
        return ()
    parts = [*_of_the_plan(timeline, thresholds)]
    if known.consents:
        parts += _of_consents(timeline, thresholds)
    if known.goals:
        parts += _of_goals(timeline, thresholds)
    return tuple(_finding(timeline, part) for part in parts)


def _finding(timeline: Timeline, part: _Part) -> Finding:
    at = timeline.begins(part.since) + NOON
    return Finding(
        sign=D17.code,
        level=Level.UPKEEP,
        anchor=part.anchor,
        title=D17.title,
        timeline=timeline,
        missed=(),
        tell=lambda: [part.words],
        counts_from=at,
        steps=(part.step,),
        points=(Point(part.of, part.id, at, part.since, part.words),),
    )


def _part(name: str, number: int, since: int, words: Sentence, step: str = "FS-COMPLETE") -> _Part:
    return _Part(f"{name}:{since}", Of.PLAN, number * DAYS_OF_A_PART + since, since, words, step)


def _of_the_plan(timeline: Timeline, thresholds: Thresholds) -> Iterator[_Part]:
    known, today = timeline.known, timeline.today
    plan_by = timeline.record.admitted + thresholds.plan_by - 1
    if known.plans:
        overdue = review_due(timeline.record.admitted, known.plans[-1].reviewed, thresholds)
        if today >= overdue:
            yield _part(
                "review",
                REVIEW,
                overdue,
                gettext_noop("The plan was last reviewed on %(day)s.", day=day_of(known.plans[-1].reviewed)),
            )
    if today < plan_by:
        return
    if known.plans:
        if not _is_complete(known.plans[-1]):
            yield from _of_its_content(known.plans)
        if len(known.plans) > 1 and not known.plans[-1].prefers_no_supporter:
            yield from _fewer_supporters(known.plans)
    else:
        yield _part(
            "no_plan",
            NO_PLAN,
            plan_by,
            ngettext_lazy(
                "There is no care plan by day %(n)d of this stay.",
                "There is no care plan by day %(n)d of this stay.",
                thresholds.plan_by,
            ),
        )
    if known.naloxone_known is None or known.naloxone_known > today:
        yield _part(
            "naloxone",
            NALOXONE,
            plan_by,
            gettext_noop("It is not known whether the client has naloxone to hand."),
            "FS-NALOXONE",
        )


def review_due(admitted: int, reviewed: int, thresholds: Thresholds) -> int:
    """The day a review is due: early in the stay soon, where that day still lies in the early days."""
    early = reviewed + thresholds.review_early
    if early - admitted < thresholds.review_early_until:
        return early
    return reviewed + thresholds.review_later


class _Content(NamedTuple):
    """One part of a plan's content: how a plan leaves it open (a count, or whether), and how that is said."""

    name: str
    number: int
    left_open: Callable[[PlanState], int]
    words: Callable[[int], Sentence]


CONTENT: Final[tuple[_Content, ...]] = (
    _Content(
        "if_then",
        IF_THEN,
        lambda plan: not plan.if_thens,
        lambda _: gettext_noop("The plan has no if-then plan."),
    ),
    _Content(
        "reasons",
        REASONS,
        lambda plan: not plan.reasons,
        lambda _: gettext_noop("The plan has no reasons of the client’s own."),
    ),
    _Content(
        "coping",
        COPING,
        lambda plan: not plan.coping,
        lambda _: gettext_noop("The plan has no coping options."),
    ),
    _Content(
        "supporter",
        SUPPORTER,
        lambda plan: not plan.supporters and not plan.prefers_no_supporter,
        lambda _: gettext_noop("No supporter is named, and nothing says that the client prefers none."),
    ),
    _Content(
        "uncovered",
        UNCOVERED,
        lambda plan: plan.uncovered,
        lambda count: ngettext_lazy(
            "%(n)d trigger that cannot be avoided has no if-then plan.",
            "%(n)d triggers that cannot be avoided have no if-then plan.",
            count,
        ),
    ),
    _Content(
        "unserved",
        UNSERVED,
        lambda plan: plan.unserved,
        lambda count: ngettext_lazy(
            "%(n)d underlying issue has no service linked to it.",
            "%(n)d underlying issues have no service linked to them.",
            count,
        ),
    ),
)


def _is_complete(plan: PlanState) -> bool:
    """The same as every line of CONTENT, in one go: most plans are complete."""
    return bool(
        plan.if_thens
        and plan.reasons
        and plan.coping
        and (plan.supporters or plan.prefers_no_supporter)
        and not plan.uncovered
        and not plan.unserved
    )


def _of_its_content(plans: tuple[PlanState, ...]) -> Iterator[_Part]:
    """What a plan that is there leaves open, each since the first plan in a row that did: so every time is its own."""
    plan = plans[-1]
    for content in CONTENT:
        left_open = content.left_open(plan)
        if left_open:
            row = takewhile(content.left_open, reversed(plans))
            since = min(each.known for each in row)
            yield _part(content.name, content.number, since, content.words(left_open))


def _fewer_supporters(plans: tuple[PlanState, ...]) -> Iterator[_Part]:
    """Fewer supporters now than at the newest review of an earlier day."""
    plan = plans[-1]
    earlier = [each for each in plans if each.known < plan.known and each.known == each.reviewed]
    if not earlier or plan.supporters >= earlier[-1].supporters:
        return
    review = earlier[-1]
    row = takewhile(lambda each: each is not review and each.supporters < review.supporters, reversed(plans))
    since = min(each.known for each in row)
    words = gettext_noop(
        "Supporters named: %(now)d; at the review of %(day)s: %(before)d.",
        now=plan.supporters,
        before=review.supporters,
        day=day_of(review.known),
    )
    yield _part("fewer", FEWER, since, words)


def _of_consents(timeline: Timeline, thresholds: Thresholds) -> Iterator[_Part]:
    today = timeline.today
    for consent in timeline.known.consents:
        if not today <= consent.until <= today + thresholds.consent_ahead:
            continue
        if consent.ended is None or consent.ended > today:
            since = max(consent.known, consent.until - thresholds.consent_ahead)
            yield _Part(
                f"consent:{consent.id}:{consent.until}",
                Of.CONSENT,
                consent.id * DAYS_OF_A_PART + consent.until,
                since,
                gettext_noop("A consent ends on %(day)s.", day=day_of(consent.until)),
                "FS-CONSENT",
            )


def _of_goals(timeline: Timeline, thresholds: Thresholds) -> Iterator[_Part]:
    for goal in timeline.known.goals:
        if goal.kind is GoalKind.WEEKLY and is_running(timeline, goal):
            yield from _stuck(timeline, goal, thresholds)


def _stuck(timeline: Timeline, goal: Goal, thresholds: Thresholds) -> Iterator[_Part]:
    """A goal that was never or always met of late: worth setting anew, whichever it is."""
    count, first, same = 0, 0, None
    for each in weeks_back(timeline, goal, thresholds):
        came = _all_or_none(timeline, goal, each, thresholds)
        if came is not None:
            if same is None:
                same = came
            if came != same or came == SOME:
                break
            count, first = count + 1, each.monday
    if count < thresholds.goal_stuck_weeks:
        return
    words = (
        ngettext_lazy(
            "A weekly goal was met in full in %(n)d week in a row.",
            "A weekly goal was met in full in %(n)d weeks in a row.",
            count,
        )
        if same == ALL
        else ngettext_lazy(
            "A weekly goal stood at none in %(n)d week in a row.",
            "A weekly goal stood at none in %(n)d weeks in a row.",
            count,
        )
    )
    yield _Part(f"goal:{goal.id}:{first}", Of.GOAL, goal.id * DAYS_OF_A_PART + first, first, words, "FS-GOAL")


def _all_or_none(timeline: Timeline, goal: Goal, week: GoalWeek, thresholds: Thresholds) -> str | None:
    """How a week came out; None when it does not count, or when nobody knows yet whether it was none."""
    if not week.counts:
        return None
    if week.attended >= week.target:
        return ALL
    if week.attended:
        return SOME
    return None if unrecorded(timeline, goal, week.monday, week.sunday, thresholds) != 0 else NONE


D17 = Sign(
    code="D17",
    title=gettext_noop("Plan upkeep"),
    family="upkeep",
    levels=(Level.UPKEEP,),
    sources=(
        *("000:3", "000:11", "001:42", "001:46", "003:4", "003:7"),
        *("004:79", "004:95", "004:101", "004:107"),
    ),
    thresholds=(
        "plan_by",
        "review_early",
        "review_early_until",
        "review_later",
        "consent_ahead",
        "goal_stuck_weeks",
        "eligible_days",
    ),
    settles=Settles.MENDED,
    meaning=gettext_noop("A plan helps only while it is there, complete and still true."),
    find=find_upkeep,
    kind=Kind.UPKEEP,
    absence=False,
)

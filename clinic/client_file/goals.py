"""A client's goals with how far each has got, and milestones reached and to come, read for their pages.

A goal belongs to the client: what is shown is what was reached. A week that could not count is left out, never short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from clinic import access
from clinic.engagement import background
from clinic.engagement.signs import progress
from clinic.engagement.signs.milestones import calendar
from clinic.engagement.signs.progress import NINETY_DAYS, weeks
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Timeline
from clinic.engagement.words import Sentence, gettext_noop
from clinic.models import Episode, Goal, GoalPause, Milestone
from clinic.models.plan import GoalKind

WEEKS_SHOWN = 12
MOST_COMING = 2
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """One week of a goal: `share` of it reached, 0 to 1; `counts` is False for a week that is left out."""

    monday: date
    attended: int
    target: int
    share: float
    counts: bool
    met: bool


@dataclass(frozen=True, slots=True)
class GoalLine:
    """One goal. `state`: "running", "ahead", "aside" (put aside by the client until `aside_until`, or until they say),
    "reached", "over". Of a weekly goal `bars` are its newest weeks, oldest first, `met` of `counted` were met and the
    `last` one that counts stood at `last.attended`; of ninety in ninety, `came` meetings by `day_number`.
    """

    uid: UUID
    version: int
    kind: str
    kind_words: str
    words: str
    target: int
    channels: str
    counted_words: str
    starts_on: date
    ends_on: date | None
    reached_on: date | None
    state: str
    aside_until: date | None
    bars: Sequence[Bar]
    met: int
    counted: int
    last: Bar | None
    came: int
    day_number: int

    @property
    def is_over(self) -> bool:
        return self.state in ("reached", "over")


@dataclass(frozen=True, slots=True)
class MilestoneLine:
    """One milestone, reached or to come. `words` are the client's own for one that was noted, which has a `uid`."""

    day: date
    what: Sentence | None
    words: str
    reached: bool
    kind: str = ""
    uid: UUID | None = None


def goals_of(stay: Episode, timeline: Timeline, thresholds: Thresholds) -> list[GoalLine]:
    """The goals of a stay, those that run first, then the newest. Two queries."""
    rows = list(Goal.objects.filter(episode=stay).order_by("starts_on", "pk"))
    aside: dict[int, list[GoalPause]] = {}
    for pause in GoalPause.objects.filter(goal__in=[row.pk for row in rows]):
        aside.setdefault(pause.goal_id, []).append(pause)
    lines = [_goal(row, aside.get(row.pk, []), timeline, thresholds) for row in rows]
    return [line for line in lines if not line.is_over] + [line for line in lines[::-1] if line.is_over]


def milestone_of(stay: Episode, uid: UUID) -> Milestone:
    """One milestone that was noted. Raises NotVisible for another stay's."""
    row = Milestone.objects.filter(episode=stay, uid=uid).first()
    if row is None:
        raise access.NotVisible
    row.episode = stay
    return row


def milestones_of(
    stay: Episode, timeline: Timeline, goals: Sequence[GoalLine], *, coming: int = MOST_COMING
) -> list[MilestoneLine]:
    """Milestones reached, oldest first, then the next ones to come. What was reached stays. One query."""
    noted = [
        MilestoneLine(row.day, None, row.words, True, row.get_kind_display(), row.uid)
        for row in Milestone.objects.filter(episode=stay)
    ]
    reached_goals = [
        MilestoneLine(goal.reached_on, gettext_noop("A goal of their own reached"), goal.words, True)
        for goal in goals
        if goal.reached_on is not None
    ]
    by_calendar = [(date.fromordinal(number), number, words) for number, words in calendar(timeline)]
    reached = [MilestoneLine(day, words, "", True) for day, n, words in by_calendar if n <= timeline.today]
    ahead = [MilestoneLine(day, words, "", False) for day, n, words in by_calendar if n > timeline.today]
    if stay.discharged_on is not None and stay.discharged_on.toordinal() <= timeline.today:
        ahead = []
    return sorted([*noted, *reached_goals, *reached], key=lambda line: line.day) + ahead[:coming]


def _goal(row: Goal, pauses: Sequence[GoalPause], timeline: Timeline, thresholds: Thresholds) -> GoalLine:
    today = date.fromordinal(timeline.today)
    known = _as_known(row, pauses)
    bars: list[Bar] = []
    came = 0
    if row.kind == GoalKind.WEEKLY:
        bars = [_bar(each) for each in weeks(timeline, known, WEEKS_SHOWN, thresholds)]
    elif row.kind == GoalKind.NINETY:
        last = min(timeline.today, known.first + NINETY_DAYS - 1, known.last or timeline.today)
        came = len(
            progress.capped(progress.attended(timeline, known, known.first, last), thresholds.ninety_a_day)
        )
    counting = [bar for bar in bars if bar.counts]
    state, until = _state(row, pauses, today)
    return GoalLine(
        uid=row.uid,
        version=row.version,
        kind=row.kind,
        kind_words=row.get_kind_display(),
        words=row.words,
        target=row.target,
        channels=row.channels,
        counted_words=row.get_channels_display(),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        reached_on=row.reached_on,
        state=state,
        aside_until=until,
        bars=bars,
        met=sum(bar.met for bar in counting),
        counted=len(counting),
        last=counting[-1] if counting else None,
        came=came,
        day_number=max(min((today - row.starts_on).days + 1, NINETY_DAYS), 0),
    )


def _as_known(row: Goal, pauses: Sequence[GoalPause]) -> background.Goal:
    """The goal as the mind counts it; of pages also one that is over."""
    return background.Goal(
        row.pk,
        background.GoalKind(row.kind),
        row.target,
        row.starts_on.toordinal(),
        row.known_on.toordinal(),
        row.channels,
        row.ends_on.toordinal() if row.ends_on else None,
        row.reached_on.toordinal() if row.reached_on else None,
        tuple(
            (pause.starts_on.toordinal(), pause.ends_on.toordinal() if pause.ends_on else None)
            for pause in pauses
        ),
    )


def _bar(week: progress.GoalWeek) -> Bar:
    share = min(week.attended / week.target, 1.0) if week.target > 0 else 0.0
    # A week that sessions nobody recorded could still fill is neither met nor short: it is left out.
    counts = week.met or week.short
    return Bar(date.fromordinal(week.monday), week.attended, max(week.target, 0), share, counts, week.met)


def _state(row: Goal, pauses: Sequence[GoalPause], today: date) -> tuple[str, date | None]:
    if row.reached_on is not None:
        return "reached", None
    if row.ends_on is not None and row.ends_on < today:
        return "over", None
    for pause in pauses:
        if pause.starts_on <= today and (pause.ends_on is None or today <= pause.ends_on):
            return "aside", pause.ends_on
    return ("ahead" if row.starts_on > today else "running"), None

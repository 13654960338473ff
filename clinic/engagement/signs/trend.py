"""Signs read off a slow fall of attendance against somebody's own baseline: D07."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from clinic.engagement.signs.baseline import (
    Comparison,
    compare,
    explained_by_excuses,
    grace_until,
    may_fall_short,
    may_have_fallen,
    mostly_unrecorded,
    span_of,
)
from clinic.engagement.signs.phrases import SERVICES, day_of, not_recorded, nothing_or_next_booked
from clinic.engagement.signs.sign import (
    IF_FOR_TODAY,
    IF_FOR_TOMORROW,
    Escalation,
    Finding,
    Level,
    Of,
    Point,
    Settles,
    Sign,
    To,
    Unit,
)
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.signs.weeks import DAYS, PARTS, last_whole_week, tallies
from clinic.engagement.timeline import Channel, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

NOON = 12 * 3600
EARLY_WEEKS = 3  # the newest weeks of which `falling_weeks_early` must be short
STEPS = ("FS-CALM", "FS-BARRIER", "FS-LEARN", "FS-SUPPORT", "FS-LEVEL")


def level_of(comparison: Comparison, thresholds: Thresholds) -> Level | None:
    """How far it has fallen; None when it has not, or not far enough."""
    then, now = comparison.all_before, comparison.all_recent
    if then.expected < thresholds.falling_sessions * comparison.unit or not (then.attended and now.expected):
        return None
    weeks = len(comparison.span.recent)
    fall = then.attended * now.expected - now.attended * then.expected
    if fall * 100 < thresholds.falling_points * then.expected * now.expected:
        return None
    if fall < thresholds.falling_a_week * weeks * comparison.unit * then.expected:
        return None
    falling = [service for service in comparison.recent if comparison.fell(service, thresholds)]
    if len(falling) < min(thresholds.falling_channels, len(comparison.recent)):
        return None
    short = [comparison.is_short(monday) for monday in comparison.span.recent]
    share = now.attended * then.expected * 100
    whole = then.attended * now.expected
    full = share <= thresholds.falling_ratio * whole and sum(short) >= thresholds.falling_weeks
    early = (
        share <= thresholds.falling_early * whole
        and sum(short[-EARLY_WEEKS:]) >= thresholds.falling_weeks_early
    )
    if not (full or early) or explained_by_excuses(comparison, thresholds):
        return None
    if comparison.gone(thresholds):
        return Level.TODAY
    return Level.TOMORROW if full else Level.TWO_DAYS


def find_falling(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D07: attendance falls against the client's own baseline, in several services or in the only one.

    Helps whoever comes less and less and never misses enough in a row to be noticed. Compares the last
    `falling_recent` eligible weeks that are over with up to `falling_before` before them, `falling_least` at least,
    with `falling_sessions` expected in them. Within two days at `falling_early` percent of the earlier share, by
    tomorrow at `falling_ratio`, today where it is at most `falling_gone` percent in every service; and the fall is
    `falling_points` percent points and `falling_a_week` sessions a week or more. Silent for `grace_days` after a change
    of plan, where more than `excused_fall_percent` of the fall is excused, and where more than `unrecorded_percent` of
    the sessions is not recorded. Settles by itself with the first week that is not short, or once it is
    no longer so: whoever comes to half of it soon comes twice.
    """
    if not may_have_fallen(timeline, thresholds) or grace_until(timeline, thresholds) is not None:
        return ()
    span = span_of(timeline, thresholds)
    if len(span.before) < thresholds.falling_least or not may_fall_short(timeline, thresholds, span):
        return ()
    comparison = compare(timeline, thresholds, span)
    level = level_of(comparison, thresholds)
    if level is None or mostly_unrecorded(comparison, thresholds) is not None:
        return ()
    missed = tuple(sorted(index for tally in comparison.recent_tallies() for index in tally.missed))
    short = [monday for monday in span.recent if comparison.is_short(monday)]
    points = tuple(
        [
            _short_week(timeline, comparison, monday)
            for monday in short
            if not any(tally.missed for tally in comparison.weeks[monday].values())
        ]
    )
    newest_missed = timeline.record.starts[missed[-1]] if missed else 0
    weeks = len(span.recent)
    return (
        Finding(
            sign=D07.code,
            level=level,
            anchor=f"week:{short[0]}",
            title=ngettext_lazy(
                "Attendance falling over %(n)d week", "Attendance falling over %(n)d weeks", weeks
            ),
            timeline=timeline,
            missed=missed,
            tell=lambda: _tell(timeline, comparison, thresholds),
            counts_from=max(newest_missed, points[-1].at) if points else newest_missed,
            unrecorded=sum(tally.unrecorded for tally in comparison.recent_tallies()),
            steps=STEPS,
            points=points,
        ),
    )


def has_risen(timeline: Timeline, thresholds: Thresholds) -> bool:
    """Whether the newest eligible week that is over was no longer short: somebody came, and no less than before."""
    span = span_of(timeline, thresholds)
    if not span.before or not span.recent:
        return False
    comparison = compare(timeline, thresholds, span)
    newest = span.recent[-1]
    came = any(tally.attended for tally in comparison.weeks[newest].values())
    return came and not comparison.is_short(newest)


def _short_week(timeline: Timeline, comparison: Comparison, monday: int) -> Point:
    """A short week in which nothing was missed, because less was booked than planned."""
    sunday = monday + DAYS - 1
    attended = sum(tally.attended for tally in comparison.weeks[monday].values())
    return Point(
        Of.WEEK,
        monday,
        timeline.begins(sunday) + NOON,
        sunday,
        ngettext_lazy(
            "In the week of %(day)s %(n)d session was attended, fewer than planned.",
            "In the week of %(day)s %(n)d sessions were attended, fewer than planned.",
            attended,
            day=day_of(monday),
        ),
    )


def _sessions(amount: int, unit: int) -> int:
    """An amount in whole sessions, halves rounded up: what a plan expects in some weeks need not be whole."""
    return (2 * amount + unit) // (2 * unit)


def _tell(timeline: Timeline, comparison: Comparison, thresholds: Thresholds) -> list[Sentence]:
    then, now, span = comparison.all_before, comparison.all_recent, comparison.span
    falling = [SERVICES[each] for each in Channel if comparison.fell(each, thresholds)]
    found = comparison.recent_tallies()
    excused = sum(tally.excused for tally in found)
    called_off = sum(tally.called_off for tally in found)
    between = (span.recent[-1] - span.recent[0]) // DAYS + 1 - len(span.recent)
    why = [
        gettext_noop(
            "Attended %(now)d of %(of_now)d planned sessions in the last %(weeks)d weeks, "
            "%(then)d of %(of_then)d in the %(before)d before.",
            now=_sessions(now.attended, comparison.unit),
            of_now=_sessions(now.expected, comparison.unit),
            then=_sessions(then.attended, comparison.unit),
            of_then=_sessions(then.expected, comparison.unit),
            weeks=len(span.recent),
            before=len(span.before),
        ),
        gettext_noop("Falling: %(services)s.", services=falling),
    ]
    if excused:
        why.append(
            ngettext_lazy(
                "Not counted: %(n)d excused session.", "Not counted: %(n)d excused sessions.", excused
            )
        )
    if called_off:
        why.append(
            ngettext_lazy(
                "Not counted: %(n)d session the clinic called off or was closed for.",
                "Not counted: %(n)d sessions the clinic called off or was closed for.",
                called_off,
            )
        )
    if between:
        why.append(
            ngettext_lazy(
                "Not counted: %(n)d week paused or mostly closed.",
                "Not counted: %(n)d weeks paused or mostly closed.",
                between,
            )
        )
    unrecorded = sum(tally.unrecorded for tally in found)
    return [*why, *not_recorded(unrecorded), nothing_or_next_booked(timeline)]


def state(timeline: Timeline, thresholds: Thresholds) -> Sentence | None:
    """Why attendance is not compared on this day, for screens; None when it is."""
    if (until := grace_until(timeline, thresholds)) is not None:
        return gettext_noop("The plan changed; attendance is compared again from %(day)s.", day=day_of(until))
    span = span_of(timeline, thresholds)
    if len(span.recent) < thresholds.falling_recent or len(span.before) < thresholds.falling_least:
        return gettext_noop(
            "No baseline yet (%(have)d of %(needed)d weeks).",
            have=len(span.before),
            needed=thresholds.falling_least,
        )
    comparison = compare(timeline, thresholds, span)
    planned = comparison.all_before.expected // comparison.unit
    if planned < thresholds.falling_sessions:
        return gettext_noop(
            "No baseline yet (%(have)d of %(needed)d planned sessions).",
            have=planned,
            needed=thresholds.falling_sessions,
        )
    if (unrecorded := mostly_unrecorded(comparison, thresholds)) is not None:
        return gettext_noop(
            "Not enough data: %(n)d of %(all)d sessions are not recorded.", n=unrecorded[0], all=unrecorded[1]
        )
    return None


class Bar(NamedTuple):
    """One service in one week, for the small bars: attended of expected."""

    service: Channel
    attended: int
    expected: float


class WeekShown(NamedTuple):
    """One week of the strip: whether it was compared, and if not, why."""

    monday: date
    recent: bool
    bars: tuple[Bar, ...]
    left_out: Sentence | None = None


def weeks(timeline: Timeline, thresholds: Thresholds) -> list[WeekShown]:
    """The weeks from the first compared to the last that is over, oldest first, for the client's page."""
    span = span_of(timeline, thresholds)
    compared = {*span.before, *span.recent}
    last = last_whole_week(timeline.today)
    shown = tuple(range(min(compared, default=last), last + 1, DAYS))
    found = tallies(timeline, shown)
    return [
        WeekShown(
            day_of(monday),
            monday in span.recent,
            tuple(
                Bar(service, tally.attended, tally.asked / PARTS)
                for service, tally in sorted(found[monday].items())
            ),
            None if monday in compared else _left_out(timeline, monday),
        )
        for monday in shown
    ]


def _left_out(timeline: Timeline, monday: int) -> Sentence:
    if timeline.paused_days(monday, monday + DAYS - 1):
        return gettext_noop("Not counted: paused.")
    if monday < timeline.record.admitted:
        return gettext_noop("Not counted: the stay had only begun.")
    return gettext_noop("Not counted: the clinic was mostly closed.")


D07 = Sign(
    code="D07",
    title=gettext_noop("Attendance is falling"),
    family="trend",
    levels=(Level.TODAY, Level.TOMORROW, Level.TWO_DAYS),
    sources=("001:50", "003:9"),
    thresholds=(
        "falling_recent",
        "falling_before",
        "falling_least",
        "falling_sessions",
        "falling_ratio",
        "falling_early",
        "falling_gone",
        "falling_points",
        "falling_a_week",
        "falling_weeks",
        "falling_weeks_early",
        "falling_channel",
        "falling_channels",
        "eligible_days",
        "grace_days",
        "excused_fall_percent",
        "unrecorded_percent",
    ),
    settles=Settles.MENDED,
    meaning=gettext_noop("A slow fall is easy to overlook while somebody still comes now and then."),
    over=has_risen,
    find=find_falling,
    escalation=(
        # A fall is talked about in supervision in the same week, whatever its level.
        Escalation((Level.TODAY, Level.TOMORROW, Level.TWO_DAYS), To.DIGEST, Unit.AT_ONCE),
        *IF_FOR_TODAY,
        *IF_FOR_TOMORROW,
    ),
)

"""Signs read off counselling sessions: D02a, D02b, D02c."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from clinic.engagement.signs.phrases import (
    any_late,
    cancelled_by_us,
    day_of,
    days_of,
    not_recorded,
    nothing_or_next_booked,
    with_thanks,
)
from clinic.engagement.signs.sign import (
    IF_FOR_TODAY,
    IF_FOR_TOMORROW,
    IF_WITHIN_TWO_DAYS,
    Escalation,
    Finding,
    Level,
    Settles,
    Sign,
    To,
    Unit,
    is_early,
)
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Channel, ChannelDay, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

COUNSELLING = Channel.COUNSELLING
SESSIONS_READ = 8


def _run(timeline: Timeline) -> tuple[list[ChannelDay], list[ChannelDay]]:
    """The counselling days missed in a row up to now, and those before them; both newest first."""
    days = timeline.newest_days(COUNSELLING, SESSIONS_READ)
    length = next((position for position, day in enumerate(days) if not day.missed), len(days))
    return days[:length], days[length:]


def _came_last_time(timeline: Timeline) -> bool:
    """A quick look that spares most clients the walk: the newest counselling day was attended, or there was none."""
    marks = timeline.came_and_missed(COUNSELLING)
    missed, came = marks.rfind(b"M"), marks.rfind(b"A")
    days = timeline.record.days
    # Of two on one day, one attended is enough.
    return missed <= came or (came >= 0 and days[came] == days[missed])


def _indices(days: list[ChannelDay]) -> list[int]:
    return [index for day in reversed(days) for index in day.indices]


def _finding(
    timeline: Timeline,
    sign: Sign,
    missed: list[ChannelDay],
    level: Level,
    tell: Callable[[], list[Sentence]],
    steps: tuple[str, ...],
    title: Sentence | None = None,
) -> Finding:
    indices = _indices(missed)
    unrecorded = timeline.unrecorded_since(missed[-1].day - 1, COUNSELLING)
    return Finding(
        sign=sign.code,
        level=level,
        anchor=str(timeline.record.ids[indices[0]]),
        title=title or sign.title,
        timeline=timeline,
        missed=tuple(indices),
        tell=lambda: [
            *tell(),
            *cancelled_by_us(timeline, _last_attended_before(timeline, indices[0])),
            *not_recorded(unrecorded),
        ],
        counts_from=timeline.record.starts[indices[-1]],
        unrecorded=unrecorded,
        steps=with_thanks(steps, any_late(timeline, indices)),
    )


def _last_attended_before(timeline: Timeline, index: int) -> int:
    """The day of the last counselling session attended before the one at `index`; of admission when there is none."""
    before = timeline.came_and_missed(COUNSELLING).rfind(b"A", 0, index)
    return timeline.record.days[before] if before >= 0 else timeline.record.admitted


def find_single_missed(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D02a: the newest counselling session was missed, the one before it was not.

    Helps whoever missed for the first time, when a friendly call does most. Counts one missed session up to
    `recent_days` old; in the first `early_days` of an episode it is for tomorrow. Settles with one attended contact.
    """
    if _came_last_time(timeline):
        return ()
    run, before = _run(timeline)
    if len(run) != 1 or timeline.today - run[0].day > thresholds.recent_days:
        return ()
    level = Level.TOMORROW if is_early(timeline, thresholds) else Level.CHECK_IN

    def tell() -> list[Sentence]:
        attended = next((position for position, day in enumerate(before) if day.missed), len(before))
        why = [_what_was_missed(timeline, run[0])]
        if attended:
            why.append(
                ngettext_lazy("The one before was attended.", "The %(n)d before were attended.", attended)
            )
        return why

    return (_finding(timeline, D02A, run, level, tell, ("FS-CALM", "FS-RESUME")),)


def _what_was_missed(timeline: Timeline, missed: ChannelDay) -> Sentence:
    day = day_of(missed.day)
    if not any_late(timeline, missed.indices):
        return gettext_noop("Counselling on %(day)s was missed.", day=day)
    if len(missed.indices) == 1:
        return gettext_noop("Counselling on %(day)s was cancelled with under 24 hours’ notice.", day=day)
    return gettext_noop(
        "Counselling on %(day)s was missed or cancelled with under 24 hours’ notice.", day=day
    )


def find_missed_in_a_row(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D02b: `counselling_watch` (2) or `counselling_urgent` (3) counselling sessions missed in a row.

    Helps whoever is dropping counselling. Counts countable counselling days in order, the last of them at most
    `recent_days` old; an attended one ends the run. In the first `early_days` of an episode two in a row are for
    today. Settles with counselling on two days within `settle_days`.
    """
    if _came_last_time(timeline):
        return ()
    run, before = _run(timeline)
    if len(run) < thresholds.counselling_watch or timeline.today - run[0].day > thresholds.recent_days:
        return ()
    if len(run) == SESSIONS_READ:
        run = _whole_run(timeline)
        before = []
    late = any_late(timeline, _indices(run))
    urgent = len(run) >= thresholds.counselling_urgent or is_early(timeline, thresholds)

    def tell() -> list[Sentence]:
        days = days_of(timeline, _indices(run))
        if late:
            why = [
                ngettext_lazy(
                    "%(n)d counselling session missed or cancelled with under 24 hours’ notice (%(days)s).",
                    "%(n)d counselling sessions in a row missed or cancelled with under 24 hours’ notice (%(days)s).",
                    len(run),
                    days=days,
                )
            ]
        else:
            why = [
                ngettext_lazy(
                    "%(n)d counselling session missed (%(days)s).",
                    "%(n)d counselling sessions missed in a row (%(days)s).",
                    len(run),
                    days=days,
                )
            ]
        if before:
            why.append(
                ngettext_lazy(
                    "The one before was attended.",
                    "Attended %(came)d of the %(n)d before.",
                    len(before),
                    came=sum(not day.missed for day in before),
                )
            )
        others = len(timeline.sessions_after(timeline.record.starts[run[-1].indices[0]]))
        if others:
            why.append(
                ngettext_lazy(
                    "Came to %(n)d other session meanwhile.", "Came to %(n)d others meanwhile.", others
                )
            )
        return [*why, nothing_or_next_booked(timeline)]

    steps: tuple[str, ...] = ("FS-CALM", "FS-NOBLAME", "FS-BARRIER", "FS-RESUME", "FS-PLAN")
    if urgent:
        steps = (*steps, "FS-SUPPORT", "FS-SAFE")
    title = ngettext_lazy(
        "Counselling missed %(n)d time in a row", "Counselling missed %(n)d times in a row", len(run)
    )
    if late:
        title = ngettext_lazy(
            "Counselling missed or cancelled late %(n)d time in a row",
            "Counselling missed or cancelled late %(n)d times in a row",
            len(run),
        )
    level = Level.TODAY if urgent else Level.TOMORROW
    return (_finding(timeline, D02B, run, level, tell, steps, title),)


def _whole_run(timeline: Timeline) -> list[ChannelDay]:
    run = []
    for day in timeline.channel_days(COUNSELLING):
        if not day.missed:
            break
        run.append(day)
    return run


def find_missed_of_last(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D02c: `counselling_k` (3) of the last `counselling_n` (6) counselling sessions missed, or `counselling_k_high`.

    Helps whoever comes now and then. Counts countable counselling days at most `counselling_window` days old and needs
    `counselling_least` of them. Where the programme's own rate of missed sessions is above `no_show_rate_high`, one
    more is needed. Settles with counselling on two days within `settle_days`.
    """
    more = 1 if thresholds.no_show_rate > thresholds.no_show_rate_high else 0
    oldest = timeline.today - thresholds.counselling_window
    marks = timeline.came_and_missed(COUNSELLING)
    # There are no more missed days than missed sessions, and counting those is cheap.
    first = bisect_left(timeline.record.days, oldest, 0, timeline.size)
    if marks.count(b"M", first) < thresholds.counselling_k + more:
        return ()
    newest = timeline.newest_days(COUNSELLING, thresholds.counselling_n)
    days = [day for day in newest if day.day >= oldest]
    missed = [day for day in days if day.missed]
    if len(days) < thresholds.counselling_least or len(missed) < thresholds.counselling_k + more:
        return ()
    level = Level.TOMORROW if len(missed) >= thresholds.counselling_k_high + more else Level.TWO_DAYS

    def tell() -> list[Sentence]:
        if any_late(timeline, _indices(missed)):
            return [
                ngettext_lazy(
                    "%(n)d of the last %(of)d counselling sessions missed or cancelled with under 24 hours’ notice "
                    "since %(day)s.",
                    "%(n)d of the last %(of)d counselling sessions missed or cancelled with under 24 hours’ notice "
                    "since %(day)s.",
                    len(missed),
                    of=len(days),
                    day=day_of(missed[-1].day),
                )
            ]
        return [
            ngettext_lazy(
                "%(n)d of the last %(of)d counselling sessions missed since %(day)s.",
                "%(n)d of the last %(of)d counselling sessions missed since %(day)s.",
                len(missed),
                of=len(days),
                day=day_of(missed[-1].day),
            )
        ]

    return (_finding(timeline, D02C, missed, level, tell, ("FS-BARRIER", "FS-LEARN", "FS-RESUME")),)


_SOURCES = ("000:13", "001:50", "003:9")

D02A = Sign(
    code="D02a",
    title=gettext_noop("Brief check-in after a missed session"),
    family="counselling",
    levels=(Level.TOMORROW, Level.CHECK_IN),
    sources=_SOURCES,
    thresholds=("recent_days", "early_days"),
    settles=Settles.ONE_CONTACT,
    meaning=gettext_noop("Following up the very first missed session keeps most people coming."),
    find=find_single_missed,
)
D02B = Sign(
    code="D02b",
    title=gettext_noop("Counselling missed several times in a row"),
    family="counselling",
    levels=(Level.TODAY, Level.TOMORROW),
    sources=_SOURCES,
    thresholds=("counselling_watch", "counselling_urgent", "recent_days", "early_days", "settle_days"),
    settles=Settles.TWO_SESSIONS,
    meaning=gettext_noop(
        "Skipping counselling sessions is a documented sign; three in a row is how drop-out is counted."
    ),
    services=b"c",
    find=find_missed_in_a_row,
    escalation=(
        *IF_FOR_TODAY,
        Escalation((Level.TODAY,), To.CONFERENCE, Unit.BUSINESS_DAYS_UNREACHED, 5),
        *IF_FOR_TOMORROW,
    ),
)
D02C = Sign(
    code="D02c",
    title=gettext_noop("Several counselling sessions missed"),
    family="counselling",
    levels=(Level.TOMORROW, Level.TWO_DAYS),
    sources=_SOURCES,
    thresholds=(
        "counselling_k",
        "counselling_k_high",
        "counselling_n",
        "counselling_least",
        "counselling_window",
        "no_show_rate",
        "no_show_rate_high",
        "settle_days",
    ),
    settles=Settles.TWO_SESSIONS,
    meaning=gettext_noop("Coming now and then is an early form of skipping sessions, and easier to mend."),
    services=b"c",
    find=find_missed_of_last,
    escalation=(
        *IF_FOR_TOMORROW,
        *IF_WITHIN_TWO_DAYS,
    ),
)

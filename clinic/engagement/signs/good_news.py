"""Good news: D14, somebody is back. It is listed like everything else, and never hidden."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

from clinic.engagement.signs.phrases import SERVICES, day_of, nothing_or_next_booked
from clinic.engagement.signs.sign import Finding, Kind, Level, Settles, Sign
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import PRESENT, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

# Read in the session itself: whoever shows them has not been away.
SEEN_THERE = frozenset(("D04", "D18"))
# Doses come and go: only several missed in a row make the next one a return.
DOSES = "D09"
BACK = "D14"
DAYS_BETWEEN_RETURNS = 7
A_DAY = 86400


def find_return(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D14: attended again, after `absent_days` without contact or after a sign that was for tomorrow or today.

    Helps to receive whoever comes back as somebody welcome. The first attended appointment after (i) `absent_days` (14)
    or more without an attended contact, pauses left out; talks on the way back do not take its place; or (ii) a sign
    raised in the `back_days` (60) before it, with no other attended appointment since. Not the first of an episode,
    and once in 7 days. Raised for `back_shown_days` after it. Good news; a person closes it.
    """
    last = timeline.last_attended
    days = timeline.record.days
    if last < 0 or days[last] < timeline.today - thresholds.back_shown_days:
        return ()
    shown = bisect_left(days, timeline.today - thresholds.back_shown_days, 0, timeline.size)
    earlier = timeline.attended_before(shown)
    if not _was_away(timeline, earlier, thresholds) and not _may_be_signed(timeline, earlier, thresholds):
        return ()
    index = next(_returns(timeline, thresholds), -1)
    if index < 0:
        return ()
    before = timeline.attended_before(index)
    away = _days_between(timeline, days[before], days[index])

    def tell() -> list[Sentence]:
        event = timeline.event(index)
        return [
            ngettext_lazy(
                "Attended %(service)s on %(day)s after %(n)d day.",
                "Attended %(service)s on %(day)s after %(n)d days.",
                away,
                service=SERVICES[event.channel],
                day=day_of(event.day),
            ),
            nothing_or_next_booked(timeline),
        ]

    return (
        Finding(
            sign=D14.code,
            level=Level.GOOD_NEWS,
            anchor=f"back:{timeline.record.ids[index]}",
            title=D14.title,
            timeline=timeline,
            missed=(index,),
            tell=tell,
            counts_from=timeline.record.starts[index],
            steps=(
                "FS-STRENGTH",
                "FS-LEARN",
                "FS-PLAN",
                "FS-NEXT",
                *(("FS-MED",) if _on_medication(timeline) else ()),
            ),
        ),
    )


def _on_medication(timeline: Timeline) -> bool:
    """A medical check belongs to the return of whoever is on medication."""
    today = timeline.today
    return timeline.daily_dosing or any(
        each.first <= today and (each.last is None or today <= each.last) for each in timeline.known.orders
    )


def _was_away(timeline: Timeline, earlier: int, thresholds: Thresholds) -> bool:
    """A quick look that spares most clients the walk: nobody seen between the days shown and the days of absence.

    `earlier` is the place of the newest attended appointment before the days shown.
    """
    if thresholds.absent_days <= thresholds.back_shown_days:
        return True
    return earlier >= 0 and timeline.record.days[earlier] <= timeline.today - thresholds.absent_days


def _may_be_signed(timeline: Timeline, earlier: int, thresholds: Thresholds) -> bool:
    """Another quick look: something on record was read off what came after `earlier`."""
    if not timeline.on_record:
        return False
    judged_from = timeline.today - thresholds.back_shown_days - thresholds.back_days
    seen = timeline.record.starts[earlier] if earlier >= 0 else 0
    for each in timeline.on_record:
        if (
            (each.last_missed >= seen or each.counts_from >= seen)
            and each.judged_on >= judged_from
            and each.rank <= Level.TOMORROW.rank
        ):
            return True
    return False


def _returns(timeline: Timeline, thresholds: Thresholds) -> Iterator[int]:
    """The places of the attended appointments of the last days that are returns, oldest first."""
    days, marks = timeline.record.days, timeline.marks
    first = bisect_left(days, timeline.today - thresholds.back_shown_days, 0, timeline.size)
    before = timeline.attended_before(first)
    for index in range(first, timeline.size):
        if marks[index] in PRESENT:
            if (
                before >= 0
                and (
                    _absent(timeline, before, index, thresholds)
                    or _signed(timeline, before, index, thresholds)
                )
                and not _just_welcomed(timeline, index)
            ):
                yield index
            before = index


def _absent(timeline: Timeline, before: int, index: int, thresholds: Thresholds) -> bool:
    """Whether somewhere between two attended appointments there was no contact for long."""
    days, starts = timeline.record.days, timeline.record.starts
    if days[index] - days[before] < thresholds.absent_days:
        return False
    talks = [day for at, day in timeline.contacts if starts[before] < at < starts[index]]
    met = [days[before], *talks, days[index]]
    return any(_days_between(timeline, one, other) >= thresholds.absent_days for one, other in pairwise(met))


def _signed(timeline: Timeline, before: int, index: int, thresholds: Thresholds) -> bool:
    """Whether a sign for tomorrow or today stands on record of the days up to the later of two appointments, read off
    something after the earlier one.
    """
    starts, day = timeline.record.starts, timeline.record.days[index]
    return any(
        each.rank <= (Level.TODAY if each.sign == DOSES else Level.TOMORROW).rank
        and not each.withdrawn
        and each.sign not in SEEN_THERE
        and each.judged_on < timeline.today
        and 0 <= day - each.judged_on <= thresholds.back_days
        and starts[before] <= max(each.counts_from, each.last_missed) < starts[index]
        for each in timeline.on_record
    )


def _just_welcomed(timeline: Timeline, index: int) -> bool:
    """Whether another return of the last days is on record: doses come and go."""
    start = timeline.record.starts[index]
    return any(
        each.sign == BACK
        and not each.withdrawn
        and 0 < start - each.counts_from < DAYS_BETWEEN_RETURNS * A_DAY
        for each in timeline.on_record
    )


def _days_between(timeline: Timeline, first: int, last: int) -> int:
    return last - first - timeline.paused_days(first + 1, last)


D14 = Sign(
    code="D14",
    title=gettext_noop("Welcome back"),
    family="good_news",
    levels=(Level.GOOD_NEWS,),
    sources=("000:20", "002:21", "004:12", "004:61"),
    thresholds=("absent_days", "back_days", "back_shown_days"),
    settles=Settles.PERSON,
    meaning=gettext_noop("Coming back takes courage, and a warm welcome makes the next visit easier."),
    find=find_return,
    kind=Kind.GOOD_NEWS,
    absence=False,
)

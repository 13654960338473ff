"""Signs read off follow-up appointments: D01."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.engagement.signs.phrases import SERVICES, day_of, not_recorded, nothing_or_next_booked
from clinic.engagement.signs.sign import Finding, Level, Settles, Sign, Thresholds
from clinic.engagement.timeline import COUNTABLE, PRESENT, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

FOLLOW_UP_PURPOSES = frozenset(b"fuctFUCT")
FOLLOW_UP_CHANNELS = frozenset(b"mk")
NO_PURPOSE = frozenset(b"-+")
EARLIER_DAYS = 60
FIRST = frozenset(b"fF")
REBOOKED = frozenset(b"RFUCT+")


def is_follow_up(channel: int, purpose: int) -> bool:
    """Whether an appointment counts as a follow-up: by its purpose, or medical or case management without one."""
    return purpose in FOLLOW_UP_PURPOSES or (purpose in NO_PURPOSE and channel in FOLLOW_UP_CHANNELS)


def find_missed_follow_up(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D01: one missed follow-up is enough.

    Helps whoever let a medical visit, a care review or the first visit pass. Counts a missed follow-up of any channel
    with no attended contact since, however old; with a contact since, one up to `found_late_days` old, as a check-in.
    The run of missed follow-ups between two contacts is one finding. Settles with one attended contact.
    """
    walk = _missed_follow_ups(timeline, timeline.today - thresholds.found_late_days)
    missed = next(walk, None)
    if missed is None:
        return ()
    record = timeline.record
    newest_contact = record.starts[timeline.last_attended] if timeline.last_attended >= 0 else 0
    if timeline.contacts:
        newest_contact = max(newest_contact, timeline.contacts[-1][0])
    seen_since = newest_contact > record.starts[missed]
    if seen_since and timeline.today - record.days[missed] > thresholds.found_late_days:
        return ()
    run, earlier = _run_and_earlier(timeline, missed)
    level = Level.CHECK_IN if seen_since else _level(timeline, run, thresholds)
    unrecorded = timeline.unrecorded_since(record.days[run[0]] - 1)

    def tell() -> list[Sentence]:
        event = timeline.event(missed)
        why = [
            gettext_noop(
                "The %(service)s appointment on %(day)s was missed.",
                service=SERVICES[event.channel],
                day=day_of(event.day),
            )
        ]
        if earlier:
            why.append(
                ngettext_lazy(
                    "%(n)d other follow-up missed in the 60 days before.",
                    "%(n)d other follow-ups missed in the 60 days before.",
                    earlier,
                )
            )
        return [*why, nothing_or_next_booked(timeline), *not_recorded(unrecorded)]

    return (
        Finding(
            sign=D01.code,
            level=level,
            anchor=str(record.ids[run[0]]),
            title=D01.title,
            timeline=timeline,
            missed=tuple(run),
            tell=tell,
            counts_from=max(record.starts[missed], newest_contact),
            unrecorded=unrecorded,
            steps=("FS-CALM", "FS-BARRIER", "FS-RESUME", "FS-WAYBACK"),
        ),
    )


def _missed_follow_ups(timeline: Timeline, since: int, before: int | None = None) -> Iterator[int]:
    """Indices of the missed follow-ups before position `before`, newest first, back to the day `since` or, if that is
    further back, to the last attended appointment. A day of a channel on which another was attended is left out.
    """
    channels, purposes, days = timeline.channels, timeline.record.purposes, timeline.record.days
    seen = timeline.last_attended if before is None else timeline.attended_before(before)
    index = timeline.newest_missed if before is None else timeline.missed_before(before)
    while index >= 0 and (index > seen or days[index] >= since):
        if is_follow_up(channels[index], purposes[index]) and not _attended_that_day(timeline, index):
            yield index
        index = timeline.missed_before(index)


def _run_and_earlier(timeline: Timeline, newest: int) -> tuple[list[int], int]:
    """The missed follow-ups up to `newest` with no contact between them, oldest first; how many in the days before."""
    days, starts = timeline.record.days, timeline.record.starts
    seen, since = timeline.attended_before(newest), days[newest] - EARLIER_DAYS
    spoke = max((at for at, _ in timeline.contacts if at < starts[newest]), default=-1)
    run, earlier = [newest], 0
    for index in _missed_follow_ups(timeline, since, newest):
        if index > seen and starts[index] >= spoke:
            run.append(index)
        earlier += days[index] >= since
    return run[::-1], earlier


def _attended_that_day(timeline: Timeline, index: int) -> bool:
    """Whether another appointment of the same channel was attended on the same day."""
    record, marks = timeline.record, timeline.marks
    day, channel = record.days[index], record.channels[index]
    for step in (-1, 1):
        other = index + step
        while 0 <= other < timeline.size and record.days[other] == day:
            if record.channels[other] == channel and marks[other] in PRESENT:
                return True
            other += step
    return False


def _level(timeline: Timeline, run: list[int], thresholds: Thresholds) -> Level:
    record = timeline.record
    for index in run:
        purpose = record.purposes[index]
        if purpose in FIRST or purpose in REBOOKED or index == _first_countable(timeline):
            return Level.TODAY
        for pause in record.pauses:
            if pause.last is not None and 0 < record.days[index] - pause.last <= thresholds.after_pause_days:
                return Level.TODAY
    return Level.TOMORROW


def _first_countable(timeline: Timeline) -> int:
    return next((i for i, mark in enumerate(timeline.marks) if mark in COUNTABLE), -1)


D01 = Sign(
    code="D01",
    title=gettext_noop("Missed follow-up: check in and re-book"),
    family="appointments",
    levels=(Level.TODAY, Level.TOMORROW, Level.CHECK_IN),
    sources=("000:12", "001:50"),
    thresholds=("after_pause_days", "found_late_days"),
    settles=Settles.ONE_CONTACT,
    meaning=gettext_noop("Missing follow-ups is named among the first signs that somebody is slipping away."),
    find=find_missed_follow_up,
)

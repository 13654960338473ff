"""Facts that several families put into words the same way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time

from clinic.engagement.signs.sign import Settles
from clinic.engagement.timeline import CHANNEL_LETTER, LATE_CANCELLATION, Channel, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

SERVICES: dict[Channel, Sentence] = {
    Channel.COUNSELLING: gettext_noop("counselling"),
    Channel.GROUP: gettext_noop("group"),
    Channel.MEDICAL: gettext_noop("medical"),
    Channel.DOSING: gettext_noop("dosing"),
    Channel.CASE_MANAGEMENT: gettext_noop("case management"),
    Channel.MUTUAL_AID: gettext_noop("mutual aid"),
}
SERVICE_OF = {ord(letter): SERVICES[channel] for channel, letter in CHANNEL_LETTER.items()}
DATES_SHOWN = 6
A_DAY = 86400
_DOSING = ord("d")
_LATE = ord(LATE_CANCELLATION)


def day_of(ordinal: int) -> date:
    """The calendar day of an ordinal."""
    return date.fromordinal(ordinal)


def time_of(timeline: Timeline, index: int) -> time:
    """The time of day at which an appointment begins in the clinic's zone.

    Counted from the end of its day: clocks are put forward and back in the night, before anybody comes.
    """
    record = timeline.record
    left = timeline.begins(record.days[index] + 1) - record.starts[index]
    hour, minute = divmod((A_DAY - left) // 60 % (24 * 60), 60)
    return time(hour, minute)


def any_late(timeline: Timeline, indices: Iterable[int]) -> bool:
    """Whether one of those that count as missed was cancelled, too late: the words then say so, and thank for it."""
    return any(timeline.marks[index] == _LATE for index in indices)


def with_thanks(steps: tuple[str, ...], late: bool) -> tuple[str, ...]:
    """The steps for somebody who told us, if late: thanks come first."""
    return ("FS-THANKS", *steps) if late else steps


def days_of(timeline: Timeline, indices: Sequence[int]) -> list[date] | Sentence:
    """The days of some appointments, oldest first as the indices are, each once. Of many only the newest few, which
    the words then say.
    """
    days = timeline.record.days
    shown: list[int] = []
    for index in reversed(indices):
        if not shown or days[index] != shown[-1]:
            if len(shown) == DATES_SHOWN:
                break
            shown.append(days[index])
    latest = [date.fromordinal(day) for day in reversed(shown)]
    if len(shown) < DATES_SHOWN or days[indices[0]] == shown[-1]:
        return latest
    return gettext_noop("the latest on %(days)s", days=latest)


def nothing_or_next_booked(timeline: Timeline) -> Sentence:
    """What is booked next, in a sentence."""
    if timeline.next_booked is None:
        return gettext_noop("Nothing is booked.")
    return gettext_noop("Next booked: %(day)s.", day=day_of(timeline.next_booked))


def last_seen(timeline: Timeline) -> Sentence:
    """When and where the last attended appointment was."""
    index = timeline.last_attended
    if index < 0:
        return gettext_noop(
            "No attended contact since admission on %(day)s.", day=day_of(timeline.record.admitted)
        )
    event = timeline.event(index)
    return gettext_noop(
        "Last seen %(day)s (%(service)s).", day=day_of(event.day), service=SERVICES[event.channel]
    )


def last_contact(timeline: Timeline) -> Sentence:
    """When the last contact was: a talk or a short visit where that is newer than the last attended appointment."""
    index, contacts = timeline.last_attended, timeline.contacts
    if contacts and (index < 0 or contacts[-1][0] > timeline.record.starts[index]):
        return gettext_noop("Last in contact %(day)s.", day=day_of(contacts[-1][1]))
    return last_seen(timeline)


def not_recorded(count: int) -> list[Sentence]:
    """How many sessions in the window nobody has recorded; they count for nothing. Nothing is said of none."""
    if not count:
        return []
    return [
        ngettext_lazy(
            "%(n)d session is not recorded yet and counts for nothing.",
            "%(n)d sessions are not recorded yet and count for nothing.",
            count,
        )
    ]


def cancelled_by_us(timeline: Timeline, since: int) -> list[Sentence]:
    """How many sessions after the day `since` the clinic itself cancelled, doses left out: a possible cause of what the
    client then missed (clinical basis, 2.3). Nothing is said of none.
    """
    marks, days = timeline.marks, timeline.record.days
    count, index = 0, marks.rfind(b"K")
    while index >= 0 and days[index] > since:
        count += timeline.channels[index] != _DOSING
        index = marks.rfind(b"K", 0, index)
    if not count:
        return []
    return [
        ngettext_lazy(
            "%(n)d session since %(day)s was cancelled by the clinic.",
            "%(n)d sessions since %(day)s were cancelled by the clinic.",
            count,
            day=day_of(since),
        )
    ]


_SETTLES: dict[Settles, Sentence] = {
    Settles.ONE_CONTACT: gettext_noop("Settles by itself after one attended contact."),
    Settles.MENDED: gettext_noop("Closes by itself once it is mended."),
    Settles.PERSON: gettext_noop("Stays until somebody closes it."),
    Settles.MEDICAL: gettext_noop("Stays until medical staff confirm it."),
}


def settles_by_itself(settles: Settles, days: int) -> Sentence:
    """What settles a finding, said beside it; `days` is the rule set's `settle_days`."""
    if settles in _SETTLES:
        return _SETTLES[settles]
    return ngettext_lazy(
        "Settles by itself after 2 attended sessions within %(n)d day.",
        "Settles by itself after 2 attended sessions within %(n)d days.",
        days,
    )

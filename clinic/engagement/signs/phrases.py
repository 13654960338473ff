"""Facts that several families put into words the same way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from clinic.engagement.signs.sign import Settles
from clinic.engagement.timeline import Channel, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

SERVICES: dict[Channel, Sentence] = {
    Channel.COUNSELLING: gettext_noop("counselling"),
    Channel.GROUP: gettext_noop("group"),
    Channel.MEDICAL: gettext_noop("medical"),
    Channel.DOSING: gettext_noop("dosing"),
    Channel.CASE_MANAGEMENT: gettext_noop("case management"),
    Channel.MUTUAL_AID: gettext_noop("mutual aid"),
}
DATES_SHOWN = 6


def day_of(ordinal: int) -> date:
    """The calendar day of an ordinal."""
    return date.fromordinal(ordinal)


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


def settles_by_itself(settles: Settles, days: int) -> Sentence:
    """What settles a finding, said beside it; `days` is the rule set's `settle_days`."""
    if settles is Settles.ONE_CONTACT:
        return gettext_noop("Settles by itself after one attended contact.")
    return ngettext_lazy(
        "Settles by itself after 2 attended sessions within %(n)d day.",
        "Settles by itself after 2 attended sessions within %(n)d days.",
        days,
    )

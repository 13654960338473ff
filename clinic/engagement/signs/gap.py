"""The gap since the last attended contact, as D06 and D08 both read it."""

from __future__ import annotations

from clinic.engagement.signs.phrases import day_of, last_seen
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy


def silence_anchor(timeline: Timeline) -> tuple[str, int]:
    """The fingerprint of a silence, the last attended contact it began with, and that contact's epoch second."""
    record, index = timeline.record, timeline.last_attended
    start = record.starts[index] if index >= 0 else 0
    spoken = [at for at, _ in timeline.contacts if at > start]
    if spoken:
        return f"spoke:{spoken[-1]}", spoken[-1]
    return (f"seen:{record.ids[index]}" if index >= 0 else "admission"), start


def mostly_unrecorded(timeline: Timeline, thresholds: Thresholds) -> int:
    """How many sessions in the gap nobody has recorded, when they are more than `unrecorded_percent` of it; else 0."""
    unrecorded = timeline.unrecorded_since(timeline.gap_start)
    total = unrecorded + len(timeline.missed_in_gap)
    return unrecorded if unrecorded * 100 > thresholds.unrecorded_percent * total else 0


def last_contact(timeline: Timeline) -> list[Sentence]:
    """The last attended appointment and, where somebody spoke or met with the client later, that day too."""
    said = [last_seen(timeline)]
    _, start = silence_anchor(timeline)
    spoken = [day for at, day in timeline.contacts if at >= start > 0]
    seen = timeline.record.days[timeline.last_attended] if timeline.last_attended >= 0 else 0
    if spoken and spoken[-1] > seen:
        said.append(gettext_noop("Spoke or met on %(day)s.", day=day_of(spoken[-1])))
    return said


def tries_since(timeline: Timeline) -> list[Sentence]:
    """How often somebody has tried to reach the client since the last contact; nothing is said of never."""
    _, start = silence_anchor(timeline)
    tried = sum(each.at > start for each in timeline.known.tries)
    if not tried:
        return []
    return [ngettext_lazy("Tried %(n)d time since.", "Tried %(n)d times since.", tried)]

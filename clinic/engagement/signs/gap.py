"""The gap since the last attended contact, as D06 and D08 both read it."""

from __future__ import annotations

from clinic.engagement.signs.sign import Thresholds
from clinic.engagement.timeline import Timeline


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

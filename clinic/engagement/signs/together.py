"""What several signs mean together: some raise the level of others (clinical basis, D04, D14 and D18).

Nothing here finds a sign; it only looks at those found, and at those on record of the days before.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from clinic.engagement.signs.sign import Finding, Kind, Level, Sign
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import PRESENT, Timeline

QUIETER, NOTED, BACK = "D04", "D18", "D14"
ATTENDANCE_BESIDE_QUIETER = frozenset(("D02c", "D03", "D05"))
NEW_MISS = frozenset(("D01", "D02a", "D02b", "D02c", "D03", "D09"))
NO_OUTREACH_STEPS = ("FS-ATNEXT",)


def together(
    timeline: Timeline, thresholds: Thresholds, findings: Sequence[Finding], signs: dict[str, Sign]
) -> list[Finding]:
    """The findings of one day, with the level each has beside the others.

    D04 with D02c, D03 or D05 within `together_days` is for tomorrow. D18 with any sign read off attendance within
    `together_days` is one level higher. For `watch_days` after a return (D14) a new miss is one level higher while
    the client has not been seen since. For a client who asked for no outreach the first step of all but safety is to
    speak at the next session; a finding may say for itself whether it is about safety.
    """
    if not findings:
        return []
    codes = {finding.sign for finding in findings}
    lately = _lately(timeline, thresholds.together_days)
    back = _came_back(timeline, thresholds.watch_days)
    raised = []
    for finding in findings:
        level = finding.level
        if finding.sign == QUIETER and ATTENDANCE_BESIDE_QUIETER & (codes | lately):
            level = min(level, Level.TOMORROW, key=lambda each: each.rank)
        elif finding.sign == NOTED:
            if any(signs[code].absence for code in (codes | lately) if code in signs):
                level = level.higher()
        elif back is not None and _newly_missed(timeline, finding, back):
            level = level.higher()
        if level is not finding.level:
            finding = replace(finding, level=level)
        sign = signs[finding.sign]
        safety = sign.safety if finding.safety is None else finding.safety
        if timeline.known.no_outreach and sign.kind is Kind.DISENGAGEMENT and not safety:
            finding = replace(finding, steps=NO_OUTREACH_STEPS)
        raised.append(finding)
    return raised


def _newly_missed(timeline: Timeline, finding: Finding, back: int) -> bool:
    """Whether a finding holds an absence since the return, after which the client has not been seen again."""
    newest = finding.last_missed
    return finding.sign in NEW_MISS and newest > back and not timeline.attended_after(newest)


def _came_back(timeline: Timeline, days: int) -> int | None:
    """The epoch second of the newest return on record of the last days that still stands as attended."""
    starts, marks = timeline.record.starts, timeline.marks
    for found in reversed(timeline.on_record):
        if found.sign == BACK and not found.withdrawn and timeline.today - found.judged_on <= days:
            first = bisect_left(starts, found.counts_from, 0, timeline.size)
            last = bisect_right(starts, found.counts_from, first, timeline.size)
            if any(mark in PRESENT for mark in marks[first:last]):
                return found.counts_from
    return None


def _lately(timeline: Timeline, days: int) -> set[str]:
    """Signs raised on an earlier day and last found at most `days` ago."""
    return {
        found.sign
        for found in timeline.on_record
        if not found.withdrawn and timeline.today - found.judged_on <= days
    }

"""Every sign, in a tuple one can read. To add one: write its function in its family, and name it here."""

from __future__ import annotations

from clinic.engagement.signs.appointments import D01
from clinic.engagement.signs.counselling import D02A, D02B, D02C
from clinic.engagement.signs.discontinuation import D08
from clinic.engagement.signs.groups import D03
from clinic.engagement.signs.sign import Finding, Sign, Thresholds
from clinic.engagement.signs.silence import D06
from clinic.engagement.timeline import Timeline

CATALOGUE: tuple[Sign, ...] = (D01, D02A, D02B, D02C, D03, D06, D08)
BY_CODE: dict[str, Sign] = {sign.code: sign for sign in CATALOGUE}


def read_signs(timeline: Timeline, thresholds: Thresholds) -> list[Finding]:
    """Every finding that holds on this day: none outside an open episode, none inside a pause."""
    if not timeline.is_open or timeline.paused:
        return []
    return [finding for sign in CATALOGUE for finding in sign.find(timeline, thresholds)]

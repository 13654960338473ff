"""Every sign, in a tuple one can read. To add one: write its function in its family, and name it here."""

from __future__ import annotations

from clinic.engagement.signs.appointments import D01, D01B
from clinic.engagement.signs.cancellations import D05, D05D
from clinic.engagement.signs.counselling import D02A, D02B, D02C
from clinic.engagement.signs.discontinuation import D08
from clinic.engagement.signs.doses import D09
from clinic.engagement.signs.early import D13A, D13B, D13C
from clinic.engagement.signs.goals import D10, D11, D11B
from clinic.engagement.signs.good_news import D14
from clinic.engagement.signs.groups import D03, D03B
from clinic.engagement.signs.milestones import D15
from clinic.engagement.signs.observations import D18
from clinic.engagement.signs.outreach import D12, S04
from clinic.engagement.signs.participation import D04
from clinic.engagement.signs.sign import Finding, Sign
from clinic.engagement.signs.silence import D06
from clinic.engagement.signs.situations import S01, S02
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.signs.together import together
from clinic.engagement.signs.transitions import D16, S03
from clinic.engagement.signs.trend import D07
from clinic.engagement.signs.upkeep import D17
from clinic.engagement.timeline import Timeline

CATALOGUE: tuple[Sign, ...] = (
    D01,
    D01B,
    D02A,
    D02B,
    D02C,
    D03,
    D03B,
    D04,
    D05,
    D05D,
    D06,
    D07,
    D08,
    D09,
    D10,
    D11,
    D11B,
    D12,
    D13A,
    D13B,
    D13C,
    D14,
    D15,
    D16,
    D17,
    D18,
    S01,
    S02,
    S03,
    S04,
)
READ_IN_PAUSES = tuple(sign for sign in CATALOGUE if sign.in_pauses)
BY_CODE: dict[str, Sign] = {sign.code: sign for sign in CATALOGUE}


def read_signs(timeline: Timeline, thresholds: Thresholds) -> list[Finding]:
    """Every finding that holds on this day: none outside an open episode; inside a pause only those read in pauses."""
    if not timeline.is_open:
        return []
    signs = READ_IN_PAUSES if timeline.paused else CATALOGUE
    found = [finding for sign in signs for finding in sign.find(timeline, thresholds)]
    return together(timeline, thresholds, found, BY_CODE) if found else found

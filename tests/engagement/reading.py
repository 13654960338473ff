"""What a record says on a day, in the words the tables are written in."""

from __future__ import annotations

from clinic.engagement.signs.catalogue import read_signs
from clinic.engagement.signs.sign import Finding
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.timeline import Record
from tests.notation import day


def findings(record: Record, sign: str, ago: int = 0, thresholds: Thresholds = DEFAULTS) -> list[Finding]:
    """The findings of one sign, `ago` days before TODAY."""
    return [found for found in read_signs(record.as_of(day(ago)), thresholds) if found.sign == sign]


def says(record: Record, sign: str, ago: int = 0, thresholds: Thresholds = DEFAULTS) -> str | None:
    """The level of the only finding of a sign; None when it holds none."""
    found = findings(record, sign, ago, thresholds)
    assert len(found) < 2
    return str(found[0].level) if found else None


def why(record: Record, sign: str, ago: int = 0) -> str:
    """The sentences of the only finding of a sign."""
    (found,) = findings(record, sign, ago)
    return " ".join(str(sentence) for sentence in found.why)

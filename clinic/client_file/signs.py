"""The signs that hold now, each with what it counted, what settles it, and what it could not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.phrases import SERVICES, settles_by_itself
from clinic.engagement.signs.sign import Level
from clinic.engagement.words import Sentence
from clinic.models import Finding, Group


@dataclass(frozen=True, slots=True)
class Counted:
    """One appointment that a sign rests on."""

    day: date
    token: str
    service: Sentence | str


@dataclass(frozen=True, slots=True)
class Point:
    """A piece of evidence that is no appointment: a week of a goal, an item noted, a try."""

    day: date
    words: Sentence


@dataclass(frozen=True, slots=True)
class OpenSign:
    """One open finding, as it stood on the day `as_of`. `meaning` says why it is a sign, `settles` what ends it,
    `points` what it counted beside appointments and has not said already; `unrecorded` how many sessions in its window
    nobody has recorded.
    """

    title: Sentence
    why: tuple[Sentence, ...]
    settles: Sentence | None
    meaning: Sentence | None
    counted: tuple[Counted, ...]
    points: tuple[Point, ...]
    unrecorded: int
    as_of: date
    found_late: bool
    evidence_changed: bool


def open_findings(findings: Sequence[Finding]) -> list[Finding]:
    """Of some findings those that are open, the most urgent first."""
    return sorted(
        (row for row in findings if row.state == Finding.State.OPEN),
        key=lambda row: (Level(row.level).rank, row.pk),
    )


def open_sign(finding: Finding, groups: Mapping[int, Group]) -> OpenSign:
    """One open finding, in words."""
    sign = BY_CODE.get(finding.sign)
    why = tuple(Sentence.from_json(each) for each in finding.why)
    points = [
        Point(date.fromisoformat(row["day"]), Sentence.from_json(row["words"])) for row in finding.points
    ]
    return OpenSign(
        title=Sentence.from_json(finding.title),
        why=why,
        settles=settles_by_itself(sign.settles, finding.rules.values.settle_days) if sign else None,
        meaning=sign.meaning if sign else None,
        counted=tuple(
            Counted(
                date.fromisoformat(row["day"]),
                row["outcome"],
                service(row["channel"], row["group"], groups),
            )
            for row in finding.evidence
        ),
        points=tuple(each for each in points if each.words not in why),
        unrecorded=finding.unrecorded,
        as_of=finding.judged_on,
        found_late=finding.found_late,
        evidence_changed=finding.evidence_changed,
    )


def service(channel: str, group: int, groups: Mapping[int, Group]) -> Sentence | str:
    """What somebody came to: the group by its name, else the service."""
    return groups[group].name if group in groups else SERVICES[channel]  # type: ignore[index]

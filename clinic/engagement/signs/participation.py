"""Signs read off how somebody takes part in group sessions: D04."""

from __future__ import annotations

from typing import NamedTuple

from clinic.engagement.signs.phrases import cancelled_by_us, day_of, not_recorded
from clinic.engagement.signs.sign import (
    IF_FOR_TOMORROW,
    Finding,
    Level,
    Settles,
    Sign,
)
from clinic.engagement.signs.taking_part import TakingPart, taking_part, worth_a_look
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Channel, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy


class _Pattern(NamedTuple):
    """What holds of one kind of group, and the sessions that show it."""

    part: TakingPart
    quieter: bool
    leaving: bool
    evidence: list[int]


def find_quieter(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D04: takes less part in group sessions than before, or leaves early and comes late.

    Helps whoever is still there, but less so. Counts, for each kind of group the client has a place in,
    `quieter_recent` sessions rated in the last `quieter_recent_days` and `quieter_before` in the
    `quieter_before_days` before them (days inside a pause taken out): the mean of the last `quieter_recent` lower by
    `quieter_fall` tenths or more, and their median at most `quieter_median`. Or `leaving_count` of the last
    `leaving_of` sessions left early or come late to by 15 minutes or more, the newest of them at most `recent_days`
    ago. The first `quieter_skip` sessions after a change of facilitator, form or group are left out. Within two days,
    one finding for all kinds. Settles when a person closes it.
    """
    if not timeline.record.seats or not worth_a_look(timeline, thresholds):
        return ()
    found = [
        pattern
        for each in taking_part(timeline, thresholds)
        if (pattern := _read(timeline, each, thresholds))
    ]
    if not found:
        return ()
    return (_finding(timeline, found, thresholds),)


def _read(timeline: Timeline, part: TakingPart, thresholds: Thresholds) -> _Pattern | None:
    quieter = part.has_baseline(thresholds) and _is_quieter(part, thresholds)
    leaving = (
        len(part.of) == thresholds.leaving_of
        and len(part.left) >= thresholds.leaving_count
        and timeline.today - timeline.record.days[part.left[-1]] <= thresholds.recent_days
    )
    evidence: set[int] = set()
    if quieter:
        # What was taken part in freely makes nothing worse, so it is no evidence and brings nothing handled back.
        evidence.update(
            index
            for index, rating in zip(part.recent, part.recent_ratings, strict=True)
            if rating <= thresholds.quieter_median
        )
    if leaving:
        evidence.update(part.left)
    return _Pattern(part, quieter, leaving, sorted(evidence)) if evidence else None


def _is_quieter(part: TakingPart, thresholds: Thresholds) -> bool:
    now, before = part.recent_ratings, part.before_ratings
    ordered, middle = sorted(now), len(now) // 2
    if ordered[~middle] + ordered[middle] > 2 * thresholds.quieter_median:
        return False
    # mean(now) <= mean(before) - fall / 10, in whole numbers.
    fall = thresholds.quieter_fall * len(now) * len(before)
    return 10 * sum(now) * len(before) + fall <= 10 * sum(before) * len(now)


def _finding(timeline: Timeline, found: list[_Pattern], thresholds: Thresholds) -> Finding:
    record = timeline.record
    evidence = sorted(index for pattern in found for index in pattern.evidence)
    since = record.days[evidence[0]]
    groups = sorted({group for pattern in found for group in pattern.part.groups})
    unrecorded = sum(timeline.unrecorded_since(since - 1, Channel.GROUP, group) for group in groups)

    def tell() -> list[Sentence]:
        why = [sentence for pattern in found for sentence in _facts(pattern.part, thresholds)]
        return [
            *why,
            *_changes(timeline, groups, thresholds),
            *cancelled_by_us(timeline, since),
            *not_recorded(unrecorded),
        ]

    return Finding(
        sign=D04.code,
        level=Level.TWO_DAYS,
        anchor=str(record.ids[evidence[0]]),
        title=_title(found),
        timeline=timeline,
        missed=tuple(evidence),
        tell=tell,
        counts_from=record.starts[evidence[-1]],
        unrecorded=unrecorded,
        steps=("FS-FACILITATOR", "FS-COPE", "FS-PEER", "FS-STRENGTH"),
    )


def _title(found: list[_Pattern]) -> Sentence:
    if any(pattern.quieter for pattern in found):
        return D04.title
    part = max((pattern.part for pattern in found), key=lambda each: len(each.left))
    return ngettext_lazy(
        "Left early or came late to %(left)d of the last %(n)d group session",
        "Left early or came late to %(left)d of the last %(n)d group sessions",
        len(part.of),
        left=len(part.left),
    )


def _facts(part: TakingPart, thresholds: Thresholds) -> list[Sentence]:
    facts = []
    if part.has_baseline(thresholds):
        facts.append(
            ngettext_lazy(
                "Taking part, from 1 to 4: average %(recent)s in the last %(n)d rated session, %(before)s before.",
                "Taking part, from 1 to 4: average %(recent)s over the last %(n)d rated sessions, %(before)s before.",
                len(part.recent),
                recent=_average(part.recent_ratings),
                before=_average(part.before_ratings),
            )
        )
    if part.left:
        facts.append(
            ngettext_lazy(
                "Left early or came late: %(left)d of the last %(n)d session.",
                "Left early or came late: %(left)d of the last %(n)d sessions.",
                len(part.of),
                left=len(part.left),
            )
        )
    return facts


def _average(ratings: list[int]) -> Sentence:
    """To one place, a half rounded up; a sentence, for not every language writes a point."""
    tenths = (20 * sum(ratings) + len(ratings)) // (2 * len(ratings))
    return gettext_noop("%(whole)d.%(tenths)d", whole=tenths // 10, tenths=tenths % 10)


def _changes(timeline: Timeline, groups: list[int], thresholds: Thresholds) -> list[Sentence]:
    """The newest change of facilitator or form in the days compared, and what it leaves out."""
    facts, today = timeline.record.group_facts, timeline.today
    first = today - thresholds.quieter_recent_days - thresholds.quieter_before_days
    changed = [day for each in groups if each in facts for day in facts[each].changed if first < day <= today]
    if not changed:
        return []
    return [
        ngettext_lazy(
            "Facilitator or form changed on %(day)s: the next %(n)d session is left out.",
            "Facilitator or form changed on %(day)s: the next %(n)d sessions are left out.",
            thresholds.quieter_skip,
            day=day_of(max(changed)),
        )
    ]


D04 = Sign(
    code="D04",
    title=gettext_noop("Quieter in group than usual"),
    family="participation",
    levels=(Level.TWO_DAYS,),
    sources=("001:34", "004:33"),
    thresholds=(
        "quieter_recent",
        "quieter_recent_days",
        "quieter_before",
        "quieter_before_days",
        "quieter_fall",
        "quieter_median",
        "quieter_skip",
        "leaving_count",
        "leaving_of",
        "recent_days",
    ),
    settles=Settles.PERSON,
    meaning=gettext_noop("Pulling away begins before anybody stays away: still there, and taking less part."),
    find=find_quieter,
    # Only a person closes it, so what it says on other sessions later is the one that is open.
    one_at_a_time=True,
    # By itself it goes to nobody else; beside signs of absence it is for tomorrow, and then a supervisor is told.
    escalation=IF_FOR_TOMORROW,
    # It is read off sessions that were come to.
    absence=False,
)

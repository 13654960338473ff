"""Signs read off cancellations by the client: D05 when there are several, D05d when one has no new date."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from clinic.engagement.signs.bookings import (
    BY_CLIENT,
    NO_SESSION,
    booked_in,
    by_client,
    called_off,
    day_known,
    had_a_date_in,
    has_new_date,
    is_late,
    kept,
    known_from,
)
from clinic.engagement.signs.follow_up import counts_as_follow_up
from clinic.engagement.signs.phrases import SERVICE_OF, cancelled_by_us, day_of, days_of, not_recorded
from clinic.engagement.signs.sign import (
    Escalation,
    Finding,
    Level,
    Settles,
    Sign,
    To,
    Unit,
    highest,
    is_early,
)
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import COUNTABLE, PRESENT, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

VISITS = frozenset(b"cm")
COUNSELLING = b"c"


def find_cancellations(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D05: several cancellations by the client, in a row, late, or many of them.

    Helps whoever still tells us, but no longer comes. (a) `cancelled_run` of counselling, medical and follow-ups with
    none of these attended between, the last planned at most `recent_days` ago: by tomorrow. (b) `cancelled_late` with
    under 24 hours' notice planned in the last `cancelled_late_days` days: within two days; `cancelled_late_high` in
    `cancelled_late_high_days`: by tomorrow. (c) `cancelled_volume` in `cancelled_volume_days`, and at least
    `cancelled_volume_percent` of what counted or was cancelled: within two days. One re-booked to at most
    `cancelled_kept_days` on, and attended, is left out. One that lies at most `cancelled_volume_days` ahead counts from
    the day it was made. Settles with such visits on two days within `settle_days`. Source: 001:50.
    """
    record = timeline.record
    newest = record.marks.rfind(BY_CLIENT)
    if newest < 0:
        return ()
    today = timeline.today
    if record.days[newest] < today - max(
        thresholds.recent_days,
        thresholds.cancelled_late_days,
        thresholds.cancelled_late_high_days,
        thresholds.cancelled_volume_days,
    ):
        return ()
    if _too_few(timeline, thresholds):
        return ()
    ahead = today + thresholds.cancelled_volume_days
    cancelled = [
        index
        for index in called_off(timeline, BY_CLIENT, record.admitted)
        if record.days[index] <= ahead and not kept(timeline, index, thresholds.cancelled_kept_days)
    ]
    if len(cancelled) < min(thresholds.cancelled_run, thresholds.cancelled_late, thresholds.cancelled_volume):
        return ()
    run = _run(timeline, cancelled, thresholds)
    late, late_level = _late(timeline, cancelled, thresholds)
    many, of_planned = _many(timeline, cancelled, thresholds)
    patterns = [
        (level, indices)
        for level, indices in ((Level.TOMORROW, run), (late_level, late), (Level.TWO_DAYS, many))
        if indices
    ]
    if not patterns:
        return ()
    level = highest(level for level, _ in patterns)
    leads = next(indices for each, indices in patterns if each is level)
    evidence = sorted({index for _, indices in patterns for index in indices})
    since = record.days[evidence[0]]
    unrecorded = timeline.unrecorded_since(since - 1)

    def tell() -> list[Sentence]:
        why = []
        if run:
            why.append(
                ngettext_lazy(
                    "%(n)d counselling, medical or follow-up appointment cancelled since %(day)s.",
                    "%(n)d counselling, medical or follow-up appointments cancelled since %(day)s, "
                    "none of these attended between.",
                    len(run),
                    day=day_of(record.days[run[0]]),
                )
            )
        if many:
            why.append(
                ngettext_lazy(
                    "%(n)d of %(of)d planned sessions cancelled since %(day)s.",
                    "%(n)d of %(of)d planned sessions cancelled since %(day)s.",
                    len(many),
                    of=of_planned,
                    day=day_of(today - thresholds.cancelled_volume_days),
                )
            )
        return [
            *why,
            *(_notice(timeline, evidence) if why else _late_since(timeline, late)),
            _rebooked(timeline, evidence),
            *cancelled_by_us(timeline, since - 1),
            *not_recorded(unrecorded),
        ]

    points = by_client(timeline, evidence)
    return (
        Finding(
            sign=D05.code,
            level=level,
            anchor=str(record.ids[evidence[0]]),
            title=_title(leads, run, late),
            timeline=timeline,
            missed=(),
            tell=tell,
            counts_from=points[-1].at,
            unrecorded=unrecorded,
            steps=("FS-THANKS", "FS-BARRIER", "FS-WAYBACK", "FS-RESUME"),
            points=points,
        ),
    )


def _too_few(timeline: Timeline, thresholds: Thresholds) -> bool:
    """A quick look: too few in the days in which they count together, and too few after a counselling session to be a
    run.
    """
    marks, days = timeline.record.marks, timeline.record.days
    together = max(
        thresholds.cancelled_late_days, thresholds.cancelled_late_high_days, thresholds.cancelled_volume_days
    )
    few = min(thresholds.cancelled_late, thresholds.cancelled_late_high, thresholds.cancelled_volume)
    if marks.count(BY_CLIENT, bisect_left(days, timeline.today - together)) >= few:
        return False
    session = timeline.channels.rfind(COUNSELLING, 0, timeline.size)
    return (
        session >= 0
        and timeline.marks[session] in PRESENT
        and marks.count(BY_CLIENT, session) < thresholds.cancelled_run
    )


def _run(timeline: Timeline, cancelled: Sequence[int], thresholds: Thresholds) -> list[int]:
    """The cancelled visits after the last one attended, when they are enough and not too old."""
    record = timeline.record
    visits = [index for index in cancelled if _is_visit(timeline, index)]
    if (
        len(visits) < thresholds.cancelled_run
        or record.days[visits[-1]] < timeline.today - thresholds.recent_days
    ):
        return []
    seen = timeline.last_attended
    while seen >= 0 and not _is_visit(timeline, seen):
        seen = timeline.attended_before(seen)
    run = [index for index in visits if index > seen]
    return run if len(run) >= thresholds.cancelled_run else []


def _is_visit(timeline: Timeline, index: int) -> bool:
    """Whether it belongs to the row that D05a reads: counselling, medical, or a follow-up of another service."""
    channel = timeline.channels[index]
    if channel in NO_SESSION:
        return False
    return channel in VISITS or counts_as_follow_up(timeline.record, index)


def _late(timeline: Timeline, cancelled: Sequence[int], thresholds: Thresholds) -> tuple[list[int], Level]:
    """The late cancellations, when they are enough, and their level."""
    late = [index for index in cancelled if is_late(timeline, index)]
    days, today = timeline.record.days, timeline.today
    many = [index for index in late if days[index] >= today - thresholds.cancelled_late_high_days]
    if len(many) >= thresholds.cancelled_late_high:
        return many, Level.TOMORROW
    few = [index for index in late if days[index] >= today - thresholds.cancelled_late_days]
    return (few if len(few) >= thresholds.cancelled_late else []), Level.TWO_DAYS


def _many(timeline: Timeline, cancelled: Sequence[int], thresholds: Thresholds) -> tuple[list[int], int]:
    """The cancellations of the volume window, when they are enough and a large share; and of how many sessions."""
    record, since = timeline.record, timeline.today - thresholds.cancelled_volume_days
    many = [index for index in cancelled if record.days[index] >= since]
    if len(many) < thresholds.cancelled_volume:
        return [], 0
    among = set(many)
    among.update(
        index
        for index in range(bisect_left(record.days, since, 0, timeline.size), timeline.size)
        if timeline.marks[index] in COUNTABLE and record.channels[index] not in NO_SESSION
    )
    if len(many) * 100 < thresholds.cancelled_volume_percent * len(among):
        return [], 0
    return many, len(among)


def _notice(timeline: Timeline, cancelled: Iterable[int]) -> list[Sentence]:
    late = sum(is_late(timeline, index) for index in cancelled)
    if not late:
        return []
    return [ngettext_lazy("%(n)d with under 24 hours’ notice.", "%(n)d with under 24 hours’ notice.", late)]


def _late_since(timeline: Timeline, late: Sequence[int]) -> list[Sentence]:
    return [
        ngettext_lazy(
            "%(n)d session cancelled with under 24 hours’ notice since %(day)s.",
            "%(n)d sessions cancelled with under 24 hours’ notice since %(day)s.",
            len(late),
            day=day_of(timeline.record.days[late[0]]),
        )
    ]


def _rebooked(timeline: Timeline, cancelled: Iterable[int]) -> Sentence:
    anew = sum(has_new_date(timeline, index) for index in cancelled)
    if not anew:
        return gettext_noop("None has a new date.")
    return ngettext_lazy("%(n)d re-booked.", "%(n)d re-booked.", anew)


def _title(leads: Sequence[int], run: Sequence[int], late: Sequence[int]) -> Sentence:
    if leads is run:
        return ngettext_lazy(
            "%(n)d cancellation: thank, ask, re-book",
            "%(n)d cancellations: thank, ask, re-book",
            len(run),
        )
    if leads is late:
        return ngettext_lazy(
            "%(n)d late cancellation: thank, ask, re-book",
            "%(n)d late cancellations: thank, ask, re-book",
            len(late),
        )
    return D05.title


def find_not_rebooked(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D05d: a cancellation by the client, and no new date.

    Helps whoever told us, and was then forgotten. For each service: cancellations that have been known for
    `rebook_within` open days, at most `rebook_asked_days` days, with nothing made in their stead that still stands,
    nothing booked in the service, and no appointment there since that was attended, missed or never recorded: those
    are another sign's. Within two days; by tomorrow in the first `early_days`. Settles by itself once it is mended.
    Source: 001:50.
    """
    record = timeline.record
    newest = record.marks.rfind(BY_CLIENT)
    if newest < 0:
        return ()
    since = timeline.today - thresholds.rebook_asked_days
    if record.days[newest] < since:
        return ()
    by_service: dict[int, list[int]] = {}
    for index in called_off(timeline, BY_CLIENT, since):
        by_service.setdefault(record.channels[index], []).append(index)
    return tuple(
        _not_rebooked(timeline, channel, waiting, thresholds)
        for channel, cancelled in sorted(by_service.items())
        if (waiting := [each for each in cancelled if _waits(timeline, each, thresholds)])
        and not booked_in(timeline, channel)
    )


def _waits(timeline: Timeline, index: int, thresholds: Thresholds) -> bool:
    """Whether a cancellation is due a new date: none since, none made, and known long enough but not too long."""
    if had_a_date_in(timeline, timeline.record.channels[index], known_from(timeline, index)):
        return False
    known = day_known(timeline, index)
    return (
        timeline.today - known <= thresholds.rebook_asked_days
        and not has_new_date(timeline, index)
        and timeline.business_days(known, timeline.today) >= thresholds.rebook_within
    )


def _not_rebooked(
    timeline: Timeline, channel: int, cancelled: Sequence[int], thresholds: Thresholds
) -> Finding:
    record = timeline.record
    service = SERVICE_OF[channel]

    def tell() -> list[Sentence]:
        return [
            ngettext_lazy(
                "%(n)d %(service)s appointment cancelled by the client (%(days)s), no new date since.",
                "%(n)d %(service)s appointments cancelled by the client (%(days)s), no new date since.",
                len(cancelled),
                service=service,
                days=days_of(timeline, cancelled),
            ),
            gettext_noop("Nothing is booked in this service."),
        ]

    points = by_client(timeline, cancelled)
    return Finding(
        sign=D05D.code,
        level=Level.TOMORROW if is_early(timeline, thresholds) else Level.TWO_DAYS,
        anchor=str(record.ids[cancelled[0]]),
        title=D05D.title,
        timeline=timeline,
        missed=(),
        tell=tell,
        counts_from=points[-1].at,
        steps=("FS-THANKS", "FS-RESUME"),
        points=points,
    )


_SUPERVISOR = (Escalation((Level.TOMORROW, Level.TWO_DAYS), To.SUPERVISOR, Unit.BUSINESS_DAYS_LATE, 1),)

D05 = Sign(
    code="D05",
    title=gettext_noop("Several cancellations: thank, ask, re-book"),
    family="cancellations",
    levels=(Level.TOMORROW, Level.TWO_DAYS),
    sources=("001:50",),
    thresholds=(
        "cancelled_run",
        "recent_days",
        "cancelled_late",
        "cancelled_late_days",
        "cancelled_late_high",
        "cancelled_late_high_days",
        "cancelled_volume",
        "cancelled_volume_days",
        "cancelled_volume_percent",
        "cancelled_kept_days",
        "settle_days",
    ),
    settles=Settles.TWO_SESSIONS,
    meaning=gettext_noop(
        "Several cancellations in a row are a documented sign, and telling us is a courtesy."
    ),
    services=b"ckm",
    find=find_cancellations,
    escalation=_SUPERVISOR,
)
D05D = Sign(
    code="D05d",
    title=gettext_noop("Cancelled without a new date: thank, offer one"),
    family="cancellations",
    levels=(Level.TOMORROW, Level.TWO_DAYS),
    sources=("001:50",),
    thresholds=("rebook_within", "rebook_asked_days", "early_days"),
    settles=Settles.MENDED,
    meaning=gettext_noop("Whoever cancels and gets no new date may slip away without missing anything."),
    find=find_not_rebooked,
    escalation=_SUPERVISOR,
)

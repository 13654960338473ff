"""Signs read off group sessions: D03."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from clinic.engagement.signs.phrases import day_of, not_recorded
from clinic.engagement.signs.sign import Finding, Level, Settles, Sign, Thresholds
from clinic.engagement.timeline import Channel, ChannelDay, Seat, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

OTHER_CHANNEL_DAYS = 14
WEEKLY_GAP = range(6, 9)
GAPS_READ = 5


@dataclass(frozen=True, slots=True)
class _Absence:
    """A run of missed sessions in one group: newest first, and the day the group was last attended."""

    seat: Seat
    missed: list[ChannelDay]
    last_attended: int
    full: bool


def find_group_drop_out(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D03: has stopped coming to a group, one finding for each group.

    Helps whoever drops out of the group while other visits go on. Counts, for each place kept in a group of which
    `group_attended` sessions were attended before, the last `group_missed` countable sessions missed and `group_days`
    since it was last attended: by tomorrow. `group_missed_weekly` in a weekly group: within two days. For today when
    every current group is in that state, or when a place ended because the client stopped coming, nothing replaced it
    and another service was missed within 14 days. The run's last session is at most `recent_days` old. Settles with two
    attended sessions within `settle_days`.
    """
    if not timeline.record.seats or timeline.newest_missed < 0:
        return ()
    current = [seat for seat in timeline.record.seats if _is_current(seat, timeline.today)]
    absences = [found for seat in current if (found := _absence(timeline, seat, thresholds))]
    all_dropped = bool(current) and sum(absence.full for absence in absences) == len(current)
    findings = [
        _finding(timeline, absence, Level.TODAY if all_dropped and absence.full else _own_level(absence))
        for absence in absences
    ]
    if not current:
        findings += _ended(timeline, thresholds)
    return tuple(findings)


def _is_current(seat: Seat, today: int) -> bool:
    return seat.joined <= today and (seat.left is None or today < seat.left)


def _own_level(absence: _Absence) -> Level:
    return Level.TOMORROW if absence.full else Level.TWO_DAYS


def _absence(timeline: Timeline, seat: Seat, thresholds: Thresholds) -> _Absence | None:
    newest = timeline.newest_days(Channel.GROUP, 1, seat.group)
    if not newest or not newest[0].missed or timeline.today - newest[0].day > thresholds.recent_days:
        return None
    missed, attended = _run(timeline, seat, thresholds)
    if len(attended) < thresholds.group_attended or timeline.today - attended[0] < thresholds.group_days:
        return None
    full = len(missed) >= thresholds.group_missed
    if full or (len(missed) >= thresholds.group_missed_weekly and _is_weekly(timeline, seat)):
        return _Absence(seat, missed, attended[0], full)
    return None


def _run(timeline: Timeline, seat: Seat, thresholds: Thresholds) -> tuple[list[ChannelDay], list[int]]:
    """The newest sessions of the group missed in a row, and as many attended days before them as are asked for."""
    missed: list[ChannelDay] = []
    attended: list[int] = []
    for day in timeline.channel_days(Channel.GROUP, seat.group):
        if not day.missed:
            attended.append(day.day)
            if len(attended) == thresholds.group_attended:
                break
        elif not attended:
            missed.append(day)
    return missed, attended


def _is_weekly(timeline: Timeline, seat: Seat) -> bool:
    """Whether the group's countable sessions lie about a week apart."""
    days = [day.day for day in timeline.newest_days(Channel.GROUP, GAPS_READ + 1, seat.group)]
    gaps = [newer - older for newer, older in pairwise(days)]
    return bool(gaps) and round(median(gaps)) in WEEKLY_GAP


def _ended(timeline: Timeline, thresholds: Thresholds) -> list[Finding]:
    """Places that ended because the client stopped coming, while another service was missed too."""
    found = []
    for seat in timeline.record.seats:
        stopped = seat.ended == "stopped_coming" and seat.left is not None
        if not stopped or not 0 <= timeline.today - (seat.left or 0) <= thresholds.recent_days:
            continue
        others = [
            index
            for index in timeline.missed_since(timeline.today - OTHER_CHANNEL_DAYS - 1)
            if timeline.channels[index] != ord("g")
        ]
        missed, attended = _run(timeline, seat, thresholds)
        if others and missed and len(attended) == thresholds.group_attended:
            absence = _Absence(seat, missed, attended[0], full=True)
            found.append(_finding(timeline, absence, Level.TODAY))
    return found


def _finding(timeline: Timeline, absence: _Absence, level: Level) -> Finding:
    indices = [index for day in reversed(absence.missed) for index in day.indices]
    unrecorded = timeline.unrecorded_since(absence.last_attended, Channel.GROUP, absence.seat.group)

    def tell() -> list[Sentence]:
        why = [
            ngettext_lazy(
                "Group last attended %(day)s; %(n)d session held since was missed.",
                "Group last attended %(day)s; %(n)d sessions held since were missed.",
                len(absence.missed),
                day=day_of(absence.last_attended),
            )
        ]
        elsewhere = len(timeline.sessions_after(timeline.record.starts[indices[0]]))
        if elsewhere:
            why.append(
                ngettext_lazy("Came to %(n)d other session since.", "Came to %(n)d others since.", elsewhere)
            )
        return [*why, *not_recorded(unrecorded)]

    return Finding(
        sign=D03.code,
        level=level,
        anchor=str(timeline.record.ids[indices[0]]),
        title=D03.title,
        timeline=timeline,
        missed=tuple(indices),
        tell=tell,
        counts_from=timeline.record.starts[indices[-1]],
        unrecorded=unrecorded,
        steps=("FS-CALM", "FS-PEER", "FS-BARRIER", "FS-MEET"),
    )


D03 = Sign(
    code="D03",
    title=gettext_noop("Has stopped coming to a group"),
    family="groups",
    levels=(Level.TODAY, Level.TOMORROW, Level.TWO_DAYS),
    sources=("001:38", "001:50", "003:9"),
    thresholds=(
        "group_attended",
        "group_missed",
        "group_missed_weekly",
        "group_days",
        "recent_days",
        "settle_days",
    ),
    settles=Settles.TWO_SESSIONS,
    meaning=gettext_noop(
        "Dropping out of the peer group is named among the last signs before a return to use."
    ),
    find=find_group_drop_out,
)

"""Signs read off group sessions and meetings: D03, D03b."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from clinic.engagement.signs.phrases import (
    any_late,
    cancelled_by_us,
    day_of,
    not_recorded,
    time_of,
    with_thanks,
)
from clinic.engagement.signs.sign import (
    IF_FOR_TODAY,
    Escalation,
    Finding,
    Level,
    Settles,
    Sign,
    To,
    Unit,
)
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import PRESENT, Channel, ChannelDay, Seat, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

GROUP = Channel.GROUP
WEEKLY_GAP = range(6, 9)
GAPS_READ = 5
STOPPED = "stopped_coming"
# Somebody who left a meeting early was there, and the meeting was logged.
CAME_TO_A_MEETING = PRESENT | frozenset(b"H")


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
    `group_attended` sessions were attended before, the last `group_missed` countable sessions missed since the place
    was taken, and `group_days` since it was last attended, days inside a pause taken out: by tomorrow.
    `group_missed_weekly` in a weekly group: within two days. For today when every current group is in that state, or
    when a place ended because the client stopped coming, none was taken since and another service was missed within
    `group_replaced_days`. A group that has closed is no current one. The run's last session is at most `recent_days`
    old. Settles with that group attended on two days within `settle_days`.
    """
    if not timeline.record.seats or timeline.newest_missed < 0:
        return ()
    current = timeline.places
    # Where no session of any group was missed lately there is no run, and only a place that ended is left to look at.
    lately = bool(current) and _missed_lately(timeline, thresholds)
    if not lately and current and not _any_given_up(timeline):
        return ()
    absences = [found for seat in current if lately and (found := _absence(timeline, seat, thresholds))]
    all_dropped = bool(current) and sum(absence.full for absence in absences) == len(current)
    findings = [
        _finding(timeline, absence, Level.TODAY if all_dropped and absence.full else _own_level(absence))
        for absence in absences
    ]
    findings += _ended(timeline, thresholds)
    return tuple(findings)


def _any_given_up(timeline: Timeline) -> bool:
    return any(seat.ended == STOPPED for seat in timeline.record.seats)


def _missed_lately(timeline: Timeline, thresholds: Thresholds) -> bool:
    days, oldest = timeline.record.days, timeline.today - thresholds.recent_days
    # Of whatever service first: where nothing was missed lately, no group was.
    if days[timeline.newest_missed] < oldest:
        return False
    marks = timeline.came_and_missed(GROUP)
    newest = marks.rfind(b"M")
    return (
        newest >= 0
        and days[newest] >= oldest
        and marks.count(b"M") >= min(thresholds.group_missed, thresholds.group_missed_weekly)
    )


def _own_level(absence: _Absence) -> Level:
    return Level.TOMORROW if absence.full else Level.TWO_DAYS


def _absence(timeline: Timeline, seat: Seat, thresholds: Thresholds) -> _Absence | None:
    newest = timeline.newest_days(GROUP, 1, seat.group)
    if not newest or not newest[0].missed or timeline.today - newest[0].day > thresholds.recent_days:
        return None
    missed, attended = _run(timeline, seat, thresholds)
    if len(attended) < thresholds.group_attended:
        return None
    away = timeline.today - attended[0]
    if timeline.pauses:
        away -= timeline.paused_days(attended[0] + 1, timeline.today)
    if away < thresholds.group_days:
        return None
    full = len(missed) >= thresholds.group_missed
    if full or (len(missed) >= thresholds.group_missed_weekly and _is_weekly(timeline, seat)):
        return _Absence(seat, missed, attended[0], full)
    return None


def _run(timeline: Timeline, seat: Seat, thresholds: Thresholds) -> tuple[list[ChannelDay], list[int]]:
    """The newest sessions of the group missed in a row, and as many attended days before them as are asked for.

    What was missed before the place was taken belongs to an earlier place in the same group.
    """
    missed: list[ChannelDay] = []
    attended: list[int] = []
    for day in timeline.channel_days(GROUP, seat.group):
        if not day.missed:
            attended.append(day.day)
            if len(attended) == thresholds.group_attended:
                break
        elif not attended and day.day >= seat.joined:
            missed.append(day)
    return missed, attended


def _is_weekly(timeline: Timeline, seat: Seat) -> bool:
    """Whether the group's countable sessions lie about a week apart."""
    days = [day.day for day in timeline.newest_days(GROUP, GAPS_READ + 1, seat.group)]
    gaps = [newer - older for newer, older in pairwise(days)]
    return bool(gaps) and round(median(gaps)) in WEEKLY_GAP


def _ended(timeline: Timeline, thresholds: Thresholds) -> list[Finding]:
    """Places that ended because the client stopped coming, while another service was missed too."""
    found: list[Finding] = []
    for seat in timeline.record.seats:
        if seat.ended != STOPPED or seat.left is None or _had_closed(timeline, seat.group, seat.left):
            continue
        if not 0 <= timeline.today - seat.left <= thresholds.recent_days or _replaced(timeline, seat):
            continue
        others = [
            index
            for index in timeline.missed_since(timeline.today - thresholds.group_replaced_days - 1)
            if timeline.channels[index] != ord("g")
        ]
        missed, attended = _run(timeline, seat, thresholds)
        if others and missed and len(attended) == thresholds.group_attended:
            absence = _Absence(seat, missed, attended[0], full=True)
            found.append(_finding(timeline, absence, Level.TODAY))
    return found


def _replaced(timeline: Timeline, given_up: Seat) -> bool:
    """Whether a place was taken when that one was left, or later. One that was kept beside it replaces nothing, unless
    it is in the same group: then the client did not leave.
    """
    for seat in timeline.record.seats:
        if given_up.left is not None and given_up.left <= seat.joined <= timeline.today:
            return True
    return any(seat.group == given_up.group for seat in timeline.places)


def _had_closed(timeline: Timeline, group: int, day: int) -> bool:
    facts = timeline.record.group_facts.get(group)
    return facts is not None and facts.closed is not None and facts.closed <= day


def _finding(timeline: Timeline, absence: _Absence, level: Level) -> Finding:
    indices = [index for day in reversed(absence.missed) for index in day.indices]
    unrecorded = timeline.unrecorded_since(absence.last_attended, GROUP, absence.seat.group)

    late = any_late(timeline, indices)

    def tell() -> list[Sentence]:
        why = [*_which(timeline, absence), _what_was_missed(absence, late)]
        why += _changed(timeline, absence)
        why += _other_groups(timeline, absence)
        elsewhere = len(timeline.sessions_after(timeline.record.starts[indices[0]]))
        if elsewhere:
            why.append(
                ngettext_lazy("Came to %(n)d other session since.", "Came to %(n)d others since.", elsewhere)
            )
        return [*why, *cancelled_by_us(timeline, absence.last_attended), *not_recorded(unrecorded)]

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
        steps=with_thanks(("FS-CALM", "FS-PEER", "FS-BARRIER", "FS-MEET"), late),
    )


def _which(timeline: Timeline, absence: _Absence) -> list[Sentence]:
    """Which of somebody's groups it is. A name is no value of a sentence, and a day told without its year may be
    any: day and time of the newest session missed tell them apart.
    """
    newest = absence.missed[0]
    if len({seat.group for seat in timeline.record.seats}) < 2:
        return []
    return [
        gettext_noop(
            "This is the group with a session on %(day)s at %(time)s.",
            day=day_of(newest.day),
            time=time_of(timeline, newest.indices[-1]),
        )
    ]


def _what_was_missed(absence: _Absence, late: bool) -> Sentence:
    day = day_of(absence.last_attended)
    if late:
        return ngettext_lazy(
            "Group last attended %(day)s; %(n)d session since was cancelled with under 24 hours’ notice.",
            "Group last attended %(day)s; %(n)d sessions since were missed or cancelled with under 24 hours’ notice.",
            len(absence.missed),
            day=day,
        )
    return ngettext_lazy(
        "Group last attended %(day)s; %(n)d session held since was missed.",
        "Group last attended %(day)s; %(n)d sessions held since were missed.",
        len(absence.missed),
        day=day,
    )


def _changed(timeline: Timeline, absence: _Absence) -> list[Sentence]:
    """A change of the group itself since it was last attended: it may well be the reason."""
    facts = timeline.record.group_facts.get(absence.seat.group)
    changes = [day for day in facts.changed if absence.last_attended < day <= timeline.today] if facts else []
    if not changes:
        return []
    return [gettext_noop("Facilitator or form of the group changed on %(day)s.", day=day_of(max(changes)))]


def _other_groups(timeline: Timeline, absence: _Absence) -> list[Sentence]:
    """How many of the other groups were attended since this one was."""
    others = {seat.group for seat in timeline.places} - {absence.seat.group}
    if not others:
        return []
    came = 0
    for group in others:
        newest = next((day for day in timeline.channel_days(GROUP, group) if not day.missed), None)
        came += newest is not None and newest.day > absence.last_attended
    return [
        ngettext_lazy(
            "Of %(n)d other group, attended since: %(came)d.",
            "Of %(n)d other groups, attended since: %(came)d.",
            len(others),
            came=came,
        )
    ]


def find_meetings_stopped(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D03b: no mutual-aid meeting logged for a while, after a habit of them.

    Helps whoever lets go of the meetings nobody but the client sees. Counts `meetings_none_days` and more since the
    last meeting logged, days inside a pause taken out, where in `meetings_weeks` of the `meetings_window` weeks up to
    that meeting there were meetings on `meetings_usual` days or more: within two days. Whoever no longer wants meetings
    to be logged is left in peace. Settles by itself with the next meeting logged.
    """
    last = _last_meeting(timeline)
    if last < 0 or timeline.days_since(last) < thresholds.meetings_none_days:
        return ()
    off = timeline.known.meetings_off
    if off is not None and off <= timeline.today:
        return ()
    weeks = _meetings_by_week(timeline, last, thresholds.meetings_window)
    if sum(len(days) >= thresholds.meetings_usual for days in weeks) < thresholds.meetings_weeks:
        return ()
    record = timeline.record
    unrecorded = timeline.unrecorded_since(record.days[last], Channel.MUTUAL_AID)

    def tell() -> list[Sentence]:
        return [
            gettext_noop(
                "No meetings logged since %(day)s (self-reported: ask, do not assume).",
                day=day_of(record.days[last]),
            ),
            ngettext_lazy(
                "Usual: meetings on %(n)d day in %(weeks)d weeks.",
                "Usual: meetings on %(n)d days in %(weeks)d weeks.",
                sum(map(len, weeks)),
                weeks=thresholds.meetings_window,
            ),
            *not_recorded(unrecorded),
        ]

    return (
        Finding(
            sign=D03B.code,
            level=Level.TWO_DAYS,
            anchor=str(record.ids[last]),
            title=D03B.title,
            timeline=timeline,
            # The last meeting alone: the habit before it is evidence of the next pause too, which would then be taken
            # for the one already dealt with.
            missed=(last,),
            tell=tell,
            counts_from=record.starts[last],
            unrecorded=unrecorded,
            steps=("FS-MEET", "FS-SUPPORT"),
        ),
    )


def _last_meeting(timeline: Timeline) -> int:
    index = timeline.channels.rfind(b"a", 0, timeline.size)
    while index >= 0 and timeline.marks[index] not in CAME_TO_A_MEETING:
        index = timeline.channels.rfind(b"a", 0, index)
    return index


def _meetings_by_week(timeline: Timeline, last: int, window: int) -> list[set[int]]:
    """The days with meetings in each of the weeks that end with the last meeting, newest week first.

    Weeks are seven days outside pauses: what lies inside one is skipped, not empty.
    """
    days, index = timeline.record.days, last
    weeks: list[set[int]] = [set() for _ in range(window)]
    while index >= 0:
        before = days[last] - days[index] - timeline.paused_days(days[index] + 1, days[last])
        if before >= 7 * window:
            break
        if timeline.marks[index] in CAME_TO_A_MEETING:
            weeks[before // 7].add(days[index])
        index = timeline.channels.rfind(b"a", 0, index)
    return weeks


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
        "group_replaced_days",
        "recent_days",
        "settle_days",
    ),
    settles=Settles.TWO_SESSIONS,
    meaning=gettext_noop(
        "Dropping out of the peer group is named among the last signs before a return to use."
    ),
    services=b"g",
    own_group=True,
    find=find_group_drop_out,
    escalation=(
        *IF_FOR_TODAY,
        Escalation((Level.TOMORROW, Level.TWO_DAYS), To.SUPERVISOR, Unit.BUSINESS_DAYS_LATE, 1),
    ),
)
D03B = Sign(
    code="D03b",
    title=gettext_noop("Ask how meetings are going"),
    family="groups",
    levels=(Level.TWO_DAYS,),
    sources=("000:19", "001:50"),
    thresholds=("meetings_usual", "meetings_weeks", "meetings_window", "meetings_none_days"),
    settles=Settles.MENDED,
    meaning=gettext_noop("Peer support is often let go of before anything else, and nobody else sees it."),
    find=find_meetings_stopped,
    # What a client tells about meetings is no attendance record.
    absence=False,
)

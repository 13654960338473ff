"""One client's file, read whole for the page: a fixed number of queries however long the history is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from clinic.client_file.agreed import Agreed, agreed
from clinic.client_file.ending import may_be_undone
from clinic.client_file.finder import holders, stay_for
from clinic.client_file.history import (
    ALL,
    ENTRIES_A_PART,
    History,
    Paused,
    Try,
    attempts,
    entries_of,
    history,
    pauses,
)
from clinic.client_file.notes import notes
from clinic.client_file.noticed import ObservationLine, noticed
from clinic.client_file.signs import OpenSign, open_findings, open_sign, service
from clinic.client_file.weeks import WEEKS_AHEAD, Weeks, first_day, grid
from clinic.engagement.signs.sign import Level
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.summary import WEEKS_SHOWN
from clinic.engagement.timeline import Timeline
from clinic.engagement.words import Sentence
from clinic.findings import read_first, told_today
from clinic.histories import records
from clinic.models import Appointment, Client, Episode, Finding, FollowUp, Group, RuleSet, Staff

WEEK = timedelta(days=7)
OBSERVATIONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Occasion:
    """A day and the service: when the client was last seen, or is next booked. `days` from today, never negative."""

    day: date
    days: int
    service: Sentence | str


@dataclass(frozen=True, slots=True)
class FollowUpLine:
    """One follow-up of the stay with its attempts, newest first. The `closed_*` fields are empty while it is open."""

    uid: UUID
    is_open: bool
    level: str
    opened_on: date
    due_at: datetime
    overdue: bool
    quiet_until: date | None
    quiet_as: str
    snoozed: bool
    titles: tuple[Sentence, ...]
    attempts: tuple[Try, ...]
    closed_at: datetime | None
    closed_as: str
    closed_by: str
    closing_note: str


@dataclass(frozen=True, slots=True)
class FormerStay:
    """An earlier stay in care."""

    programme: str
    admitted_on: date
    discharged_on: date | None
    ended: str


@dataclass(frozen=True, slots=True)
class ClientFile:
    """What the page of one client shows, of the newest stay in care that the person asking may see.

    `until` is the day the 12 weeks end with: today, or the day of discharge. `lead` is the most urgent open follow-up;
    `banners` are to be read before anything else. `ended` says how the stay ended, `may_undo` whether
    that was entered today and may be taken back; `version` is what a form about the stay carries. `observed` are the
    newest observations that the person asking may read. `day_number` is 1 on the day of admission. `tried_this_week`
    counts attempts of the last seven days.
    """

    stay: int
    version: int
    uid: UUID
    name: str
    called: str
    record_number: str
    admitted_on: date
    discharged_on: date | None
    ended: str
    discharge_note: str
    may_undo: bool
    day_number: int
    programme: str
    held_by: str
    until: date
    paused: Paused | None
    seen: Occasion | None
    next_booked: Occasion | None
    lead: FollowUpLine | None
    banners: tuple[Sentence, ...]
    weeks: Weeks
    signs: tuple[OpenSign, ...]
    history: History
    follow_ups: tuple[FollowUpLine, ...]
    pauses: tuple[Paused, ...]
    former: tuple[FormerStay, ...]
    tried_this_week: int
    agreed: Agreed
    observed: Sequence[ObservationLine]


def client_file(client: Client, *, staff: Staff, now: datetime, of: str = ALL, part: int = 1) -> ClientFile:
    """The file of a client who came through the gate. Raises NotVisible when no stay of theirs may be seen."""
    today = client.clinic.local_day(now)
    stay = stay_for(staff, today, client)
    discharged = stay.discharged_on if stay.discharged_on and stay.discharged_on <= today else None
    until = discharged or today
    timeline = next(iter(records(stay.clinic, [stay.pk]))).as_of(until)
    groups = Group.objects.select_related("facilitator").in_bulk(list({*timeline.record.groups} - {0}))
    with_whom, reasons = _notes(stay, until, groups)
    tries, all_pauses = attempts(stay), pauses(stay, today)
    findings = list(Finding.objects.filter(episode=stay).select_related("rules").order_by("pk"))
    live = open_findings(findings)
    rules = _rules(stay.clinic_id)
    if live:
        told_today(live, timeline, rules)
    follow_ups = _follow_ups(stay, findings, tries, now)
    waiting = [line for line in follow_ups if line.is_open]
    held_by = holders([stay.pk], today).get(stay.pk)
    known = agreed(staff, stay, timeline, today, rules)
    # One part more than the timeline shows, so that it knows whether there is an earlier one.
    seen_by_staff = noticed(
        stay, staff=staff, day=today, sees_file=True, part=entries_of(part) // ENTRIES_A_PART + 1
    )
    return ClientFile(
        stay=stay.pk,
        version=stay.version,
        uid=client.uid,
        name=client.full_name,
        called=client.called,
        record_number=client.record_number,
        admitted_on=stay.admitted_on,
        discharged_on=discharged,
        ended=str(stay.get_discharged_as_display()) if discharged and stay.discharged_as else "",
        discharge_note=stay.discharge_note if discharged else "",
        may_undo=may_be_undone(stay, now),
        day_number=timeline.day_of_episode,
        programme=stay.programme.name,
        held_by=held_by.name if held_by else "",
        until=until,
        paused=next((pause for pause in all_pauses if pause.running), None),
        seen=_seen(timeline, today, groups),
        next_booked=None if discharged else _next_booked(timeline, now, groups),
        # Those of somebody who was discharged close with the recheck, a moment later.
        lead=None if discharged else min(waiting, key=lambda line: Level(line.level).rank, default=None),
        banners=() if discharged else read_first(live, timeline, rules),
        weeks=grid(
            timeline, now=now, zone=stay.clinic.zone, groups=groups, with_whom=with_whom, reasons=reasons
        ),
        signs=tuple(open_sign(row, groups) for row in live),
        history=history(
            stay,
            timeline,
            now=now,
            groups=groups,
            tries=tries,
            pauses=all_pauses,
            notes=notes(
                stay,
                now=now,
                until=until,
                places=known.memberships,
                milestones=known.all_milestones,
                observed=seen_by_staff.lines,
                most=entries_of(part) + 1,
            ),
            of=of,
            part=part,
        ),
        follow_ups=tuple(follow_ups),
        pauses=tuple(all_pauses),
        former=_former(stay),
        tried_this_week=sum(now - WEEK <= attempt.at <= now for attempt in tries),
        agreed=known,
        observed=seen_by_staff.lines[:OBSERVATIONS_SHOWN],
    )


def _rules(clinic: int) -> Thresholds:
    rules = RuleSet.objects.filter(clinic=clinic).order_by("-number").first()
    return rules.values if rules else DEFAULTS


def _notes(
    stay: Episode, until: date, groups: Mapping[int, Group]
) -> tuple[dict[tuple[str, int], str], dict[int, str]]:
    """Beside the weeks shown: who holds each service (the newest appointment says), and the reasons noted."""
    start = datetime.combine(first_day(until), time.min, tzinfo=stay.clinic.zone)
    rows = Appointment.objects.filter(
        episode=stay, starts_at__gte=start, starts_at__lt=start + WEEK * (WEEKS_SHOWN + WEEKS_AHEAD)
    ).select_related("staff")
    with_whom: dict[tuple[str, int], str] = {}
    reasons: dict[int, str] = {}
    for row in rows.order_by("starts_at", "pk"):
        group = groups.get(row.group_id or 0)
        whom = row.staff or (group.facilitator if group else None)
        if whom is not None:
            with_whom[row.channel, row.group_id or 0] = whom.name
        if row.reason:
            reasons[row.pk] = row.reason
    return with_whom, reasons


def _follow_ups(
    stay: Episode, findings: Sequence[Finding], tries: Sequence[Try], now: datetime
) -> list[FollowUpLine]:
    """Every follow-up of the stay: open ones first, then the newest."""
    rows = FollowUp.objects.filter(episode=stay).select_related("closed_by").order_by("-opened_at", "-pk")
    lines = [
        FollowUpLine(
            uid=row.uid,
            is_open=row.state == FollowUp.State.OPEN,
            level=row.level,
            opened_on=row.opened_on,
            due_at=row.due_at,
            overdue=row.due_at < now,
            quiet_until=row.quiet_until,
            quiet_as=row.quiet_as,
            snoozed=row.quiet_as == FollowUp.Quiet.SNOOZED,
            titles=tuple(Sentence.from_json(each.title) for each in findings if each.follow_up_id == row.pk),
            attempts=tuple(attempt for attempt in tries if attempt.follow_up == row.pk),
            closed_at=row.closed_at,
            closed_as=row.get_closed_as_display() if row.closed_as else "",
            closed_by=row.closed_by.name if row.closed_by else "",
            closing_note=row.closing_note,
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: not line.is_open)


def _former(stay: Episode) -> tuple[FormerStay, ...]:
    earlier = Episode.objects.filter(client=stay.client_id, admitted_on__lt=stay.admitted_on)
    return tuple(
        FormerStay(
            row.programme.name,
            row.admitted_on,
            row.discharged_on,
            str(row.get_discharged_as_display()) if row.discharged_as else "",
        )
        for row in earlier.select_related("programme").order_by("-admitted_on")
    )


def _seen(timeline: Timeline, today: date, groups: Mapping[int, Group]) -> Occasion | None:
    if timeline.last_attended < 0:
        return None
    event = timeline.event(timeline.last_attended)
    day = date.fromordinal(event.day)
    return Occasion(day, (today - day).days, service(event.channel, event.group, groups))


def _next_booked(timeline: Timeline, now: datetime, groups: Mapping[int, Group]) -> Occasion | None:
    """The next appointment that has not begun yet."""
    ahead = (index for index in timeline.booked() if timeline.record.starts[index] > now.timestamp())
    index = next(ahead, None)
    if index is None:
        return None
    event = timeline.event(index)
    what = service(event.channel, event.group, groups)
    return Occasion(date.fromordinal(event.day), event.day - timeline.today, what)

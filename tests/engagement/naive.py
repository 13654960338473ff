"""The same signs written the slow way, from the clinical definitions alone: objects, lists, the numbers spelled out.

Nothing here comes from clinic.engagement but the names of outcomes and channels, so that a mistake there is not made
here a second time. Each sign answers with (level, ids of the missed appointments) or, for groups, several of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from statistics import median

from clinic.engagement.background import NO_GROUPS, NOTHING_KNOWN, Background, GroupFacts
from clinic.engagement.timeline import Channel, Outcome, Purpose

HOURS = 3600
Answer = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Visit:
    """One appointment, with what is known about its cancellation."""

    id: int
    start: int
    day: int
    channel: Channel
    outcome: Outcome
    purpose: Purpose | None = None
    rebooks: bool = False
    group: int = 0
    cancelled_at: int | None = None
    rebooked: bool = False
    anew: int = 0
    anew_made: int = 0
    others: tuple[tuple[int, int], ...] = ()  # further new dates: (start, moment made)
    instead_of: int = 0  # the number of the visit it re-books, where that is known
    took: str = "-"
    half: bool = False


@dataclass(frozen=True)
class Place:
    group: int
    joined: int
    left: int | None = None
    ended: str = ""


@dataclass(frozen=True)
class Case:
    """One episode. `contacts` are (second, day) of two-way exchanges; `pauses` (first, last) with both days inside."""

    admitted: int
    visits: tuple[Visit, ...]
    discharged: int | None = None
    contacts: tuple[tuple[int, int], ...] = ()
    pauses: tuple[tuple[int, int | None], ...] = ()
    closed: frozenset[int] = frozenset()
    places: tuple[Place, ...] = field(default=())
    background: Background = NOTHING_KNOWN
    group_facts: Mapping[int, GroupFacts] = field(default_factory=lambda: NO_GROUPS)
    pause_kind: str = "agreed_leave"
    unconfirmed: bool = False  # nobody has made sure of the pauses

    def known(self, today: int) -> Background:
        """What was known beside the appointments; the one thing taken from the mind, for it holds no rule."""
        return self.background.as_of(today)

    def seen_from(self, today: int) -> Case:
        """The same without reports of a pause that nobody confirmed and that have run out: they say nothing."""
        if not self.unconfirmed:
            return self
        counts = [(first, last) for first, last in self.pauses if last is None or last >= today]
        return replace(self, pauses=tuple(counts))

    # -- what happened

    def past(self, today: int) -> list[Visit]:
        return sorted((v for v in self.visits if v.day <= today), key=lambda v: (v.start, v.id))

    def in_pause(self, day: int) -> bool:
        return any(first <= day and (last is None or day <= last) for first, last in self.pauses)

    def attended(self, visit: Visit) -> bool:
        if visit.half and visit.outcome == Outcome.LEFT_EARLY:
            return False
        return visit.outcome in (Outcome.ATTENDED, Outcome.LATE, Outcome.LEFT_EARLY)

    def met(self, visit: Visit) -> bool:
        """Came, if only for a while: a contact."""
        return visit.outcome in (Outcome.ATTENDED, Outcome.LATE, Outcome.LEFT_EARLY)

    def missed(self, visit: Visit) -> bool:
        if visit.day in self.closed or self.in_pause(visit.day):
            return False
        if visit.outcome == Outcome.NO_SHOW:
            return True
        return (
            visit.outcome == Outcome.CANCELLED_BY_CLIENT
            and visit.cancelled_at is not None
            and visit.start - visit.cancelled_at < 24 * HOURS
            and not visit.rebooked
        )

    def counts(self, visit: Visit) -> bool:
        return self.attended(visit) or self.missed(visit)

    def made_up(self, visit: Visit, today: int) -> bool:
        """Missed, but seen in the same channel on the same day."""
        return any(
            self.attended(v) and v.day == visit.day and v.channel == visit.channel for v in self.past(today)
        )

    # -- seen and silent

    def talks(self, today: int) -> list[tuple[int, int]]:
        """Contacts that are no appointment, as (second, day): words exchanged, and medication handed out at noon."""
        handed_out: set[int] = set()
        for supply in self.known(today).supplies:
            handed_out.add(supply.picked_up)
        for injection in self.known(today).injections:
            if injection.given is not None:
                handed_out.add(injection.given)
        noons = [((day - 719163) * 24 * HOURS + 12 * HOURS, day) for day in handed_out]
        return sorted(contact for contact in [*self.contacts, *noons] if contact[1] <= today)

    def contact_moments(self, today: int) -> list[int]:
        seen = [v.start for v in self.past(today) if self.met(v)]
        return sorted(seen + [at for at, _ in self.talks(today)])

    def contact_days(self, today: int) -> list[int]:
        seen = [v.day for v in self.past(today) if self.met(v)]
        return sorted(seen + [day for _, day in self.talks(today)])

    def silent(self, today: int) -> int:
        days = self.contact_days(today)
        since = days[-1] if days else self.admitted
        return sum(1 for day in range(since + 1, today + 1) if not self.in_pause(day))

    def gap(self, today: int) -> list[Visit]:
        """Past appointments of the days after the last contact; all of them when there was none."""
        days = self.contact_days(today)
        return [v for v in self.past(today) if not days or v.day > days[-1]]

    def next_booked(self, today: int) -> int | None:
        todays = [v.day for v in self.visits if v.day == today and v.outcome == Outcome.SCHEDULED]
        coming = [v.day for v in self.visits if v.day > today and not self.called_off(v, today)]
        return min(todays + coming, default=None)

    def called_off(self, visit: Visit, today: int) -> bool:
        if visit.cancelled_at is not None:
            return visit.cancelled_at < (today - 719163 + 1) * 24 * HOURS
        return visit.outcome in (
            Outcome.CANCELLED_BY_CLIENT,
            Outcome.CANCELLED_BY_CLINIC,
            Outcome.RESCHEDULED,
        )

    def is_open(self, today: int) -> bool:
        return self.admitted <= today and (self.discharged is None or today < self.discharged)

    def readable(self, today: int) -> bool:
        return self.is_open(today) and not self.in_pause(today)

    def early(self, today: int) -> bool:
        return today - self.admitted < 30

    def daily_dosing(self, today: int) -> bool:
        orders = self.known(today).orders
        observed = [o for o in orders if o.kind == "observed" and o.first <= today]
        if orders and all(o.last is not None and o.last < today for o in observed):
            return False
        doses = [v.day for v in self.past(today) if v.channel == Channel.DOSING]
        if not doses or today - doses[-1] > 28:
            return False
        return sum(1 for day in doses if doses[-1] - day < 14) >= 10


def ids(visits: list[Visit]) -> tuple[int, ...]:
    return tuple(v.id for v in sorted(visits, key=lambda v: (v.start, v.id)))


# -- D01 -----------------------------------------------------------------------------------------------------------


def is_follow_up(case: Case, visit: Visit) -> bool:
    """By its purpose; a new date also when it has a purpose at all, or when what it re-books is a follow-up."""
    if visit.purpose is not None:
        return visit.purpose != Purpose.ROUTINE or visit.rebooks
    if visit.channel in (Channel.MEDICAL, Channel.CASE_MANAGEMENT):
        return True
    return any(is_follow_up(case, v) for v in case.visits if visit.rebooks and v.id == visit.instead_of)


def urgent_new_date(case: Case, today: int, visit: Visit) -> bool:
    """It re-books one that was missed; where the clinic never says which, any."""
    if not visit.rebooks:
        return False
    if all(v.instead_of == 0 for v in case.visits):
        return True
    return any(v.id == visit.instead_of and case.missed(v) for v in case.past(today))


def came_first(case: Case, today: int, visit: Visit) -> bool:
    """No session or visit before it that was to take place."""
    not_held = (Outcome.CANCELLED_BY_CLINIC, Outcome.RESCHEDULED, Outcome.EXCUSED)
    for v in case.past(today):
        if v.channel in (Channel.DOSING, Channel.MUTUAL_AID) or v.outcome in not_held:
            continue
        if v.outcome in (Outcome.CANCELLED_BY_CLIENT, Outcome.NO_SHOW) and not case.missed(v):
            continue
        return v == visit
    return False


def little_left(case: Case, today: int, day: int) -> bool:
    """Three days of medication or fewer, of what an order in force had handed out by then."""
    for order in case.known(today).orders:
        if order.first <= day and (order.last is None or day <= order.last):
            given = [s for s in case.known(today).supplies if s.order == order.id and s.picked_up <= day]
            if given and max(s.until for s in given) - day <= 3:
                return True
    return False


def d01(case: Case, today: int) -> Answer | None:
    missed = [
        v for v in case.past(today) if case.missed(v) and is_follow_up(case, v) and not case.made_up(v, today)
    ]
    if not missed:
        return None
    newest = missed[-1]
    contacts = case.contact_moments(today)
    since = [at for at in contacts if at > newest.start]
    if since and today - newest.day > 14:
        return None
    seen_visits = [v for v in case.past(today) if case.attended(v) and v != newest]
    run = []
    for visit in missed:
        broken = any(
            (visit.start, visit.id) < (v.start, v.id) < (newest.start, newest.id) for v in seen_visits
        )
        halves = [v.start for v in case.past(today) if case.met(v) and not case.attended(v)]
        talks = [at for at, _ in case.talks(today)]
        spoken = any(visit.start < at < newest.start for at in talks + halves)
        if not broken and not spoken:
            run.append(visit)
    if since:
        return "check_in", ids(run)
    for visit in run:
        if visit.purpose == Purpose.FIRST or urgent_new_date(case, today, visit):
            return "today", ids(run)
        if came_first(case, today, visit):
            return "today", ids(run)
        for _, last in case.pauses:
            if last is not None and not case.unconfirmed and 1 <= visit.day - last <= 14:
                return "today", ids(run)
        if visit.channel == Channel.MEDICAL and little_left(case, today, visit.day):
            return "today", ids(run)
    return "tomorrow", ids(run)


# -- D02 -----------------------------------------------------------------------------------------------------------


def days_of(
    case: Case, today: int, channel: Channel, group: int | None = None
) -> list[tuple[int, list[Visit]]]:
    """Countable days of a channel or a group, oldest first, each with its appointments."""
    found: dict[int, list[Visit]] = {}
    for visit in case.past(today):
        if visit.channel == channel and (group is None or visit.group == group) and case.counts(visit):
            found.setdefault(visit.day, []).append(visit)
    return sorted(found.items())


def day_missed(case: Case, visits: list[Visit]) -> bool:
    return not any(case.attended(v) for v in visits)


def trailing_run(case: Case, days: list[tuple[int, list[Visit]]]) -> list[tuple[int, list[Visit]]]:
    run: list[tuple[int, list[Visit]]] = []
    for day, visits in reversed(days):
        if not day_missed(case, visits):
            break
        run.insert(0, (day, visits))
    return run


def all_of(days: list[tuple[int, list[Visit]]]) -> tuple[int, ...]:
    return ids([visit for _, visits in days for visit in visits])


def d02a(case: Case, today: int) -> Answer | None:
    run = trailing_run(case, days_of(case, today, Channel.COUNSELLING))
    if len(run) != 1 or today - run[-1][0] > 21:
        return None
    return ("tomorrow" if case.early(today) else "check_in"), all_of(run)


def d02b(case: Case, today: int) -> Answer | None:
    run = trailing_run(case, days_of(case, today, Channel.COUNSELLING))
    if len(run) < 2 or today - run[-1][0] > 21:
        return None
    return ("today" if len(run) >= 3 or case.early(today) else "tomorrow"), all_of(run)


def d02c(case: Case, today: int) -> Answer | None:
    last = [d for d in days_of(case, today, Channel.COUNSELLING) if today - d[0] <= 60][-6:]
    missed = [d for d in last if day_missed(case, d[1])]
    if len(last) < 4 or len(missed) < 3:
        return None
    return ("tomorrow" if len(missed) >= 4 else "two_days"), all_of(missed)


# -- D03 -----------------------------------------------------------------------------------------------------------


def d03(case: Case, today: int) -> list[Answer]:
    current = [
        p
        for p in case.places
        if p.joined <= today and (p.left is None or today < p.left) and not closed_by(case, p.group, today)
    ]
    found: list[tuple[bool, tuple[int, ...]]] = []
    for place in current:
        days = days_of(case, today, Channel.GROUP, place.group)
        run = [(day, visits) for day, visits in trailing_run(case, days) if day >= place.joined]
        attended = [day for day, visits in days if not day_missed(case, visits)]
        if len(attended) < 3 or not run or today - run[-1][0] > 21:
            continue
        if sum(1 for day in range(attended[-1] + 1, today + 1) if not case.in_pause(day)) < 10:
            continue
        newest = [day for day, _ in days][-6:]
        gaps = [newest[i + 1] - newest[i] for i in range(len(newest) - 1)]
        weekly = bool(gaps) and round(median(gaps)) in (6, 7, 8)
        if len(run) >= 3 or (len(run) == 2 and weekly):
            found.append((len(run) >= 3, all_of(run)))
    everything = bool(current) and sum(full for full, _ in found) == len(current)
    answers: list[Answer] = []
    for full, evidence in found:
        level = "two_days"
        if full:
            level = "today" if everything else "tomorrow"
        answers.append((level, evidence))
    return answers + ended_places(case, today)


def closed_by(case: Case, group: int, day: int) -> bool:
    """The group itself had come to its end."""
    closed = case.group_facts[group].closed if group in case.group_facts else None
    return closed is not None and closed <= day


def ended_places(case: Case, today: int) -> list[Answer]:
    elsewhere = any(
        case.missed(v) and v.channel != Channel.GROUP and today - v.day <= 14 and not case.made_up(v, today)
        for v in case.past(today)
    )
    answers: list[Answer] = []
    for place in case.places:
        if place.ended != "stopped_coming" or place.left is None or not 0 <= today - place.left <= 21:
            continue
        if closed_by(case, place.group, place.left):
            continue
        if any(place.left <= p.joined <= today for p in case.places):
            continue
        if any(
            p.group == place.group
            and p.joined <= today
            and (p.left is None or p.left > today)
            and not closed_by(case, p.group, today)
            for p in case.places
        ):
            continue
        days = days_of(case, today, Channel.GROUP, place.group)
        run = [(day, visits) for day, visits in trailing_run(case, days) if day >= place.joined]
        attended = [day for day, visits in days if not day_missed(case, visits)]
        if elsewhere and run and len(attended) >= 3:
            answers.append(("today", all_of(run)))
    return answers


# -- D06, D08 ------------------------------------------------------------------------------------------------------

LOWER = {"today": "tomorrow", "tomorrow": "two_days", "two_days": "check_in"}


def allowed_silence(case: Case, today: int) -> int:
    here = allowed_silence_here(case, today)
    cared_for_elsewhere = [
        span
        for span in case.known(today).elsewhere
        if span.first <= today and (span.last is None or today <= span.last)
    ]
    return here * 2 if cared_for_elsewhere else here


def allowed_silence_here(case: Case, today: int) -> int:
    if case.early(today):
        return 7
    in_four_weeks = 0
    for channel in Channel:
        begun = [s for s in case.known(today).schedules if s.channel == channel and s.first <= today]
        if begun and channel != Channel.MUTUAL_AID:
            in_four_weeks += sorted(begun, key=lambda s: (s.first, s.known))[-1].a_month
    if in_four_weeks >= 12:
        return 7
    if in_four_weeks:
        return 42 if round(28 / in_four_weeks) >= 28 else 14
    days = case.contact_days(today)
    until = max(days[-1] if days else today, min(today, case.admitted + 27))
    eligible: list[int] = []
    for day in range(until, case.admitted - 1, -1):
        if len(eligible) < 56 and not case.in_pause(day):
            eligible.append(day)
    count = sum(
        1
        for v in case.past(today)
        if v.day in eligible and v.outcome != Outcome.RESCHEDULED and v.channel != Channel.MUTUAL_AID
    )
    span = max(len(eligible), 1)
    if count * 7 / span >= 3:
        return 7
    interval = round(span / count) if count else 0
    if interval >= 28:
        return min(max(21, interval * 3 // 2), 45)
    return 14


def mostly_unrecorded(case: Case, today: int) -> bool:
    gap = [v for v in case.gap(today) if v.day >= case.admitted]
    unrecorded = sum(1 for v in gap if v.outcome == Outcome.SCHEDULED and v.day < today)
    countable = sum(1 for v in gap if case.counts(v))
    return unrecorded * 5 > unrecorded + countable


def missed_in_gap(case: Case, today: int) -> list[Visit]:
    return [v for v in case.gap(today) if case.missed(v) and v.day >= case.admitted]


def d06(case: Case, today: int) -> Answer | None:
    silent, allowed = case.silent(today), allowed_silence(case, today)
    if silent < allowed:
        return None
    booked = case.next_booked(today)
    soon = booked is not None and booked <= today + 7
    if soon and silent < 1.5 * allowed:
        return None
    level = "two_days" if soon else "today" if silent >= 2 * allowed or silent >= 30 else "tomorrow"
    steps = {allowed}
    if level == "today":
        steps.add(2 * allowed if 2 * allowed <= 30 else max(30, allowed))
    if mostly_unrecorded(case, today):
        level = LOWER[level]
    return level, with_steps(case, today, steps)


def with_steps(case: Case, today: int, steps: set[int]) -> tuple[int, ...]:
    """What was missed in the gap, and the days on which nobody had been in contact for so long, in order of time."""
    contacts = case.contact_days(today)
    silent_days = [
        day
        for day in range((contacts[-1] if contacts else case.admitted) + 1, today + 1)
        if not case.in_pause(day)
    ]
    reached = [silent_days[step - 1] for step in steps if step <= len(silent_days)]
    moments = [((day - 719163) * 24 * HOURS, (11 << 48) + day) for day in reached]
    moments += [(v.start, v.id) for v in missed_in_gap(case, today)]
    return tuple(number for _, number in sorted(moments))


def d08(case: Case, today: int) -> Answer | None:
    contacts = case.contact_days(today)
    if not any(sum(1 for other in contacts if day - 60 < other <= day) >= 3 for day in contacts):
        return None
    allowed = 10 if case.early(today) else 14
    if case.daily_dosing(today):
        allowed = 7
    missed = missed_in_gap(case, today)
    if case.silent(today) < allowed or (len(missed) < 2 and case.next_booked(today) is not None):
        return None
    if not missed:
        # Nothing but the silence says so: then it must be too long for the plan as well.
        for_the_plan = allowed_silence(case, today)
        if case.daily_dosing(today):
            for_the_plan = 7 * for_the_plan // allowed_silence_here(case, today)
        allowed = max(allowed, for_the_plan)
        if case.silent(today) < allowed:
            return None
    level = "tomorrow" if mostly_unrecorded(case, today) else "today"
    return level, with_steps(case, today, {allowed, max(30, allowed)})


def read(case: Case, today: int) -> set[tuple[str, str, tuple[int, ...]]]:
    """Everything that holds on a day, as (sign, level, ids)."""
    case = case.seen_from(today)
    if not case.readable(today):
        return set()
    answers = {
        "D01": [d01(case, today)],
        "D02a": [d02a(case, today)],
        "D02b": [d02b(case, today)],
        "D02c": [d02c(case, today)],
        "D03": d03(case, today),
        "D06": [d06(case, today)],
        "D08": [d08(case, today)],
    }
    return {(sign, *answer) for sign, found in answers.items() for answer in found if answer is not None}


def missed_in_a_row(case: Case, today: int) -> int:
    """Session days missed since the newest one with a session attended."""
    sessions = [v for v in case.past(today) if v.channel != Channel.DOSING]
    kept = max((v.day for v in sessions if case.attended(v)), default=None)
    return len({v.day for v in sessions if case.missed(v) and (kept is None or v.day > kept)})


def priority(case: Case, today: int) -> float:
    """The sum of the evidence page."""
    case = case.seen_from(today)

    def days_since(visits: list[Visit]) -> int:
        seen = [v.day for v in visits if case.attended(v)]
        since = seen[-1] if seen else case.admitted
        return sum(1 for day in range(since + 1, today + 1) if not case.in_pause(day))

    past = case.past(today)
    in_a_row = missed_in_a_row(case, today)
    if case.daily_dosing(today):
        doses = [v for v in past if v.channel == Channel.DOSING]
        lately = sum(1 for v in doses if case.missed(v) and today - v.day < 7)
        return 2 * days_since(doses) + 3 * lately + 3 * in_a_row
    countable = [v for v in past if case.counts(v) and v.channel != Channel.DOSING]
    share = (sum(1 for v in countable if case.missed(v)) + 0.5) / (len(countable) + 3.5)
    return days_since(past) + 7 * in_a_row + 50 * share

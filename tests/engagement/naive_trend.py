"""D07 the slow way: week by week and day by day, with fractions, from the clinical definition alone."""

from __future__ import annotations

from fractions import Fraction

from clinic.engagement.background import Schedule
from clinic.engagement.timeline import Channel, Outcome
from tests.engagement.naive import Case, Visit

WEEK_POINT = 3 << 48
SERVICES = {
    "counselling": [Channel.COUNSELLING],
    "group": [Channel.GROUP],
    "medical": [Channel.MEDICAL, Channel.CASE_MANAGEMENT],
}
Days = list[int]


def week_of(day: int) -> Days:
    """Monday to Sunday."""
    while day % 7 != 1:
        day -= 1
    return list(range(day, day + 7))


def counts(case: Case, week: Days) -> bool:
    """At least four days in the episode, not suspended, programme open."""
    return (
        sum(
            1
            for day in week
            if day >= case.admitted
            and not case.in_pause(day)
            and day not in case.closed
            and (day - 1) % 7 < 5
        )
        >= 4
    )


def compared(case: Case, today: int) -> tuple[list[Days], list[Days]]:
    """Up to eight weeks before, and the last four, none further back than twice as many calendar weeks."""
    week = week_of(today - 7)
    recent: list[Days] = []
    looked = 0
    while looked < 8 and len(recent) < 4:
        if counts(case, week):
            recent.insert(0, week)
        week = week_of(week[0] - 7)
        looked += 1
    before: list[Days] = []
    looked = 0
    while looked < 16 and len(before) < 8:
        if counts(case, week):
            before.insert(0, week)
        week = week_of(week[0] - 7)
        looked += 1
    return before, recent


class Fall:
    """Everything about one case as seen on one day."""

    def __init__(self, case: Case, today: int) -> None:
        self.case, self.today = case, today
        self.before, self.recent = compared(case, today)
        window = [day for week in self.before + self.recent for day in week]
        spanned = range(min(window), max(window) + 1) if window else range(0)
        inside = [v for v in case.past(today) if v.day in spanned and v.day >= case.admitted]
        self.closed_groups = {
            v.group
            for v in inside
            if v.group in case.group_facts
            and case.group_facts[v.group].closed is not None
            and case.group_facts[v.group].closed <= today  # type: ignore[operator]
        }
        self.visits = [
            v
            for v in inside
            if v.day in set(window) and not case.in_pause(v.day) and v.group not in self.closed_groups
        ]

    # -- single days

    def schedule(self, channel: Channel, day: int) -> Schedule | None:
        if channel == Channel.GROUP and self.closed_groups:
            return None
        begun = [s for s in self.case.known(self.today).schedules if s.channel == channel and s.first <= day]
        return sorted(begun, key=lambda s: (s.first, s.known))[-1] if begun else None

    def of(self, service: str, days: Days) -> list[Visit]:
        return [v for v in self.visits if v.channel in SERVICES[service] and v.day in days]

    def sessions(self, service: str, days: Days) -> list[list[Visit]]:
        """Countable visits of one channel, group and day together."""
        found: dict[tuple[Channel, int, int], list[Visit]] = {}
        for visit in self.of(service, days):
            if self.case.counts(visit):
                found.setdefault((visit.channel, visit.group, visit.day), []).append(visit)
        return list(found.values())

    def came(self, session: list[Visit]) -> bool:
        return any(self.case.attended(v) for v in session)

    # -- attended and expected

    def attended(self, service: str, days: Days) -> int:
        return sum(1 for session in self.sessions(service, days) if self.came(session))

    def expected(self, service: str, days: Days, *, beyond: bool = True) -> Fraction:
        planned, kept, unplanned, left_out = Fraction(0), 0, 0, 0
        for channel in SERVICES[service]:
            for day in days:
                schedule = self.schedule(channel, day)
                open_day = (
                    day >= self.case.admitted and not self.case.in_pause(day) and day not in self.case.closed
                )
                if schedule is not None and open_day:
                    planned += Fraction(schedule.a_month, 28)
        for session in self.sessions(service, days):
            if self.schedule(session[0].channel, session[0].day) is None:
                unplanned += 1
            elif self.came(session):
                kept += 1
        for visit in self.of(service, days):
            if self.schedule(visit.channel, visit.day) is not None and self.not_the_clients(visit):
                left_out += 1
        return max(planned - left_out, Fraction(kept if beyond else 0)) + unplanned

    def not_the_clients(self, visit: Visit) -> bool:
        """Excused, off because of the clinic or a closed day, unrecorded, or left before half."""
        if self.case.counts(visit):
            return False
        late = (
            visit.outcome == Outcome.CANCELLED_BY_CLIENT
            and visit.cancelled_at is not None
            and visit.start - visit.cancelled_at < 24 * 3600
            and not visit.rebooked
        )
        closed = visit.day in self.case.closed and (visit.outcome == Outcome.NO_SHOW or late)
        return closed or visit.outcome in (
            Outcome.EXCUSED,
            Outcome.CANCELLED_BY_CLINIC,
            Outcome.SCHEDULED,
            Outcome.LEFT_EARLY,
        )

    def meetings(self, days: Days) -> int:
        return sum(
            1
            for v in self.visits
            if v.channel == Channel.MUTUAL_AID and v.day in days and self.case.attended(v)
        )

    def usual_meetings(self) -> Fraction | None:
        off = self.case.background.meetings_off
        if off is not None and off <= self.today:
            return None
        logged = [self.meetings(week) for week in self.before]
        if sum(1 for count in logged if count) < 4:
            return None
        return Fraction(sum(logged), len(logged))

    # -- the whole

    def ratios(self) -> tuple[dict[str, tuple[Fraction, Fraction]], dict[str, tuple[Fraction, Fraction]]]:
        """(attended, expected) by service, before and recently."""
        then_days = [day for week in self.before for day in week]
        now_days = [day for week in self.recent for day in week]
        then, now = {}, {}
        for service in SERVICES:
            for days, found in ((then_days, then), (now_days, now)):
                if expected := self.expected(service, days):
                    found[service] = (Fraction(self.attended(service, days)), expected)
        if (usual := self.usual_meetings()) is not None:
            then["mutual aid"] = (usual * len(self.before), usual * len(self.before))
            now["mutual aid"] = (min(Fraction(self.meetings(now_days)), usual * 4), usual * 4)
        return then, now

    def below_the_mean(self, week: Days, mean: Fraction) -> bool:
        attended = Fraction(sum(self.attended(service, week) for service in SERVICES))
        asked = sum((self.expected(service, week, beyond=False) for service in SERVICES), Fraction(0))
        if (usual := self.usual_meetings()) is not None:
            attended += min(Fraction(self.meetings(week)), usual)
            asked += usual
        return attended < mean * asked

    def unrecorded_too_often(self, weeks: list[Days]) -> bool:
        days = [day for week in weeks for day in week]
        unrecorded = sum(
            1 for service in SERVICES for v in self.of(service, days) if v.outcome == Outcome.SCHEDULED
        )
        known = sum(len(self.sessions(service, days)) for service in SERVICES)
        return unrecorded > Fraction(1, 5) * (unrecorded + known)

    def changed_lately(self) -> bool:
        return any(
            s.first > self.case.admitted and 0 <= self.today - s.first <= 13
            for s in self.case.known(self.today).schedules
        )

    def level(self) -> str | None:
        if len(self.recent) < 4 or len(self.before) < 4 or self.changed_lately():
            return None
        if self.unrecorded_too_often(self.recent) or self.unrecorded_too_often(self.before):
            return None
        then, now = self.ratios()
        all_then = (sum(a for a, _ in then.values()), sum(e for _, e in then.values()))
        all_now = (sum(a for a, _ in now.values()), sum(e for _, e in now.values()))
        if all_then[1] < 6 or not all_now[1] or not all_then[0]:
            return None
        mean, ratio = Fraction(all_then[0]) / all_then[1], Fraction(all_now[0]) / all_now[1]
        fewer = mean * all_now[1] - all_now[0]
        if mean - ratio < Fraction(1, 4) or fewer / 4 < 1:
            return None
        falling = [
            service
            for service, (attended, expected) in now.items()
            if service in then
            and then[service][0]
            and attended / expected <= Fraction(3, 4) * then[service][0] / then[service][1]
        ]
        if not (len(falling) >= 2 or (len(now) == 1 and falling)):
            return None
        recent_days = [day for week in self.recent for day in week]
        excused = sum(
            1 for service in SERVICES for v in self.of(service, recent_days) if v.outcome == Outcome.EXCUSED
        )
        if excused > Fraction(1, 2) * (fewer + mean * excused):
            return None
        short = [self.below_the_mean(week, mean) for week in self.recent]
        full = ratio <= Fraction(3, 5) * mean and sum(short) >= 3
        if not full and not (ratio <= Fraction(3, 4) * mean and sum(short[1:]) >= 2):
            return None
        if all(attended / expected <= Fraction(1, 4) for attended, expected in now.values()):
            return "today"
        return "tomorrow" if full else "two_days"

    def evidence(self) -> tuple[int, ...]:
        then, _ = self.ratios()
        mean = Fraction(sum(a for a, _ in then.values())) / sum(e for _, e in then.values())
        found: list[tuple[int, int]] = []
        for week in self.recent:
            missed = [
                v
                for service in SERVICES
                for session in self.sessions(service, week)
                if not self.came(session)
                for v in session
            ]
            found += [(v.start, v.id) for v in missed]
            if not missed and self.below_the_mean(week, mean):
                found.append(((week[6] - 719163) * 86400 + 12 * 3600, WEEK_POINT + week[0]))
        return tuple(number for _, number in sorted(found))


def read(case: Case, today: int) -> list[tuple[str, str, tuple[int, ...]]]:
    fall = Fall(case, today)
    level = fall.level()
    return [] if level is None else [("D07", level, fall.evidence())]

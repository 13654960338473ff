"""Every caseload at a glance: one line a worker, nobody's first, and their totals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Min, Q

from clinic import access, histories
from clinic.caseloads.scope import FOLLOW_UP_SHOWS, NEEDS_YOU, NOT_REACHED, OVERDUE, RESTING, Scope
from clinic.engagement import summary
from clinic.engagement.signs.sign import Level
from clinic.engagement.summary import WEEKS_SHOWN, Rate
from clinic.models import Staff


@dataclass(frozen=True, slots=True)
class Line:
    """One caseload in numbers. `uid` and the names are empty for nobody's and for the totals.

    `today`, `tomorrow` and `two_days` are open follow-ups by level, without those that rest. `overdue`: first attempts
    past due; `needs_you`: they have come to the supervisor, for nobody acted in time. `oldest` is how many days ago the
    oldest follow-up still without an attempt was raised, None when there is none. `since` is the earliest admission.
    `weeks` are attended of planned appointments, oldest week first, the last one up to today; `seen` is of the last 28
    days, `unrecorded` too: `unrecorded_late` have been owed for 24 hours, `unrecorded_share` is of all appointments
    whose record was due. `unchecked`: the last check could not read them.
    """

    clients: int
    seen: Rate
    today: int
    tomorrow: int
    two_days: int
    overdue: int
    needs_you: int
    not_reached: int
    resting: int
    oldest: int | None
    unrecorded: int
    unrecorded_late: int
    unrecorded_share: Rate
    unchecked: int
    weeks: tuple[Rate, ...]
    since: date | None = None
    uid: UUID | None = None
    first_name: str = ""
    last_name: str = ""
    team: str = ""

    @property
    def attended(self) -> Rate:
        """Attended of planned over all the weeks."""
        return sum(self.weeks, Rate(0, 0))

    @property
    def shares(self) -> list[float | None]:
        """The weeks as shares of 1 for the sparkline; None where nothing was planned."""
        return [week.part / week.whole if week.whole else None for week in self.weeks]

    def count_of(self, show: str) -> int:
        """The number that a list is behind, by the list's token. Raises AttributeError for an unknown one."""
        if show == "seen":
            return self.seen.part
        if show == "not_seen":
            return self.seen.whole - self.seen.part
        return int(getattr(self, show))


@dataclass(frozen=True, slots=True)
class Glance:
    """The whole page: nobody's clients, the workers A to Z, and all together."""

    nobody: Line
    workers: tuple[Line, ...]
    total: Line

    @property
    def lines(self) -> tuple[Line, ...]:
        return (self.nobody, *self.workers)

    @property
    def late(self) -> list[Line]:
        """Whose first attempts are past due, in the order of the table."""
        return [line for line in self.lines if line.overdue]

    @property
    def asking(self) -> list[Line]:
        """On whose caseloads something has come to the supervisor, in the order of the table."""
        return [line for line in self.lines if line.needs_you]

    @property
    def unread(self) -> list[Line]:
        """On whose caseloads somebody could not be checked, in the order of the table."""
        return [line for line in self.lines if line.unchecked]

    @property
    def open_records(self) -> list[Line]:
        """On whose caseloads sessions are unrecorded, in the order of the table."""
        return [line for line in self.lines if line.unrecorded]

    @property
    def owed(self) -> list[Line]:
        """On whose caseloads records have been owed for 24 hours, in the order of the table."""
        return [line for line in self.lines if line.unrecorded_late]


@dataclass(frozen=True, slots=True)
class Load:
    """One worker a client can be given to, and how many they hold."""

    uid: UUID
    name: str
    clients: int


def glance(supervisor: Staff, day: date, now: datetime) -> Glance:
    """All caseloads this supervisor answers for, in a fixed number of queries."""
    workers = _workers(supervisor)
    scope = _scope(supervisor, workers, day, now)
    numbers = _numbers(scope)
    for worker, weeks in _weeks(scope).items():
        numbers[worker]["weeks"] = weeks
    teams = {worker.team_id for worker in workers}
    nobody = numbers[None]
    lines = [
        _line(
            numbers[worker.pk],
            day,
            uid=worker.uid,
            first_name=worker.first_name,
            last_name=worker.last_name or worker.username,
            team=worker.team.name if worker.team and len(teams) > 1 else "",
        )
        for worker in workers
    ]
    unassigned = _line(nobody, day)
    return Glance(unassigned, tuple(lines), _total([unassigned, *lines]))


def loads(supervisor: Staff, day: date, now: datetime) -> list[Load]:
    """The workers this supervisor may give a client to, A to Z, with how many clients each holds; two queries."""
    workers = _workers(supervisor)
    held = _clients_by_worker(_scope(supervisor, workers, day, now))
    return [Load(worker.uid, str(worker), held.get(worker.pk, 0)) for worker in workers]


def line_of(scope: Scope) -> Line:
    """All the caseloads of a scope as one line without its weeks, in three queries."""
    return _total(
        [_line(numbers, scope.day) for numbers in _numbers(scope).values()] or [_line({}, scope.day)]
    )


def _workers(supervisor: Staff) -> list[Staff]:
    rows = access.case_managers_for(supervisor).filter(is_active=True).select_related("team")
    return sorted(rows, key=lambda row: (row.last_name.casefold(), row.first_name.casefold(), row.pk))


def _scope(supervisor: Staff, workers: Sequence[Staff], day: date, now: datetime) -> Scope:
    clinic = access.home_clinic(supervisor)
    return Scope(clinic, day, now, [worker.pk for worker in workers], nobody=True)


def _clients_by_worker(scope: Scope) -> dict[int | None, int]:
    rows = scope.episodes().values_list("held__case_manager").annotate(clients=Count("pk")).order_by()
    return dict(rows)


def _numbers(scope: Scope) -> dict[int | None, dict]:
    """What is counted, by worker; None for nobody's. Three queries."""
    found: dict[int | None, dict] = defaultdict(dict)
    people = (
        scope.episodes()
        .annotate(was_seen=scope.seen(), not_read=scope.unchecked())
        .values("held__case_manager")
        .order_by()
    )
    work = scope.follow_ups().values("held__case_manager").order_by()
    records = scope.appointments(scope.recent()).filter(scope.due()).values("held__case_manager").order_by()
    counts = {token: Count("pk", filter=scope.condition(token)) for token in FOLLOW_UP_SHOWS}
    for rows in (
        people.annotate(
            clients=Count("pk"),
            seen=Count("pk", filter=Q(was_seen=True)),
            unchecked=Count("pk", filter=Q(not_read=True)),
            since=Min("admitted_on"),
        ),
        work.annotate(oldest_on=Min("opened_on", filter=scope.untried()), **counts),
        records.annotate(
            due=Count("pk"),
            unrecorded=Count("pk", filter=scope.unrecorded()),
            unrecorded_late=Count("pk", filter=scope.unrecorded_late()),
        ),
    ):
        for row in rows:
            found[row.pop("held__case_manager")] |= row
    return found


def _weeks(scope: Scope) -> dict[int | None, list[Rate]]:
    """Attended of planned by worker, oldest week first: the sum of what the strips of their clients draw."""
    holders = dict(scope.episodes().values_list("pk", "held__case_manager"))
    found: dict[int | None, list[Rate]] = defaultdict(lambda: [Rate(0, 0)] * WEEKS_SHOWN)
    for record in histories.records(scope.clinic, sorted(holders)):
        weeks = summary.weeks(record.as_of(scope.day), WEEKS_SHOWN)
        mine = found[holders[record.episode]]
        found[holders[record.episode]] = [sofar + week.rate for sofar, week in zip(mine, weeks, strict=True)]
    return found


def _line(numbers: Mapping, day: date, **who: object) -> Line:
    clients = numbers.get("clients", 0)
    oldest = numbers.get("oldest_on")
    return Line(
        clients=clients,
        seen=Rate(numbers.get("seen", 0), clients),
        today=numbers.get(Level.TODAY.value, 0),
        tomorrow=numbers.get(Level.TOMORROW.value, 0),
        two_days=numbers.get(Level.TWO_DAYS.value, 0),
        overdue=numbers.get(OVERDUE, 0),
        needs_you=numbers.get(NEEDS_YOU, 0),
        not_reached=numbers.get(NOT_REACHED, 0),
        resting=numbers.get(RESTING, 0),
        oldest=(day - oldest).days if oldest else None,
        unrecorded=numbers.get("unrecorded", 0),
        unrecorded_late=numbers.get("unrecorded_late", 0),
        unrecorded_share=Rate(numbers.get("unrecorded", 0), numbers.get("due", 0)),
        unchecked=numbers.get("unchecked", 0),
        weeks=tuple(numbers.get("weeks", ())),
        since=numbers.get("since"),
        **who,
    )


def _total(lines: Sequence[Line]) -> Line:
    def together(name: str) -> int:
        return sum(getattr(line, name) for line in lines)

    return Line(
        clients=together("clients"),
        seen=sum((line.seen for line in lines), Rate(0, 0)),
        today=together("today"),
        tomorrow=together("tomorrow"),
        two_days=together("two_days"),
        overdue=together("overdue"),
        needs_you=together("needs_you"),
        not_reached=together("not_reached"),
        resting=together("resting"),
        oldest=max((line.oldest for line in lines if line.oldest is not None), default=None),
        unrecorded=together("unrecorded"),
        unrecorded_late=together("unrecorded_late"),
        unrecorded_share=sum((line.unrecorded_share for line in lines), Rate(0, 0)),
        unchecked=together("unchecked"),
        weeks=tuple(
            sum(week, Rate(0, 0)) for week in zip(*(line.weeks for line in lines if line.weeks), strict=True)
        ),
        since=min((line.since for line in lines if line.since is not None), default=None),
    )

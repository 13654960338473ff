"""What is known of episodes beside their appointments, in one query for all of it.

Each kind of fact is a select of its own that packs its columns into a JSON list; the database puts them one below the
other. Rows come only where there is something, so a clinic without plans pays for one empty answer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from zlib import crc32

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    F,
    Func,
    Model,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, JSONArray, Lag

from clinic.engagement.background import (
    NOTHING_KNOWN,
    Background,
    Consent,
    Goal,
    GoalKind,
    GroupFacts,
    Injection,
    Medicine,
    Milestone,
    Noted,
    Order,
    OrderKind,
    Override,
    PlannedVisit,
    PlanState,
    Schedule,
    Span,
    Supply,
    Try,
)
from clinic.histories.packing import LocalDays
from clinic.models import (
    CareElsewhere,
    CarePlan,
    Clinic,
    Episode,
    GoalPause,
    Group,
    Medication,
    MedicationBreak,
    ObservationItem,
    PlannedSessions,
    PlanRevision,
    Session,
    Supporter,
)
from clinic.models import (
    Goal as GoalRow,
)
from clinic.models import (
    Injection as InjectionRow,
)
from clinic.models import (
    Milestone as MilestoneRow,
)
from clinic.models import (
    Override as OverrideRow,
)
from clinic.models import (
    PlannedVisit as VisitRow,
)
from clinic.models import (
    Supply as SupplyRow,
)

Facts = dict[str, list[Any]]
# What stands in the statement for the episodes and the clinic it is run for.
EPISODES, CLINIC = object(), object()
# What is known of a fact that says nothing of the day from which it was known.
AT_ANY_TIME = 0
# Rows of the clinic itself stand in the same answer.
OF_CLINIC, OF_GROUP, OF_SESSION = 100, 101, 102
RESTRICTED = "G1"  # a medication-supply concern: never on a list, so never judged (clinical basis, 6.7)


@lru_cache(maxsize=4096)
def _day(text: str) -> int:
    """The ordinal of a day as the database writes it."""
    return date.fromisoformat(text[:10]).toordinal()


def _maybe(text: str | None) -> int | None:
    return None if text is None else _day(text)


def _moment(text: str) -> datetime:
    """A moment as the database writes it: with its zone, or in UTC without one."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _schedule(row: list[Any], facts: Facts) -> int:
    known = _day(row[3])
    facts["schedules"].append(Schedule(_day(row[0]), row[1], row[2], known))
    return known


def _visit(row: list[Any], facts: Facts) -> int:
    known = _day(row[3])
    facts["visits"].append(PlannedVisit(row[0], _day(row[1]), row[2], known))
    return known


def _revision(row: list[Any], facts: Facts) -> int:
    number, on, reviewed, reasons, if_thens, coping, supporters, none, uncovered, unserved = row
    state = PlanState(
        _day(on),
        _day(reviewed),
        reasons,
        if_thens,
        coping,
        supporters,
        bool(none),
        uncovered,
        unserved,
        number,
    )
    facts["plans"].append(state)
    return state.known


def _consent(row: list[Any], facts: Facts) -> int:
    known = _day(row[1])
    facts["consents"].append(Consent(row[0], known, _day(row[2]), _maybe(row[3])))
    return known


def _goal(row: list[Any], facts: Facts) -> int:
    number, kind, target, first, known, channels, last, reached = row
    day = _day(known)
    facts["goals"].append(
        Goal(number, GoalKind(kind), target, _day(first), day, channels, _maybe(last), _maybe(reached))
    )
    return day


def _goal_pause(row: list[Any], facts: Facts) -> int:
    facts["goal_pauses"].append((row[0], (_day(row[1]), _maybe(row[2]))))
    return AT_ANY_TIME


def _milestone(row: list[Any], facts: Facts) -> int:
    known = _day(row[2])
    facts["milestones"].append(Milestone(row[0], _day(row[1]), known))
    return known


def _order(row: list[Any], facts: Facts) -> int:
    number, kind, medicine, first, last, known = row
    day = _day(known)
    facts["orders"].append(Order(number, OrderKind(kind), Medicine(medicine), _day(first), _maybe(last), day))
    return day


def _break(row: list[Any], facts: Facts) -> int:
    facts["breaks"].append((row[0], (_day(row[1]), _maybe(row[2]))))
    return AT_ANY_TIME


def _supply(row: list[Any], facts: Facts) -> int:
    picked_up = _day(row[2])
    facts["supplies"].append(Supply(row[0], row[1], picked_up, _day(row[3])))
    return picked_up


def _injection(row: list[Any], facts: Facts) -> int:
    known = _day(row[3])
    facts["injections"].append(Injection(row[0], row[1], _day(row[2]), known, _maybe(row[4])))
    return known


def _noted(row: list[Any], facts: Facts) -> int:
    number, observation, at, on, item, anchor, source, role = row
    day = _day(on)
    facts["noted"].append(
        Noted(number, observation, int(_moment(at).timestamp()), day, item, anchor, source, role)
    )
    return day


def _elsewhere(row: list[Any], facts: Facts) -> int:
    known = _day(row[2])
    facts["elsewhere"].append(Span(_day(row[0]), _maybe(row[1]), known))
    return known


def _override(row: list[Any], facts: Facts) -> int:
    values = json.loads(row[2]) if isinstance(row[2], str) else row[2]
    facts["overrides"].append(Override(_day(row[0]), _day(row[1]), tuple(sorted(values.items()))))
    return AT_ANY_TIME


def _client(row: list[Any], facts: Facts) -> int:
    recovery, naloxone, meetings, no_outreach = row
    facts["client"] = [_maybe(recovery), _maybe(naloxone), _maybe(meetings), bool(no_outreach)]
    return AT_ANY_TIME


ASKED = ~Q(client__naloxone="unknown") & Q(client__naloxone_asked_on__isnull=False)
SOMETHING_OF_THE_CLIENT = (
    Q(client__recovery_start__isnull=False)
    | ASKED
    | Q(client__meetings_off_on__isnull=False)
    | Q(client__no_outreach=True)
)

# Where each kind of fact is kept: model, way to its episode, further conditions, columns, and what reads them.
KINDS: tuple[tuple[type[Model], str, Q, tuple[str, ...], Callable[[list[Any], Facts], int]], ...] = (
    (PlannedSessions, "episode", Q(), ("starts_on", "channel", "a_month", "known_on"), _schedule),
    (VisitRow, "episode", Q(withdrawn_on=None), ("pk", "by_day", "channel", "known_on"), _visit),
    (
        PlanRevision,
        "episode",
        Q(),
        (
            "number",
            "on",
            "reviewed_on",
            "reasons",
            "if_thens",
            "coping",
            "supporters",
            "prefers_no_supporter",
            "uncovered",
            "unserved",
        ),
        _revision,
    ),
    (
        Supporter,
        "episode",
        Q(consent_from__isnull=False),
        ("pk", "consent_from", "consent_until", "consent_ended"),
        _consent,
    ),
    (
        GoalRow,
        "episode",
        Q(),
        ("pk", "kind", "target", "starts_on", "known_on", "channels", "ends_on", "reached_on"),
        _goal,
    ),
    (GoalPause, "goal__episode", Q(), ("goal_id", "starts_on", "ends_on"), _goal_pause),
    (MilestoneRow, "episode", Q(), ("pk", "day", "known_on"), _milestone),
    (Medication, "episode", Q(), ("pk", "kind", "medicine", "starts_on", "ends_on", "known_on"), _order),
    (MedicationBreak, "medication__episode", Q(), ("medication_id", "starts_on", "ends_on"), _break),
    (
        SupplyRow,
        "medication__episode",
        Q(),
        ("pk", "medication_id", "picked_up_on", "lasts_until"),
        _supply,
    ),
    (
        InjectionRow,
        "medication__episode",
        Q(),
        ("pk", "medication_id", "due_on", "known_on", "given_on"),
        _injection,
    ),
    (
        ObservationItem,
        "observation__episode",
        Q(observation__withdrawn_at=None) & ~Q(item=RESTRICTED),
        (
            "pk",
            "observation_id",
            "observation__at",
            "observation__day",
            "item",
            "anchor",
            "observation__source",
            "observation__author_role",
        ),
        _noted,
    ),
    (CareElsewhere, "episode", Q(), ("starts_on", "ends_on", "known_on"), _elsewhere),
    (OverrideRow, "episode", Q(), ("starts_on", "ends_on", "thresholds"), _override),
    (
        Episode,
        "pk",
        SOMETHING_OF_THE_CLIENT,
        (
            "client__recovery_start",
            "client__naloxone_asked_on",
            "client__meetings_off_on",
            "client__no_outreach",
        ),
        _client,
    ),
)


class _Asked(Func):
    """A condition on one column, its value put in with each run, so that the statement is written once a process."""

    output_field = BooleanField()
    asked: object = None
    on_postgresql = on_sqlite = "{} = %s"

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        column, params = compiler.compile(self.source_expressions[0])
        template = self.on_postgresql if connection.vendor == "postgresql" else self.on_sqlite
        return template.format(column), [*params, self.asked]


class _OfTheseEpisodes(_Asked):
    asked = EPISODES
    on_postgresql = "{} = ANY(%s)"
    on_sqlite = "{} IN (SELECT value FROM json_each(%s))"


class _OfThisClinic(_Asked):
    asked = CLINIC


def _packed(rows: QuerySet[Any, Any], owner: str, kind: int, *columns: Any) -> QuerySet[Any, Any]:
    """Rows as (owner, kind, columns in a JSON list), so that all kinds can stand one below the other."""
    return rows.order_by().values_list(F(owner), Value(kind), Cast(JSONArray(*columns), TextField()))


def _selects() -> Iterator[QuerySet[Any, Any]]:
    """One of each kind of fact; then whether the clinic writes care plans at all, its groups, and the sessions that had
    another facilitator or form than the one before.
    """
    for kind, (model, way, more, columns, _) in enumerate(KINDS):
        yield _packed(model._default_manager.filter(_OfTheseEpisodes(F(way)), more), way, kind, *columns)
    plans = Exists(CarePlan.objects.filter(episode__clinic=OuterRef("pk")))
    this = Clinic.objects.filter(_OfThisClinic(F("pk"))).annotate(plans=Case(When(plans, then=1), default=0))
    yield _packed(this, "pk", OF_CLINIC, "plans")
    yield _packed(Group.objects.filter(_OfThisClinic(F("clinic"))), "pk", OF_GROUP, "kind", "closed_on")
    sessions = Session.objects.filter(_OfThisClinic(F("group__clinic"))).annotate(
        before=Window(Lag("facilitator_id"), partition_by=F("group"), order_by=F("starts_at").asc()),
        form_before=Window(Lag("mode"), partition_by=F("group"), order_by=F("starts_at").asc()),
    )
    other = ~Q(form_before=F("mode")) | ~Q(before=F("facilitator"))
    yield _packed(sessions.filter(other, form_before__isnull=False), "group_id", OF_SESSION, "starts_at")


@lru_cache(maxsize=4)
def _statement(vendor: str) -> tuple[str, tuple[Any, ...]]:
    """All of them in one statement of this database, and what to put in. To write it takes longer than to run it."""
    first, *others = _selects()
    sql, params = first.union(*others, all=True).query.sql_with_params()
    return sql, tuple(params)


def _rows(clinic: Clinic, episodes: Sequence[int]) -> Iterator[tuple[int, int, str]]:
    sql, params = _statement(connection.vendor)
    wanted = list(episodes) if connection.vendor == "postgresql" else json.dumps(list(episodes))
    asked = {id(EPISODES): wanted, id(CLINIC): clinic.pk}
    with connection.cursor() as cursor:
        cursor.execute(sql, [asked.get(id(each), each) for each in params])
        yield from cursor


def backgrounds(
    clinic: Clinic,
    episodes: Sequence[int],
    tries: Mapping[int, Sequence[Try]],
    days: LocalDays,
    declined: Mapping[int, int] = MappingProxyType({}),
) -> tuple[dict[int, Background], Background, dict[int, GroupFacts]]:
    """The background of each episode that has one, what stands for the others, and what is known of the clinic's
    groups; in one query.
    """
    keeps_plans = False
    facts: dict[int, Facts] = defaultdict(lambda: defaultdict(list))
    groups: dict[int, GroupFacts] = {}
    changes: dict[int, list[int]] = defaultdict(list)
    for owner, kind, packed in _rows(clinic, episodes):
        row = json.loads(packed)
        if kind < OF_CLINIC:
            found = facts[owner]
            known = KINDS[kind][-1](row, found)
            found["sums"].append((known, crc32(packed.encode(), kind)))
        elif kind == OF_CLINIC:
            keeps_plans = bool(row[0])
        elif kind == OF_GROUP:
            groups[owner] = GroupFacts(row[0], (), _maybe(row[1]))
        else:
            changes[owner].append(days.day(int(_moment(row[0]).timestamp())))
    for group, on in changes.items():
        groups[group] = groups[group]._replace(changed=tuple(sorted(on)))
    for episode, tried in tries.items():
        found = facts[episode]
        found["tries"] = list(tried)
        found["sums"] += [(each.day, crc32(repr(tuple(each)).encode())) for each in tried]
    for episode, day in declined.items():
        found = facts[episode]
        found["declined"] = [day]
        found["sums"].append((day, crc32(b"declined")))
    nothing = NOTHING_KNOWN._replace(keeps_plans=True) if keeps_plans else NOTHING_KNOWN
    return {episode: _background(found, keeps_plans) for episode, found in facts.items()}, nothing, groups


def _background(facts: Facts, keeps_plans: bool) -> Background:
    """The facts of one episode, its pauses of goals and breaks of medication put where they belong."""
    paused, broken = facts.pop("goal_pauses", []), facts.pop("breaks", [])
    (declined,) = facts.pop("declined", [None])
    recovery, naloxone, meetings, no_outreach = facts.pop("client", [None, None, None, False])
    facts["sums"].sort()
    known = {name: tuple(found) for name, found in facts.items() if found}
    if paused:
        known["goals"] = tuple(each._replace(paused=_spans(paused, each.id)) for each in known["goals"])
    if broken:
        known["orders"] = tuple(each._replace(suspended=_spans(broken, each.id)) for each in known["orders"])
    return Background.of(
        **known,
        recovery_start=recovery,
        naloxone_known=naloxone,
        meetings_off=meetings,
        no_outreach=no_outreach,
        keeps_plans=keeps_plans,
        declined=declined,
    )


def _spans(
    found: Sequence[tuple[int, tuple[int, int | None]]], number: int
) -> tuple[tuple[int, int | None], ...]:
    return tuple(sorted((span for owner, span in found if owner == number), key=lambda span: span[0]))

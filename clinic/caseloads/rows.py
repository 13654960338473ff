"""The rows behind each number of a caseload: its clients, its follow-ups, its unrecorded sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from clinic import access
from clinic.caseloads.glance import Line, line_of
from clinic.caseloads.scope import NEEDS_YOU, NOT_REACHED, OVERDUE, PROMISED, RESTING, Scope
from clinic.engagement.signs.sign import Level
from clinic.models import Appointment, Episode, FollowUp, Staff

CLIENTS, SEEN, NOT_SEEN, UNRECORDED = "clients", "seen", "not_seen", "unrecorded"
UNRECORDED_LATE = "unrecorded_late"
UNCHECKED = "unchecked"
A_PAGE = 50
_CAME = ("attended", "late", "left_early")
# What can be shown, and the words of its filter.
SHOWS = {
    CLIENTS: _("All clients"),
    **dict.fromkeys(PROMISED, ""),
    NEEDS_YOU: _("Needs you"),
    OVERDUE: _("First attempt past due"),
    NOT_REACHED: _("Not reached"),
    RESTING: _("Resting or snoozed"),
    UNRECORDED: _("Unrecorded sessions"),
    UNRECORDED_LATE: _("Unrecorded for 24 hours"),
    SEEN: _("Seen in 28 days"),
    NOT_SEEN: _("Not seen in 28 days"),
    UNCHECKED: _("Not checked"),
}


@dataclass(frozen=True, slots=True)
class FollowUpShort:
    """One open follow-up in a row. `overdue`: its first attempt is past due. `quiet_until` is empty unless it rests."""

    uid: UUID
    level: str
    opened_on: date
    due_at: datetime
    overdue: bool
    last_attempt_at: datetime | None
    quiet_until: date | None
    quiet_as: str


@dataclass(frozen=True, slots=True)
class Row:
    """One client, follow-up or unrecorded appointment of a list; `episode` names the stay in care for a form."""

    episode: UUID
    client: UUID
    name: str
    programme: str
    admitted_on: date
    last_seen: datetime | None
    follow_up: FollowUpShort | None = None
    tries: int = 0
    at: datetime | None = None
    service: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter above the list: what it shows, in words, and how many. Empty lists have none."""

    show: str
    words: str
    count: int
    level: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """One caseload's list. `kind` says what a row is: people, follow_ups or sessions. `line` are its numbers."""

    show: str
    kind: str
    rows: tuple[Row, ...]
    page: Page
    line: Line
    choices: tuple[Choice, ...]


def caseload(holder: Staff, day: date, now: datetime, show: str = CLIENTS, page: str | int = 1) -> Listing:
    """What one case manager's numbers are made of; an unknown `show` is taken as all clients."""
    return _listing(Scope(access.home_clinic(holder), day, now, [holder.pk], nobody=False), show, page)


def unassigned(
    supervisor: Staff, day: date, now: datetime, show: str = CLIENTS, page: str | int = 1
) -> Listing:
    """The clients nobody holds, who waits longest first."""
    return _listing(Scope(access.home_clinic(supervisor), day, now, [], nobody=True), show, page)


def _listing(scope: Scope, show: str, number: str | int) -> Listing:
    show = show if show in SHOWS else CLIENTS
    line = line_of(scope)
    if show in (CLIENTS, SEEN, NOT_SEEN, UNCHECKED):
        kind, (page, rows) = "people", _people(scope, show, number)
    elif show in (UNRECORDED, UNRECORDED_LATE):
        wanted = scope.unrecorded() if show == UNRECORDED else scope.unrecorded_late()
        kind, (page, rows) = "sessions", _sessions(scope, wanted, number)
    else:
        kind, (page, rows) = "follow_ups", _follow_ups(scope, show, number)
    choices = tuple(
        Choice(token, str(words), line.count_of(token), token in PROMISED)
        for token, words in SHOWS.items()
        if token in (CLIENTS, show) or line.count_of(token)
    )
    return Listing(show, kind, tuple(rows), page, line, choices)


def _people(scope: Scope, show: str, number: str | int) -> tuple[Page, Iterable[Row]]:
    people = (
        scope.episodes().select_related("client", "programme").annotate(last_seen=_last_seen(scope, "pk"))
    )
    if show == SEEN:
        people = people.filter(scope.seen())
    if show == NOT_SEEN:
        people = people.filter(~scope.seen())
    if show == UNCHECKED:
        people = people.filter(scope.unchecked())
    order = ("admitted_on", "pk") if scope.nobody else ("client__last_name", "client__first_name", "pk")
    page = Paginator(people.order_by(*order), A_PAGE).get_page(number)
    asked = _open_follow_ups(scope, [each.pk for each in page])
    return page, [_row(each, each.last_seen, follow_up=asked.get(each.pk)) for each in page]


def _follow_ups(scope: Scope, show: str, number: str | int) -> tuple[Page, Iterable[Row]]:
    wanted: QuerySet[FollowUp] = (
        scope.follow_ups()
        .filter(scope.condition(show))
        .select_related("episode__client", "episode__programme")
        .annotate(last_seen=_last_seen(scope, "episode"), tries=Count("attempts"))
        .order_by("due_at", "pk")
    )
    page = Paginator(wanted, A_PAGE).get_page(number)
    return page, [
        _row(each.episode, each.last_seen, follow_up=_short(scope, each), tries=each.tries) for each in page
    ]


def _sessions(scope: Scope, condition: Q, number: str | int) -> tuple[Page, Iterable[Row]]:
    wanted = (
        scope.appointments(scope.recent())
        .filter(condition)
        .select_related("episode__client", "episode__programme", "group")
        .order_by("starts_at", "pk")
    )
    page = Paginator(wanted, A_PAGE).get_page(number)
    return page, [
        _row(
            each.episode,
            None,
            at=each.starts_at,
            service=each.group.name if each.group else each.get_channel_display(),
        )
        for each in page
    ]


def _last_seen(scope: Scope, episode: str) -> Subquery:
    came = Appointment.objects.filter(episode=OuterRef(episode), outcome__in=_CAME, starts_at__lte=scope.now)
    return Subquery(came.order_by("-starts_at").values("starts_at")[:1])


def _open_follow_ups(scope: Scope, episodes: Sequence[int]) -> dict[int, FollowUpShort]:
    """The most urgent open follow-up of each episode."""
    rows = FollowUp.objects.filter(episode__in=episodes, state=FollowUp.State.OPEN)
    found: dict[int, FollowUpShort] = {}
    for each in sorted(rows, key=lambda row: (Level(row.level).rank, row.pk)):
        found.setdefault(each.episode_id, _short(scope, each))
    return found


def _short(scope: Scope, each: FollowUp) -> FollowUpShort:
    rests = each.quiet_until is not None and each.quiet_until > scope.day
    return FollowUpShort(
        uid=each.uid,
        level=each.level,
        opened_on=each.opened_on,
        due_at=each.due_at,
        overdue=not rests
        and each.first_attempt_at is None
        and each.level in PROMISED
        and each.due_at < scope.now,
        last_attempt_at=each.last_attempt_at,
        quiet_until=each.quiet_until if rests else None,
        quiet_as=each.quiet_as if rests else "",
    )


def _row(episode: Episode, last_seen: datetime | None, **more: object) -> Row:
    return Row(
        episode=episode.uid,
        client=episode.client.uid,
        name=episode.client.full_name,
        programme=episode.programme.name,
        admitted_on=episode.admitted_on,
        last_seen=last_seen,
        **more,
    )

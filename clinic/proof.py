"""Whether the daily check ran: the line that lets an empty list prove itself, and the banner when it cannot.

Worked out from the database with every request, so that it is true when Celery, Redis and every worker are dead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from clinic.models import Clinic, Episode, Recheck, SweepFailure, SweepRun

# How long after its time a check may be missing, a run be silent, and a change wait, before a person is told.
GRACE = timedelta(hours=1)
SILENCE = timedelta(minutes=10)
LONGEST_WAIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Banner:
    """What a person must know about the check: the fact, and what it means for the lists."""

    bold: str
    text: str


@dataclass(frozen=True, slots=True)
class Proof:
    """How far the clinic's last check of everybody came.

    `day` is the clinic-local day it read as of, None before the first one; `read` of `expected` clients could be read,
    `failed` could not. `finished_at` is empty while it runs. `stale`: the check that should have finished by now has
    not, and is not under way either. `waiting_since`: since when a saved change has waited to be read, where that is
    longer than it should. Moments are aware.
    """

    clinic: Clinic
    today: date
    day: date | None
    read: int
    expected: int
    failed: int
    started_at: datetime | None
    finished_at: datetime | None
    last_finished_on: date | None
    next_check_at: datetime
    running: bool
    stale: bool
    waiting_since: datetime | None

    @property
    def complete(self) -> bool:
        """Everybody was read, today, and nothing waits."""
        in_time = self.finished_at is not None and not self.stale
        return in_time and self.read >= self.expected and self.waiting_since is None

    @property
    def banner(self) -> Banner | None:
        """The sentence for the top of every page, or None while all is well; the gravest fact first."""
        if self.stale and self.last_finished_on is None:
            return Banner(_("No daily check has finished yet."), _("The lists may be missing clients."))
        if self.stale:
            fact = _("The last finished daily check is of %(day)s.") % {"day": _said(self.last_finished_on)}
            return Banner(fact, _("Follow-ups since then may be missing."))
        if self.failed and not self.running:
            fact = ngettext(
                "%(n)d client could not be checked.", "%(n)d clients could not be checked.", self.failed
            ) % {"n": self.failed}
            return Banner(fact, _("No alert for a client who was not checked means nothing."))
        if self.waiting_since is not None:
            at = self.waiting_since.astimezone(self.clinic.zone).strftime("%H:%M")
            fact = _("Changes saved since %(time)s have not been read yet.") % {"time": at}
            return Banner(fact, _("They are kept and will be read; follow-ups may change."))
        return None


@dataclass(frozen=True, slots=True)
class Readiness:
    """What an outside watcher may know: how many clinics' checks are late, and how long a change has waited."""

    clinics: int
    stale: int
    waiting_seconds: int

    @property
    def ready(self) -> bool:
        return not self.stale and self.waiting_seconds <= LONGEST_WAIT.total_seconds()


def proof(clinic: Clinic, now: datetime, episodes: QuerySet[Episode] | None = None) -> Proof:
    """How far the last check came: for the whole clinic in three queries, for some open `episodes` in four."""
    run = (
        SweepRun.objects.filter(clinic=clinic)
        .order_by("-day")
        .annotate(read=Sum("shards__read", default=0), failed=Sum("shards__failed", default=0))
        .first()
    )
    last = SweepRun.objects.filter(clinic=clinic, finished_at__isnull=False).aggregate(day=Max("day"))["day"]
    read, expected, failed = (run.read, run.expected, run.failed) if run else (0, 0, 0)
    if episodes is not None:
        read, expected, failed = _of(episodes, run)
    running = run is not None and run.finished_at is None and run.heartbeat_at > now - SILENCE
    oldest = Recheck.objects.filter(episode__clinic=clinic).aggregate(at=Min("asked_at"))["at"]
    return Proof(
        clinic=clinic,
        today=clinic.local_day(now),
        day=run.day if run else None,
        read=read,
        expected=expected,
        failed=failed,
        started_at=run.started_at if run else None,
        finished_at=run.finished_at if run else None,
        last_finished_on=last,
        next_check_at=_next_check(clinic, now),
        running=running,
        stale=not running and (last is None or last < _should_be_finished(clinic, now)),
        waiting_since=oldest if oldest is not None and oldest < now - LONGEST_WAIT else None,
    )


def readiness(now: datetime) -> Readiness:
    """The state of every clinic's check, in two queries. Raises django.db.Error when the database does not answer."""
    clinics = Clinic.objects.annotate(
        last=Max("sweeps__day", filter=Q(sweeps__finished_at__isnull=False)),
        alive=Max("sweeps__heartbeat_at", filter=Q(sweeps__finished_at__isnull=True)),
    )
    states = [
        (each.last is None or each.last < _should_be_finished(each, now))
        and not (each.alive is not None and each.alive > now - SILENCE)
        for each in clinics
    ]
    oldest = Recheck.objects.aggregate(at=Min("asked_at"))["at"]
    waiting = int((now - oldest).total_seconds()) if oldest else 0
    return Readiness(clinics=len(states), stale=sum(states), waiting_seconds=max(waiting, 0))


def _of(episodes: QuerySet[Episode], run: SweepRun | None) -> tuple[int, int, int]:
    """Of these episodes: read, all, failed in a run. One that came after the run is in none of its shards: not read."""
    if run is None:
        return 0, episodes.count(), 0
    in_shard = Q(
        pk__gte=F("clinic__sweeps__shards__first"),
        pk__lte=F("clinic__sweeps__shards__done_to"),
        clinic__sweeps=run.pk,
    )
    passed = episodes.filter(in_shard).values("pk")
    failures = SweepFailure.objects.filter(run=run).values("episode")
    counts = episodes.aggregate(
        expected=Count("pk"),
        passed=Count("pk", filter=Q(pk__in=passed)),
        failed=Count("pk", filter=Q(pk__in=failures)),
    )
    return counts["passed"] - counts["failed"], counts["expected"], counts["failed"]


def _should_be_finished(clinic: Clinic, now: datetime) -> date:
    """The clinic's latest day whose check should have finished by now."""
    local = now.astimezone(clinic.zone).replace(tzinfo=None)
    due = datetime.combine(local.date(), clinic.sweep_at) + GRACE
    return local.date() if local > due else local.date() - timedelta(days=1)


def _next_check(clinic: Clinic, now: datetime) -> datetime:
    today = clinic.local_day(now)
    for day in (today, today + timedelta(days=1)):
        at = datetime.combine(day, clinic.sweep_at, tzinfo=clinic.zone)
        if at > now:
            break
    return at


def _said(day: date | None) -> str:
    return date_format(day, pgettext("day", "D j M")) if day else ""

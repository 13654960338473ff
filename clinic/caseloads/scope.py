"""What is counted on which caseload. A number and the list behind it are made by the same condition, written here once.

Written for the database, which counts and lists alike; `engagement.summary` says the same of one client's timeline, and
a test holds the two together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, FilteredRelation, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Left

from clinic import access, histories
from clinic.daysheet.unrecorded import OWED_AFTER, missing
from clinic.engagement.escalation import needs_supervisor
from clinic.engagement.signs.sign import Kind, Level
from clinic.engagement.summary import RATE_DAYS
from clinic.engagement.timeline import PRESENT
from clinic.models import Appointment, Attempt, Clinic, Episode, Finding, FollowUp, SweepFailure, SweepRun
from clinic.models.work import TWO_WAY
from clinic.worklists.handing_over import case_of, local

# The levels that promise a first attempt by a time; the others are for when time allows.
PROMISED = (Level.TODAY.value, Level.TOMORROW.value, Level.TWO_DAYS.value)
OVERDUE, NOT_REACHED, RESTING = "overdue", "not_reached", "resting"
NEEDS_YOU = "needs_you"
FOLLOW_UP_SHOWS = (*PROMISED, OVERDUE, NEEDS_YOU, NOT_REACHED, RESTING)
_CAME = tuple(chr(letter) for letter in sorted(PRESENT))


@dataclass(frozen=True, slots=True)
class Scope:
    """Some caseloads of one clinic at one moment: those of the `workers` (their numbers) and, with `nobody`, the
    clients without a case manager. `day` is the clinic's own day at `now`.
    """

    clinic: Clinic
    day: date
    now: datetime
    workers: Sequence[int]
    nobody: bool

    def midnight(self, day: date) -> datetime:
        """The moment a day of the clinic's own begins."""
        return datetime.combine(day, time(), tzinfo=self.clinic.zone)

    def episodes(self) -> QuerySet[Episode]:
        """The stays in care on these caseloads; `held__case_manager` is the worker, empty for nobody's."""
        return self._narrowed(Episode.objects, "assignments", "pk", "")

    def follow_ups(self) -> QuerySet[FollowUp]:
        """Their open follow-ups."""
        open_ones = FollowUp.objects.filter(state=FollowUp.State.OPEN)
        return self._narrowed(open_ones, "episode__assignments", "episode", "episode__")

    def appointments(self, first: date) -> QuerySet[Appointment]:
        """Their appointments from the day `first` to the end of today."""
        window = Q(
            starts_at__gte=self.midnight(first), starts_at__lt=self.midnight(self.day + timedelta(days=1))
        )
        return self._narrowed(
            Appointment.objects.filter(window), "episode__assignments", "episode", "episode__"
        )

    def _narrowed(self, rows, assignments: str, episode: str, path: str):  # type: ignore[no-untyped-def]
        in_force = Q(**{f"{assignments}__ends_on": None}) | Q(**{f"{assignments}__ends_on__gt": self.day})
        # An empty list would be known to match nothing and empty the whole query, nobody's clients with it.
        workers = list(self.workers) or [0]
        held = Q(
            in_force,
            **{f"{assignments}__starts_on__lte": self.day, f"{assignments}__case_manager__in": workers},
        )
        whose = Q(held__isnull=False)
        if self.nobody:
            whose |= Q(access.held_by_nobody(self.day, episode))
        in_care = Q(**{f"{path}discharged_on": None}) | Q(**{f"{path}discharged_on__gt": self.day})
        return (
            rows.filter(in_care, **{"clinic": self.clinic, f"{path}admitted_on__lte": self.day})
            .annotate(held=FilteredRelation(assignments, condition=held))
            .filter(whose)
        )

    # -- conditions on follow-ups ----------------------------------------------------------------------------------

    def waiting(self) -> Q:
        """It asks for attention today: it neither rests after a contact nor is snoozed."""
        return Q(quiet_until=None) | Q(quiet_until__lte=self.day)

    def untried(self) -> Q:
        """It waits for its first attempt, which its level promises by a time."""
        return self.waiting() & Q(level__in=PROMISED, first_attempt_at=None)

    def needs_supervisor(self) -> list[int]:
        """The follow-ups that have come to the supervisor, for nobody acted on them in time: their numbers.

        Two queries; which have is the mind's to say, for it counts working hours and open days.
        """
        wanted = self.follow_ups().filter(self.waiting(), level__in=PROMISED, kind=Kind.DISENGAGEMENT.value)
        rows = wanted.annotate(reached_at=Max("attempts__at", filter=Q(attempts__result__in=TWO_WAY)))
        found = {row.pk: row for row in rows.order_by()}
        if not found:
            return []
        signs: dict[int, list[Finding]] = defaultdict(list)
        for finding in Finding.objects.filter(follow_up__in=wanted.values("pk"), state=Finding.State.OPEN):
            signs[finding.follow_up_id].append(finding)
        hours, zone = histories.opening_hours(self.clinic), self.clinic.zone
        now = local(self.now, zone)
        return [
            number
            for number, row in found.items()
            if needs_supervisor(case_of(row, signs[number], row.reached_at, zone), hours, now)
        ]

    def condition(self, show: str) -> Q:
        """The condition of one of the numbers about follow-ups (`FOLLOW_UP_SHOWS`), by its token."""
        if show in PROMISED:
            return self.waiting() & Q(level=show)
        if show == OVERDUE:
            return self.untried() & Q(due_at__lt=self.now)
        if show == NEEDS_YOU:
            return Q(pk__in=self.needs_supervisor())
        if show == NOT_REACHED:
            reached = Exists(Attempt.objects.filter(follow_up=OuterRef("pk"), result__in=TWO_WAY))
            return self.waiting() & Q(last_attempt_at__isnull=False) & ~reached
        return ~self.waiting()

    # -- conditions on attendance ----------------------------------------------------------------------------------

    def recent(self) -> date:
        """The first of the last 28 days, today included."""
        return self.day - timedelta(days=RATE_DAYS - 1)

    def seen(self) -> Exists:
        """Episodes of somebody who came to something on the last 28 days; read off the covering index alone."""
        came = Appointment.objects.annotate(mark=Left("code", 1)).filter(
            episode=OuterRef("pk"),
            mark__in=_CAME,
            starts_at__gte=self.midnight(self.recent()),
            starts_at__lt=self.midnight(self.day + timedelta(days=1)),
        )
        return Exists(came)

    def unchecked(self) -> Exists:
        """Episodes that the last daily check could not read."""
        last = SweepRun.objects.filter(clinic=self.clinic).order_by("-day").values("pk")[:1]
        return Exists(SweepFailure.objects.filter(episode=OuterRef("pk"), run=Subquery(last)))

    def due(self) -> Q:
        """Appointments of the last 28 days, before today: by now each of them should be recorded."""
        return Q(starts_at__gte=self.midnight(self.recent()), starts_at__lt=self.midnight(self.day))

    def unrecorded(self) -> Q:
        """Those of them that nobody has recorded."""
        return missing(self.now, self.clinic) & self.due()

    def unrecorded_late(self) -> Q:
        """Those of them whose record has been owed for more than 24 hours."""
        return missing(self.now, self.clinic, for_at_least=OWED_AFTER) & self.due()

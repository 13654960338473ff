"""One stay in care: episodes, who holds them, and when absence says nothing."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.models.people import Client, Clinic, Programme, Staff


class DischargeKind(models.TextChoices):
    """How a stay in care ended (clinical basis, 2.3)."""

    PLANNED = "planned", _("Planned, as agreed")
    UNPLANNED = "unplanned", _("Unplanned: contact was lost, or the client ended it")
    TRANSFERRED = "transferred", _("Transferred to another service")
    DIED = "died", _("The client has died")
    OTHER = "other", _("Other")


class Episode(models.Model):
    """One stay in care, from admission to discharge. Open on a day when admitted by then and not discharged by then."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="episodes")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="episodes", db_index=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="episodes")
    admitted_on = models.DateField()
    discharged_on = models.DateField(null=True, blank=True)
    discharged_as = models.CharField(max_length=12, choices=DischargeKind, blank=True)
    discharge_note = models.CharField(max_length=280, blank=True)
    discharge_undo = models.JSONField(
        null=True, blank=True, help_text=_("What the discharge ended with it, to be put back the same day.")
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client"], condition=Q(discharged_on=None), name="one_open_episode_per_client"
            ),
            models.UniqueConstraint(
                fields=["client", "admitted_on"], name="one_admission_per_client_and_day"
            ),
            models.CheckConstraint(
                condition=Q(discharged_on=None) | Q(discharged_on__gte=F("admitted_on")),
                name="discharge_not_before_admission",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "discharged_on", "id"], name="episode_open_in_clinic")]

    def __str__(self) -> str:
        return f"episode {self.pk}"


class ProgrammeChange(models.Model):
    """A stay moved from one programme to another, from a day on."""

    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="programme_changes")
    before = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", db_index=False)
    after = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["episode", "day"], name="programme_changed_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"programme change {self.pk}"


class Assignment(models.Model):
    """Who holds an episode, from one day on; `ends_on` is the first day on which they no longer do."""

    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="assignments")
    case_manager = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="assignments", db_index=False
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["episode"], condition=Q(ends_on=None), name="one_case_manager_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="assignment_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["case_manager", "ends_on"], name="assignment_by_worker")]

    def __str__(self) -> str:
        return f"assignment {self.pk}"


class PauseKind(models.TextChoices):
    INPATIENT = "inpatient", _("Inpatient stay")
    DETOX = "detox", _("Detox")
    RESIDENTIAL = "residential", _("Residential stay")
    JAIL = "jail", _("Jail")
    AGREED_LEAVE = "agreed_leave", _("Agreed leave")
    TRAVEL = "travel", _("Travel with guest dosing")
    EMERGENCY = "emergency", _("Emergency department visit")


UNCONFIRMED_DAYS = 3  # 72 hours


class Pause(models.Model):
    """A span in which absence says nothing; both days belong to it, and `ends_on` is empty while it goes on.

    `source` is who told; an unconfirmed report (`reported_on` its day) pauses for 72 hours only.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="pauses")
    kind = models.CharField(max_length=20, choices=PauseKind)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=120, blank=True)
    confirmed = models.BooleanField(default=True)
    reported_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="pause_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=Q(kind__in=PauseKind.values), name="pause_kind_known"),
            models.UniqueConstraint(fields=["episode"], condition=Q(ends_on=None), name="one_running_pause"),
        ]

    def __str__(self) -> str:
        return f"pause {self.pk}"

    @property
    def counts_to(self) -> date | None:
        """Its last day, None while it goes on; a report that nobody confirmed runs out by itself."""
        if self.confirmed:
            return self.ends_on
        runs_out = (self.reported_on or self.starts_on) + timedelta(days=UNCONFIRMED_DAYS - 1)
        return min(self.ends_on, runs_out) if self.ends_on else runs_out

    @property
    def state(self) -> str:
        """What it says, as a token that a form carries to notice that somebody else has changed it."""
        return f"{self.starts_on}.{self.ends_on or ''}.{int(self.confirmed)}"


class Closure(models.Model):
    """A day on which a clinic is closed: absence on it counts for nothing, and due times move past it."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="closures")
    day = models.DateField()
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "day"], name="closure_once_per_day")]

    def __str__(self) -> str:
        return f"closed on {self.day}"

"""Medication for opioid use disorder: which order is in force, what was handed out, when an injection is due.

No dose is kept here, and none is advised: the signs ask only whether medication was taken (clinical basis, 6.10).
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.engagement import background
from clinic.models.care import Episode


class Medication(models.Model):
    """One order: how it is given, which medicine, from when to when. `hour` and `weekdays` (0 = Monday) are the window
    in which an observed dose is given; `made_through` is the day through which its windows have been booked, empty when
    somebody must look again.
    """

    class Kind(models.TextChoices):
        OBSERVED = background.OrderKind.OBSERVED.value, _("Observed dose")
        TAKE_HOME = background.OrderKind.TAKE_HOME.value, _("Take-home or prescription")
        INJECTION = background.OrderKind.INJECTION.value, _("Long-acting injection")

    class Medicine(models.TextChoices):
        METHADONE = background.Medicine.METHADONE.value, _("Methadone")
        BUPRENORPHINE = background.Medicine.BUPRENORPHINE.value, _("Buprenorphine")
        NALTREXONE = background.Medicine.NALTREXONE.value, _("Naltrexone")
        OTHER = background.Medicine.OTHER.value, _("Another medicine")

    class Ended(models.TextChoices):
        COMPLETED = "completed", _("Completed")
        TAPERED = "tapered", _("Tapered as directed")
        CHANGED = "changed", _("Changed to another order")
        TRANSFERRED = "transferred", _("Transferred")
        CLIENTS_CHOICE = "clients_choice", _("The client’s choice")
        OTHER = "other", _("Other")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="medications")
    kind = models.CharField(max_length=12, choices=Kind)
    medicine = models.CharField(max_length=16, choices=Medicine)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    ended = models.CharField(max_length=16, choices=Ended, blank=True)
    known_on = models.DateField()
    hour = models.TimeField(null=True, blank=True)
    weekdays = models.JSONField(default=list, blank=True)
    made_through = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["observed", "take_home", "injection"]), name="order_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="order_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"medication {self.pk}"

    @property
    def state(self) -> str:
        """What it says of its end, as a token that a form carries to notice that somebody else has changed it."""
        return f"{self.ends_on or ''}.{self.ended}"


class MedicationBreak(models.Model):
    """Days on which a missed dose says nothing: guest dosing, a transfer, a taper or stop the prescriber directed."""

    class Kind(models.TextChoices):
        GUEST_DOSING = "guest_dosing", _("Guest dosing")
        TRANSFER = "transfer", _("Transfer")
        DIRECTED = "directed", _("Taper or stop as directed")

    medication = models.ForeignKey(Medication, on_delete=models.CASCADE, related_name="breaks")
    kind = models.CharField(max_length=16, choices=Kind)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="break_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return f"break {self.pk}"

    @property
    def state(self) -> str:
        """As `Medication.state`."""
        return str(self.ends_on or "")


class Supply(models.Model):
    """Medication handed out or prescribed on a day, lasting through the day `lasts_until`."""

    medication = models.ForeignKey(Medication, on_delete=models.CASCADE, related_name="supplies")
    picked_up_on = models.DateField()
    lasts_until = models.DateField()

    class Meta:
        verbose_name_plural = "supplies"
        constraints = [
            models.UniqueConstraint(fields=["medication", "picked_up_on"], name="supply_once_a_day"),
            models.CheckConstraint(condition=Q(lasts_until__gte=F("picked_up_on")), name="supply_lasts"),
        ]

    def __str__(self) -> str:
        return f"supply {self.pk}"


class Injection(models.Model):
    """A long-acting injection due on a day, and the day it was given."""

    medication = models.ForeignKey(Medication, on_delete=models.CASCADE, related_name="injections")
    due_on = models.DateField()
    known_on = models.DateField()
    given_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["medication", "due_on"], name="injection_due_once_a_day")
        ]

    def __str__(self) -> str:
        return f"injection {self.pk}"

    @property
    def state(self) -> str:
        """As `Medication.state`."""
        return str(self.given_on or "")

"""The thresholds of a clinic, as numbered versions that never change once made."""

from __future__ import annotations

from django.db import models

from clinic.engagement.signs.sign import Thresholds
from clinic.models.people import Clinic, Staff


class RuleSet(models.Model):
    """One version of a clinic's thresholds: who set it, when and why. `thresholds` holds only what differs from the
    defaults; the version with the highest number is in force.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="rule_sets")
    number = models.PositiveIntegerField()
    thresholds = models.JSONField(default=dict, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=280)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "number"], name="rule_set_number_once_per_clinic")
        ]

    def __str__(self) -> str:
        return f"rules {self.number}"

    @property
    def values(self) -> Thresholds:
        """The thresholds as the mind reads them. Raises ValueError when a stored value is impossible."""
        return Thresholds.of(self.thresholds)

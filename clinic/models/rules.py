"""The thresholds of a clinic, as numbered versions that never change once made."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.db.models import F, Q

from clinic.engagement.signs.thresholds import Thresholds
from clinic.models.care import Episode
from clinic.models.people import Clinic, Staff


class NeverChanged(TypeError):
    """Somebody tried to change a version of the rules; make a new one."""


class RuleSetQuerySet(models.QuerySet["RuleSet"]):
    def update(self, **_values: Any) -> NoReturn:
        raise NeverChanged

    def delete(self) -> NoReturn:
        raise NeverChanged

    def bulk_update(self, *_rows: Any, **_how: Any) -> NoReturn:
        raise NeverChanged


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

    objects = RuleSetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "number"], name="rule_set_number_once_per_clinic")
        ]

    def __str__(self) -> str:
        return f"rules {self.number}"

    def save(self, **how: Any) -> None:
        """Write a new version. Raises NeverChanged for one that is there."""
        if not self._state.adding:
            raise NeverChanged
        super().save(**how)

    def delete(self, **_how: Any) -> NoReturn:
        raise NeverChanged

    @property
    def values(self) -> Thresholds:
        """The thresholds as the mind reads them. Raises ValueError when a stored value is impossible."""
        return Thresholds.of(self.thresholds)


class Override(models.Model):
    """Thresholds of one stay's own, beside the clinic's: who set them and why. It ends by itself within 90 days."""

    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="overrides")
    thresholds = models.JSONField(default=dict)
    starts_on = models.DateField()
    ends_on = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=280)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="override_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"override {self.pk}"

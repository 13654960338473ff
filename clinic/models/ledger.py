"""The ledger of what was done and seen."""

from __future__ import annotations

from django.db import models

from clinic.models.people import Client, Clinic, Staff


class AuditEntry(models.Model):
    """Who did or saw what, when, about whom. Written in the same transaction as the deed; never changed.

    `detail` holds ids and names of fields, never names of people or what was written.
    """

    at = models.DateTimeField(db_index=True)
    staff = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="audit_entries"
    )
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # No constraint of the database: an import that is undone takes its clients away again, and an entry of somebody
    # who had looked at one stays as it was written.
    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="audit_entries",
        db_constraint=False,
    )
    deed = models.CharField(max_length=40)
    subject = models.CharField(max_length=60, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.deed} at {self.at:%Y-%m-%d %H:%M}"


class Submission(models.Model):
    """A form that was saved, by the key it carried: the same form sent twice makes one record."""

    key = models.UUIDField()
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "key"], name="a_form_is_saved_once")]

    def __str__(self) -> str:
        return f"submission {self.pk}"

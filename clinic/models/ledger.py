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
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, null=True, blank=True, related_name="audit_entries"
    )
    deed = models.CharField(max_length=40)
    subject = models.CharField(max_length=60, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.deed} at {self.at:%Y-%m-%d %H:%M}"

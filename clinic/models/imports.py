"""Files made elsewhere, from the upload to what they changed, so that an import can be looked at first and undone."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models.people import Clinic, Staff


class Import(models.Model):
    """One import of one or more files. It moves from state to state by condition on the state before, so nothing is
    applied or undone twice.

    `result` holds the counts by kind of file as last judged, `told_apart` a digest of what was not taken then. `notice`
    says why it stands where it stands: {"token", ...counts}. `tries` counts workers that took it up in this state.
    """

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked, not applied yet")
        APPLYING = "applying", _("Being applied")
        APPLIED = "applied", _("Applied")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        STOPPED = "stopped", _("Stopped, nothing was applied")
        DISCARDED = "discarded", _("Discarded, nothing was applied")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="imports", db_index=False)
    by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.CHECKING)
    version = models.PositiveIntegerField(default=1)
    tries = models.PositiveSmallIntegerField(default=0)
    skip_refused = models.BooleanField(default=False)
    result = models.JSONField(default=dict, blank=True)
    refused = models.PositiveIntegerField(default=0)
    told_apart = models.CharField(max_length=32, blank=True)
    notice = models.JSONField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "checking",
                        "checked",
                        "applying",
                        "applied",
                        "undoing",
                        "undone",
                        "stopped",
                        "discarded",
                    ]
                ),
                name="import_state_known",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "at"], name="import_of_clinic")]

    def __str__(self) -> str:
        return f"import {self.pk}"


class ImportFile(models.Model):
    """One file of an import. `content` is kept only until it is applied or discarded; `read_as` says how it was read:
    {"encoding", "delimiter", "columns"}. `kind` is empty for one that no kind of file fits.
    """

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="files")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField(default=0)
    content = models.BinaryField(null=True, blank=True)
    kind = models.CharField(max_length=16, blank=True)
    lines = models.PositiveIntegerField(default=0)
    read_as = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["imported", "position"], name="file_once_per_import"),
        ]

    def __str__(self) -> str:
        return f"file {self.position} of import {self.imported_id}"


class ImportRefusal(models.Model):
    """A row that was not taken, as it stands in its file, and why: a sentence with places for `values`."""

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="refusals", db_index=False)
    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="refusals", db_index=False)
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    field = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=255)
    values = models.JSONField(default=dict, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["imported", "number"], name="refusal_once_per_import"),
        ]

    def __str__(self) -> str:
        return f"refusal {self.number} of import {self.imported_id}"


class ImportChange(models.Model):
    """What one chunk of an import did to one table, for undoing it in the reverse order of `number`.

    `columns` are those remembered of a row. `created` are [key, digest of the row as the import left it], `changed`
    [key, that digest, the values before].
    """

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="changes", db_index=False)
    number = models.PositiveIntegerField()
    table = models.CharField(max_length=80)
    columns = models.JSONField(default=list)
    created = models.JSONField(default=list, blank=True)
    changed = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["imported", "number"], name="change_once_per_import"),
        ]

    def __str__(self) -> str:
        return f"change {self.number} of import {self.imported_id}"

"""What staff saw, or a client or a consented supporter told them (clinical basis, section 4)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models.care import Episode
from clinic.models.people import Role, Staff


class Observation(models.Model):
    """One form filled in. What was not asked has no item: it is not the same as "no concern".

    `in_words` are the client's own words and never leave the client's file. Items of the groups G and H are seen by
    clinical roles only. `withdrawn_at`: it was entered by mistake, and counts for nothing.
    """

    class Setting(models.TextChoices):
        SESSION = "session", _("Session")
        GROUP = "group", _("Group")
        DOSING = "dosing", _("Dosing")
        CALL = "call", _("Call")
        VISIT = "visit", _("Visit")
        FRONT_DESK = "front_desk", _("Front desk")

    class Source(models.TextChoices):
        CLIENT_SAID = "client_said", _("The client said")
        STAFF_SAW = "staff_saw", _("Staff saw")
        SUPPORTER_TOLD = "supporter_told", _("A consented supporter told us")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="observations")
    at = models.DateTimeField()
    day = models.DateField()
    setting = models.CharField(max_length=12, choices=Setting)
    source = models.CharField(max_length=16, choices=Source)
    author = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    author_role = models.CharField(max_length=20, choices=Role)
    in_words = models.CharField(max_length=280, blank=True)
    strength = models.CharField(max_length=280, blank=True)
    shared_with_client = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(setting__in=["session", "group", "dosing", "call", "visit", "front_desk"]),
                name="observation_setting_known",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["client_said", "staff_saw", "supporter_told"]),
                name="observation_source_known",
            ),
        ]
        indexes = [models.Index(fields=["episode", "day"], name="observation_by_day")]

    def __str__(self) -> str:
        return f"observation {self.pk}"


class ObservationItem(models.Model):
    """One item that was talked about or seen, with its anchor 0 to 3; ticked items stand at 1. `detail` says which
    ("which" items) or what (C4) and never leaves the client's file.
    """

    observation = models.ForeignKey(Observation, on_delete=models.CASCADE, related_name="items")
    item = models.CharField(max_length=4)
    anchor = models.PositiveSmallIntegerField()
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["observation", "item"], name="item_once_per_observation"),
            models.CheckConstraint(condition=Q(anchor__lte=3), name="item_anchor_possible"),
        ]

    def __str__(self) -> str:
        return f"item {self.item} of observation {self.observation_id}"

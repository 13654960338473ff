"""What comes again and again: the rule behind recurring appointments and behind the sessions of a group."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models.care import Episode
from clinic.models.people import Clinic, Staff
from clinic.models.schedule import Appointment, Channel, Group, Mode, Purpose, Session


class Series(models.Model):
    """Appointments of one stay in care, or sessions of one group, that come again by a rule.

    `rule` is a recurrence rule of RFC 5545 without its start ("FREQ=WEEKLY;INTERVAL=2;COUNT=10"); with `starts_on` and
    the wall-clock time `at` of the clinic's zone it names days, never moments, so that a change of the clocks moves
    nothing. `without` are the days (ISO) left out of it, `ended_on` the first day without any more. `made_through` is
    the day through which rows have been made.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="series")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, blank=True, related_name="series")
    episode = models.ForeignKey(
        Episode, on_delete=models.PROTECT, null=True, blank=True, related_name="series"
    )
    rule = models.CharField(max_length=200)
    starts_on = models.DateField()
    at = models.TimeField()
    minutes = models.PositiveSmallIntegerField(default=50)
    mode = models.CharField(max_length=12, choices=Mode, default=Mode.IN_PERSON)
    channel = models.CharField(max_length=20, choices=Channel)
    purpose = models.CharField(max_length=20, choices=Purpose, blank=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    without = models.JSONField(default=list, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    made_through = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name_plural = "series"
        constraints = [
            models.CheckConstraint(
                condition=Q(group__isnull=True, episode__isnull=False)
                | Q(group__isnull=False, episode__isnull=True),
                name="series_of_a_group_or_of_a_stay",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "made_through"], name="series_to_make_ahead")]

    def __str__(self) -> str:
        return f"series {self.pk}"


class WaitingPlace(models.Model):
    """A client's place on the waiting list of a group that is full, oldest `asked_on` first."""

    class Ended(models.TextChoices):
        JOINED = "joined", _("Joined the group")
        WITHDRAWN = "withdrawn", _("No longer waiting")

    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="waiting_places")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="waiting_places")
    asked_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    ended = models.CharField(max_length=12, choices=Ended, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "group"], condition=Q(ended_on=None), name="waits_once_for_a_group"
            ),
        ]

    def __str__(self) -> str:
        return f"waiting place {self.pk}"


class Recording(models.Model):
    """One change of what is recorded of an appointment: by whom, when, what it said before and says after.

    `before` and `after` hold tokens and numbers by field name, and the words of `reason`; `why` is why something that
    had stood for a while was corrected.
    """

    class Kind(models.TextChoices):
        MARK = "mark", _("Recorded")
        CORRECTION = "correction", _("Corrected")
        UNDO = "undo", _("Taken back")

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="recordings")
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.MARK)
    before = models.JSONField()
    after = models.JSONField()
    why = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [models.Index(fields=["clinic", "at"], name="recording_since")]

    def __str__(self) -> str:
        return f"recording {self.pk}"

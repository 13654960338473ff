"""What the signs ask staff to do, and what they did: follow-ups, findings, attempts."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.engagement import rests
from clinic.engagement.signs import sign
from clinic.models.care import Episode
from clinic.models.people import Clinic, Staff
from clinic.models.rules import RuleSet


class Level(models.TextChoices):
    TODAY = sign.Level.TODAY.value, _("Contact today")
    TOMORROW = sign.Level.TOMORROW.value, _("Contact by tomorrow")
    TWO_DAYS = sign.Level.TWO_DAYS.value, _("Contact within 2 days")
    CHECK_IN = sign.Level.CHECK_IN.value, _("Brief check-in")
    GOOD_NEWS = sign.Level.GOOD_NEWS.value, _("Good news")
    UPKEEP = sign.Level.UPKEEP.value, _("Plan or data upkeep")


class FollowUp(models.Model):
    """What screens call a follow-up task: at most one open per episode and kind, on which all findings gather.

    `level` is that of its highest unsettled finding, lifted by the priority where `lifted`. `quiet_until` is the first
    day on which it asks for attention again: a client reached rests, one may have asked for no contact or be in a
    pause, and a follow-up may be snoozed. `touched_at` is empty until somebody has worked on it; an untouched one may
    be withdrawn, a touched one is only marked.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    class Quiet(models.TextChoices):
        RESTS = rests.Quiet.RESTS.value, _("Rests after a contact")
        SNOOZED = rests.Quiet.SNOOZED.value, _("Snoozed")
        DECLINED = rests.Quiet.DECLINED.value, _("Asked for no contact now")
        PAUSED = rests.Quiet.PAUSED.value, _("Paused: absence says nothing now")

    class ClosedAs(models.TextChoices):
        SETTLED = "settled", _("Settled: back in contact")
        WITHDRAWN = "withdrawn", _("Withdrawn: the record was completed or corrected")
        EPISODE_ENDED = "episode_ended", _("The episode ended")
        REACHED = "reached", _("Reached, next contact agreed")
        DECLINED = "declined", _("The client does not want contact now")
        NOT_A_CONCERN = "not_a_concern", _("Not a concern")
        RECORD_WRONG = "record_wrong", _("The record is wrong")
        MARKED = "marked", _("Marked with the client")
        DONE = "done", _("Done")
        CONFIRMED = "confirmed", _("Confirmed by medical staff")

    # What a person may close one with, by its kind; of good news and of upkeep the first takes one click.
    BY_PERSON: ClassVar = {
        sign.Kind.DISENGAGEMENT.value: (
            ClosedAs.REACHED,
            ClosedAs.DECLINED,
            ClosedAs.NOT_A_CONCERN,
            ClosedAs.RECORD_WRONG,
        ),
        sign.Kind.GOOD_NEWS.value: (ClosedAs.MARKED, ClosedAs.DECLINED, ClosedAs.RECORD_WRONG),
        sign.Kind.UPKEEP.value: (ClosedAs.DONE, ClosedAs.NOT_A_CONCERN, ClosedAs.RECORD_WRONG),
    }

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="follow_ups")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, default=sign.Kind.DISENGAGEMENT.value)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    level = models.CharField(max_length=12, choices=Level)
    lifted = models.BooleanField(default=False)
    opened_on = models.DateField(help_text=_("The day it was raised as of."))
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text=_("When the next attempt is due."))
    touched_at = models.DateTimeField(null=True, blank=True)
    first_attempt_at = models.DateTimeField(null=True, blank=True)
    last_attempt_at = models.DateTimeField(null=True, blank=True)
    quiet_until = models.DateField(null=True, blank=True)
    quiet_as = models.CharField(max_length=10, choices=Quiet, blank=True)
    quiet_reason = models.CharField(max_length=200, blank=True)
    evidence_changed = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_as = models.CharField(max_length=20, choices=ClosedAs, blank=True)
    closed_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    closing_note = models.CharField(max_length=280, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "kind"],
                condition=Q(state="open"),
                name="one_open_follow_up_per_episode_and_kind",
            ),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="follow_up_level_known"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in sign.Kind]), name="follow_up_kind_known"
            ),
            models.CheckConstraint(
                condition=(Q(state="open", closed_at=None, closed_as=""))
                | (Q(state="closed", closed_at__isnull=False) & ~Q(closed_as="")),
                name="follow_up_open_or_closed_with_a_reason",
            ),
            models.CheckConstraint(
                condition=(Q(quiet_until=None, quiet_as=""))
                | (Q(quiet_until__isnull=False) & ~Q(quiet_as="")),
                name="follow_up_quiet_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "state", "level", "due_at"], name="follow_up_list")]

    def __str__(self) -> str:
        return f"follow-up {self.pk}"


class Finding(models.Model):
    """One sign matched for one episode, as it stood when raised or last strengthened.

    (episode, sign, anchor) is the fingerprint: the database refuses a twin. `evidence` is a snapshot of the rows,
    oldest first: [{"id", "start", "day", "channel", "outcome", "group"}]; `points` what is no appointment: [{"of",
    "id", "at", "day", "words"}]. `banner` is to be read before anything is done. `why` is a list of sentences
    (clinic.engagement.words). `counts_from`: contacts later than this epoch second count towards settling.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        SETTLED = "settled", _("Settled by contact")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        CLOSED = "closed", _("Closed with its follow-up")
        CONFIRMED = "confirmed", _("Confirmed by medical staff")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="findings", db_index=False)
    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="findings")
    rules = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="+", db_index=False)
    sign = models.CharField(max_length=8)
    anchor = models.CharField(max_length=60)
    level = models.CharField(max_length=12, choices=Level)
    title = models.JSONField()
    why = models.JSONField()
    evidence = models.JSONField()
    steps = models.JSONField(default=list)
    points = models.JSONField(default=list, blank=True)
    banner = models.JSONField(null=True, blank=True)
    unrecorded = models.PositiveSmallIntegerField(default=0)
    evidence_ids = models.TextField(blank=True, help_text=_("The ids of the evidence, for the sweep."))
    last_missed = models.BigIntegerField(
        default=0, help_text=_("Epoch second of the newest missed appointment.")
    )
    facts = models.BigIntegerField(null=True, blank=True, help_text=_("Checksum of what it was judged on."))
    counts_from = models.BigIntegerField()
    raised_on = models.DateField()
    judged_on = models.DateField(help_text=_("The day it was last raised or strengthened as of."))
    raised_at = models.DateTimeField()
    found_late = models.BooleanField(default=False)
    evidence_changed = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_as_of = models.BigIntegerField(
        null=True,
        blank=True,
        help_text=_("Epoch second: only an absence newer than this raises the sign again."),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["episode", "sign", "anchor"], name="finding_fingerprint"),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="finding_level_known"),
            models.CheckConstraint(
                condition=(Q(state="open", ended_at=None)) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="finding_open_or_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"finding {self.pk}"


class Method(models.TextChoices):
    CALL = "call", _("Call")
    TEXT = "text", _("Text, generic")
    LETTER = "letter", _("Letter")
    VISIT = "visit", _("Visit")
    IN_PERSON = "in_person", _("Spoke in person")


class Result(models.TextChoices):
    """What came of an attempt. The first three are two-way exchanges: they count as contact."""

    REACHED_REBOOKED = "reached_rebooked", _("Reached, re-booked")
    REACHED_THINKING = "reached_thinking", _("Reached, thinking about it")
    REACHED_DECLINED = "reached_declined", _("Reached, does not want contact now")
    NOT_REACHED = "not_reached", _("Not reached")
    WRONG_CONTACT = "wrong_contact", _("Wrong number or address")
    RECORD_WRONG = "record_wrong", _("Record is wrong: attended, moved, in hospital…")


TWO_WAY = (Result.REACHED_REBOOKED, Result.REACHED_THINKING, Result.REACHED_DECLINED)


class Barrier(models.TextChoices):
    """What got in the way, as told by the client (clinical basis, section 4)."""

    TRANSPORT = "transport", _("Transport")
    CHILD_CARE = "child_care", _("Child care")
    WORK_HOURS = "work_hours", _("Work hours")
    COST = "cost", _("Cost or insurance")
    PHONE = "phone", _("Phone")
    HOUSING = "housing", _("Housing")
    HEALTH = "health", _("Health or pain")
    COURT = "court", _("Court")
    SAFETY = "safety", _("Safety")
    CLINIC_HOURS = "clinic_hours", _("Clinic hours")
    DID_NOT_SUIT = "did_not_suit", _("Group or counsellor did not suit")
    FELT_JUDGED = "felt_judged", _("Felt judged")
    NOTHING_NEW = "nothing_new", _("Nothing new to gain")
    FORGOT = "forgot", _("Forgot")
    OTHER = "other", _("Other")


class Attempt(models.Model):
    """One try to reach the client, or a talk with them: how, what came of it, what got in the way, what was agreed.

    A talk that belongs to no follow-up ("we spoke") has none.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="attempts")
    follow_up = models.ForeignKey(
        FollowUp, on_delete=models.PROTECT, null=True, blank=True, related_name="attempts"
    )
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="attempts", db_index=False)
    at = models.DateTimeField()
    method = models.CharField(max_length=12, choices=Method)
    result = models.CharField(max_length=20, choices=Result)
    barriers = models.JSONField(default=list, blank=True)
    agreed = models.CharField(max_length=280, blank=True)
    next_contact_on = models.DateField(null=True, blank=True)
    pressing = models.BooleanField(default=False, help_text=_("The follow-up was for today at the time."))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(method__in=Method.values), name="attempt_method_known"),
            models.CheckConstraint(condition=Q(result__in=Result.values), name="attempt_result_known"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk}"

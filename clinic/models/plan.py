"""What a client and their team have agreed: the care plan, who stands beside the client, goals, milestones."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.engagement import background
from clinic.models.care import Episode
from clinic.models.people import Staff
from clinic.models.schedule import Channel


class TriggerKind(models.TextChoices):
    """What sets something off. `MISSED_SESSION` lets a client plan for the day they do not come."""

    STRESS = "stress", _("Stress")
    CRAVING = "craving", _("Craving")
    EMOTION = "emotion", _("Feelings")
    PEOPLE = "people", _("People")
    PLACE = "place", _("Places")
    MISSED_SESSION = "missed_session", _("A session missed")
    OTHER = "other", _("Something else")


class CarePlan(models.Model):
    """The plan of one stay, in the client's words: why, what sets things off, what helps, who helps.

    The lists hold short texts; `triggers` are {"kind", "what", "avoidable"}, `issues` {"what", "service"} (an issue
    underneath, and the service that helps with it). It is written together with the client; every save leaves a
    PlanRevision.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.OneToOneField(Episode, on_delete=models.CASCADE, related_name="care_plan")
    reasons = models.JSONField(default=list, blank=True)
    triggers = models.JSONField(default=list, blank=True)
    issues = models.JSONField(default=list, blank=True)
    coping = models.JSONField(default=list, blank=True)
    skills = models.JSONField(default=list, blank=True)
    routine = models.JSONField(default=list, blank=True)
    reminders = models.JSONField(default=list, blank=True)
    life_goals = models.JSONField(default=list, blank=True)
    values_support = models.CharField(max_length=200, blank=True)
    aftercare = models.CharField(max_length=280, blank=True)
    area_to_strengthen = models.CharField(max_length=280, blank=True)
    prefers_no_supporter = models.BooleanField(default=False)
    written_on = models.DateField()
    reviewed_on = models.DateField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reviewed_on__gte=F("written_on")), name="plan_reviewed_after_written"
            )
        ]

    def __str__(self) -> str:
        return f"care plan {self.pk}"


class IfThen(models.Model):
    """One if-then plan of a client's own: when this happens, then they do that, with whose help."""

    plan = models.ForeignKey(CarePlan, on_delete=models.CASCADE, related_name="if_thens")
    position = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=20, choices=TriggerKind, default=TriggerKind.OTHER)
    trigger = models.CharField(max_length=200)
    action = models.CharField(max_length=200)
    helper = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("position", "pk")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TriggerKind.values), name="if_then_kind_known")
        ]

    def __str__(self) -> str:
        return f"if-then {self.pk}"


class PlanRevision(models.Model):
    """A care plan as it stood after one save: what it held in full, and how many of each part, for the signs.

    `on` is the clinic's local day, `reviewed_on` the day of the last review by then. Never changed.
    """

    plan = models.ForeignKey(CarePlan, on_delete=models.CASCADE, related_name="revisions")
    # Beside the plan's own, so that the sweep reads it without a join.
    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    on = models.DateField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_on = models.DateField()
    content = models.JSONField(default=dict)
    reasons = models.PositiveSmallIntegerField(default=0)
    if_thens = models.PositiveSmallIntegerField(default=0)
    coping = models.PositiveSmallIntegerField(default=0)
    supporters = models.PositiveSmallIntegerField(default=0)
    prefers_no_supporter = models.BooleanField(default=False)
    uncovered = models.PositiveSmallIntegerField(
        default=0, help_text=_("Triggers that cannot be avoided and have no if-then plan.")
    )
    unserved = models.PositiveSmallIntegerField(default=0, help_text=_("Issues without a service."))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="plan_revision_once")]

    def __str__(self) -> str:
        return f"revision {self.number} of plan {self.plan_id}"


class PlannedSessions(models.Model):
    """How many sessions of one channel are planned in 28 days, from a day on; 0 ends them. The newest row in force
    counts, so a step-down that was agreed lowers what is expected.
    """

    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="planned_sessions")
    channel = models.CharField(max_length=20, choices=Channel)
    a_month = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    known_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "channel", "starts_on"], name="planned_sessions_once_per_day"
            ),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="planned_channel_known"),
            models.CheckConstraint(condition=Q(a_month__lte=84), name="planned_sessions_possible"),
        ]

    def __str__(self) -> str:
        return f"planned sessions {self.pk}"


class PlannedVisit(models.Model):
    """A follow-up the plan asks for by a day, booked or not; `withdrawn_on` when it is no longer wanted."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="planned_visits")
    channel = models.CharField(max_length=20, choices=Channel)
    by_day = models.DateField()
    known_on = models.DateField()
    withdrawn_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="planned_visit_channel_known"
            )
        ]

    def __str__(self) -> str:
        return f"planned visit {self.pk}"


class Supporter(models.Model):
    """Somebody the client leans on. Staff speak with them only while a written consent naming them is live.

    `consent_from` is empty without one; `consent_until` its last day, `consent_ended` the day it was revoked. `scope`
    says what about. `version` rises with every change, so that two who change it notice each other.
    """

    class Relation(models.TextChoices):
        FAMILY = "family", _("Family")
        FRIEND = "friend", _("Friend")
        SPONSOR = "sponsor", _("Sponsor")
        PEER = "peer", _("Peer in recovery")
        PROFESSIONAL = "professional", _("Counsellor, doctor or other professional")
        OTHER = "other", _("Somebody else")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="supporters")
    name = models.CharField(max_length=120)
    relation = models.CharField(max_length=20, choices=Relation)
    phone = models.CharField(max_length=40, blank=True)
    active = models.BooleanField(default=True)
    scope = models.CharField(max_length=280, blank=True)
    consent_from = models.DateField(null=True, blank=True)
    consent_until = models.DateField(null=True, blank=True)
    consent_ended = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="supporter_named"),
            models.CheckConstraint(
                condition=Q(consent_from=None, consent_until=None)
                | Q(consent_from__isnull=False, consent_until__gte=F("consent_from")),
                name="consent_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"supporter {self.pk}"

    def consent_is_live(self, day: date) -> bool:
        """Whether staff may speak with them on a day: a consent's last day belongs to it, that of its end does not."""
        first, last, ended = self.consent_from, self.consent_until, self.consent_ended
        if first is None or last is None or not first <= day <= last:
            return False
        return ended is None or day < ended


class GoalKind(models.TextChoices):
    WEEKLY = background.GoalKind.WEEKLY.value, _("So many a week")
    NINETY = background.GoalKind.NINETY.value, _("Ninety meetings in ninety days")
    FREE = background.GoalKind.FREE.value, _("Something of their own")


class Goal(models.Model):
    """A goal of the client's own, in their words. `channels` are the letters of what a weekly count counts. `version`
    rises with every change, so that two who change it notice each other.
    """

    COUNTED = (("g", _("group sessions")), ("a", _("mutual-aid meetings")), ("ga", _("both")))

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="goals")
    kind = models.CharField(max_length=12, choices=GoalKind)
    words = models.CharField(max_length=200)
    target = models.PositiveSmallIntegerField(default=1)
    channels = models.CharField(max_length=4, choices=COUNTED, default="ga")
    starts_on = models.DateField()
    known_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    reached_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=GoalKind.values), name="goal_kind_known"),
            models.CheckConstraint(condition=~Q(words=""), name="goal_in_words"),
            models.CheckConstraint(condition=Q(target__range=(1, 90)), name="goal_target_possible"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="goal_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"goal {self.pk}"


class GoalPause(models.Model):
    """Days on which the client has put a goal aside; it asks for nothing meanwhile."""

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="pauses")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["goal"], condition=Q(ends_on=None), name="goal_paused_once"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="goal_pause_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"pause of goal {self.goal_id}"


class Milestone(models.Model):
    """Something worth marking that no count would find."""

    class Kind(models.TextChoices):
        WORK = "work", _("Work or study")
        HOME = "home", _("Home or family")
        HEALTH = "health", _("Health")
        RECOVERY = "recovery", _("Recovery")
        OTHER = "other", _("Something else")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="milestones")
    kind = models.CharField(max_length=12, choices=Kind)
    words = models.CharField(max_length=200)
    day = models.DateField()
    known_on = models.DateField()

    def __str__(self) -> str:
        return f"milestone {self.pk}"


class CareElsewhere(models.Model):
    """A span in which another service looks after the client too, known by a release: silence here says less."""

    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="care_elsewhere")
    place = models.CharField(max_length=120, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    known_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="elsewhere_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"care elsewhere {self.pk}"

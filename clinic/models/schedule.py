"""What is planned and what became of it: groups, their sessions, and the one table of appointments."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from clinic.engagement import timeline
from clinic.models.care import Episode
from clinic.models.people import Clinic, Staff


class Channel(models.TextChoices):
    COUNSELLING = timeline.Channel.COUNSELLING.value, _("Counselling")
    GROUP = timeline.Channel.GROUP.value, _("Group")
    MEDICAL = timeline.Channel.MEDICAL.value, _("Medical")
    DOSING = timeline.Channel.DOSING.value, _("Dosing")
    CASE_MANAGEMENT = timeline.Channel.CASE_MANAGEMENT.value, _("Case management")
    MUTUAL_AID = timeline.Channel.MUTUAL_AID.value, _("Mutual aid")


class Outcome(models.TextChoices):
    SCHEDULED = timeline.Outcome.SCHEDULED.value, _("Scheduled")
    ATTENDED = timeline.Outcome.ATTENDED.value, _("Attended")
    LATE = timeline.Outcome.LATE.value, _("Late")
    LEFT_EARLY = timeline.Outcome.LEFT_EARLY.value, _("Left early")
    NO_SHOW = timeline.Outcome.NO_SHOW.value, _("Missed")
    CANCELLED_BY_CLIENT = timeline.Outcome.CANCELLED_BY_CLIENT.value, _("Cancelled by client")
    CANCELLED_BY_CLINIC = timeline.Outcome.CANCELLED_BY_CLINIC.value, _("Cancelled by clinic")
    EXCUSED = timeline.Outcome.EXCUSED.value, _("Excused")
    RESCHEDULED = timeline.Outcome.RESCHEDULED.value, _("Rescheduled")


class Purpose(models.TextChoices):
    ROUTINE = timeline.Purpose.ROUTINE.value, _("Routine")
    FIRST = timeline.Purpose.FIRST.value, _("First appointment")
    FOLLOW_UP = timeline.Purpose.FOLLOW_UP.value, _("Follow-up")
    CARE_REVIEW = timeline.Purpose.CARE_REVIEW.value, _("Care review")
    AFTER_TRANSITION = timeline.Purpose.AFTER_TRANSITION.value, _("After a transition")


class Participation(models.IntegerChoices):
    """The facilitator's rating of an attended group session."""

    KEPT_TO_SELF = 1, _("kept to self")
    SPOKE_WHEN_INVITED = 2, _("spoke when invited")
    TOOK_PART_FREELY = 3, _("took part freely")
    SUPPORTED_OTHERS = 4, _("supported others")


class Excuse(models.TextChoices):
    """Why an absence was excused (clinical basis, 2.3)."""

    ILLNESS = "illness", _("Illness")
    WORK = "work", _("Work")
    CHILD_CARE = "child_care", _("Child care")
    COURT = "court", _("Court")
    BEREAVEMENT = "bereavement", _("Bereavement")
    RELIGIOUS = "religious", _("Religious day")
    WEATHER = "weather", _("Weather")
    TRANSPORT = "transport", _("No transport")
    OTHER = "other", _("Other")


class Mode(models.TextChoices):
    IN_PERSON = "in_person", _("In person")
    VIDEO = "video", _("By video")
    PHONE = "phone", _("By phone")


class Group(models.Model):
    """A running group."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="groups")
    name = models.CharField(max_length=120)
    facilitator = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="facilitated_groups"
    )
    room = models.CharField(max_length=60, blank=True)
    kind = models.CharField(
        max_length=40,
        blank=True,
        help_text=_("Such as skills or peer support: ratings compare within a kind."),
    )
    capacity = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Members it holds; empty: nobody counts.")
    )
    co_facilitators = models.ManyToManyField(Staff, blank=True, related_name="co_facilitated_groups")
    closed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "name"], name="group_name_once_per_clinic")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A client's place in a group from `joined_on`; `left_on` is the first day without it."""

    class Ended(models.TextChoices):
        STOPPED_COMING = "stopped_coming", _("Client stopped coming")
        COMPLETED = "completed", _("Completed")
        CHANGED_GROUP = "changed_group", _("Changed group")
        OTHER = "other", _("Other")

    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="memberships")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="memberships")
    joined_on = models.DateField()
    left_on = models.DateField(null=True, blank=True)
    ended = models.CharField(max_length=20, choices=Ended, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "group"], condition=Q(left_on=None), name="one_place_in_a_group_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("joined_on")),
                name="membership_left_after_joined",
            ),
        ]

    def __str__(self) -> str:
        return f"membership {self.pk}"


class Session(models.Model):
    """One meeting of a group. `version` rises with every saved register, so that two savers notice each other.

    `series` and `series_day` name the rule and its day, wherever it was moved since (`moved_from`). `draft` is what a
    facilitator has put down and not yet said: nothing in it counts. One with `cancelled_at` does not take place.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="sessions")
    starts_at = models.DateTimeField(db_index=True)
    minutes = models.PositiveSmallIntegerField(default=60)
    mode = models.CharField(max_length=12, choices=Mode, default=Mode.IN_PERSON)
    facilitator = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    series = models.ForeignKey(
        "clinic.Series", on_delete=models.PROTECT, null=True, blank=True, related_name="sessions"
    )
    series_day = models.DateField(null=True, blank=True)
    topic = models.CharField(max_length=120, blank=True)
    moved_from = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=120, blank=True)
    draft = models.JSONField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    finished_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "starts_at"], name="session_once_per_group_and_time"),
            models.UniqueConstraint(
                fields=["series", "series_day"],
                condition=Q(series__isnull=False),
                name="session_once_per_series_and_day",
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"


def _letter(field: str, letters: dict, default: str) -> Case:
    return Case(
        *(When(**{field: word.value}, then=Value(letter)) for word, letter in letters.items()),
        default=Value(default),
    )


def _rating(letters: dict[int, str], default: str) -> Case:
    return Case(
        *(When(participation=rating, then=Value(letter)) for rating, letter in letters.items()),
        default=Value(default),
    )


class Appointment(models.Model):
    """One client's place at one time, whatever the channel: an appointment, a seat in a group session, a dosing window,
    a mutual-aid meeting the client told us about.

    `outcome` stays "scheduled" until somebody records it; past and still scheduled is *unrecorded*, never missed.
    `cancelled_at` is when it became known that it would not take place. `rebooking_of` is the one it stands in for.
    `code` is four letters made by the database from outcome, channel, purpose and how it was taken part in: the daily
    sweep reads those. `minutes_late` and `minutes_stayed` are empty where nobody took the time.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # No index of its own: the covering index below leads with it.
    episode = models.ForeignKey(
        Episode, on_delete=models.PROTECT, related_name="appointments", db_index=False
    )
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=20, choices=Channel)
    purpose = models.CharField(max_length=20, choices=Purpose, blank=True)
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(default=50)
    outcome = models.CharField(max_length=24, choices=Outcome, default=Outcome.SCHEDULED)
    reason = models.CharField(max_length=120, blank=True)
    excuse = models.CharField(max_length=16, choices=Excuse, blank=True)
    mode = models.CharField(max_length=12, choices=Mode, default=Mode.IN_PERSON)
    minutes_late = models.PositiveSmallIntegerField(null=True, blank=True)
    minutes_stayed = models.PositiveSmallIntegerField(null=True, blank=True)
    verified = models.BooleanField(
        default=True, help_text=_("No: the client told us about it and nobody has confirmed it.")
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments", db_index=False
    )
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, null=True, blank=True, related_name="seats", db_index=False
    )
    participation = models.PositiveSmallIntegerField(choices=Participation, null=True, blank=True)
    staff = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    rebooking_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="rebookings", db_index=False
    )
    series = models.ForeignKey(
        "clinic.Series",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        db_index=False,
    )
    series_day = models.DateField(null=True, blank=True)
    external_id = models.CharField(max_length=80, blank=True)
    booked_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1)
    code = models.GeneratedField(
        expression=Concat(
            Case(
                When(
                    outcome=Outcome.LEFT_EARLY,
                    minutes__gt=F("minutes_stayed") * 2,
                    then=Value(timeline.LEFT_BEFORE_HALF),
                ),
                default=_letter("outcome", timeline.MARK, "S"),
            ),
            _letter("channel", timeline.CHANNEL_LETTER, "c"),
            Case(
                When(
                    rebooking_of__isnull=False,
                    then=_letter(
                        "purpose",
                        {word: letter.upper() for word, letter in timeline.PURPOSE_LETTER.items()},
                        timeline.REBOOKING[timeline.NO_PURPOSE],
                    ),
                ),
                default=_letter("purpose", timeline.PURPOSE_LETTER, timeline.NO_PURPOSE),
            ),
            Case(
                When(
                    minutes_late__lt=timeline.LATE_MINUTES,
                    outcome=Outcome.LATE,
                    then=_rating(timeline.RATING_LITTLE_LATE, timeline.NOT_RATED_LITTLE_LATE),
                ),
                default=_rating(timeline.RATING, timeline.NOT_RATED),
            ),
        ),
        output_field=models.CharField(max_length=4),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="appointment_channel_known"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="appointment_outcome_known"),
            models.CheckConstraint(
                condition=Q(purpose="") | Q(purpose__in=Purpose.values), name="appointment_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(participation=None)
                | Q(participation__range=(1, 4), outcome__in=["attended", "late", "left_early"]),
                name="participation_only_when_attended",
            ),
            models.CheckConstraint(
                condition=Q(excuse="") | Q(excuse__in=Excuse.values, outcome="excused"),
                name="excuse_only_when_excused",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None)
                | Q(outcome__in=["cancelled_by_client", "cancelled_by_clinic", "excused", "rescheduled"]),
                name="cancelled_at_only_when_cancelled",
            ),
            models.UniqueConstraint(
                fields=["clinic", "external_id"],
                condition=~Q(external_id=""),
                name="external_id_once_per_clinic",
            ),
            models.UniqueConstraint(
                fields=["episode", "starts_at", "channel"],
                condition=Q(group=None, external_id=""),
                name="one_appointment_per_time_and_channel",
            ),
            models.UniqueConstraint(
                fields=["episode", "starts_at", "channel", "group"],
                condition=Q(group__isnull=False, external_id=""),
                name="one_seat_per_time_and_group",
            ),
            models.UniqueConstraint(
                fields=["series", "series_day"],
                condition=Q(series__isnull=False),
                name="appointment_once_per_series_and_day",
            ),
        ]
        indexes = [
            # Covering: the sweep never touches the table itself. Key columns, because SQLite has no INCLUDE.
            models.Index(fields=["episode", "starts_at", "id", "code", "group"], name="appointment_timeline"),
            models.Index(fields=["clinic", "starts_at"], name="appointment_day_sheet"),
            models.Index(
                fields=["clinic", "starts_at"],
                name="appointment_unrecorded",
                condition=Q(outcome=Outcome.SCHEDULED),
            ),
            models.Index(
                fields=["staff", "starts_at"],
                name="appointment_of_staff",
                condition=Q(staff__isnull=False),
            ),
            models.Index(fields=["session"], name="appointment_register", condition=Q(session__isnull=False)),
            models.Index(
                fields=["rebooking_of"],
                name="appointment_rebookings",
                condition=Q(rebooking_of__isnull=False),
            ),
            models.Index(
                fields=["episode", "rebooking_of"],
                name="appointment_stand_ins",
                condition=Q(rebooking_of__isnull=False),
            ),
            models.Index(
                fields=["episode", "cancelled_at", "starts_at", "id"],
                name="appointment_cancellations",
                condition=Q(cancelled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"appointment {self.pk}"

"""Who works here and who is looked after: clinics, teams, programmes, staff, clients."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


def known_zone(name: str) -> None:
    """Refuse a time zone that does not exist."""
    if name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Try one like America/Denver."), params={"name": name}
        )


def every_weekday() -> list[int]:
    return [0, 1, 2, 3, 4]


class Clinic(models.Model):
    """A site with its own time zone, opening days and time of the morning check.

    `opening_days` are weekdays, 0 = Monday. Due times count working hours between `opens_at` and `closes_at` on them.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[known_zone])
    opening_days = models.JSONField(default=every_weekday)
    opens_at = models.TimeField(default=time(8))
    closes_at = models.TimeField(default=time(17))
    sweep_at = models.TimeField(default=time(6), help_text=_("When the morning check is due, clinic time."))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(opens_at__lt=models.F("closes_at")), name="clinic_opens_before_it_closes"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def local_day(self, moment: datetime) -> date:
        """The clinic's own calendar day at an aware moment."""
        return moment.astimezone(self.zone).date()


class Role(models.TextChoices):
    """What a member of staff does; a person may hold several."""

    CASE_MANAGER = "case_manager", _("Case manager")
    SUPERVISOR = "supervisor", _("Supervisor")
    FRONT_DESK = "front_desk", _("Front desk")
    FACILITATOR = "facilitator", _("Facilitator")
    MEDICAL = "medical", _("Medical staff")
    ADMINISTRATOR = "administrator", _("Administrator")


class Team(models.Model):
    """The case managers of one supervisor."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=120)
    supervisor = models.ForeignKey(
        "clinic.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="supervised_teams"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "name"], name="team_name_once_per_clinic")]

    def __str__(self) -> str:
        return self.name


class Staff(AbstractUser):
    """A member of staff, who signs in. `is_demo` marks the invented people of the demo clinic."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, null=True, blank=True, related_name="staff")
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="members")
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def name(self) -> str:
        return str(self)

    @property
    def initials(self) -> str:
        return (
            "".join(part[0] for part in (self.first_name, self.last_name) if part).upper()
            or self.username[:2]
        )

    @cached_property
    def role_tokens(self) -> frozenset[str]:
        """The roles held, read once per request, so that a change holds from the next request on."""
        return frozenset(row.role for row in self.roles.all())

    def has_role(self, *roles: str) -> bool:
        """Whether any of `roles` is held."""
        return not self.role_tokens.isdisjoint(roles)


class StaffRole(models.Model):
    """One role held by one person."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "role"], name="role_once_per_person"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id}: {self.role}"


class Programme(models.Model):
    """A line of treatment at one clinic."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="programmes")
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "name"], name="programme_name_once_per_clinic")
        ]

    def __str__(self) -> str:
        return self.name


class Naloxone(models.TextChoices):
    """Whether the client has naloxone at hand."""

    UNKNOWN = "unknown", _("Not asked")
    HAS = "has", _("Has it")
    OFFERED = "offered", _("Offered, not yet there")
    DECLINED = "declined", _("Does not want it")


class Client(models.Model):
    """A person looked after, with how they may be reached safely.

    `record_number` is the clinic's own; it never stands in a URL, a log or a message. Voicemail and text are off until
    the client has agreed to them.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="clients")
    record_number = models.CharField(max_length=40)
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    preferred_name = models.CharField(max_length=80, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    pronouns = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    other_phone = models.CharField(max_length=40, blank=True)
    contact_note = models.CharField(
        max_length=120,
        blank=True,
        help_text=_("What to mind before calling: a shared phone, whom to ask for."),
    )
    voicemail_ok = models.BooleanField(default=False)
    text_ok = models.BooleanField(default=False)
    contact_from = models.TimeField(default=time(9))
    contact_until = models.TimeField(default=time(19))
    languages = models.CharField(max_length=80, blank=True)
    recovery_start = models.DateField(
        null=True, blank=True, help_text=_("As the client states it, if they like it to be marked.")
    )
    naloxone = models.CharField(max_length=12, choices=Naloxone, default=Naloxone.UNKNOWN)
    naloxone_asked_on = models.DateField(null=True, blank=True)
    meetings_off_on = models.DateField(
        null=True, blank=True, help_text=_("From this day on mutual-aid meetings are not logged.")
    )
    no_outreach = models.BooleanField(
        default=False, help_text=_("Asked for no contact unless safety demands it.")
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "record_number"], name="record_number_once_per_clinic"),
            models.CheckConstraint(condition=~models.Q(record_number=""), name="record_number_given"),
        ]
        indexes = [models.Index(fields=["clinic", "last_name", "first_name"], name="client_by_name")]

    def __str__(self) -> str:
        return f"client {self.pk}"

    @property
    def called(self) -> str:
        """First name as the client likes it."""
        return self.preferred_name or self.first_name

    @property
    def full_name(self) -> str:
        return f"{self.called} {self.last_name}"

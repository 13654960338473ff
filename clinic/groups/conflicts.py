"""Who else is needed elsewhere at a time to which a session is to be moved. Read before saving; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from clinic.groups import seats
from clinic.models import Appointment, Client, Group, Membership, Session, Staff
from clinic.models.schedule import Outcome


@dataclass(frozen=True, slots=True)
class Clashes:
    """Members with another appointment at that time, facilitators who are expected elsewhere, and whether the clinic is
    not open on that weekday. What the other appointment is for is nobody's business here.
    """

    members: tuple[str, ...] = ()
    facilitators: tuple[str, ...] = ()
    shut: bool = False

    def __bool__(self) -> bool:
        return bool(self.members or self.facilitators or self.shut)


def of(
    group: Group, starts_at: datetime, minutes: int, *, on: datetime, but: Session | None = None
) -> Clashes:
    """What stands in the way of meeting at a time, in six statements whatever the size of the group."""
    clinic, end = group.clinic, starts_at + timedelta(minutes=minutes)
    day = clinic.local_day(starts_at)
    places = seats.spans(Membership.objects.filter(group=group).exclude(left_on__lte=day))
    members = {each.episode for each in places if each.covers(day)}
    near = Appointment.objects.filter(
        clinic=clinic,
        outcome=Outcome.SCHEDULED,
        starts_at__gt=starts_at - seats.LONGEST_SESSION,
        starts_at__lt=end,
    )
    if but is not None:
        near = near.exclude(session=but)

    def overlaps(starts: datetime, lasts: int) -> bool:
        return starts + timedelta(minutes=lasts) > starts_at

    theirs = {
        episode
        for episode, starts, lasts in near.filter(episode__in=members).values_list(
            "episode", "starts_at", "minutes"
        )
        if overlaps(starts, lasts)
    }
    leaders = set(group.co_facilitators.values_list("pk", flat=True)) | {group.facilitator_id} - {None}
    busy = {
        who
        for who, starts, lasts in near.filter(staff__in=leaders, session=None).values_list(
            "staff", "starts_at", "minutes"
        )
        if overlaps(starts, lasts)
    }
    sessions = Session.objects.filter(
        Q(facilitator__in=leaders) | Q(facilitator=None, group__facilitator__in=leaders),
        starts_at__gt=starts_at - seats.LONGEST_SESSION,
        starts_at__lt=end,
        cancelled_at=None,
    ).exclude(pk=but.pk if but is not None else 0)
    for own, led, starts, lasts in sessions.values_list(
        "facilitator", "group__facilitator", "starts_at", "minutes"
    ):
        if overlaps(starts, lasts):
            busy.add(own or led)
    people = Client.objects.filter(episodes__in=theirs).order_by("last_name", "first_name", "pk")
    return Clashes(
        members=tuple(each.full_name for each in people),
        facilitators=tuple(each.name for each in Staff.objects.filter(pk__in=busy).order_by("last_name")),
        shut=day.weekday() not in clinic.opening_days,
    )

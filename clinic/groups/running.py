"""What a group is: its name, kind and room, who leads it, how many it holds; and its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit, limits
from clinic.groups import seats
from clinic.groups.frame import conflict, lock_episodes, not_far, on_group, words
from clinic.models import Appointment, Clinic, Group, Membership, Role, Series, Staff, WaitingPlace
from clinic.models.schedule import Outcome

LONGEST_NAME, LONGEST_ROOM, LONGEST_KIND = 120, 60, 40
MOST_MEMBERS = 200
FIELDS = ("name", "kind", "room", "capacity", "facilitator")


@dataclass(frozen=True, slots=True)
class About:
    """What a group is. `kind` is in the clinic's own words: ratings compare within one. Without `capacity` nobody
    counts; the facilitator is not among `co_facilitators`.
    """

    name: str
    kind: str = ""
    room: str = ""
    capacity: int | None = None
    facilitator: Staff | None = None
    co_facilitators: tuple[Staff, ...] = ()


def make(clinic: Clinic, *, by: Staff, on: datetime, about: About) -> Group:
    """Begin a group. Raises ValidationError at the field for a name that another group has, or none, for a capacity
    that is no number of members, and for facilitators who do not work here as such.
    """
    about = _checked(clinic, about)
    with transaction.atomic():
        Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)
        _own_name(clinic, about.name)
        row = Group.objects.create(clinic=clinic, **{name: getattr(about, name) for name in FIELDS})
        row.co_facilitators.set(about.co_facilitators)
        audit.record(by=by, on=on, deed="make_group", clinic=clinic, subject=f"group:{row.uid}")
    return row


def change(group: Group, *, by: Staff, on: datetime, about: About, version: int) -> Group:
    """Change what a group is. Coming seats go to a new facilitator with it; members above a smaller capacity stay.

    Raises ValidationError as `make`, with code "conflict" when somebody else has changed the group since `version`.
    """
    about = _checked(group.clinic, about, keeps=group)
    with on_group(group, "change_group", by=by, on=on) as done:
        row = done.group
        helpers = set(row.co_facilitators.values_list("pk", flat=True))
        changed = [name for name in FIELDS if getattr(row, name) != getattr(about, name)]
        if helpers != {each.pk for each in about.co_facilitators}:
            changed.append("co_facilitators")
        if not changed:
            done.changed_nothing()
            return row
        if row.version != version:
            raise conflict(
                _(
                    "Somebody else changed this group meanwhile. What stands now is shown; yours is not saved yet."
                )
            )
        _own_name(row.clinic, about.name, but=row)
        for name in FIELDS:
            setattr(row, name, getattr(about, name))
        row.version += 1
        row.save(update_fields=[*FIELDS, "version"])
        row.co_facilitators.set(about.co_facilitators)
        if "facilitator" in changed:
            coming = Appointment.objects.filter(
                clinic=row.clinic_id,
                starts_at__gt=on,
                group=row,
                outcome=Outcome.SCHEDULED,
                session__facilitator=None,
            )
            coming.update(staff=about.facilitator)
        done.detail["fields"] = sorted(changed)
    return row


def close(group: Group, *, by: Staff, on: datetime, closed_on: date, version: int) -> Group:
    """End a group: `closed_on` is the first day without it. Memberships end with it, sessions from then on of which
    nothing is recorded are taken away, nobody waits any more; the past stays as it is.

    Raises ValidationError at `closed_on` for a day before today or too far ahead, or before a session of which
    something is recorded; with code "conflict" when somebody else has changed the group.
    """
    today = group.clinic.local_day(on)
    limits.not_past("closed_on", closed_on, today)
    not_far("closed_on", closed_on, today)
    with on_group(group, "close_group", by=by, on=on) as done:
        row = done.group
        if row.closed_on == closed_on:
            done.changed_nothing()
            return row
        if row.version != version:
            raise conflict(_("Somebody else changed this group meanwhile. Nothing was changed."))
        ending = Membership.objects.filter(group=row).exclude(left_on__lte=closed_on)
        done.episodes |= set(ending.values_list("episode", flat=True))
        lock_episodes(done.episodes)
        ahead = seats.coming(row, on, since=closed_on)
        kept = seats.with_a_record(ahead)
        if kept:
            told = {"day": words(max(row.clinic.local_day(each.starts_at) for each in kept), today)}
            raise ValidationError(
                {
                    "closed_on": _("Something is recorded of the session on %(day)s. Choose a later day.")
                    % told
                }
            )
        done.detail["sessions"] = seats.take_away_sessions(ahead)
        ending.filter(joined_on__gte=closed_on).delete()
        ended = ending.update(left_on=closed_on, ended=Membership.Ended.OTHER)
        done.detail["memberships"] = ended
        WaitingPlace.objects.filter(group=row, ended_on=None).update(
            ended_on=today, ended=WaitingPlace.Ended.WITHDRAWN
        )
        Series.objects.filter(group=row).exclude(ended_on__lte=closed_on).update(ended_on=closed_on)
        row.closed_on = closed_on
        row.version += 1
        row.save(update_fields=["closed_on", "version"])
    return row


def reopen(group: Group, *, by: Staff, on: datetime, version: int) -> Group:
    """Let a group run again. Who belongs to it and when it meets is said anew."""
    with on_group(group, "reopen_group", by=by, on=on) as done:
        row = done.group
        if row.closed_on is None:
            done.changed_nothing()
            return row
        if row.version != version:
            raise conflict(_("Somebody else changed this group meanwhile. Nothing was changed."))
        row.closed_on = None
        row.version += 1
        row.save(update_fields=["closed_on", "version"])
    return row


def _checked(clinic: Clinic, about: About, keeps: Group | None = None) -> About:
    if about.capacity is not None and not 1 <= about.capacity <= MOST_MEMBERS:
        raise ValidationError(
            {"capacity": _("Give 1 to %(n)d members, or leave it empty.") % {"n": MOST_MEMBERS}}
        )
    named = {"facilitator": [about.facilitator] if about.facilitator else []}
    named["co_facilitators"] = list(about.co_facilitators)
    before = set()
    if keeps is not None:
        before = {keeps.facilitator_id, *keeps.co_facilitators.values_list("pk", flat=True)}
    for field, people in named.items():
        for person in people:
            leads = person.is_active and person.has_role(Role.FACILITATOR, Role.SUPERVISOR)
            if person.clinic_id != clinic.pk or not (leads or person.pk in before):
                raise ValidationError({field: _("Choose somebody who leads groups at this clinic.")})
    if about.facilitator in about.co_facilitators:
        raise ValidationError({"co_facilitators": _("This person leads the group already.")})
    return About(
        name=limits.text("name", about.name, longest=LONGEST_NAME, needed=True),
        kind=limits.text("kind", about.kind, longest=LONGEST_KIND),
        room=limits.text("room", about.room, longest=LONGEST_ROOM),
        capacity=about.capacity,
        facilitator=about.facilitator,
        co_facilitators=about.co_facilitators,
    )


def _own_name(clinic: Clinic, name: str, but: Group | None = None) -> None:
    others = Group.objects.filter(clinic=clinic, name__iexact=name).exclude(
        pk=but.pk if but is not None else 0
    )
    if others.exists():
        raise ValidationError(
            {"name": _("Another group of this clinic has this name. Choose a different one.")}
        )

"""Who belongs to a group: joining it, leaving it, leaving all of them at the end of a stay in care."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic import deeds, limits
from clinic.groups import seats
from clinic.groups.frame import CLASH, FULL, conflict, is_running, lock, not_far, words
from clinic.models import Appointment, Episode, Group, Membership, Staff, WaitingPlace
from clinic.models.schedule import Outcome

ONE_DAY = timedelta(days=1)


def join(
    group: Group, episode: Episode, *, by: Staff, on: datetime, joined_on: date, despite: bool = False
) -> Membership:
    """Let somebody belong to a group from a day on. They get a seat in each of its sessions from then on that is not
    over yet; a place on the waiting list ends with it. Somebody may come back after having left.

    Raises ValidationError at `joined_on` for a day outside the stay in care, after the group's end, too far ahead, or
    on which they belong to it anyway; at `client` for a stay elsewhere, with code FULL when the group is full, and with
    code CLASH when others wait longer for the free place, unless `despite`.
    """
    today = group.clinic.local_day(on)
    not_far("joined_on", joined_on, today)
    with transaction.atomic():
        row = lock(group)
        with deeds.on_episode(episode, "join_group", by=by, on=on) as done:
            stay = Episode.objects.get(pk=episode.pk)
            if stay.clinic_id != row.clinic_id:
                raise ValidationError({"client": _("This client is looked after at another clinic.")})
            _in_care(stay, joined_on, today)
            is_running(row, "joined_on", joined_on)
            _not_twice(row, stay, joined_on, today)
            _there_is_room(row, stay, joined_on, despite=despite)
            made = Membership.objects.create(group=row, episode=stay, joined_on=joined_on)
            WaitingPlace.objects.filter(group=row, episode=stay, ended_on=None).update(
                ended_on=today, ended=WaitingPlace.Ended.JOINED
            )
            seats.give_back(row, stay, by=by, on=on, since=on)
            given = seats.give(_sessions(row, on, joined_on), row, on=on)
            done.of(f"group:{row.uid}", membership=made.pk, from_day=joined_on.isoformat(), seats=len(given))
    return made


def leave(
    membership: Membership, *, by: Staff, on: datetime, left_on: date, ended: str = Membership.Ended.OTHER
) -> Membership:
    """End somebody's place in a group: `left_on` is the first day without it. Coming seats from then on are taken away;
    everything recorded, and what has begun, stays. The same again changes nothing.

    Raises ValidationError at `left_on` for an end before its start or too far ahead, at `ended` for an unknown reason,
    and with code "conflict" when somebody else has ended it meanwhile.
    """
    limits.known("ended", ended, Membership.Ended.values)
    episode = membership.episode
    today = episode.clinic.local_day(on)
    not_far("left_on", left_on, today)
    with deeds.on_episode(episode, "leave_group", by=by, on=on) as done:
        row = Membership.objects.select_related("group").get(pk=membership.pk)
        if (row.left_on, row.ended) == (left_on, ended):
            done.changed_nothing()
            return row
        if row.left_on != membership.left_on:
            raise conflict(_("Somebody else ended this membership meanwhile. Nothing was changed."))
        if left_on < row.joined_on:
            told = {"day": words(row.joined_on, today)}
            raise ValidationError(
                {"left_on": _("The end lies before the start: they joined on %(day)s.") % told}
            )
        if row.left_on is not None and left_on > row.left_on:
            raise ValidationError({"left_on": _("They have left before that day. Let them join again.")})
        row.left_on, row.ended = left_on, ended
        row.save(update_fields=["left_on", "ended"])
        _take_seats([row], episode, by=by, on=on, since=left_on)
        done.of(f"group:{row.group.uid}", membership=row.pk, from_day=left_on.isoformat(), ended=ended)
    return row


def leave_all(
    episode: Episode, *, by: Staff, on: datetime, day: date, ended: str = Membership.Ended.OTHER
) -> int:
    """End every place in a group and on a waiting list with a stay in care that is discharged on `day`; returns how
    many memberships ended. As in imports the day of discharge still belongs to them; coming seats on it or later go,
    and so do those of the days after it that nobody has recorded.

    For the transaction of whoever discharges. `return_all` takes it back.
    """
    with deeds.on_episode(episode, "leave_groups", by=by, on=on) as done:
        WaitingPlace.objects.filter(episode=episode, ended_on=None).update(
            ended_on=episode.clinic.local_day(on), ended=WaitingPlace.Ended.WITHDRAWN
        )
        rows = list(
            Membership.objects.filter(episode=episode).exclude(left_on__lte=day + ONE_DAY).order_by("pk")
        )
        for row in rows:
            row.left_on, row.ended = max(day + ONE_DAY, row.joined_on), ended
        Membership.objects.bulk_update(rows, ["left_on", "ended"])
        taken = _take_seats(rows, episode, by=by, on=on, since=day, discharged=True)
        done.of(f"episode:{episode.uid}", memberships=len(rows), seats=taken)
        if not rows and not taken:
            done.changed_nothing()
    return len(rows)


def return_all(episode: Episode, *, by: Staff, on: datetime, day: date) -> int:
    """Take back what `leave_all` ended on `day`, for a discharge entered by mistake; returns how many memberships run
    on. Seats kept from before stand again, those in coming sessions are given anew. Whoever waited does not wait again,
    and a group may hold one more than its capacity where the place was given away meanwhile.
    """
    groups = list(
        Group.objects.filter(memberships__episode=episode, memberships__left_on__gt=day, closed_on=None)
        .distinct()
        .order_by("pk")
    )
    with transaction.atomic():
        locked = [lock(group) for group in groups]
        with deeds.on_episode(episode, "return_to_groups", by=by, on=on) as done:
            numbers = []
            for group in locked:
                rows = Membership.objects.filter(episode=episode, group=group)
                last = rows.order_by("-joined_on", "-pk").first()
                if last is None or last.left_on != max(day + ONE_DAY, last.joined_on):
                    continue
                last.left_on, last.ended = None, ""
                last.save(update_fields=["left_on", "ended"])
                numbers.append(last.pk)
                seats.give_back(group, episode, by=by, on=on)
                seats.give(_sessions(group, on, last.joined_on), group, on=on)
            done.of(f"episode:{episode.uid}", memberships=len(numbers))
            if not numbers:
                done.changed_nothing()
    return len(numbers)


def free_places(group: Group, day: date) -> int | None:
    """How many may still join from a day on; None where nobody counts."""
    if group.capacity is None:
        return None
    members = Membership.objects.filter(group=group).exclude(left_on__lte=day)
    return max(group.capacity - _most_at_once(seats.spans(members), day), 0)


def queue(group: Group, day: date) -> QuerySet[WaitingPlace]:
    """Who waits for a place and is in care, whoever asked first standing first."""
    in_care = Q(episode__discharged_on=None) | Q(episode__discharged_on__gt=day)
    return WaitingPlace.objects.filter(in_care, group=group, ended_on=None).order_by("asked_on", "pk")


def _most_at_once(spans: Sequence[seats.Span], day: date) -> int:
    """How many belong to the group on the day on which most do, from `day` on."""
    days = {day, *(each.first for each in spans if each.first > day)}
    return max(sum(each.covers(one) for each in spans) for one in days)


def _sessions(group: Group, on: datetime, since: date) -> list:  # type: ignore[type-arg]
    """Sessions that are not over yet, from a day on."""
    return seats.coming(group, on - seats.LONGEST_SESSION, since)


def _in_care(stay: Episode, day: date, today: date) -> None:
    if day < stay.admitted_on:
        told = {"day": words(stay.admitted_on, today)}
        raise ValidationError(
            {"joined_on": _("The admission was on %(day)s. Choose that day or a later one.") % told}
        )
    if stay.discharged_on is not None and day >= stay.discharged_on:
        told = {"day": words(stay.discharged_on, today)}
        raise ValidationError(
            {"joined_on": _("The stay in care ended on %(day)s. Nobody joins a group after it.") % told}
        )


def _not_twice(group: Group, stay: Episode, day: date, today: date) -> None:
    rows = Membership.objects.filter(group=group, episode=stay)
    for first, end in rows.values_list("joined_on", "left_on"):
        if end is None:
            told = {"day": words(first, today)}
            raise ValidationError({"joined_on": _("This client belongs to the group, since %(day)s.") % told})
        if day < end and first < end:
            told = {"day": words(end, today)}
            raise ValidationError(
                {
                    "joined_on": _(
                        "This client belonged to the group until %(day)s. Choose that day or later."
                    )
                    % told
                }
            )


def _there_is_room(group: Group, stay: Episode, day: date, *, despite: bool) -> None:
    free = free_places(group, day)
    if free is None:
        return
    if not free:
        full = ngettext(
            "This group holds %(n)d member and is full. Put the client on its waiting list.",
            "This group holds %(n)d members and is full. Put the client on its waiting list.",
            group.capacity or 0,
        ) % {"n": group.capacity or 0}
        raise ValidationError({"client": ValidationError(full, code=FULL)})
    before_them = list(queue(group, day).values_list("episode", flat=True))
    longer = before_them.index(stay.pk) if stay.pk in before_them else len(before_them)
    if longer >= free and not despite:
        others = ngettext(
            "%(n)d person waits longer for this place. Tick the box to give it to this client all the same.",
            "%(n)d people wait longer for this place. Tick the box to give it to this client all the same.",
            longer,
        ) % {"n": longer}
        raise ValidationError({"client": ValidationError(others, code=CLASH)})


def _take_seats(
    memberships: Iterable[Membership],
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    since: date,
    discharged: bool = False,
) -> int:
    """Take the coming seats that these memberships no longer give, from a day on; returns how many. A seat that another
    membership still gives stays. At a discharge dated back those that nobody recorded after it are taken too.
    """
    clinic, groups = episode.clinic, {row.group_id for row in memberships}
    after = on
    if discharged:
        after = min(on, datetime.combine(since + ONE_DAY, time(), tzinfo=clinic.zone) - timedelta(seconds=1))
    held = Membership.objects.filter(episode=episode, group__in=groups)
    places = {} if discharged else seats.by_group(held)
    rows = Appointment.objects.filter(
        episode=episode, starts_at__gt=after, outcome=Outcome.SCHEDULED, group__in=groups
    )
    lost = []
    for row in rows:
        day = clinic.local_day(row.starts_at)
        if day >= since and not any(each.covers(day) for each in places.get(row.group_id or 0, ())):
            lost.append(row)
    seats.take(lost, by=by, on=on, why=seats.left_the_group())
    return len(lost)

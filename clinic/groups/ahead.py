"""The sessions of every group for the next twelve weeks, made as the weeks go by."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from django.db import DatabaseError
from django.db.models import Q

from clinic.groups import seats
from clinic.groups.coming import WEEKS_AHEAD, fill
from clinic.groups.frame import lock_episodes, on_group
from clinic.models import Group, Membership, Series

logger = logging.getLogger(__name__)


def make_ahead(now: datetime) -> int:
    """Make the sessions that the schedules of all groups name up to twelve weeks ahead, with a seat for every member;
    returns how many. Twice, or two at a time, makes each of them once. One group that cannot be read never stops the
    rest. Costs one statement when there is nothing to do.
    """
    # Whose day it is differs by clinic: the furthest one decides who is looked at.
    through = (now + timedelta(hours=14)).date() + timedelta(weeks=WEEKS_AHEAD)
    due = (
        Series.objects.filter(
            Q(made_through=None) | Q(made_through__lt=through), group__isnull=False, group__closed_on=None
        )
        .select_related("group__clinic")
        .order_by("pk")
    )
    made = 0
    for row in due:
        group = row.group
        if group is None:
            continue
        until = group.clinic.local_day(now) + timedelta(weeks=WEEKS_AHEAD)
        if row.made_through is not None and row.made_through >= until:
            continue
        if row.ended_on is not None and row.made_through is not None and row.ended_on <= row.made_through:
            continue
        try:
            made += _make(row, group, now, until)
        except (DatabaseError, ValueError) as error:
            logger.error("Sessions of series %s could not be made: %s", row.pk, type(error).__name__)
    return made


def _make(series: Series, group: Group, now: datetime, until: date) -> int:
    with on_group(group, "make_sessions", by=None, on=now) as done:
        row = Series.objects.get(pk=series.pk)
        if row.made_through is not None and row.made_through >= until:
            done.changed_nothing()
            return 0
        members = Membership.objects.filter(group=done.group).exclude(
            left_on__lte=group.clinic.local_day(now)
        )
        lock_episodes(set(members.values_list("episode", flat=True)))
        sessions = fill(row, done.group, on=now, through=until)
        done.episodes |= seats.give(sessions, done.group, on=now)
        done.detail |= {"series": row.pk, "made": len(sessions)}
        if not sessions:
            done.changed_nothing()
    return len(sessions)

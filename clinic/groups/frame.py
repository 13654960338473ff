"""The frame of a verb on a group: its row locked first, then the recheck of whoever it concerns, the entry in the
ledger, the nudge. And what must hold of any day a group meets on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clinic import audit, nudge
from clinic.models import Closure, Episode, Group, Membership, Recheck, Session, Staff

CONFLICT, CLASH, FULL = "conflict", "clash", "full"
SHORTEST, LONGEST = 5, 600
DAYS_AHEAD = 366


@dataclass(slots=True)
class GroupDeed:
    """What the ledger will say of a change, and which stays in care the signs are to be read again for."""

    group: Group
    subject: str
    detail: dict[str, Any]
    episodes: set[int]
    changes: bool = True

    def changed_nothing(self) -> None:
        """The record already says so: no recheck, and nothing in the ledger."""
        self.changes = False


@contextmanager
def on_group(group: Group, deed: str, *, by: Staff | None, on: datetime) -> Iterator[GroupDeed]:
    """Change something of a group, its row locked against anybody else who would."""
    with transaction.atomic():
        row = lock(group)
        done = GroupDeed(row, f"group:{row.uid}", {}, set())
        yield done
        if done.changes:
            recheck(done.episodes, on=on)
            audit.record(
                by=by, on=on, deed=deed, clinic=row.clinic_id, subject=done.subject, detail=done.detail
            )


def lock(group: Group) -> Group:
    """The group as it stands now. Inside a transaction, and before any stay in care is locked."""
    # Not against rows that point at it: a seat written by a register must not wait here while this waits for its stay.
    rows = Group.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("clinic", "facilitator").get(pk=group.pk)


def hold_all(episode: Episode) -> None:
    """Lock every group a stay has or had a place in, by number: for a transaction that locks the stay before it comes
    to its groups, and would wait for a group's verb that waits for the stay.
    """
    rows = Group.objects.select_for_update(no_key=True).filter(
        pk__in=Membership.objects.filter(episode=episode).values("group")
    )
    list(rows.order_by("pk").values_list("pk", flat=True))


def lock_episodes(numbers: Collection[int]) -> None:
    if numbers:
        list(
            Episode.objects.select_for_update()
            .filter(pk__in=sorted(numbers))
            .order_by("pk")
            .values_list("pk", flat=True)
        )


def lock_sessions(numbers: Collection[int]) -> None:
    if numbers:
        list(
            Session.objects.select_for_update(no_key=True)
            .filter(pk__in=sorted(numbers))
            .order_by("pk")
            .values_list("pk", flat=True)
        )


def seats_changed(sessions: Collection[int]) -> None:
    """Let a register that stands open somewhere notice that its seats are others now."""
    if sessions:
        Session.objects.filter(pk__in=sessions).update(version=F("version") + 1)


def recheck(episodes: Collection[int], *, on: datetime) -> None:
    if episodes:
        Recheck.objects.ask(sorted(episodes), on=on)
        nudge.after_commit()


def conflict(words: str) -> ValidationError:
    """Somebody else was first."""
    return ValidationError(words, code=CONFLICT)


def is_running(group: Group, field: str, day: date) -> None:
    """Raise ValidationError at the field for a day on which the group has ended."""
    if group.closed_on is not None and day >= group.closed_on:
        told = {"day": words(group.closed_on, day)}
        raise ValidationError({field: _("This group ended on %(day)s.") % told})


def is_open(group: Group, field: str, day: date) -> None:
    """Raise ValidationError at the field for a day on which the clinic is closed."""
    closure = Closure.objects.filter(clinic=group.clinic_id, day=day).first()
    if closure is None:
        return
    why = _("The clinic is closed on that day: %(reason)s. Choose another one.") % {"reason": closure.reason}
    raise ValidationError(
        {field: why if closure.reason else _("The clinic is closed on that day. Choose another one.")}
    )


def not_far(field: str, day: date, today: date) -> None:
    if day > today + timedelta(days=DAYS_AHEAD):
        raise ValidationError({field: _("Choose a day within the next year.")})


def lasts(field: str, minutes: int) -> None:
    """Raise ValidationError at the field for an end before its start, or one that is no session's."""
    if minutes < 1:
        raise ValidationError({field: _("The end lies before the start.")})
    if not SHORTEST <= minutes <= LONGEST:
        raise ValidationError({field: _("A session lasts 5 minutes to 10 hours.")})


def words(day: date, today: date) -> str:
    """A day as pages say it: "Fri 20 Nov", with its year when that is another one."""
    if day.year != today.year:
        return date_format(day, pgettext("day with its year", "D j M Y"))
    return date_format(day, pgettext("day", "D j M"))

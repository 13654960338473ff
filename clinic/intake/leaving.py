"""Verbs on leaving: the end of a stay with all that was planned in it, and taking that back on the same day.

Cancelling what was planned and ending the stay are one transaction, so that nobody who was discharged is expected
anywhere. `Episode.discharge_undo` keeps what was ended, by number, to be put back as it stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from clinic import attendance, deeds, episodes, limits
from clinic.intake.who import CONFLICT
from clinic.models import (
    Appointment,
    Episode,
    Finding,
    FollowUp,
    Membership,
    Recording,
    Series,
    Staff,
    WaitingPlace,
)
from clinic.models.care import DischargeKind
from clinic.models.schedule import Outcome

DESPITE = "despite"
ENDED = (
    "outcome",
    "reason",
    "excuse",
    "participation",
    "minutes_late",
    "minutes_stayed",
    "cancelled_at",
    "recorded_at",
    "recorded_by",
    "version",
)
SLICE = 500


def discharge(
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    discharged_on: date,
    kind: str,
    note: str = "",
    outreach_seen: bool = False,
    despite: bool = False,
    version: int | None = None,
) -> Episode:
    """End a stay in care with everything planned in it: appointments still to come are cancelled by the clinic, series
    and waiting places end, in one transaction. Open follow-ups close with the recheck. Places in groups, and the seats
    that follow from them, are for `groups.leave_all`, in the same transaction.

    An unplanned discharge needs somebody to have looked at what was tried (`outreach_seen`; clinical basis, 2.3).
    Raises ValidationError at the field on an unknown kind, a day ahead or before the admission, too long a note; with
    code "despite" at "discharged_on" when the client was seen after that day, unless `despite`; with code "conflict"
    when the stay has changed since `version` or has ended.
    """
    limits.known("kind", kind, DischargeKind.values)
    limits.not_ahead("discharged_on", discharged_on, episode.clinic.local_day(on))
    if kind == DischargeKind.UNPLANNED and not outreach_seen:
        raise ValidationError({"outreach_seen": _("Look at what was tried first, and say that you did.")})
    with transaction.atomic():
        row = Episode.objects.select_for_update().get(pk=episode.pk)
        if row.discharged_on is not None:
            raise ValidationError(_("This stay has ended meanwhile."), code=CONFLICT)
        ended = episodes.discharge(
            episode, by=by, on=on, discharged_on=discharged_on, kind=kind, note=note, version=version
        )
        seen = _seen_last(ended)
        if seen is not None and seen > discharged_on and not despite:
            sentence = _("The client was seen on %(day)s, after that day. Save again if the day is right.")
            warning = ValidationError(sentence % {"day": seen.isoformat()}, code=DESPITE)
            raise ValidationError({"discharged_on": warning})
        ended.discharge_undo = {
            "at": on.isoformat(),
            "follow_ups": _resting(ended),
            **_end_plans(ended, by, on, discharged_on),
        }
        ended.save(update_fields=["discharge_undo"])
    return ended


@dataclass(frozen=True, slots=True)
class Undone:
    """A stay that goes on. `discharged_on` is the day it was said to have ended on, None when there is nothing to put
    back; `leaving` are places in groups whose end was agreed before, with that day and why.
    """

    stay: Episode
    discharged_on: date | None = None
    leaving: Sequence[tuple[Membership, date, str]] = ()


def undo_discharge(episode: Episode, *, by: Staff, on: datetime, version: int | None = None) -> Undone:
    """Take back a discharge entered by mistake, on the day it was entered: the stay goes on, with the appointments,
    series, waiting places and follow-ups that the discharge ended. What somebody has changed since stays as they left
    it. Places in groups are for `groups.return_all`, in the same transaction.

    Raises ValidationError on a later day, when the client has been admitted again, and with code "conflict" when the
    stay is no longer as `version` showed it.
    """
    today = episode.clinic.local_day(on)
    with deeds.on_episode(episode, "undo_discharge", by=by, on=on) as done:
        row = Episode.objects.select_related("clinic", "client").get(pk=episode.pk)
        if row.discharged_on is None:
            done.changed_nothing()
            return Undone(row)
        if version is not None and row.version != version:
            raise ValidationError(_("Somebody has changed this stay meanwhile."), code=CONFLICT)
        kept = row.discharge_undo
        if kept is None or row.clinic.local_day(datetime.fromisoformat(kept["at"])) != today:
            raise ValidationError(_("A discharge can be taken back on the day it was entered only."))
        if Episode.objects.filter(client=row.client_id, admitted_on__gt=row.admitted_on).exists():
            raise ValidationError(_("The client has been admitted again since."))
        day, row.discharged_on = row.discharged_on, None
        row.discharged_as, row.discharge_note, row.discharge_undo = "", "", None
        row.version += 1
        row.save(
            update_fields=["discharged_on", "discharged_as", "discharge_note", "discharge_undo", "version"]
        )
        done.detail = {"appointments": _put_back(row, kept, by, on)}
        places = Membership.objects.select_related("group", "episode").in_bulk(
            [each[0] for each in kept["leaving"]]
        )
    leaving = [
        (places[number], date.fromisoformat(left), ended)
        for number, left, ended in kept["leaving"]
        if number in places
    ]
    return Undone(row, day, leaving)


def can_be_undone(episode: Episode, today: date) -> bool:
    """Whether a discharge was entered today, so that it may be taken back."""
    kept = episode.discharge_undo
    return kept is not None and episode.clinic.local_day(datetime.fromisoformat(kept["at"])) == today


def _seen_last(stay: Episode) -> date | None:
    came = Appointment.objects.filter(episode=stay, outcome__in=attendance.CAME)
    last = came.aggregate(last=Max("starts_at"))["last"]
    return stay.clinic.local_day(last) if last is not None else None


def _resting(stay: Episode) -> list[list[Any]]:
    """How the open follow-ups rest: closing them forgets it."""
    rows = FollowUp.objects.filter(episode=stay, state=FollowUp.State.OPEN).order_by("pk")
    return [[row.pk, _iso(row.quiet_until), row.quiet_as, row.quiet_reason] for row in rows]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _end_plans(stay: Episode, by: Staff, on: datetime, day: date) -> dict[str, Any]:
    """End what was planned from the discharge on; returns what it was, for an undo. A fixed number of statements for
    each 500 appointments.
    """
    midnight = datetime.combine(day + timedelta(days=1), time.min, tzinfo=stay.clinic.zone)
    rows = list(
        Appointment.objects.select_for_update()
        .exclude(session__isnull=False, group__in=_groups(stay, day))
        .filter(
            episode=stay,
            outcome=Outcome.SCHEDULED,
            starts_at__gt=min(on, midnight - timedelta(seconds=1)),
        )
        .order_by("pk")
    )
    before = [attendance.says(row) for row in rows]
    said = attendance.Said(Outcome.CANCELLED_BY_CLINIC)
    for row in rows:
        attendance.apply(row, said, "", by, on)
        row.version += 1
    _save(rows, before, by, on, Recording.Kind.MARK)
    leaving = Membership.objects.filter(episode=stay, left_on__gt=day).values_list("pk", "left_on", "ended")
    waiting = WaitingPlace.objects.filter(episode=stay, ended_on=None)
    numbers = list(waiting.order_by("pk").values_list("pk", flat=True))
    waiting.update(ended_on=day, ended=WaitingPlace.Ended.WITHDRAWN)
    running = Series.objects.filter(Q(ended_on=None) | Q(ended_on__gt=day), episode=stay)
    series = [[number, _iso(ended)] for number, ended in running.order_by("pk").values_list("pk", "ended_on")]
    running.update(ended_on=day, version=F("version") + 1)
    return {
        "appointments": [[row.pk, row.version] for row in rows],
        "leaving": [[number, _iso(left), ended] for number, left, ended in leaving.order_by("pk")],
        "waiting": numbers,
        "series": series,
    }


def _groups(stay: Episode, day: date) -> list[int]:
    """Groups the client belongs to beyond that day: their seats go with the place."""
    places = Membership.objects.filter(Q(left_on=None) | Q(left_on__gt=day), episode=stay)
    return list(places.values_list("group", flat=True))


def _put_back(stay: Episode, kept: dict[str, Any], by: Staff, on: datetime) -> int:
    """Put back what `_end_plans` ended; returns how many appointments."""
    versions = dict(kept["appointments"])
    found: list[Appointment] = []
    numbers = sorted(versions)
    for at in range(0, len(numbers), SLICE):
        some = Appointment.objects.select_for_update().filter(
            episode=stay, pk__in=numbers[at : at + SLICE], outcome=Outcome.CANCELLED_BY_CLINIC
        )
        found += [row for row in some.order_by("pk") if row.version == versions[row.pk]]
    before = [attendance.says(row) for row in found]
    for row in found:
        attendance.apply(row, attendance.Said(Outcome.SCHEDULED), "", by, on)
        row.version += 1
    _save(found, before, by, on, Recording.Kind.UNDO)
    WaitingPlace.objects.filter(episode=stay, pk__in=kept["waiting"]).update(ended_on=None, ended="")
    ended = {number: date.fromisoformat(day) if day else None for number, day in kept["series"]}
    series = list(Series.objects.filter(episode=stay, pk__in=ended))
    for rule in series:
        rule.ended_on = ended[rule.pk]
        rule.version += 1
    Series.objects.bulk_update(series, ["ended_on", "version"])
    _reopen(stay, kept)
    return len(found)


def _save(
    rows: Sequence[Appointment], before: Sequence[attendance.Said], by: Staff, on: datetime, kind: str
) -> None:
    if not rows:
        return
    Appointment.objects.bulk_update(rows, ENDED, batch_size=SLICE)
    changes = [(row, said, attendance.says(row)) for row, said in zip(rows, before, strict=True)]
    attendance.keep(changes, by=by, on=on, kind=kind)


def _reopen(stay: Episode, kept: dict[str, Any]) -> None:
    """Follow-ups that closed because the stay had ended stand open again, as they rested."""
    closed = list(
        FollowUp.objects.filter(
            episode=stay,
            pk__in=[row[0] for row in kept["follow_ups"]],
            state=FollowUp.State.CLOSED,
            closed_as=FollowUp.ClosedAs.EPISODE_ENDED,
        )
    )
    resting = {row[0]: row[1:] for row in kept["follow_ups"]}
    for row in closed:
        until, row.quiet_as, row.quiet_reason = resting[row.pk]
        row.quiet_until = date.fromisoformat(until) if until else None
        row.state, row.closed_at, row.closed_as = FollowUp.State.OPEN, None, ""
    FollowUp.objects.bulk_update(
        closed, ["state", "closed_at", "closed_as", "quiet_until", "quiet_as", "quiet_reason"]
    )
    Finding.objects.filter(
        follow_up__in=closed, state=Finding.State.CLOSED, ended_at__gte=datetime.fromisoformat(kept["at"])
    ).update(state=Finding.State.OPEN, ended_at=None, ended_as_of=None)

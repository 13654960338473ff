"""What happened, newest first: appointments with who recorded them and when, attempts to reach the client, pauses, and
the notes of a stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, Q

from clinic.client_file.notes import Note, Observed
from clinic.client_file.weeks import LATE, UNRECORDED
from clinic.engagement.timeline import SUSPENDED, Timeline
from clinic.models import Appointment, Attempt, Episode, Group, Pause, Recording
from clinic.models.schedule import Outcome
from clinic.models.work import Barrier, Method

ENTRIES_A_PART = 20
MOST_PARTS = 200
ALL, ATTENDANCE, CONTACT, NOTES = "all", "attendance", "contact", "notes"
METHOD_ICONS = {
    Method.CALL.value: "telephone",
    Method.TEXT.value: "chat-left-text",
    Method.LETTER.value: "envelope",
    Method.VISIT.value: "house-door",
    Method.IN_PERSON.value: "person",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment on the timeline. `recorded_at` is empty while nobody has recorded it; `late` is a cancellation
    without notice, which counts as missed; `suspended` lies on a closed day or in a pause and counts for nothing.
    `corrected` counts how often what was recorded was put right; `self_reported`: the client told us of it.
    """

    uid: UUID
    at: datetime
    what: str
    token: str
    late: bool
    suspended: bool
    participation: str
    reason: str
    recorded_at: datetime | None
    recorded_by: str
    corrected: int
    self_reported: bool
    kind: str = "visit"


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt to reach the client."""

    at: datetime
    by: str
    icon: str
    method: str
    result: str
    barriers: tuple[str, ...]
    agreed: str
    next_contact_on: date | None
    follow_up: int
    kind: str = "try"


@dataclass(frozen=True, slots=True)
class Paused:
    """A span in which absence says nothing; `ends_on`, its last day, is empty while it goes on."""

    at: datetime
    what: str
    starts_on: date
    ends_on: date | None
    running: bool
    kind: str = "pause"


Entry = Visit | Try | Paused | Note | Observed


@dataclass(frozen=True, slots=True)
class History:
    """The newest entries; `part` times twenty of them. `earlier` is the next part, None when everything is shown."""

    entries: Sequence[Entry]
    of: str
    part: int
    earlier: int | None


def history(
    stay: Episode,
    timeline: Timeline,
    *,
    now: datetime,
    groups: Mapping[int, Group],
    tries: Sequence[Try],
    pauses: Sequence[Paused],
    notes: Sequence[Note | Observed],
    of: str = ALL,
    part: int = 1,
) -> History:
    """The newest `part` times twenty entries of one stay, in two queries; `of` keeps only attendance, contacts or
    notes.

    Each kind must be whole, or hold more than `entries_of(part)` of its newest.
    """
    wanted = entries_of(part)
    of, part = (of if of in (ATTENDANCE, CONTACT, NOTES) else ALL), wanted // ENTRIES_A_PART
    found: list[Entry] = []
    if of in (ALL, ATTENDANCE):
        found += _visits(stay, timeline, now, groups, wanted + 1)
        found += [pause for pause in pauses if pause.at <= now]
    if of in (ALL, CONTACT):
        found += tries
    if of in (ALL, NOTES):
        found += notes
    found.sort(key=lambda entry: entry.at, reverse=True)
    return History(found[:wanted], of, part, part + 1 if len(found) > wanted and part < MOST_PARTS else None)


def entries_of(part: int) -> int:
    """How many entries a part of the timeline shows, of whatever number was asked for."""
    return min(max(part, 1), MOST_PARTS) * ENTRIES_A_PART


def attempts(stay: Episode) -> list[Try]:
    """Every attempt of a stay, newest first, in one query."""
    return [
        Try(
            at=row.at,
            by=row.by.name,
            icon=METHOD_ICONS[row.method],
            method=row.get_method_display(),
            result=row.get_result_display(),
            barriers=tuple(str(Barrier(token).label) for token in row.barriers if token in Barrier.values),
            agreed=row.agreed,
            next_contact_on=row.next_contact_on,
            follow_up=row.follow_up_id,
        )
        for row in Attempt.objects.filter(episode=stay).select_related("by").order_by("-at", "-pk")
    ]


def pauses(stay: Episode, today: date) -> list[Paused]:
    """Every pause of a stay, newest first, in one query."""
    return [
        Paused(
            at=datetime.combine(row.starts_on, time.min, tzinfo=stay.clinic.zone),
            what=row.get_kind_display(),
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            running=row.starts_on <= today and (row.counts_to is None or today <= row.counts_to),
        )
        for row in Pause.objects.filter(episode=stay).order_by("-starts_on", "-pk")
    ]


def _visits(
    stay: Episode, timeline: Timeline, now: datetime, groups: Mapping[int, Group], most: int
) -> Iterable[Visit]:
    record = timeline.record
    letters = {
        record.ids[index]: letter
        for index, letter in enumerate(timeline.marks)
        if letter in (LATE, ord(SUSPENDED))
    }
    tomorrow = datetime.combine(stay.clinic.local_day(now), time.min, tzinfo=stay.clinic.zone) + timedelta(
        days=1
    )
    # What is booked for later stands in the grid; what somebody has recorded of today stands here at once.
    past = Q(starts_at__lte=now) | (Q(starts_at__lt=tomorrow) & ~Q(outcome=Outcome.SCHEDULED))
    newest = Appointment.objects.filter(past, episode=stay).select_related("recorded_by")
    rows = list(newest.order_by("-starts_at", "-pk")[:most])
    corrections = Recording.objects.filter(
        appointment__in=[row.pk for row in rows], kind=Recording.Kind.CORRECTION
    )
    corrected = dict(corrections.values_list("appointment").annotate(times=Count("pk")).order_by())
    for row in rows:
        letter = letters.get(row.pk)
        yield Visit(
            uid=row.uid,
            corrected=corrected.get(row.pk, 0),
            self_reported=not row.verified,
            at=row.starts_at,
            what=groups[row.group_id].name if row.group_id in groups else row.get_channel_display(),
            token=UNRECORDED if row.outcome == Outcome.SCHEDULED else row.outcome,
            late=letter == LATE,
            suspended=letter == ord(SUSPENDED),
            participation=row.get_participation_display() if row.participation else "",
            reason=row.reason,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by.name if row.recorded_by else "",
        )

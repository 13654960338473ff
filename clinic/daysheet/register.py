"""Reads the register of one session: its members, how they came before, and what is recorded of today.

The same few queries for three members or for thirty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from clinic.attendance import needs_why
from clinic.daysheet.before import before
from clinic.models import Appointment, Recording, Session, Staff
from clinic.models.schedule import Excuse, Outcome
from clinic.registers import Seat, drafted, last_save

CHOICES = (Outcome.ATTENDED, Outcome.LATE, Outcome.LEFT_EARLY, Outcome.NO_SHOW, Outcome.EXCUSED)
LABELS = {Outcome.ATTENDED: _("Present")}


@dataclass(frozen=True, slots=True)
class Option:
    """One outcome a member's row offers, or one reason of an excuse."""

    outcome: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Member:
    """One member's row. `outcome`, `rating`, `late`, `stayed` and `excuse` are what the row shows as chosen; `was` is
    what is recorded.

    `drafted`: chosen in the draft, or here, and not recorded. `typed`: chosen here and saved nowhere; then `theirs`
    says what somebody else put down meanwhile. `visitor`: no member of the group on that day. `problems` are sentences
    about what was typed.
    """

    uid: UUID
    first: str
    last: str
    joined: date | None
    paused: bool
    visitor: bool
    before: tuple[str, ...]
    options: tuple[Option, ...]
    excuses: tuple[Option, ...]
    outcome: str
    rating: int | None
    late: str
    stayed: str
    excuse: str
    was: Seat
    drafted: bool
    typed: bool
    theirs: str
    theirs_rating: int | None
    theirs_in_draft: bool
    problems: tuple[str, ...]

    @property
    def recorded(self) -> bool:
        return self.was.outcome != Outcome.SCHEDULED

    @property
    def chosen(self) -> bool:
        """Whether the row shows an outcome as chosen."""
        return self.outcome != Outcome.SCHEDULED

    @property
    def excuse_words(self) -> str:
        """Why the member was excused, where that is recorded."""
        return str(Excuse(self.was.excuse).label) if self.was.excuse else ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody a search for a visitor found."""

    episode: UUID
    name: str
    record_number: str
    programme: str


@dataclass(frozen=True, slots=True)
class Register:
    """One session's register. Of a session that has not `begun` nothing can be recorded yet; one with `cancelled_at`
    does not take place. `topic_theirs` is the topic somebody else gave meanwhile, where another was typed here.

    `draft_at` and `draft_by` are of what was put down and is not recorded. `takes_back` is how many seats an undo would
    restore, of what this person saved last, at `takes_back_at`. `asks_why`: some of what is recorded can only be
    corrected with a reason.
    """

    uid: UUID
    group: UUID
    name: str
    room: str
    facilitator: str
    starts_at: datetime
    moved_from: datetime | None
    cancelled_at: datetime | None
    reason: str
    topic: str
    topic_theirs: str
    version: int
    begun: bool
    sessions_before: tuple[tuple[datetime, datetime | None], ...]
    members: tuple[Member, ...]
    recorded: int
    saved_at: datetime | None
    draft_at: datetime | None
    draft_by: str
    finished_at: datetime | None
    finished_by: str
    takes_back: int
    takes_back_at: datetime | None
    asks_why: bool

    @property
    def open(self) -> bool:
        """Whether attendance can be recorded."""
        return self.begun and self.cancelled_at is None

    @property
    def blank(self) -> int:
        return len(self.members) - self.recorded

    @property
    def unchosen(self) -> int:
        """Members of whom nothing is chosen on this page."""
        return sum(not member.chosen for member in self.members)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was sent and is saved nowhere: by the uid of a seat what was chosen, minutes as they were typed, and
    sentences about them; the topic, None where the page had no field for it.
    """

    seats: Mapping[UUID, Seat]
    minutes: Mapping[UUID, tuple[str, str]]
    problems: Mapping[UUID, Sequence[str]]
    topic: str | None = None


NOTHING_TYPED = Typed({}, {}, {})


def seats_of(session: Session) -> dict[UUID, Seat]:
    """What is recorded of the seats of a session, by uid."""
    return {row.uid: Seat.of(row) for row in Appointment.objects.filter(session=session)}


def register(session: Session, *, by: Staff, now: datetime, typed: Typed = NOTHING_TYPED) -> Register:
    """A session's register as recorded and drafted, or with what was `typed` and not saved shown as chosen."""
    group = session.group
    rows = list(
        Appointment.objects.filter(session=session)
        .select_related("episode__client")
        .order_by("episode__client__last_name", "episode__client__first_name", "pk")
    )
    past = before(group.clinic, group.pk, (row.episode_id for row in rows), until=session.starts_at)
    day = group.clinic.local_day(session.starts_at)
    first = group.clinic.local_day(past.starts[0][0]) if past.starts else day
    draft = drafted(session)
    members = tuple(
        _member(
            row,
            past.marks[row.episode_id],
            draft.get(row.uid),
            typed,
            joined=_lately(past.joined.get(row.episode_id), first),
            paused=row.episode_id in past.paused,
            visitor=row.episode_id not in past.members,
        )
        for row in rows
    )
    history = Recording.objects.filter(appointment__in=[row.pk for row in rows]).order_by("-pk")
    mine = last_save(history, by=by, on=now)
    new_topic = typed.topic is not None and typed.topic != session.topic
    return Register(
        uid=session.uid,
        group=group.uid,
        name=group.name,
        room=group.room,
        facilitator=_name(session.facilitator or group.facilitator),
        starts_at=session.starts_at,
        moved_from=session.moved_from,
        cancelled_at=session.cancelled_at,
        reason=session.reason,
        topic=(typed.topic or "") if new_topic else session.topic,
        topic_theirs=session.topic if new_topic else "",
        version=session.version,
        begun=session.starts_at <= now,
        sessions_before=past.starts,
        members=members,
        recorded=sum(member.recorded for member in members),
        saved_at=max((row.recorded_at for row in rows if row.recorded_at), default=None),
        **_draft(session.draft),
        finished_at=session.finished_at,
        finished_by=_name(session.finished_by),
        takes_back=len(mine),
        takes_back_at=mine[0].at if mine else None,
        asks_why=any(needs_why(row, by=by, on=now) for row in rows),
    )


def _draft(draft: Mapping[str, Any] | None) -> dict[str, Any]:
    """When the draft was put down, and by whom."""
    if not draft:
        return {"draft_at": None, "draft_by": ""}
    author = Staff.objects.filter(pk=draft["by"]).first()
    return {"draft_at": parse_datetime(draft["at"]), "draft_by": _name(author)}


def _name(staff: Staff | None) -> str:
    return staff.name if staff is not None else ""


def _lately(joined: date | None, first: date) -> date | None:
    """The day somebody joined, where it lies after the `first` session shown: it explains the empty places."""
    return joined if joined is not None and joined > first else None


def _member(
    row: Appointment,
    marks: tuple[str, ...],
    draft: Seat | None,
    typed: Typed,
    *,
    joined: date | None,
    paused: bool,
    visitor: bool,
) -> Member:
    was = Seat.of(row)
    saved = draft or was
    shown = typed.seats.get(row.uid, saved)
    differs = shown != saved
    late, stayed = typed.minutes.get(row.uid, (_words(shown.minutes_late), _words(shown.minutes_stayed)))
    return Member(
        uid=row.uid,
        first=row.episode.client.called,
        last=row.episode.client.last_name,
        joined=joined,
        paused=paused,
        visitor=visitor,
        before=marks,
        options=_options(shown.outcome, was.outcome),
        excuses=tuple(Option(value, str(label), value == shown.excuse) for value, label in Excuse.choices),
        outcome=shown.outcome,
        rating=shown.participation,
        late=late,
        stayed=stayed,
        excuse=shown.excuse,
        was=was,
        drafted=shown != was,
        typed=differs,
        theirs=_label(saved.outcome) if differs else "",
        theirs_rating=saved.participation if differs else None,
        theirs_in_draft=differs and draft is not None,
        problems=tuple(typed.problems.get(row.uid, ())),
    )


def _words(number: int | None) -> str:
    return "" if number is None else str(number)


def _label(outcome: str) -> str:
    """An outcome in the words of the register; empty for one that is not recorded."""
    known = Outcome(outcome)
    return "" if known == Outcome.SCHEDULED else str(LABELS.get(known, known.label))


def _options(shown: str, was: str) -> tuple[Option, ...]:
    """The outcomes of a register, and whatever else this row already says."""
    offered = [*CHOICES]
    offered += [outcome for outcome in Outcome if outcome in (shown, was) and outcome not in offered]
    return tuple(
        Option(outcome.value, str(LABELS.get(outcome, outcome.label)), shown == outcome)
        for outcome in offered
        if outcome != Outcome.SCHEDULED
    )

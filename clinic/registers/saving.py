"""Saving a register: a draft of it, everybody's attendance at once, its topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import ngettext

from clinic import limits
from clinic.attendance import WHY, Said, checked_why, keep, needs_why, says
from clinic.models import Appointment, Recording, Session, Staff
from clinic.registers.frame import (
    FIELDS,
    LONGEST_TOPIC,
    Seat,
    change,
    check_seat,
    hold,
    leave,
    must_be_current,
    must_take_place,
    store,
)


def save_register(
    session: Session,
    *,
    by: Staff,
    on: datetime,
    seats: Mapping[UUID, Seat],
    version: int,
    shown: Mapping[UUID, Seat] | None = None,
    topic: str | None = None,
    why: str = "",
    finished: bool = False,
) -> int:
    """Record what `seats` says of the members, by the uid of their seat, in place of any draft. Returns how many
    changed. Members not named stay as they are; what is left blank stays unrecorded. The same again changes nothing.

    `shown` is what the page showed of them: a seat that says something else by now is a conflict. `topic` None leaves
    the topic. A change of what was recorded more than 10 minutes ago, by somebody else or by an import is a correction
    and needs `why`, one reason for all of them; filling in what was left open (a rating, minutes) is none.

    Raises ValidationError at "outcome-<uid>", "rating-<uid>" and so on, at "why", "topic" or "version".
    """
    why, topic = checked_why(why), _topic(topic)
    with transaction.atomic():
        held, rows = hold(session)
        told = _told(rows, seats)
        new_topic = topic is not None and topic != held.topic
        ends = finished and (held.finished_at is None or held.draft is not None)
        if not (told or new_topic or ends):
            return 0
        must_be_current(held, version, told, shown)
        must_take_place(held, on, told or ends)
        corrected = [
            row.pk for row, said in told if needs_why(row, by=by, on=on) and not _completes(row, said)
        ]
        if corrected and not why:
            raise ValidationError({"why": ValidationError(_ask_why(len(corrected)), code=WHY)})
        changes = [change(row, said, row.reason, by, on) for row, said in told]
        if topic is not None:
            held.topic = topic
        held.draft = None
        if finished:
            held.finished_at, held.finished_by = on, by
        store(held, changes)
        for kind, some, words in (
            (Recording.Kind.MARK, [each for each in changes if each[0].pk not in corrected], ""),
            (Recording.Kind.CORRECTION, [each for each in changes if each[0].pk in corrected], why),
        ):
            if some:
                keep(some, by=by, on=on, kind=kind, why=words)
        leave(held, "save_register", by, on, changes, corrected=len(corrected), finished=finished)
    return len(changes)


def finish(session: Session, *, by: Staff, on: datetime, **said: Any) -> int:
    """Record a register and say that it is finished: as `save_register`. It can be opened and corrected later."""
    return save_register(session, by=by, on=on, finished=True, **said)


def save_draft(
    session: Session,
    *,
    by: Staff,
    on: datetime,
    seats: Mapping[UUID, Seat],
    version: int,
    shown: Mapping[UUID, Seat] | None = None,
    topic: str | None = None,
) -> bool:
    """Put down what is chosen without recording it: whoever opens the register sees it, nothing in it counts, and the
    session stays unrecorded. Nothing chosen drops the draft. Returns whether anything changed.
    """
    topic = _topic(topic)
    with transaction.atomic():
        held, rows = hold(session)
        told = _told(rows, seats)
        chosen = {str(row.uid): asdict(seats[row.uid].kept()) for row, _said in told}
        new_topic = topic is not None and topic != held.topic
        if chosen == (held.draft or {}).get("seats", {}) and not new_topic:
            return False
        must_be_current(held, version, told, shown)
        must_take_place(held, on, told)
        for row, said in told:
            check_seat(row, said, on)
        held.draft = {"by": by.pk, "at": on.isoformat(), "seats": chosen} if chosen else None
        if topic is not None:
            held.topic = topic
        store(held, [])
        leave(held, "draft_register", by, on, [], drafted=len(chosen))
    return True


def set_topic(session: Session, *, by: Staff, on: datetime, topic: str, version: int) -> bool:
    """Say what a session is about, also of one that lies ahead. Returns whether anything changed."""
    words = _topic(topic) or ""
    with transaction.atomic():
        held = Session.objects.select_for_update().select_related("group").get(pk=session.pk)
        if held.topic == words:
            return False
        must_be_current(held, version, (), None)
        held.topic = words
        store(held, [])
        leave(held, "set_topic", by, on, [])
    return True


def _told(rows: Mapping[UUID, Appointment], seats: Mapping[UUID, Seat]) -> list[tuple[Appointment, Said]]:
    """What says something new of a seat of this session; a seat of another one is left alone."""
    found = []
    for uid, seat in seats.items():
        row, kept = rows.get(uid), seat.kept()
        if row is not None and Seat.of(row) != kept:
            said = Said(kept.outcome, kept.participation, kept.excuse, kept.minutes_late, kept.minutes_stayed)
            found.append((row, said))
    return found


def _completes(row: Appointment, said: Said) -> bool:
    """Whether something only fills in what was left open of a seat: a rating, minutes, the reason of an excuse."""
    before = says(row)
    return before.outcome == said.outcome and all(
        getattr(before, name) in (None, "", getattr(said, name)) for name in FIELDS
    )


def _topic(topic: str | None) -> str | None:
    return None if topic is None else limits.text("topic", topic, longest=LONGEST_TOPIC)


def _ask_why(count: int) -> str:
    return ngettext(
        "%(n)d was recorded more than 10 minutes ago or by somebody else. Say why it is corrected.",
        "%(n)d were recorded more than 10 minutes ago or by somebody else. Say why they are corrected.",
        count,
    ) % {"n": count}

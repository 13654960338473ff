"""Another service that looks after the client too, known by a release."""

from __future__ import annotations

from datetime import date, datetime

from clinic import deeds, limits
from clinic.models import CareElsewhere, Episode, Staff
from clinic.plans.seen import Seen, unchanged

LONGEST_PLACE = 120


def note_care_elsewhere(
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    starts_on: date,
    ends_on: date | None = None,
    place: str = "",
) -> CareElsewhere:
    """Note a span in which another service looks after the client too; both days belong to it.

    Raises ValidationError at the field on a start that lies ahead, an end before the start, and too long a name.
    """
    today = episode.clinic.local_day(on)
    limits.not_ahead("starts_on", starts_on, today)
    limits.in_order(starts_on, ends_on)
    limits.not_far("starts_on", starts_on, min(today, episode.admitted_on))
    limits.not_far("ends_on", ends_on, today)
    place = limits.text("place", place, longest=LONGEST_PLACE)
    with deeds.on_episode(episode, "note_care_elsewhere", by=by, on=on) as done:
        row = CareElsewhere.objects.create(
            episode=episode, place=place, starts_on=starts_on, ends_on=ends_on, known_on=today
        )
        done.detail = {"row": row.pk}
    return row


def end_care_elsewhere(
    elsewhere: CareElsewhere, *, by: Staff, on: datetime, ends_on: date, seen: Seen | None = None
) -> CareElsewhere:
    """Say which day is the last of it. `seen`: what stood on the page, as {"ends_on": ...}; None asks nothing.

    Raises ValidationError at `ends_on` before its start; with code "conflict" when somebody has said another day
    meanwhile.
    """
    limits.in_order(elsewhere.starts_on, ends_on)
    limits.not_far("ends_on", ends_on, elsewhere.episode.clinic.local_day(on))
    with deeds.on_episode(elsewhere.episode, "end_care_elsewhere", by=by, on=on) as done:
        row = CareElsewhere.objects.get(pk=elsewhere.pk)
        if row.ends_on == ends_on:
            done.changed_nothing()
            return row
        unchanged(row, seen)
        row.ends_on = ends_on
        row.save(update_fields=["ends_on"])
        done.detail = {"row": row.pk}
    return row

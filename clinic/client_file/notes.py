"""What stands on the timeline beside appointments and attempts: the stay's own turns, the plan, milestones, groups, and
what staff noticed, as far as the person who asks may read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.translation import gettext as _

from clinic.client_file.goals import MilestoneLine
from clinic.client_file.noticed import ObservationLine
from clinic.models import Episode, Membership, PlanRevision, ProgrammeChange


@dataclass(frozen=True, slots=True)
class Note:
    """One turn of a stay: what, in bold, then more words, then who. `leads_to` names the page where more stands."""

    at: datetime
    icon: str
    what: str
    words: str = ""
    by: str = ""
    leads_to: str = ""
    kind: str = "note"


@dataclass(frozen=True, slots=True)
class Observed:
    """One observation that the person who asks may read."""

    at: datetime
    line: ObservationLine
    kind: str = "observation"


def notes(
    stay: Episode,
    *,
    now: datetime,
    until: date,
    places: Sequence[Membership],
    milestones: Sequence[MilestoneLine],
    observed: Sequence[ObservationLine],
    most: int,
) -> list[Note | Observed]:
    """All of it up to now, unordered; of the plan's versions the newest `most`. Two queries."""
    found: list[Note | Observed] = [*_of_the_stay(stay, until), *_of_groups(stay, places)]
    found += [
        Note(_start(stay, each.day), "flag", _("Milestone"), each.words, leads_to="goals")
        for each in milestones
        if each.reached and each.words
    ]
    revisions = PlanRevision.objects.filter(episode=stay).select_related("by").order_by("-at", "-pk")
    found += [
        Note(
            row.at,
            "journal-text",
            _("Plan gone through with the client") if row.reviewed_on == row.on else _("Plan saved"),
            by=row.by.name if row.by else "",
            leads_to="plan",
        )
        for row in revisions[:most]
    ]
    found += [Observed(max(line.at, _start(stay, line.day)), line) for line in observed]
    return [each for each in found if each.at <= now]


def memberships(stay: Episode) -> list[Membership]:
    """The client's places in groups, those that go on first; one query."""
    rows = Membership.objects.filter(episode=stay).select_related("group").order_by("joined_on", "pk")
    return sorted(rows, key=lambda row: row.left_on is not None)


def _of_the_stay(stay: Episode, until: date) -> Iterator[Note]:
    changes = (
        ProgrammeChange.objects.filter(episode=stay).select_related("before", "after", "by").order_by("day")
    )
    rows = list(changes)
    first = rows[0].before.name if rows else stay.programme.name
    yield Note(_start(stay, stay.admitted_on), "person-plus", _("Admitted"), first)
    for row in rows:
        words = _("from %(before)s to %(after)s") % {"before": row.before.name, "after": row.after.name}
        yield Note(_start(stay, row.day), "arrow-left-right", _("Programme changed"), words, row.by.name)
    if stay.discharged_on is not None and stay.discharged_on <= until:
        how = ": ".join(part for part in (_how(stay), stay.discharge_note) if part)
        yield Note(_start(stay, stay.discharged_on), "box-arrow-right", _("Discharged"), how)


def _how(stay: Episode) -> str:
    return str(stay.get_discharged_as_display()) if stay.discharged_as else ""


def _of_groups(stay: Episode, places: Sequence[Membership]) -> Iterator[Note]:
    for row in places:
        yield Note(_start(stay, row.joined_on), "people", _("Joined a group"), row.group.name)
        if row.left_on is not None:
            why = str(row.get_ended_display()) if row.ended else ""
            words = f"{row.group.name} ({why})" if why else row.group.name
            yield Note(_start(stay, row.left_on), "people", _("Left a group"), words)


def _start(stay: Episode, day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=stay.clinic.zone)

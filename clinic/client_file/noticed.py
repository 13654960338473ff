"""What staff noticed of one client, newest first, as far as the person who asks may read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from clinic import access
from clinic.engagement.items import ANCHORS, ITEMS, SETTINGS, SOURCES, How
from clinic.engagement.words import Sentence, gettext_noop
from clinic.models import Episode, Observation, ObservationItem, Role, Staff

OBSERVATIONS_A_PART = 20
MOST_PARTS = 50
ANSWERS = {"yes": gettext_noop("yes"), "no": gettext_noop("no")}


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item: its wording, the step it stands at (None where it is only ticked) with what that means, and beside it
    what was ticked or told: pairs of words and what was said of them.
    """

    code: str
    wording: Sentence
    anchor: int | None
    meaning: Sentence | None
    parts: tuple[tuple[Sentence, str | date | Sentence], ...]
    words: str
    is_strength: bool


@dataclass(frozen=True, slots=True)
class ObservationLine:
    """One observation as this person may read it; `may_withdraw`: they may take it back."""

    uid: UUID
    day: date
    at: datetime
    setting: Sentence
    source: Sentence
    author: str
    role: str
    items: tuple[ItemLine, ...]
    words: str
    strength: str
    shared: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class Noticed:
    """The newest observations, `part` times twenty of them; `earlier` is the next part, None when all are shown."""

    name: str
    lines: Sequence[ObservationLine]
    earlier: int | None
    own_only: bool


def noticed(stay: Episode, *, staff: Staff, day: date, sees_file: bool, part: int = 1) -> Noticed:
    """The observations of one stay that `staff` may read, in two queries. `sees_file`: or only their own notes."""
    part = min(max(part, 1), MOST_PARTS)
    wanted = part * OBSERVATIONS_A_PART
    rows = access.observations_for(staff, day).filter(episode=stay).select_related("author")
    found = list(rows.order_by("-day", "-at", "-pk")[: wanted + 1])
    takes_back = staff.has_role(Role.SUPERVISOR, *access.CLINICAL_ROLES)
    return Noticed(
        name=stay.client.full_name,
        lines=[_line(row, takes_back or row.author_id == staff.pk) for row in found[:wanted]],
        earlier=part + 1 if len(found) > wanted and part < MOST_PARTS else None,
        own_only=not sees_file,
    )


def _line(row: Observation, may_withdraw: bool) -> ObservationLine:
    order = {code: place for place, code in enumerate(ITEMS)}
    items = [each for each in row.items_seen if each.item in ITEMS]  # type: ignore[attr-defined]
    return ObservationLine(
        uid=row.uid,
        day=row.day,
        at=row.at,
        setting=SETTINGS[row.setting],
        source=SOURCES[row.source],
        author=row.author.name,
        role=row.author_role,
        items=tuple(_item(each) for each in sorted(items, key=lambda each: order[each.item])),
        words=row.words_seen,  # type: ignore[attr-defined]
        strength=row.strength_seen,  # type: ignore[attr-defined]
        shared=row.shared_with_client,
        may_withdraw=may_withdraw,
    )


def _item(row: ObservationItem) -> ItemLine:
    item = ITEMS[row.item]
    scaled = item.how is How.ANCHORED
    told = row.detail.get("parts", {})
    return ItemLine(
        code=item.code,
        wording=item.wording,
        anchor=row.anchor if scaled else None,
        meaning=(dict(item.help).get(row.anchor) or ANCHORS[row.anchor]) if scaled else None,
        parts=tuple(
            (words, _answer(told[str(place)])) for place, words in enumerate(item.parts) if str(place) in told
        ),
        words=row.detail.get("words", ""),
        is_strength=item.is_strength,
    )


def _answer(text: str) -> str | date | Sentence:
    """What was said of a part: a day, a yes or no, or words."""
    if text in ANSWERS:
        return ANSWERS[text]
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text

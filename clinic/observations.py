"""Verbs on observations: what staff saw, or a client or a consented supporter told them (clinical basis, section 4).

An item nobody asked about is no row. Items of the groups G and H are noted in a clinical role only; the front desk
notes none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic import audit, deeds, limits
from clinic.access import CLINICAL_ROLES
from clinic.engagement.items import ANCHORS, ITEMS, How
from clinic.models import Episode, Observation, ObservationItem, Role, Staff, Supporter

LONGEST_WORDS = 280
NOTED = 1  # where an item that is there or not stands
DAYS_BACK = 14  # what lies longer ago raises nothing any more
AUTHORS = CLINICAL_ROLES | {Role.CASE_MANAGER, Role.SUPERVISOR, Role.FACILITATOR}


class Withdrawn(StrEnum):
    """Why an observation is taken back. A token, for the ledger holds nobody's words."""

    MISTAKE = "mistake"
    OTHER_CLIENT = "other_client"
    TWICE = "twice"
    CLIENT_DISAGREES = "client_disagrees"


@dataclass(frozen=True, slots=True)
class ItemNoted:
    """One item: where it stands (0 to 3; items that are there or not stand at 1), which of its parts by their place,
    each with what was said of it, and words for items that ask "which" or "what".
    """

    anchor: int = NOTED
    parts: Mapping[int, str] = field(default_factory=dict)
    words: str = ""


def observe(
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    role: str,
    setting: str,
    source: str,
    items: Mapping[str, int | ItemNoted],
    in_words: str = "",
    strength: str = "",
    shared_with_client: bool = False,
    seen_on: date | None = None,
) -> Observation:
    """Keep one form: the items that were talked about or seen, and nothing of the others. `seen_on` is the day it was,
    without it today; of an earlier day it stands at the end of that day, before what was noted since.

    Raises ValidationError at the field on a role the author does not hold or that notes none of this, on an unknown
    setting, source or item, on a day ahead, before the admission, after the discharge or more than 14 days ago, on an
    anchor it does not have, on items of clinical groups in another role, on a supporter
    as the source without a live consent, on too long a text, and when nothing was noted at all.
    """
    if role not in AUTHORS or not by.has_role(role):
        raise ValidationError({"role": _("Choose a role of your own in which you note this.")})
    limits.known("setting", setting, Observation.Setting.values)
    limits.known("source", source, Observation.Source.values)
    kept = [_kept(code, noted, role) for code, noted in items.items()]
    in_words = limits.text("in_words", in_words, longest=LONGEST_WORDS)
    strength = limits.text("strength", strength, longest=LONGEST_WORDS)
    if not (kept or in_words or strength):
        raise ValidationError({"items": _("Nothing is noted yet.")})
    day = _day(episode, seen_on, on)
    at = on
    if day < episode.clinic.local_day(on):
        at = datetime.combine(day, time(23, 59), tzinfo=episode.clinic.zone)
    with deeds.on_episode(episode, "observe", by=by, on=on) as done:
        if source == Observation.Source.SUPPORTER_TOLD and not _consented(episode, on):
            raise ValidationError({"source": _("There is no live consent to speak with a supporter.")})
        row = Observation.objects.create(
            episode=episode,
            at=at,
            day=day,
            setting=setting,
            source=source,
            author=by,
            author_role=role,
            in_words=in_words,
            strength=strength,
            shared_with_client=shared_with_client,
        )
        ObservationItem.objects.bulk_create(
            ObservationItem(observation=row, item=code, anchor=anchor, detail=detail)
            for code, anchor, detail in kept
        )
        # Which items stays out of the ledger: administrators read it, and may not know.
        done.of(f"observation:{row.uid}", role=role, items=len(kept))
    return row


def withdraw(observation: Observation, *, by: Staff, on: datetime, reason: str) -> Observation:
    """Take an observation back: it stays on record, is shown no more, and counts for nothing. Twice changes nothing.

    Raises ValidationError at `reason` for none of `Withdrawn`.
    """
    limits.known("reason", reason, [each.value for each in Withdrawn])
    with deeds.on_episode(observation.episode, "withdraw_observation", by=by, on=on) as done:
        row = Observation.objects.get(pk=observation.pk)
        if row.withdrawn_at is not None:
            done.changed_nothing()
            return row
        row.withdrawn_at = on
        row.save(update_fields=["withdrawn_at"])
        done.of(f"observation:{row.uid}", reason=str(reason))
    return row


def role_for(staff: Staff, *, sees_file: bool) -> str:
    """The role in which somebody notes what they noticed: the clinical one first, for it notes and reads most; a
    facilitator's for members whose file they do not see. Empty for somebody who notes nothing.
    """
    ranked = (Role.MEDICAL, Role.CASE_MANAGER, Role.SUPERVISOR) if sees_file else ()
    return next((str(role.value) for role in (*ranked, Role.FACILITATOR) if staff.has_role(role)), "")


def open_notes(episode: Episode, *, by: Staff, on: datetime) -> None:
    """Note that somebody looked at what was noticed of a client. Written before anything of it is shown."""
    audit.record(
        by=by,
        on=on,
        deed="view_observations",
        clinic=episode.clinic_id,
        client=episode.client_id,
        subject=f"episode:{episode.uid}",
    )


def _day(episode: Episode, seen_on: date | None, on: datetime) -> date:
    today = episode.clinic.local_day(on)
    if seen_on is None:
        return today
    limits.not_ahead("seen_on", seen_on, today)
    limits.not_before_admission("seen_on", seen_on, episode)
    if episode.discharged_on is not None and seen_on > episode.discharged_on:
        raise ValidationError({"seen_on": _("That day lies after the end of this stay.")})
    if seen_on < today - timedelta(days=DAYS_BACK):
        raise ValidationError({"seen_on": _("Choose a day of the last 14 days.")})
    return seen_on


def _kept(code: str, noted: int | ItemNoted, role: str) -> tuple[str, int, dict[str, Any]]:
    item = ITEMS.get(code)
    if item is None:
        raise ValidationError({"items": _("“%(code)s” is not on the form.") % {"code": code}})
    if item.clinical_only and role not in CLINICAL_ROLES:
        raise ValidationError({"items": _("This is for clinical roles to note.")})
    if not isinstance(noted, ItemNoted):
        noted = ItemNoted(noted)
    possible = ANCHORS if item.how is How.ANCHORED else (NOTED,)
    if isinstance(noted.anchor, bool) or noted.anchor not in possible:
        raise ValidationError({"items": _("Choose one of the steps of “%(code)s”.") % {"code": code}})
    if not set(noted.parts) <= set(range(len(item.parts))):
        raise ValidationError({"items": _("Choose from the list of “%(code)s”.") % {"code": code}})
    detail: dict[str, Any] = {}
    if noted.parts:
        detail["parts"] = {str(place): limits.text("items", words) for place, words in noted.parts.items()}
    if words := limits.text("items", noted.words, longest=LONGEST_WORDS):
        detail["words"] = words
    return code, noted.anchor, detail


def _consented(episode: Episode, on: datetime) -> bool:
    day = episode.clinic.local_day(on)
    return any(each.consent_is_live(day) for each in Supporter.objects.filter(episode=episode, active=True))

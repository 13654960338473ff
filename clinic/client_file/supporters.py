"""Who stands beside a client, with the consents, read for their pages and for the client's file: one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from clinic import access
from clinic.client_file.plan import Whose, of_stay
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.models import Episode, Staff, Supporter

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SupporterLine:
    """Somebody who stands beside the client. `phone` is empty unless a consent is live. `state` of the consent: "live",
    "ended" (taken back), "over" (run out), or "none"; `ends_soon` when it is time to ask again.
    """

    uid: UUID
    version: int
    name: str
    relation: str
    relation_token: str
    phone: str
    active: bool
    scope: str
    consent_from: date | None
    consent_until: date | None
    consent_ended: date | None
    state: str
    ends_soon: bool


def supporters_of(
    staff: Staff, stay: Episode, today: date, thresholds: Thresholds = DEFAULTS
) -> list[SupporterLine]:
    """Who stands beside the client, those they lean on now first; a number only under a live consent. One query."""
    rows = access.supporters_for(staff, today).filter(episode=stay).order_by("-active", "pk")
    return [_supporter(row, today, thresholds) for row in rows]


def _supporter(row: Supporter, today: date, thresholds: Thresholds) -> SupporterLine:
    live = row.consent_is_live(today)
    state = "live" if live else "none"
    if not live and row.consent_from is not None:
        state = "ended" if row.consent_ended else "over"
    soon = row.consent_until is not None and row.consent_until <= today + DAY * thresholds.consent_ahead
    return SupporterLine(
        uid=row.uid,
        version=row.version,
        name=row.name,
        relation=row.get_relation_display(),
        relation_token=row.relation,
        phone=row.phone_seen,  # type: ignore[attr-defined]
        active=row.active,
        scope=row.scope,
        consent_from=row.consent_from,
        consent_until=row.consent_until,
        consent_ended=row.consent_ended,
        state=state,
        ends_soon=live and soon,
    )


def whose_supporter(staff: Staff, now: datetime, uid: UUID) -> tuple[Whose, Supporter, SupporterLine]:
    """One supporter and whom they stand beside. Raises NotVisible like `whose_goal`."""
    today = access.home_clinic(staff).local_day(now)
    rows = access.supporters_for(staff, today).select_related("episode__client", "episode__clinic")
    row = rows.filter(uid=uid).first()
    if row is None:
        raise access.NotVisible
    return of_stay(row.episode, today, now), row, _supporter(row, today, DEFAULTS)

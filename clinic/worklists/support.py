"""What of the client's own stands beside a follow-up: the if-then plans that fit it, and the people they lean on.

Personal words: for the opened follow-up and the client's page only, never for a list, a title or an address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from clinic.engagement.own_plan import IfThen, Trigger, fitting
from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.sign import Of
from clinic.models import Finding, ObservationItem, Supporter
from clinic.models import IfThen as IfThenRow

_NOTED = Of.OBSERVATION.name.lower()


@dataclass(frozen=True, slots=True)
class Helper:
    """Somebody staff may speak with, for the client has consented in writing; `scope` says what about."""

    name: str
    relation: str
    phone: str
    scope: str
    until: date | None


@dataclass(frozen=True, slots=True)
class People:
    """Whom the client leans on: those with a live consent by name, of the others only how many there are."""

    helpers: tuple[Helper, ...]
    without_consent: int


def own_plans(episode: int, findings: Iterable[Finding] | None = None) -> tuple[IfThen, ...]:
    """The client's own if-then plans that fit the open findings of a stay, in their order. One query, one more for the
    findings where they are not at hand, and one where items were noted.
    """
    plans = [
        IfThen(Trigger(row.kind), row.trigger, row.action, row.helper)
        for row in IfThenRow.objects.filter(plan__episode=episode)
    ]
    if not plans:
        return ()
    rows = Finding.objects.filter(episode=episode, state=Finding.State.OPEN) if findings is None else findings
    kept = list(rows)
    signs = [BY_CODE[each.sign] for each in kept if each.sign in BY_CODE]
    noted = [point["id"] for each in kept for point in each.points if point["of"] == _NOTED]
    items = ObservationItem.objects.filter(pk__in=noted, observation__withdrawn_at=None) if noted else None
    return fitting(plans, signs, items.values_list("item", flat=True) if items is not None else ())


def people(episode: int, day: date) -> People:
    """Whom the client leans on, as of a day; one query."""
    rows = list(Supporter.objects.filter(episode=episode, active=True).order_by("pk"))
    live = [row for row in rows if row.consent_is_live(day)]
    return People(
        tuple(
            Helper(row.name, row.get_relation_display(), row.phone, row.scope, row.consent_until)
            for row in live
        ),
        len(rows) - len(live),
    )

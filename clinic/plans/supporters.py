"""Who stands beside the client, and the consent without which nobody speaks with them (clinical basis, 6.3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic import deeds, limits
from clinic.models import Episode, Staff, Supporter
from clinic.plans.content import revise_for_supporters
from clinic.plans.seen import as_seen

LONGEST_NAME, LONGEST_PHONE, LONGEST_SCOPE = 120, 40, 280
LONGEST_CONSENT = timedelta(days=365)


def add_supporter(
    episode: Episode, *, by: Staff, on: datetime, name: str, relation: str, phone: str = ""
) -> Supporter:
    """Name somebody the client leans on. That alone lets nobody speak with them: see `give_consent`.

    Raises ValidationError at the field without a name, on an unknown relation, on too long a text.
    """
    name, phone = _checked(name, relation, phone)
    with deeds.on_episode(episode, "add_supporter", by=by, on=on) as done:
        row = Supporter.objects.create(episode=episode, name=name, relation=relation, phone=phone)
        revise_for_supporters(episode, by=by, on=on)
        done.of(f"supporter:{row.uid}", relation=relation)
    return row


def change_supporter(
    supporter: Supporter,
    *,
    by: Staff,
    on: datetime,
    name: str,
    relation: str,
    phone: str | None,
    active: bool,
    version: int | None = None,
) -> Supporter:
    """Correct who a supporter is, or say that the client no longer leans on them (`active`). `phone`: None keeps the
    number, for whoever may not see it.

    Raises ValidationError like `add_supporter`; and at `active` while a consent with somebody who no longer helps is
    live, for it would go on unseen; with code "conflict" when it is no longer the `version` that was seen (None:
    whatever it is).
    """
    name, number = _checked(name, relation, phone or "")
    with deeds.on_episode(supporter.episode, "change_supporter", by=by, on=on) as done:
        row = Supporter.objects.get(pk=supporter.pk)
        number = row.phone if phone is None else number
        if (row.name, row.relation, row.phone, row.active) == (name, relation, number, active):
            done.changed_nothing()
            return row
        as_seen(row, version)
        if not active and row.consent_is_live(supporter.episode.clinic.local_day(on)):
            raise ValidationError({"active": _("End the consent first.")})
        counted = row.active
        row.name, row.relation, row.phone, row.active = name, relation, number, active
        row.version += 1
        row.save(update_fields=["name", "relation", "phone", "active", "version"])
        if counted != active:
            revise_for_supporters(supporter.episode, by=by, on=on)
        done.of(f"supporter:{row.uid}", active=active)
    return row


def give_consent(
    supporter: Supporter,
    *,
    by: Staff,
    on: datetime,
    scope: str,
    starts_on: date,
    ends_on: date,
    version: int | None = None,
) -> Supporter:
    """Keep the client's written consent to speak with a supporter: what about, from which day, through which day. It
    takes the place of an earlier one.

    Raises ValidationError at the field without a scope, on a first day that lies ahead, on a last day that is over or
    more than 365 days after the first, and at `active` for somebody the client no longer leans on; with code "conflict"
    like `change_supporter`.
    """
    today = supporter.episode.clinic.local_day(on)
    scope = limits.text("scope", scope, longest=LONGEST_SCOPE, needed=True)
    limits.not_ahead("starts_on", starts_on, today)
    limits.in_order(starts_on, ends_on)
    limits.not_past("ends_on", ends_on, today)
    if ends_on - starts_on > LONGEST_CONSENT:
        raise ValidationError({"ends_on": _("A consent holds at most 365 days; ask again by then.")})
    with deeds.on_episode(supporter.episode, "give_consent", by=by, on=on) as done:
        row = Supporter.objects.get(pk=supporter.pk)
        now = (row.scope, row.consent_from, row.consent_until, row.consent_ended)
        if row.active and now == (scope, starts_on, ends_on, None):
            done.changed_nothing()
            return row
        as_seen(row, version)
        if not row.active:
            raise ValidationError({"active": _("The client no longer leans on this person.")})
        row.scope, row.consent_from, row.consent_until, row.consent_ended = scope, starts_on, ends_on, None
        row.version += 1
        row.save(update_fields=["scope", "consent_from", "consent_until", "consent_ended", "version"])
        done.of(f"supporter:{row.uid}", **{"from": starts_on.isoformat(), "until": ends_on.isoformat()})
    return row


def end_consent(supporter: Supporter, *, by: Staff, on: datetime, version: int | None = None) -> Supporter:
    """The client takes the consent back: from this moment nobody speaks with the supporter. Twice changes nothing.

    Raises ValidationError when there is none; with code "conflict" like `change_supporter`.
    """
    with deeds.on_episode(supporter.episode, "end_consent", by=by, on=on) as done:
        row = Supporter.objects.get(pk=supporter.pk)
        if row.consent_from is None:
            raise ValidationError(_("There is no consent to end."))
        if row.consent_ended is not None:
            done.changed_nothing()
            return row
        as_seen(row, version)
        row.consent_ended = supporter.episode.clinic.local_day(on)
        row.version += 1
        row.save(update_fields=["consent_ended", "version"])
        done.of(f"supporter:{row.uid}")
    return row


def _checked(name: str, relation: str, phone: str) -> tuple[str, str]:
    limits.known("relation", relation, Supporter.Relation.values)
    return (
        limits.text("name", name, longest=LONGEST_NAME, needed=True),
        limits.text("phone", phone, longest=LONGEST_PHONE),
    )

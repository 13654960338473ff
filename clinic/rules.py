"""Verbs on thresholds: a clinic's numbered versions, and what holds for one client for a while.

A version never changes once made; every finding names the one that raised it. Who may call them is decided by the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic import audit, deeds, limits
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.models import Clinic, Episode, Override, RuleSet, Staff

LONGEST_REASON = 280
LONGEST_OVERRIDE_DAYS = 90
MOST = {"percent": 100, "points": 100, "anchor": 3, "anchors": 3, "rating": 4}
CONFLICT = "conflict"
UNITS = {setting.name: setting.metadata["unit"] for setting in fields(Thresholds)}
# The later one of a pair is the more urgent step, or the whole of which the other is a part.
RISING = (
    ("counselling_watch", "counselling_urgent"),
    ("counselling_k", "counselling_k_high"),
    ("counselling_k_high", "counselling_n"),
    ("counselling_least", "counselling_n"),
    ("group_missed_weekly", "group_missed"),
    ("silence_monthly", "silence_monthly_cap"),
    ("cancelled_late", "cancelled_late_high"),
    ("leaving_count", "leaving_of"),
    ("falling_gone", "falling_ratio"),
    ("falling_ratio", "falling_early"),
    ("doses_concern", "doses_urgent"),
    ("doses_urgent", "doses_new_start"),
    ("supply_watch", "supply_concern"),
    ("supply_concern", "supply_urgent"),
    ("supply_concern", "supply_urgent_buprenorphine"),
    ("injection_watch", "injection_concern"),
    ("injection_concern", "injection_urgent"),
    ("naltrexone_concern", "naltrexone_urgent"),
    ("unanswered", "unanswered_high"),
    ("back_urgent", "back_missed"),
    ("noted_clear", "noted_strong"),
    ("lift_tomorrow", "lift_today"),
    ("lift_dosing_tomorrow", "lift_dosing_today"),
)


def change_rules(
    clinic: Clinic,
    *,
    thresholds: Mapping[str, int],
    reason: str,
    by: Staff,
    on: datetime,
    based_on: int | None = None,
) -> RuleSet:
    """Put a new version of a clinic's thresholds in force, with the next number; what is not named has its default. The
    same values as the version in force change nothing. Everybody is read by them from the next check on.

    Raises ValidationError at the field without a reason, and on an unknown or impossible threshold; with code
    "conflict" when `based_on`, the number somebody saw, is no longer the newest.
    """
    reason = limits.text("reason", reason, longest=LONGEST_REASON, needed=True)
    kept = _checked(thresholds, DEFAULTS)
    differing = {name: value for name, value in kept.items() if value != getattr(DEFAULTS, name)}
    with transaction.atomic():
        Clinic.objects.select_for_update().get(pk=clinic.pk)
        newest = _newest(clinic)
        number = newest.number if newest else 0
        if based_on is not None and based_on != number:
            raise ValidationError(
                _("Somebody else has changed the rules meanwhile. Look again."), code=CONFLICT
            )
        if newest is not None and newest.thresholds == differing:
            return newest
        try:
            with transaction.atomic():
                made = RuleSet.objects.create(
                    clinic=clinic,
                    number=number + 1,
                    thresholds=differing,
                    made_at=on,
                    made_by=by,
                    reason=reason,
                )
        except IntegrityError:
            # The first version may be made by a check at the same moment, which locks no clinic.
            raise ValidationError(
                _("Somebody else has changed the rules meanwhile. Look again."), code=CONFLICT
            ) from None
        audit.record(
            by=by,
            on=on,
            deed="change_rules",
            clinic=clinic,
            subject=f"rules:{made.number}",
            detail={"thresholds": differing},
        )
    return made


def override(
    episode: Episode,
    *,
    thresholds: Mapping[str, int],
    reason: str,
    starts_on: date,
    ends_on: date,
    by: Staff,
    on: datetime,
) -> Override:
    """Let other thresholds hold for one stay, for at most 90 days, both days included; then they end by themselves.

    Raises ValidationError at the field without a reason or a threshold, on an unknown or impossible one,
    or one that is set for some of these days already, on a start that has passed, and on an end before the start or
    beyond the 90 days.
    """
    reason = limits.text("reason", reason, longest=LONGEST_REASON, needed=True)
    if not thresholds:
        raise ValidationError({"thresholds": _("Choose at least one threshold.")})
    newest = _newest(episode.clinic)
    kept = _checked(thresholds, newest.values if newest else DEFAULTS)
    limits.not_past("starts_on", starts_on, episode.clinic.local_day(on))
    limits.in_order(starts_on, ends_on)
    if (ends_on - starts_on).days >= LONGEST_OVERRIDE_DAYS:
        raise ValidationError({"ends_on": _("At most 90 days; then look at it again.")})
    with deeds.on_episode(episode, "override_rules", by=by, on=on) as done:
        others = Override.objects.filter(episode=episode, starts_on__lte=ends_on, ends_on__gte=starts_on)
        if any(kept.keys() & each.thresholds.keys() for each in others):
            raise ValidationError(
                {"thresholds": _("One of these is set for some of these days already. End that first.")}
            )
        row = Override.objects.create(
            episode=episode,
            thresholds=kept,
            starts_on=starts_on,
            ends_on=ends_on,
            made_at=on,
            made_by=by,
            reason=reason,
        )
        done.detail = {"override": row.pk, "thresholds": kept, "until": ends_on.isoformat()}
    return row


def end_override(own: Override, *, by: Staff, on: datetime) -> None:
    """Let the clinic's thresholds hold again. What had begun ends with yesterday; what began today, or was to begin
    later, never was. One that is over stays as it is.
    """
    today = own.episode.clinic.local_day(on)
    with deeds.on_episode(own.episode, "end_override", by=by, on=on) as done:
        row = Override.objects.filter(pk=own.pk, ends_on__gte=today).first()
        done.detail = {"override": own.pk}
        if row is None:
            done.changed_nothing()
        elif row.starts_on >= today:
            row.delete()
        else:
            row.ends_on = today - timedelta(days=1)
            row.save(update_fields=["ends_on"])


def _newest(clinic: Clinic) -> RuleSet | None:
    return RuleSet.objects.filter(clinic=clinic).order_by("-number").first()


def _checked(thresholds: Mapping[str, int], beside: Thresholds) -> dict[str, int]:
    """The thresholds, possible each by itself and beside those that hold otherwise."""
    for name, value in thresholds.items():
        if name not in UNITS:
            raise ValidationError({"thresholds": _("“%(name)s” is no threshold.") % {"name": name}})
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValidationError({name: _("Give a whole number of at least 1.")})
        most = MOST.get(UNITS[name])
        if most is not None and value > most:
            raise ValidationError({name: _("Give at most %(n)d.") % {"n": most}})
    together = beside.tuned(thresholds)
    for less, more in RISING:
        if {less, more} & thresholds.keys() and getattr(together, less) > getattr(together, more):
            raise ValidationError(
                {
                    more if more in thresholds else less: _("“%(more)s” must not be below “%(less)s”.")
                    % {"more": more, "less": less}
                }
            )
    return dict(sorted(thresholds.items()))

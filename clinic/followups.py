"""Verbs on follow-ups: log a contact, snooze, close. What each does next is said before saving (`what_follows`).

Each changes by condition on the old state, asks for a recheck and writes its audit entry in one transaction: of two
people who act at once, one is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from clinic import audit, deeds, limits, nudge
from clinic.engagement.rests import DECLINED_DAYS
from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.sign import Settles
from clinic.engagement.triage import OpeningHours
from clinic.engagement.words import Sentence, gettext_noop
from clinic.models import Attempt, Episode, Finding, FollowUp, Recheck, Role, RuleSet, Staff
from clinic.models.work import TWO_WAY, Barrier, Level, Method, Result

LONGEST_SNOOZE = {Level.TODAY.value: 2}
LONGEST_SNOOZE_OTHERWISE = 14
LONGEST_AGREED = 280
# A letter is no talk.
TALKS = (Method.CALL, Method.TEXT, Method.VISIT, Method.IN_PERSON)
CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class WhatFollows:
    """What an attempt's result leads to: rest until a day, another try on a day, or an end; and the words for it."""

    words: Sentence
    quiet_until: date | None = None
    quiet_as: str = ""
    try_again_on: date | None = None
    ends: bool = False


def what_follows(
    result: str,
    *,
    today: date,
    hours: OpeningHours,
    rest_days: int,
    next_contact_on: date | None = None,
    medical_waits: bool = False,
) -> WhatFollows:
    """What saving a contact with this result will do. Pure: the form shows it before, the verb does it after.

    A talk with the client lets nothing rest while missed doses wait for medical staff (`medical_waits`).
    """
    if medical_waits and result in TWO_WAY:
        return WhatFollows(gettext_noop("Stays open until medical staff confirm the missed doses."))
    if result in (Result.REACHED_REBOOKED, Result.REACHED_THINKING):
        last = today + timedelta(days=rest_days)
        until = min(next_contact_on, last) if next_contact_on and next_contact_on > today else last
        return WhatFollows(
            gettext_noop("Rests until %(day)s, unless another session is missed.", day=until),
            quiet_until=until,
            quiet_as=FollowUp.Quiet.RESTS,
        )
    if result == Result.REACHED_DECLINED:
        until = today + timedelta(days=DECLINED_DAYS)
        return WhatFollows(
            gettext_noop("No further attempts until %(day)s, unless safety asks for one.", day=until),
            quiet_until=until,
            quiet_as=FollowUp.Quiet.DECLINED,
        )
    if result == Result.RECORD_WRONG:
        return WhatFollows(
            gettext_noop(
                "Closes this follow-up. Please correct the record too, so that it is not raised again."
            ),
            ends=True,
        )
    again = hours.next_open(today)
    return WhatFollows(gettext_noop("Stays open. Next try due %(day)s.", day=again), try_again_on=again)


def log_contact(
    follow_up: FollowUp,
    *,
    by: Staff,
    on: datetime,
    method: str,
    result: str,
    barriers: Sequence[str] = (),
    agreed: str = "",
    next_contact_on: date | None = None,
    hours: OpeningHours,
) -> Attempt:
    """Record one try to reach the client, and do what follows from it.

    Raises ValidationError at the field on an unknown method, result or barrier, on a next contact that is not ahead,
    and with code "conflict" when the follow-up has been closed meanwhile.
    """
    clinic = follow_up.clinic
    today = clinic.local_day(on)
    if method not in Method.values:
        raise ValidationError({"method": _("Choose how you tried.")})
    if result not in Result.values:
        raise ValidationError({"result": _("Choose what happened.")})
    if unknown := [token for token in barriers if token not in Barrier.values]:
        raise ValidationError({"barriers": _("“%(token)s” is not on the list.") % {"token": unknown[0]}})
    if next_contact_on is not None and next_contact_on < today:
        raise ValidationError({"next_contact_on": _("That day has passed. Choose today or later.")})
    with transaction.atomic():
        Episode.objects.select_for_update().get(pk=follow_up.episode_id)
        row = _still_open(follow_up)
        attempt = Attempt.objects.create(
            episode_id=row.episode_id,
            follow_up=row,
            by=by,
            at=on,
            method=method,
            result=result,
            barriers=list(barriers),
            agreed=agreed,
            next_contact_on=next_contact_on,
            pressing=row.level == Level.TODAY,
        )
        follows = what_follows(
            result,
            today=today,
            hours=hours,
            rest_days=rest_days(clinic.pk),
            next_contact_on=next_contact_on,
            medical_waits=waits_for_medical(Finding.objects.filter(follow_up=row, state=Finding.State.OPEN)),
        )
        row.touched_at = row.touched_at or on
        row.first_attempt_at = row.first_attempt_at or on
        row.last_attempt_at = on
        if follows.quiet_until:
            row.quiet_until, row.quiet_as, row.quiet_reason = follows.quiet_until, follows.quiet_as, ""
        if follows.try_again_on:
            row.due_at = datetime.combine(follows.try_again_on, time(12), tzinfo=clinic.zone)
        if follows.ends:
            _end(row, by=by, on=on, closed_as=FollowUp.ClosedAs.RECORD_WRONG, note=agreed)
        _save(row)
        Recheck.objects.ask([row.episode_id], on=on)
        audit.record(
            by=by,
            on=on,
            deed="log_contact",
            clinic=clinic,
            client=follow_up.episode.client_id,
            subject=f"follow-up:{row.uid}",
            detail={"method": method, "result": result, "two_way": result in TWO_WAY},
        )
        nudge.after_commit()
    return attempt


def note_talk(
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    method: str,
    at: datetime,
    agreed: str = "",
    next_contact_on: date | None = None,
) -> Attempt:
    """Note that somebody spoke with the client, or wrote to and fro, without a follow-up being worked on: a two-way
    exchange, which counts as contact. The same talk again changes nothing.

    Raises ValidationError at the field on a way that nobody talks in, on a time ahead or before the admission, on a
    next contact that has passed, and on too long a text.
    """
    if method not in TALKS:
        raise ValidationError({"method": _("Choose how you spoke.")})
    if at > on:
        raise ValidationError({"at": _("That time lies ahead.")})
    limits.not_before_admission("at", episode.clinic.local_day(at), episode)
    agreed = limits.text("agreed", agreed, longest=LONGEST_AGREED)
    if next_contact_on is not None:
        limits.not_past("next_contact_on", next_contact_on, episode.clinic.local_day(on))
    with deeds.on_episode(episode, "note_talk", by=by, on=on) as done:
        there = Attempt.objects.filter(episode=episode, follow_up=None, by=by, at=at, method=method)
        if row := there.first():
            done.changed_nothing()
            return row
        row = Attempt.objects.create(
            episode=episode,
            by=by,
            at=at,
            method=method,
            result=Result.REACHED_THINKING,
            agreed=agreed,
            next_contact_on=next_contact_on,
        )
        done.of(f"attempt:{row.uid}", method=method)
    return row


def snooze(follow_up: FollowUp, *, by: Staff, on: datetime, until: date, reason: str) -> FollowUp:
    """Let a follow-up rest until a day, with a reason; a new absence or a higher level ends it sooner.

    Raises ValidationError at the field without a reason, when the day is not ahead, and when it is more than 14 days
    ahead (2 for "contact today").
    """
    today = follow_up.clinic.local_day(on)
    longest = LONGEST_SNOOZE.get(follow_up.level, LONGEST_SNOOZE_OTHERWISE)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why, so that a colleague understands.")})
    if until <= today:
        raise ValidationError({"until": _("Choose a day after today.")})
    if until > today + timedelta(days=longest):
        raise ValidationError(
            {
                "until": _("At most %(days)d days: choose a day up to %(last)s.")
                % {"days": longest, "last": (today + timedelta(days=longest)).strftime("%-d %b")}
            }
        )
    with transaction.atomic():
        Episode.objects.select_for_update().get(pk=follow_up.episode_id)
        row = _still_open(follow_up)
        row.quiet_until, row.quiet_as, row.quiet_reason = until, FollowUp.Quiet.SNOOZED, reason.strip()
        row.touched_at = row.touched_at or on
        _save(row)
        audit.record(
            by=by,
            on=on,
            deed="snooze",
            clinic=follow_up.clinic_id,
            client=follow_up.episode.client_id,
            subject=f"follow-up:{row.uid}",
            detail={"until": until.isoformat()},
        )
    return row


def wake(follow_up: FollowUp, *, by: Staff, on: datetime) -> FollowUp:
    """End a rest or a snooze at once. Raises ValidationError with code "conflict" when it has been closed meanwhile."""
    with transaction.atomic():
        Episode.objects.select_for_update().get(pk=follow_up.episode_id)
        row = _still_open(follow_up)
        row.quiet_until, row.quiet_as, row.quiet_reason = None, "", ""
        _save(row)
        audit.record(
            by=by,
            on=on,
            deed="wake",
            clinic=follow_up.clinic_id,
            client=follow_up.episode.client_id,
            subject=f"follow-up:{row.uid}",
        )
    return row


def close(follow_up: FollowUp, *, by: Staff, on: datetime, closed_as: str, note: str = "") -> FollowUp:
    """Close a follow-up by hand; its findings are handled up to now, and only a newer absence raises them again.

    Raises ValidationError at the field for a reason that is not a person's to give for this kind, without a note for
    "not a concern", and with code "conflict" when it has been closed meanwhile.
    """
    if closed_as not in {reason.value for reason in FollowUp.BY_PERSON[follow_up.kind]}:
        raise ValidationError({"closed_as": _("Choose why it is closed.")})
    if closed_as == FollowUp.ClosedAs.NOT_A_CONCERN and not note.strip():
        raise ValidationError({"note": _("Say why it is not a concern.")})
    with transaction.atomic():
        Episode.objects.select_for_update().get(pk=follow_up.episode_id)
        row = _still_open(follow_up)
        _end(row, by=by, on=on, closed_as=closed_as, note=note.strip())
        _save(row)
        audit.record(
            by=by,
            on=on,
            deed="close_follow_up",
            clinic=follow_up.clinic_id,
            client=follow_up.episode.client_id,
            subject=f"follow-up:{row.uid}",
            detail={"as": closed_as},
        )
    return row


def confirm_medical(follow_up: FollowUp, *, by: Staff, on: datetime) -> FollowUp:
    """Medical staff confirm that medication goes on: the findings only they can settle are handled up to now, and the
    follow-up closes when it holds no other.

    Raises ValidationError at `by` for anybody else, without any such finding, and with code "conflict" when the
    follow-up has been closed meanwhile.
    """
    if not by.has_role(Role.MEDICAL):
        raise ValidationError({"by": _("Only medical staff can confirm this.")})
    with transaction.atomic():
        Episode.objects.select_for_update().get(pk=follow_up.episode_id)
        row = _still_open(follow_up)
        waiting = list(Finding.objects.filter(follow_up=row, state=Finding.State.OPEN))
        medical = [each.pk for each in waiting if is_medical(each.sign)]
        if not medical:
            raise ValidationError(_("Nothing on this follow-up waits for medical staff."))
        confirmed = Finding.objects.filter(pk__in=medical)
        confirmed.update(state=Finding.State.CONFIRMED, ended_at=on, ended_as_of=int(on.timestamp()))
        if len(medical) == len(waiting):
            _end(row, by=by, on=on, closed_as=FollowUp.ClosedAs.CONFIRMED, note="")
        row.touched_at = row.touched_at or on
        _save(row)
        Recheck.objects.ask([row.episode_id], on=on)
        audit.record(
            by=by,
            on=on,
            deed="confirm_medical",
            clinic=follow_up.clinic_id,
            client=follow_up.episode.client_id,
            subject=f"follow-up:{row.uid}",
            detail={"findings": len(medical)},
        )
        nudge.after_commit()
    return row


def is_medical(sign: str) -> bool:
    """Whether a finding of this sign waits for medical staff to confirm it."""
    return sign in BY_CODE and BY_CODE[sign].settles is Settles.MEDICAL


def waits_for_medical(findings: Iterable[Finding]) -> bool:
    """Whether one of these open findings is for today and waits for medical staff."""
    return any(each.level == Level.TODAY and is_medical(each.sign) for each in findings)


def open_contact_card(follow_up: FollowUp, *, by: Staff, on: datetime) -> None:
    """Note that somebody has seen how this client may be reached."""
    audit.record(
        by=by,
        on=on,
        deed="open_contact_card",
        clinic=follow_up.clinic_id,
        client=follow_up.episode.client_id,
        subject=f"follow-up:{follow_up.uid}",
    )


def rest_days(clinic: int) -> int:
    """How long a client reached rests, by the clinic's rules in force."""
    rules = RuleSet.objects.filter(clinic=clinic).order_by("-number").first()
    return rules.values.rest_days if rules else 14


def _still_open(follow_up: FollowUp) -> FollowUp:
    row = FollowUp.objects.get(pk=follow_up.pk)
    if row.state != FollowUp.State.OPEN:
        raise ValidationError(
            _("This follow-up has been closed meanwhile: %(why)s. Nothing you typed was saved yet.")
            % {"why": row.get_closed_as_display()},
            code=CONFLICT,
        )
    return row


def _end(row: FollowUp, *, by: Staff, on: datetime, closed_as: str, note: str) -> None:
    row.state, row.closed_at, row.closed_as, row.closed_by = FollowUp.State.CLOSED, on, closed_as, by
    row.closing_note = note[:280]
    row.quiet_until, row.quiet_as, row.quiet_reason = None, "", ""
    row.touched_at = row.touched_at or on
    Finding.objects.filter(follow_up=row, state=Finding.State.OPEN).update(
        state=Finding.State.CLOSED, ended_at=on, ended_as_of=int(on.timestamp())
    )


def _save(row: FollowUp) -> None:
    """Write the row if nobody closed it since it was read."""
    values = {
        field: getattr(row, field)
        for field in (
            "state",
            "due_at",
            "touched_at",
            "first_attempt_at",
            "last_attempt_at",
            "quiet_until",
            "quiet_as",
            "quiet_reason",
            "closed_at",
            "closed_as",
            "closed_by_id",
            "closing_note",
        )
    }
    changed = FollowUp.objects.filter(pk=row.pk, state=FollowUp.State.OPEN, version=row.version).update(
        **values, version=F("version") + 1
    )
    if not changed:
        raise ValidationError(
            _("Somebody else worked on this follow-up at the same moment. Look again."), code=CONFLICT
        )

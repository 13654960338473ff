"""Goals of the client's own, and milestones. One that changes is a new one: weeks gone by keep what was asked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from clinic import deeds, limits
from clinic.models import Episode, Goal, GoalPause, Milestone, Staff
from clinic.models.plan import GoalKind
from clinic.plans.seen import as_seen

NINETY = 90
MOST_A_WEEK = 14
DAY = timedelta(days=1)


def set_goal(
    episode: Episode,
    *,
    by: Staff,
    on: datetime,
    kind: str,
    words: str,
    starts_on: date,
    target: int = 1,
    channels: str = "ga",
    ends_on: date | None = None,
) -> Goal:
    """Keep a goal of the client's own: so many a week of what `channels` names (1 to 14), ninety in ninety days, or
    something free. Ninety in ninety asks for ninety and ends 89 days after its start; a free goal counts nothing.

    Raises ValidationError at the field without words, on an unknown kind or count, on an impossible number, and on a
    start before the admission or an end before the start.
    """
    limits.known("kind", kind, GoalKind.values)
    words = limits.text("words", words, needed=True)
    channels, target = _counted(kind, channels, target)
    today = episode.clinic.local_day(on)
    limits.not_before_admission("starts_on", starts_on, episode)
    limits.not_far("starts_on", starts_on, max(today, episode.admitted_on))
    limits.not_far("ends_on", ends_on, today)
    if kind == GoalKind.NINETY:
        ends_on = starts_on + (NINETY - 1) * DAY
    limits.in_order(starts_on, ends_on)
    with deeds.on_episode(episode, "set_goal", by=by, on=on) as done:
        row = Goal.objects.create(
            episode=episode,
            kind=kind,
            words=words,
            target=target,
            channels=channels,
            starts_on=starts_on,
            ends_on=ends_on,
            known_on=today,
        )
        done.of(f"goal:{row.uid}", kind=kind, target=target)
    return row


def change_goal(
    goal: Goal,
    *,
    by: Staff,
    on: datetime,
    words: str,
    target: int = 1,
    channels: str = "ga",
    version: int | None = None,
) -> Goal:
    """Set a goal anew: other words, another number, other things counted. Returns the goal that runs now: where the
    number changes and the goal has begun, that is a new one from today on, and the old one ends with yesterday. Ninety
    in ninety keeps its days and its number: what it counts changes in place.

    Raises ValidationError like `set_goal`, and when the goal is over; with code "conflict" when it is no longer the
    `version` that was seen (None: whatever it is).
    """
    words = limits.text("words", words, needed=True)
    channels, target = _counted(goal.kind, channels, target)
    today = goal.episode.clinic.local_day(on)
    with deeds.on_episode(goal.episode, "change_goal", by=by, on=on) as done:
        row = _running(goal, today)
        if (row.words, row.target, row.channels) == (words, target, channels):
            done.changed_nothing()
            return row
        as_seen(row, version)
        counted_anew = row.kind != GoalKind.NINETY and (row.target, row.channels) != (target, channels)
        if row.starts_on < today and counted_anew:
            last, row.ends_on = row.ends_on, today - DAY
            row.version += 1
            row.save(update_fields=["ends_on", "version"])
            row = Goal(
                episode=row.episode, kind=row.kind, starts_on=today, ends_on=last, known_on=today, version=0
            )
        row.version += 1
        row.words, row.target, row.channels = words, target, channels
        row.save()
        done.of(f"goal:{row.uid}", kind=row.kind, target=target)
    return row


def reach_goal(goal: Goal, *, by: Staff, on: datetime, day: date | None, version: int | None = None) -> Goal:
    """The client has reached it, on a day. The same day again changes nothing, another corrects it, None takes it back.

    Raises ValidationError at `day` before the goal's start, or ahead; with code "conflict" like `change_goal`.
    """
    if day is not None:
        limits.not_ahead("day", day, goal.episode.clinic.local_day(on))
    if day is not None and day < goal.starts_on:
        raise ValidationError({"day": _("That day lies before the goal’s start.")})
    with deeds.on_episode(goal.episode, "reach_goal", by=by, on=on) as done:
        row = Goal.objects.get(pk=goal.pk)
        if row.reached_on == day:
            done.changed_nothing()
            return row
        as_seen(row, version)
        row.reached_on = day
        row.version += 1
        row.save(update_fields=["reached_on", "version"])
        done.of(f"goal:{row.uid}", reached=day is not None)
    return row


def pause_goal(
    goal: Goal,
    *,
    by: Staff,
    on: datetime,
    starts_on: date,
    ends_on: date | None = None,
    version: int | None = None,
) -> GoalPause:
    """The client puts a goal aside; it asks for nothing on these days, both included. The same again changes nothing.

    Raises ValidationError when the goal is over; at the field for days that overlap another pause of it, a start
    before the goal's, or an end before the start; with code "conflict" like `change_goal`.
    """
    today = goal.episode.clinic.local_day(on)
    limits.in_order(starts_on, ends_on)
    if starts_on < goal.starts_on:
        raise ValidationError({"starts_on": _("That day lies before the goal’s start.")})
    limits.not_far("starts_on", starts_on, max(today, goal.starts_on))
    limits.not_far("ends_on", ends_on, max(today, goal.starts_on))
    with deeds.on_episode(goal.episode, "pause_goal", by=by, on=on) as done:
        if made := GoalPause.objects.filter(goal=goal, starts_on=starts_on, ends_on=ends_on).first():
            done.changed_nothing()
            return made
        row = _running(goal, today)
        as_seen(row, version)
        others = GoalPause.objects.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on), goal=row)
        if (others.filter(starts_on__lte=ends_on) if ends_on else others).exists():
            raise ValidationError({"starts_on": _("The goal is put aside on some of these days already.")})
        made = GoalPause.objects.create(goal=row, starts_on=starts_on, ends_on=ends_on)
        row.version += 1
        row.save(update_fields=["version"])
        done.of(f"goal:{row.uid}")
    return made


def resume_goal(goal: Goal, *, by: Staff, on: datetime, version: int | None = None) -> Goal:
    """The client takes a goal up again from today on; one that is not put aside stays as it is. A pause that began
    today, or was to begin later, never was.

    Raises ValidationError with code "conflict" like `change_goal`.
    """
    today = goal.episode.clinic.local_day(on)
    with deeds.on_episode(goal.episode, "resume_goal", by=by, on=on) as done:
        row = Goal.objects.get(pk=goal.pk)
        pauses = GoalPause.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), goal=row)
        if not pauses:
            done.changed_nothing()
            return row
        as_seen(row, version)
        pauses.filter(starts_on__gte=today).delete()
        pauses.update(ends_on=today - DAY)
        row.version += 1
        row.save(update_fields=["version"])
        done.of(f"goal:{row.uid}")
    return row


def end_goal(goal: Goal, *, by: Staff, on: datetime, ends_on: date, version: int | None = None) -> Goal:
    """Say which day is the last on which the goal counts; how far it got stays on record.

    Raises ValidationError at `ends_on` before the goal's start; with code "conflict" like `change_goal`.
    """
    limits.in_order(goal.starts_on, ends_on)
    limits.not_far("ends_on", ends_on, max(goal.episode.clinic.local_day(on), goal.starts_on))
    with deeds.on_episode(goal.episode, "end_goal", by=by, on=on) as done:
        row = Goal.objects.get(pk=goal.pk)
        if row.ends_on == ends_on:
            done.changed_nothing()
            return row
        as_seen(row, version)
        row.ends_on = ends_on
        row.version += 1
        row.save(update_fields=["ends_on", "version"])
        done.of(f"goal:{row.uid}")
    return row


def note_milestone(
    episode: Episode, *, by: Staff, on: datetime, kind: str, words: str, day: date
) -> Milestone:
    """Note something worth marking that no count would find. The same again changes nothing.

    Raises ValidationError at the field without words, on an unknown kind, and on a day ahead or before the admission.
    """
    limits.known("kind", kind, Milestone.Kind.values)
    words = limits.text("words", words, needed=True)
    today = episode.clinic.local_day(on)
    limits.not_ahead("day", day, today)
    limits.not_before_admission("day", day, episode)
    with deeds.on_episode(episode, "note_milestone", by=by, on=on) as done:
        if row := Milestone.objects.filter(episode=episode, kind=kind, words=words, day=day).first():
            done.changed_nothing()
            return row
        row = Milestone.objects.create(episode=episode, kind=kind, words=words, day=day, known_on=today)
        done.of(f"milestone:{row.uid}", kind=kind)
    return row


def take_back_milestone(milestone: Milestone, *, by: Staff, on: datetime) -> None:
    """Take back a milestone that was noted in error, and the good news with it. Twice changes nothing."""
    with deeds.on_episode(milestone.episode, "take_back_milestone", by=by, on=on) as done:
        gone, _what = Milestone.objects.filter(pk=milestone.pk).delete()
        if not gone:
            done.changed_nothing()
        done.of(f"milestone:{milestone.uid}")


def _counted(kind: str, channels: str, target: int) -> tuple[str, int]:
    limits.known("channels", channels, [letters for letters, _words in Goal.COUNTED])
    if kind == GoalKind.NINETY:
        return channels, NINETY
    if kind == GoalKind.FREE:
        return channels, 1
    if not 1 <= target <= MOST_A_WEEK:
        raise ValidationError({"target": _("Choose 1 to %(n)d a week.") % {"n": MOST_A_WEEK}})
    return channels, target


def _running(goal: Goal, today: date) -> Goal:
    row = Goal.objects.get(pk=goal.pk)
    if row.reached_on is not None or (row.ends_on is not None and row.ends_on < today):
        raise ValidationError(_("This goal is over. Set a new one."))
    return row

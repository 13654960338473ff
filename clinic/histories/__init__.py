"""Rows to timelines: everything the mind needs about some episodes, in a fixed number of queries however many they are.

Appointments come packed, one row an episode (packing.py); what is known beside them, rows only where there is something
(beside.py).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from clinic.engagement.background import Answer, Try
from clinic.engagement.plan import Standing
from clinic.engagement.signs.sign import Level
from clinic.engagement.timeline import REBOOKED_WITHIN_DAYS, Cancellation, PauseSpan, Record, Seat, Timeline
from clinic.engagement.triage import OpeningHours
from clinic.histories import beside
from clinic.histories.packing import (
    CANCELLED_POSTGRESQL,
    CANCELLED_SQLITE,
    STAND_INS_POSTGRESQL,
    STAND_INS_SQLITE,
    Lazy,
    LocalDays,
    as_it_is,
    local_days,
    packed_rows,
    rows,
)
from clinic.histories.span import among
from clinic.models import Attempt, Clinic, Episode, Finding, Membership, Pause
from clinic.models.care import UNCONFIRMED_DAYS
from clinic.models.work import TWO_WAY, Result

DAY = 24 * 3600
ANSWERS = {
    Result.REACHED_REBOOKED.value: Answer.REACHED,
    Result.REACHED_THINKING.value: Answer.REACHED,
    Result.REACHED_DECLINED.value: Answer.DECLINED,
    Result.NOT_REACHED.value: Answer.NOT_REACHED,
    Result.WRONG_CONTACT.value: Answer.WRONG_CONTACT,
}
LEVELS = {level.value: level for level in Level}
# Start and moment made (None: not known) of what was booked in the stead of an appointment, by its number.
StandIns = dict[int, list[tuple[int, int | None]]]
# How a group seat begins that the clinic cancelled: outcome and channel.
GONE = b"Kg"
OPEN, WITHDRAWN = Finding.State.OPEN.value, Finding.State.WITHDRAWN.value


def opening_hours(clinic: Clinic) -> OpeningHours:
    """The clinic's working hours, with its closures of the last and the coming year or so."""
    closed = frozenset(clinic.closures.values_list("day", flat=True))
    return OpeningHours(frozenset(clinic.opening_days), clinic.opens_at, clinic.closes_at, closed)


def records(clinic: Clinic, episodes: Sequence[int]) -> Iterator[Record]:
    """The records of some episodes of one clinic, in a fixed number of queries."""
    days = local_days(clinic.time_zone)
    day_of, second_of = days.of_stamp.__getitem__, days.second_of_stamp.__getitem__
    stands_in, anew = _stand_ins(episodes)
    cancellations = _cancellations(episodes, days, anew)
    contacts, tries, declined = _contacts_and_tries(episodes, days)
    known, nothing, groups_known = beside.backgrounds(clinic, episodes, tries, days, declined)
    pauses = _pauses(episodes)
    seats = _seats(episodes)
    closures = frozenset(day.toordinal() for day in clinic.closures.values_list("day", flat=True))
    weekdays = frozenset(clinic.opening_days)
    wanted = set(episodes)
    stays = {
        number: (admitted.toordinal(), discharged.toordinal() if discharged else None)
        for number, admitted, discharged in Episode.objects.filter(**among("pk", episodes)).values_list(
            "pk", "admitted_on", "discharged_on"
        )
        if number in wanted
    }

    def record(
        number: int, codes: bytes, stamps: list[Any], ids: Sequence[int], groups: Sequence[int]
    ) -> Record:
        cancelled = cancellations.get(number)
        admitted, discharged = stays.pop(number)
        return Record(
            number,
            admitted,
            codes[0::4],
            codes[1::4],
            codes[2::4],
            list(map(day_of, stamps)),
            Lazy(stamps, second_of, as_it_is),
            ids,
            groups,
            discharged,
            _placed(cancelled, stamps, ids) if cancelled else {},
            contacts.get(number, ()),
            pauses.get(number, ()),
            closures,
            seats.get(number, ()),
            days,
            codes[3::4],
            known.get(number, nothing),
            groups_known,
            weekdays,
            stands_in.get(number, {}),
        )

    for number, codes, stamps, ids, groups in packed_rows(episodes):
        if number not in stays:
            continue
        if stamps != sorted(stamps):
            order = sorted(range(len(stamps)), key=lambda index: (stamps[index], ids[index]))
            codes, stamps, ids, groups = _at(order, codes, stamps, ids, groups)
        places = seats.get(number)
        if places and GONE in codes:
            stay = [
                index
                for index in range(len(stamps))
                if codes[4 * index : 4 * index + 2] != GONE
                or not _left(places, groups[index], day_of(stamps[index]))
            ]
            if len(stay) < len(stamps):
                codes, stamps, ids, groups = _at(stay, codes, stamps, ids, groups)
                standing = set(ids)
                cancellations[number] = [each for each in cancellations[number] if each[0] in standing]
        yield record(number, codes, stamps, ids, groups)
    for number in list(stays):
        yield record(number, b"", [], [], [])


def _at(
    order: Sequence[int], codes: bytes, stamps: Sequence[Any], ids: Sequence[int], groups: Sequence[int]
) -> tuple[bytes, list[Any], list[int], list[int]]:
    """The columns of a record with the appointments at these places only, in this order."""
    return (
        b"".join(codes[4 * index : 4 * index + 4] for index in order),
        [stamps[index] for index in order],
        [ids[index] for index in order],
        [groups[index] for index in order],
    )


def _left(places: Sequence[Seat], group: int, day: int) -> bool:
    """Whether somebody had left a group by a day, and not come back: a seat in it was not called off, it ended with the
    place. One of which nothing was ever recorded is deleted instead.
    """
    here = [seat for seat in places if seat.group == group]
    held = any(seat.joined <= day and (seat.left is None or day < seat.left) for seat in here)
    return not held and any(seat.left is not None and seat.left <= day for seat in here)


def _stand_ins(episodes: Sequence[int]) -> tuple[dict[int, dict[int, int]], StandIns]:
    """Which appointments of an episode stand in for which, by their numbers; and the start of all that stand in for one
    and when they were made.
    """
    stands_in: dict[int, dict[int, int]] = defaultdict(dict)
    anew: StandIns = defaultdict(list)
    for episode, number, original, start, made in rows(STAND_INS_POSTGRESQL, STAND_INS_SQLITE, episodes):
        stands_in[episode][number] = original
        anew[original].append((start, made))
    return stands_in, anew


def _cancellations(
    episodes: Sequence[int], days: LocalDays, anew: StandIns
) -> dict[int, list[tuple[int, Any, Cancellation]]]:
    """Of each episode: the number of the appointment, the stamp of its time, and its cancellation."""
    found: dict[int, list[tuple[int, Any, Cancellation]]] = defaultdict(list)
    for number, row, stamp, at in rows(CANCELLED_POSTGRESQL, CANCELLED_SQLITE, episodes):
        cancellation = Cancellation(at)
        if row in anew:
            cancellation = _rebooked(at, days.second_of_stamp[stamp], anew[row], days)
        found[number].append((row, stamp, cancellation))
    return found


def _rebooked(at: int, start: int, anew: Sequence[tuple[int, int | None]], days: LocalDays) -> Cancellation:
    """A cancellation and what was booked in its stead: in time when made by 24 hours after the planned start, for a day
    of the clinic's own at most seven on. Seven days are no fixed number of hours, and any hour of the seventh will do.
    """
    latest = days.day(start) + REBOOKED_WITHIN_DAYS
    in_time = any(
        made is not None and made <= start + DAY and days.day(then) <= latest for then, made in anew
    )
    (then, made), *others = sorted((then, made or at) for then, made in anew)
    return Cancellation(at, in_time, then, made, tuple(others))


def _placed(
    cancelled: Sequence[tuple[int, Any, Cancellation]], stamps: Sequence[Any], ids: Sequence[int]
) -> dict[int, Cancellation]:
    """Cancellations by their place in the record: found by time, and by number where several share a time."""
    places = {}
    for row, stamp, cancellation in cancelled:
        index = bisect_left(stamps, stamp)
        if index + 1 < len(stamps) and stamps[index + 1] == stamp:
            while ids[index] != row:
                index += 1
        places[index] = cancellation
    return places


def _contacts_and_tries(
    episodes: Sequence[int], days: LocalDays
) -> tuple[dict[int, list[tuple[int, int]]], dict[int, list[Try]], dict[int, int]]:
    """The two-way exchanges of each episode and the tries the signs read, oldest first; and the day of the newest "no
    contact now" that no later exchange has taken back.

    Read are the tries on follow-ups still open, and where a try went to a wrong contact all from that one on, whatever
    has become of their follow-ups.
    """
    contacts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    tries: dict[int, list[Try]] = defaultdict(list)
    declined: dict[int, int] = {}
    wrong: set[int] = set()
    here = among("episode", episodes)
    went_wrong = Attempt.objects.filter(result=Result.WRONG_CONTACT, **here).values("episode")
    found = Attempt.objects.filter(
        Q(result__in=(*TWO_WAY, Result.WRONG_CONTACT))
        | Q(follow_up__state="open")
        | Q(result=Result.NOT_REACHED, episode__in=went_wrong),
        **here,
    )
    for episode, number, at, method, result, state, kind, pressing in found.order_by("at", "pk").values_list(
        "episode_id", "pk", "at", "method", "result", "follow_up__state", "follow_up__kind", "pressing"
    ):
        second = int(at.timestamp())
        day = days.day(second)
        if result in TWO_WAY:
            contacts[episode].append((second, day))
            if result == Result.REACHED_DECLINED:
                declined[episode] = day
            else:
                declined.pop(episode, None)
        if result == Result.WRONG_CONTACT:
            wrong.add(episode)
        is_open = state == "open" and kind == "disengagement"
        if result in ANSWERS and (is_open or episode in wrong):
            hour = at.astimezone(days.zone).hour
            tries[episode].append(Try(number, second, day, hour, method, ANSWERS[result], pressing, is_open))
    return contacts, tries, declined


def _pauses(episodes: Sequence[int]) -> dict[int, list[PauseSpan]]:
    found: dict[int, list[PauseSpan]] = defaultdict(list)
    rows = Pause.objects.filter(**among("episode", episodes)).order_by("starts_on", "pk")
    for number, first, last, kind, confirmed, reported in rows.values_list(
        "episode_id", "starts_on", "ends_on", "kind", "confirmed", "reported_on"
    ):
        end = last.toordinal() if last else None
        if not confirmed:
            runs_out = (reported or first).toordinal() + UNCONFIRMED_DAYS - 1
            end = runs_out if end is None else min(end, runs_out)
        found[number].append(PauseSpan(first.toordinal(), end, kind, confirmed))
    return found


def _seats(episodes: Sequence[int]) -> dict[int, list[Seat]]:
    found: dict[int, list[Seat]] = defaultdict(list)
    rows = Membership.objects.filter(**among("episode", episodes)).order_by("joined_on", "pk")
    for number, group, joined, left, ended in rows.values_list(
        "episode_id", "group_id", "joined_on", "left_on", "ended"
    ):
        found[number].append(Seat(group, joined.toordinal(), left.toordinal() if left else None, ended))
    return found


def standing(episodes: Sequence[int]) -> dict[int, list[Standing]]:
    """Every finding on record of these episodes, open and handled, in one query."""
    found: dict[int, list[Standing]] = defaultdict(list)
    rows = (
        Finding.objects.filter(**among("episode", episodes))
        .order_by("pk")
        .values_list(
            "pk",
            "episode_id",
            "sign",
            "anchor",
            "level",
            "judged_on",
            "evidence_ids",
            "last_missed",
            "facts",
            "counts_from",
            "ended_as_of",
            "state",
            "evidence_changed",
            "follow_up__touched_at",
            "raised_on",
        )
    )
    for (
        number,
        episode,
        sign,
        anchor,
        level,
        judged,
        ids,
        last_missed,
        facts,
        counts_from,
        ended,
        state,
        changed,
        touched,
        raised,
    ) in rows.iterator():
        found[episode].append(
            Standing(
                number,
                sign,
                anchor,
                LEVELS[level],
                judged.toordinal(),
                frozenset(map(int, ids.split())),
                last_missed,
                counts_from,
                None if state == OPEN else ended or 0,
                state == WITHDRAWN,
                touched is not None,
                changed,
                facts,
                raised.toordinal(),
            )
        )
    return found


def open_episodes(clinic: Clinic, day: date, first: int = 0, last: int | None = None) -> list[int]:
    """Numbers of the episodes a sweep of `day` reads: open on it, or with a follow-up still open; ascending. Only those
    from `first` to `last`, both inclusive, when given.
    """
    rows = Episode.objects.filter(clinic=clinic, pk__gte=first)
    if last is not None:
        rows = rows.filter(pk__lte=last)
    admitted = rows.filter(admitted_on__lte=day)
    in_care = admitted.filter(discharged_on=None) | admitted.filter(discharged_on__gt=day)
    waiting = rows.filter(follow_ups__state="open")
    return sorted({*in_care.values_list("pk", flat=True), *waiting.values_list("pk", flat=True)})


def timelines(clinic: Clinic, episodes: Iterable[int], day: date) -> dict[int, Timeline]:
    """Timelines as of `day`, by episode number."""
    return {record.episode: record.as_of(day) for record in records(clinic, list(episodes))}

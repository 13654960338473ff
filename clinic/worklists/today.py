"""The list of one case manager: whom to contact first, what was tried today, what rests, what nobody has recorded.

A number on the page and the rows behind it are the same tuple, counted. The number of queries is fixed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from clinic import access, histories
from clinic.engagement import summary
from clinic.engagement.signs.catalogue import BY_CODE
from clinic.engagement.signs.phrases import SERVICES
from clinic.engagement.signs.sign import Level
from clinic.engagement.timeline import MARK, Outcome, Timeline
from clinic.engagement.triage import in_order
from clinic.engagement.words import Sentence
from clinic.findings import told_today
from clinic.models import Clinic, FollowUp, Staff
from clinic.worklists.rows import Row, row, thresholds, unsettled, with_attempts


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter with the number of rows it shows."""

    token: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class SignChoice:
    """A sign that stands on some row of the list."""

    code: str
    title: Sentence
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one level, in the order of the list."""

    level: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """An appointment of the last four weeks whose outcome nobody has recorded."""

    client: UUID
    name: str
    day: date
    service: Sentence


@dataclass(frozen=True, slots=True)
class Worklist:
    """One case manager's day.

    `waiting` counts what stands in the levels before any filter, `shown` after it; `calls` are those of `waiting` that
    ask for a contact, good news and upkeep left out. `capacity_after` is the row below which today's contacts end
    (None: all can be made, or a filter is on), `made` how many have been made today and `below` how many calls stand
    under that line.
    """

    today: date
    caseload: int
    waiting: int
    calls: int
    shown: int
    sections: tuple[Section, ...]
    chips: tuple[Chip, ...]
    signs: tuple[SignChoice, ...]
    level: str
    sign: str
    tried: tuple[Row, ...]
    resting: tuple[Row, ...]
    unrecorded: tuple[Unrecorded, ...]
    nothing_open: int
    capacity: int
    capacity_after: UUID | None
    made: int
    below: int

    @property
    def all_made(self) -> bool:
        """Whether as many contacts have been made today as one worker can make, and rows still wait."""
        return self.made >= self.capacity and self.calls > 0 and not self.filtered

    @property
    def filtered(self) -> bool:
        return bool(self.level or self.sign)


def worklist(staff: Staff, now: datetime, *, level: str = "", sign: str = "") -> Worklist:
    """The list of `staff` at a moment, filtered by a level's token and a sign's code; unknown ones filter nothing."""
    clinic = access.home_clinic(staff)
    today = clinic.local_day(now)
    people = {
        number: (uid, f"{preferred or first} {last}")
        for number, uid, preferred, first, last in access.caseload_of(staff, today).values_list(
            "pk", "client__uid", "client__preferred_name", "client__first_name", "client__last_name"
        )
    }
    timelines = {record.episode: record.as_of(today) for record in histories.records(clinic, list(people))}
    follow_ups = list(
        with_attempts(FollowUp.objects.filter(episode__in=list(people), state=FollowUp.State.OPEN))
    )
    findings, rules = unsettled(follow_ups), thresholds(clinic)
    for each in follow_ups:
        told_today(findings.get(each.pk, ()), timelines[each.episode_id], rules)
    every = {
        each.pk: row(each, findings.get(each.pk, []), timelines[each.episode_id], now, today)
        for each in follow_ups
    }
    ordered = [every[place.number] for place in in_order((each.place for each in every.values()), now)]
    resting = tuple(each for each in ordered if each.quiet_until)
    awake = [each for each in ordered if not each.quiet_until]
    tried = tuple(each for each in awake if _tried(each, clinic, today))
    waiting = [each for each in awake if not _tried(each, clinic, today)]
    level = level if level in set(Level) else ""
    sign = sign if any(sign in each.signs for each in waiting) else ""
    of_sign = [each for each in waiting if not sign or sign in each.signs]
    of_level = [each for each in waiting if not level or each.level == level]
    shown = [each for each in of_sign if not level or each.level == level]
    capacity = rules.contacts_a_day
    made = sum(each.is_call and _contacted(each, clinic, today) for each in ordered)
    left = max(capacity - made, 0)
    # In the order of the levels the calls come first.
    calls = [each for each in shown if each.is_call]
    ends_at = left - 1 if not level and not sign and 0 < left < len(calls) else None
    counts = Counter(each.level for each in of_sign)
    signs = Counter(code for each in of_level for code in each.signs)
    return Worklist(
        today=today,
        caseload=len(people),
        waiting=len(waiting),
        calls=sum(each.is_call for each in waiting),
        shown=len(shown),
        sections=tuple(
            Section(token.value, rows)
            for token in Level
            if (rows := tuple(each for each in shown if each.level == token))
        ),
        chips=(
            Chip("", len(of_sign), not level),
            *(
                Chip(token.value, counts[token], token == level)
                for token in Level
                if counts[token] or token == level
            ),
        ),
        signs=tuple(
            SignChoice(code, BY_CODE[code].title, signs[code], code == sign)
            for code in BY_CODE
            if signs[code]
        ),
        level=level,
        sign=sign,
        tried=tried,
        resting=resting,
        unrecorded=tuple(
            Unrecorded(*people[number], day, service)
            for number, timeline in timelines.items()
            for day, service in _unrecorded(timeline)
        ),
        nothing_open=len(people) - len({each.episode_id for each in follow_ups}),
        capacity=capacity,
        capacity_after=calls[ends_at].uid if ends_at is not None else None,
        made=made,
        below=len(calls) - left,
    )


def _contacted(each: Row, clinic: Clinic, today: date) -> bool:
    """Whether somebody tried to reach this client today."""
    return each.last_attempt_at is not None and clinic.local_day(each.last_attempt_at) == today


def _tried(each: Row, clinic: Clinic, today: date) -> bool:
    """Tried today, and the next try is due on a later day. Something new makes it due sooner: then it waits again."""
    return _contacted(each, clinic, today) and clinic.local_day(each.due_at) > today


def _unrecorded(timeline: Timeline) -> list[tuple[date, Sentence]]:
    """The appointments that `summary.unrecorded_within` counts, oldest first."""
    found, letter = [], ord(MARK[Outcome.SCHEDULED])
    for index in range(timeline.size):
        day = timeline.record.days[index]
        if timeline.marks[index] == letter and timeline.today - summary.RATE_DAYS < day < timeline.today:
            found.append((date.fromordinal(day), SERVICES[timeline.event(index).channel]))
    return found

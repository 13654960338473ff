"""Signs of the first weeks of an episode: D13a no service yet, D13b few after the first, D13c a first contact missed.

Mutual aid is no service of the clinic and a talk is none either: both are contacts, but neither begins a treatment.
Days inside a pause are left out of every clock here.
"""

from __future__ import annotations

from clinic.engagement.signs.phrases import cancelled_by_us, day_of, nothing_or_next_booked
from clinic.engagement.signs.sign import (
    IF_FOR_TODAY,
    IF_FOR_TOMORROW,
    Finding,
    Level,
    Of,
    Point,
    Settles,
    Sign,
)
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import COUNTABLE, MISSED, PRESENT, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

MUTUAL_AID = ord("a")
STEPS = ("FS-CALM", "FS-WELCOME", "FS-PEER", "FS-RESUME", "FS-BARRIER")
FIRST_SERVICE_WITHIN = 14  # the measure that D13a is there to keep (clinical basis, 3.4)


def _day_number(timeline: Timeline) -> int:
    """The day of the episode, 1 on admission, pauses left out."""
    number = timeline.day_of_episode
    if timeline.pauses:
        number -= timeline.paused_days(timeline.record.admitted, timeline.today)
    return number


def _after(timeline: Timeline, first: int, days: int) -> int:
    """The day that lies so many days after `first`, pauses left out; of one without an end, only what is past."""
    endless = any(pause.last is None for pause in timeline.pauses)
    day = first
    while days > 0:
        day += 1
        # A day that lies behind a pause without an end would never come.
        days -= (endless and day > timeline.today) or not timeline.paused_days(day, day)
    return day


def _first_service(timeline: Timeline) -> int:
    """Index of the first attended appointment of the clinic's own; -1 when there is none yet."""
    marks, channels = timeline.marks, timeline.channels
    found = [marks.find(letter) for letter in PRESENT]
    index = min((each for each in found if each >= 0), default=-1)
    if index >= 0 and channels[index] == MUTUAL_AID:
        ahead = range(index + 1, timeline.size)
        index = next((i for i in ahead if marks[i] in PRESENT and channels[i] != MUTUAL_AID), -1)
    return index


def _missed_services(timeline: Timeline, since: int) -> tuple[int, ...]:
    """The missed appointments after the day `since`, mutual aid left out."""
    if timeline.newest_missed < 0:
        return ()
    return tuple(i for i in timeline.missed_since(since) if timeline.channels[i] != MUTUAL_AID)


def find_no_service_yet(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D13a: no attended service since admission, from day `first_service_day` (10) to `further_services_end` (34).

    Helps whoever came once to be admitted and has not begun: the first service should come within 14 days. Any service
    of the clinic counts, a dose too; a talk and mutual aid do not. Today. Settles with one attended contact after it.
    """
    day = timeline.day_of_episode
    if day < thresholds.first_service_day:
        return ()
    if day > thresholds.further_services_end and not timeline.pauses:
        return ()
    if not thresholds.first_service_day <= _day_number(timeline) <= thresholds.further_services_end:
        return ()
    if _first_service(timeline) >= 0:
        return ()
    admitted = timeline.record.admitted
    # The day of admission is the first, unless a pause holds it.
    due = _after(timeline, admitted - 1, thresholds.first_service_day)
    at = timeline.begins(due)
    missed = _missed_services(timeline, admitted - 1)

    def tell() -> list[Sentence]:
        return [
            _day_sentence(timeline),
            *_attended_of(timeline, thresholds),
            gettext_noop("No attended service since admission on %(day)s.", day=day_of(admitted)),
            gettext_noop(
                "A first service is wanted by %(day)s.",
                day=day_of(_after(timeline, admitted, FIRST_SERVICE_WITHIN)),
            ),
            nothing_or_next_booked(timeline),
            *cancelled_by_us(timeline, admitted),
        ]

    return (
        Finding(
            sign=D13A.code,
            level=Level.TODAY,
            anchor="admission",
            title=D13A.title,
            timeline=timeline,
            missed=missed,
            tell=tell,
            counts_from=max(at, timeline.record.starts[missed[-1]] if missed else 0),
            steps=STEPS,
            points=(
                Point(
                    Of.STAY,
                    thresholds.first_service_day,
                    at,
                    due,
                    gettext_noop("No attended service by %(day)s", day=day_of(due)),
                ),
            ),
        ),
    )


def find_few_services(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D13b: fewer than `further_services` (2) services attended after the first, from `further_services_days` (24) days
    after it until `further_services_end` (34).

    Helps whoever began and did not go on, while there is still time. Counts attended appointments of the clinic's own
    on later days than the first: several on the day of the first are one beginning. By tomorrow. Settles by itself,
    once there are enough of them.
    """
    if timeline.day_of_episode <= thresholds.further_services_days or timeline.last_attended < 0:
        return ()
    record, today = timeline.record, timeline.today
    # Most clients began long ago, and one search shows it.
    came = timeline.marks.find(b"A")
    long_ago = came >= 0 and today - record.days[came] > thresholds.further_services_end
    if long_ago and not timeline.pauses and timeline.channels[came] != MUTUAL_AID:
        return ()
    first = _first_service(timeline)
    if first < 0:
        return ()
    began = record.days[first]
    days = today - began
    if days < thresholds.further_services_days:
        return ()
    if timeline.pauses:
        days -= timeline.paused_days(began + 1, today)
    if not thresholds.further_services_days <= days <= thresholds.further_services_end:
        return ()
    marks, channels = timeline.marks, timeline.channels
    further = sum(
        marks[i] in PRESENT and channels[i] != MUTUAL_AID and record.days[i] > began
        for i in range(first + 1, timeline.size)
    )
    if further >= thresholds.further_services:
        return ()
    due = _after(timeline, began, thresholds.further_services_days)
    missed = _missed_services(timeline, began)
    at = timeline.begins(due)
    services = ngettext_lazy(
        "%(n)d service attended after the first on %(day)s.",
        "%(n)d services attended after the first on %(day)s.",
        further,
        day=day_of(began),
    )

    def tell() -> list[Sentence]:
        return [
            _day_sentence(timeline),
            services,
            ngettext_lazy(
                "%(n)d is wanted by %(day)s.",
                "%(n)d are wanted by %(day)s.",
                thresholds.further_services,
                day=day_of(_after(timeline, began, thresholds.further_services_end)),
            ),
            nothing_or_next_booked(timeline),
        ]

    return (
        Finding(
            sign=D13B.code,
            level=Level.TOMORROW,
            anchor=f"began:{record.ids[first]}",
            title=D13B.title,
            timeline=timeline,
            missed=missed,
            tell=tell,
            counts_from=max(at, record.starts[missed[-1]] if missed else 0),
            steps=STEPS,
            points=(Point(Of.STAY, record.ids[first], at, due, services),),
        ),
    )


def find_first_contact_missed(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D13c: one of the first `first_contacts` (3) planned contacts was missed, in the first `early_days` of an episode.

    Helps whoever is new: many who miss one of the first visits do not come back by themselves. Counts countable days
    of any service but mutual aid, in order; transparent ones are passed over, and a day counts once a service. By
    tomorrow. Settles with one attended contact after it.
    """
    if timeline.newest_missed < 0:
        return ()
    if timeline.day_of_episode > thresholds.early_days and (
        not timeline.pauses or _day_number(timeline) > thresholds.early_days
    ):
        return ()
    first = _first_contacts(timeline, thresholds.first_contacts)
    missed = sorted(index for contact in first if not _came(timeline, contact) for index in contact)
    if not missed:
        return ()

    def tell() -> list[Sentence]:
        return [
            _day_sentence(timeline),
            *_attended_of(timeline, thresholds),
            nothing_or_next_booked(timeline),
            *cancelled_by_us(timeline, timeline.record.admitted),
        ]

    return (
        Finding(
            sign=D13C.code,
            level=Level.TOMORROW,
            anchor=str(timeline.record.ids[missed[0]]),
            title=D13C.title,
            timeline=timeline,
            missed=tuple(missed),
            tell=tell,
            counts_from=timeline.record.starts[missed[-1]],
            steps=STEPS,
        ),
    )


def _first_contacts(timeline: Timeline, count: int) -> list[list[int]]:
    """The first `count` planned contacts that count, each with the places of its appointments: a day of a service."""
    marks, channels, days = timeline.marks, timeline.channels, timeline.record.days
    found: dict[tuple[int, int], list[int]] = {}
    for index in range(timeline.size):
        if found and len(found) >= count and days[index] > next(reversed(found))[0]:
            break
        if marks[index] in COUNTABLE and channels[index] != MUTUAL_AID:
            found.setdefault((days[index], channels[index]), []).append(index)
    return list(found.values())[:count]


def _came(timeline: Timeline, contact: list[int]) -> bool:
    return any(timeline.marks[index] not in MISSED for index in contact)


def _attended_of(timeline: Timeline, thresholds: Thresholds) -> list[Sentence]:
    """How many of the first contacts were attended; nothing is said where there were none."""
    first = _first_contacts(timeline, thresholds.first_contacts)
    if not first:
        return []
    return [
        ngettext_lazy(
            "%(came)d of %(n)d first contact attended.",
            "%(came)d of the %(n)d first contacts attended.",
            len(first),
            came=sum(_came(timeline, contact) for contact in first),
        )
    ]


def _day_sentence(timeline: Timeline) -> Sentence:
    return gettext_noop("Day %(n)d of this episode.", n=timeline.day_of_episode)


MEANING = gettext_noop("The first weeks decide for many whether they stay; a friendly welcome helps.")

D13A = Sign(
    code="D13a",
    title=gettext_noop("Early days: make contact, no service yet"),
    family="early",
    levels=(Level.TODAY,),
    sources=("001:72", "001:74"),
    thresholds=("first_service_day", "further_services_end", "first_contacts"),
    settles=Settles.ONE_CONTACT,
    meaning=MEANING,
    find=find_no_service_yet,
    escalation=IF_FOR_TODAY,
)

D13B = Sign(
    code="D13b",
    title=gettext_noop("Early days: make contact, few services so far"),
    family="early",
    levels=(Level.TOMORROW,),
    sources=("001:72", "001:74"),
    thresholds=("further_services", "further_services_days", "further_services_end"),
    settles=Settles.MENDED,
    meaning=MEANING,
    find=find_few_services,
    escalation=IF_FOR_TOMORROW,
)

D13C = Sign(
    code="D13c",
    title=gettext_noop("Early days: make contact, a first one was missed"),
    family="early",
    levels=(Level.TOMORROW,),
    sources=("001:72", "001:74"),
    thresholds=("first_contacts", "early_days"),
    settles=Settles.ONE_CONTACT,
    meaning=MEANING,
    find=find_first_contact_missed,
    escalation=IF_FOR_TOMORROW,
)

"""What happened to each of the cast, counted back from today, in the notation of one letter an appointment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from clinic import models
from clinic.engagement.timeline import LATE_CANCELLATION, MARK, Channel, Outcome

NOT_PLANNED = "."

COUNSELLING, GROUP = Channel.COUNSELLING.value, Channel.GROUP.value
MEDICAL, DOSING = Channel.MEDICAL.value, Channel.DOSING.value
CASE_MANAGEMENT, MUTUAL_AID = Channel.CASE_MANAGEMENT.value, Channel.MUTUAL_AID.value

OUTCOME_OF = {letter: outcome.value for outcome, letter in MARK.items()}
OUTCOME_OF[LATE_CANCELLATION] = Outcome.CANCELLED_BY_CLIENT.value
PRESENT = ("A", "L", "E")
MINUTES = {COUNSELLING: 50, GROUP: 90, MEDICAL: 20, DOSING: 10, CASE_MANAGEMENT: 30, MUTUAL_AID: 60}
# How long before its start an appointment is known not to take place; "V" is the cancellation without notice.
NOTICE = {
    "C": timedelta(days=2),
    "V": timedelta(hours=3),
    "K": timedelta(days=1),
    "X": timedelta(days=1),
    "R": timedelta(days=2),
}


def moment(clinic: models.Clinic, day: date, at: time) -> datetime:
    """An aware moment of a clinic's own day."""
    return datetime.combine(day, at, tzinfo=clinic.zone)


def visits(
    episode: models.Episode,
    channel: str,
    marks: str,
    *,
    last: date,
    every: int = 7,
    at: time = time(14),
    group: models.Group | None = None,
    sessions: dict[date, models.Session] | None = None,
    purpose: str = "",
    staff: models.Staff | None = None,
    recorded_by: models.Staff | None = None,
    participation: int | None = None,
) -> list[models.Appointment]:
    """Appointments of one client, unsaved, one a letter, oldest first; the last one stands on the day `last`.

    Letters are those of `clinic.engagement.timeline.MARK`: A attended, L late, E left early, M missed, C cancelled with
    notice, V without, K by the clinic, X excused, R rescheduled, S not recorded (or booked); "." is nothing planned.
    """
    rows = []
    for back, letter in enumerate(reversed(marks)):
        day = last - timedelta(days=every * back)
        if letter == NOT_PLANNED:
            continue
        start = moment(episode.clinic, day, at)
        recorded = letter != "S"
        rows.append(
            models.Appointment(
                episode=episode,
                clinic=episode.clinic,
                channel=channel,
                purpose=purpose,
                starts_at=start,
                minutes=MINUTES[channel],
                outcome=OUTCOME_OF[letter],
                cancelled_at=start - NOTICE[letter] if letter in NOTICE else None,
                group=group,
                session=sessions[day] if sessions else None,
                participation=participation if letter in PRESENT else None,
                staff=staff,
                booked_at=start - timedelta(days=7),
                recorded_at=start + timedelta(minutes=MINUTES[channel]) if recorded else None,
                recorded_by=recorded_by if recorded else None,
            )
        )
    rows.reverse()
    return rows


def meetings(group: models.Group, days: Iterable[date], at: time) -> dict[date, models.Session]:
    rows = models.Session.objects.bulk_create(
        models.Session(group=group, starts_at=moment(group.clinic, day, at), minutes=MINUTES[GROUP])
        for day in days
    )
    return {row.starts_at.astimezone(group.clinic.zone).date(): row for row in rows}


def write_histories(
    today: date,
    clients: dict[str, models.Client],
    episodes: dict[int, models.Episode],
    groups: dict[str, models.Group],
    staff: dict[str, models.Staff],
) -> models.Session:
    """Write what happened to everybody of the cast; the session of today whose register is still to be kept."""
    morning, evening, harbor = groups["morning_skills"], groups["evening_skills"], groups["harbor_group"]
    met = {
        morning: _weekly_meetings(morning, today, range(-7, 71, 7), time(10)),
        evening: _weekly_meetings(evening, today, range(-12, 87, 7), time(18)),
        harbor: _weekly_meetings(harbor, today, range(-10, 60, 7), time(18, 30)),
    }
    rows: list[models.Appointment] = []
    seats: list[models.Membership] = []

    def saw(name: str, channel: str, marks: str, last: int, **more) -> None:
        episode = episodes[clients[name].pk]
        marker = "lucia" if episode.clinic == morning.clinic else "nell"
        more.setdefault("recorded_by", staff[marker])
        rows.extend(visits(episode, channel, marks, last=today - timedelta(days=last), **more))

    def sat(name: str, group: models.Group, marks: str, last: int, rating: int | None = None) -> None:
        first = last + 7 * (len(marks) - 1)
        seats.append(
            models.Membership(
                episode=episodes[clients[name].pk], group=group, joined_on=today - timedelta(days=first)
            )
        )
        start = next(iter(met[group].values())).starts_at.astimezone(group.clinic.zone).time()
        facilitator = group.facilitator
        more = {"group": group, "sessions": met[group], "at": start, "participation": rating}
        saw(name, GROUP, marks, last, staff=facilitator, recorded_by=facilitator, **more)

    def counselling(name: str, marks: str, last: int, **more) -> None:
        saw(name, COUNSELLING, marks, last, staff=staff["priya"], **more)

    def prescriber(name: str, marks: str, last: int) -> None:
        saw(name, MEDICAL, marks, last, staff=staff["anita"], every=28, at=time(9, 15))

    def case_management(name: str, marks: str, last: int) -> None:
        saw(name, CASE_MANAGEMENT, marks, last, staff=staff["maya"], every=14, at=time(11))

    counselling("rosa", marks="AAALAALAAMMM", last=1)
    sat("rosa", evening, "AAAAAAAXAAMSSS", last=-12, rating=3)
    prescriber("rosa", marks="AA", last=31)
    case_management("rosa", marks="AAKAA", last=24)
    saw("rosa", MUTUAL_AID, "A" * 18, 17, every=3, at=time(19))

    counselling("keisha", marks="AAMAAAAAMM", last=3, at=time(15))
    sat("keisha", morning, "AAAAAAAASS", last=-7, rating=3)

    counselling("linh", marks="AAAMAAAAAA", last=15, at=time(16))

    saw("paul", MEDICAL, "M", 9, purpose="first", staff=staff["anita"], at=time(13))
    sat("paul", morning, "ASS", last=-7, rating=1)
    counselling("paul", marks="MS", last=-4, at=time(13))

    counselling("gloria", marks="AAAAALAAAAAAAAAASS", last=-11, at=time(9))
    sat("gloria", morning, "AAAAAAAAASS", last=-7, rating=4)
    prescriber("gloria", marks="AAAAS", last=-8)

    counselling("marcus", marks="AAAAAAAAAM", last=1, at=time(8, 30))
    sat("marcus", morning, "AAAAAASS", last=-7, rating=2)
    case_management("marcus", marks="AAAAS", last=0)

    counselling("dwayne", marks="AAAAAAAAAAMM", last=6, at=time(10))
    prescriber("dwayne", marks="AAA", last=15)
    saw("dwayne", CASE_MANAGEMENT, "M", 5, purpose="after_transition", staff=staff["maya"], at=time(9))
    _pause(episodes[clients["dwayne"].pk], "inpatient", today - timedelta(days=14), today - timedelta(days=7))

    saw("terrence", DOSING, "A" * 60 + "MMM" + "S", 0, every=1, at=time(8), recorded_by=staff["priya"])
    counselling("terrence", marks="AAAAAAAAAAS", last=-2, at=time(12))
    saw("terrence", MEDICAL, "M", 1, staff=staff["priya"], at=time(8, 30))

    counselling("marisol", marks="AAAAAAACC", last=4, at=time(17))

    counselling("samir", marks="AAAAAAAAAM", last=3, at=time(11))
    _pause(episodes[clients["samir"].pk], "agreed_leave", today - timedelta(days=6), None)

    counselling("irina", marks="AAAAAASSS", last=-6, at=time(12, 30))
    case_management("irina", marks="AAAA", last=9)

    counselling("isaiah", marks="AAAAMAMAMAS", last=-5, at=time(10, 30))

    sat("andre", evening, "AAAAAAAAAXSS", last=-12, rating=2)
    prescriber("andre", marks="AAM", last=2)

    saw("grace", CASE_MANAGEMENT, "S", 0, purpose="first", staff=staff["maya"], at=time(9, 30))
    prescriber("grace", marks="S", last=-2)

    counselling("victor", marks="AAMAAXAAMA", last=27, at=time(14, 30))

    saw("theo", COUNSELLING, "AAAAAAAAMM", 1, at=time(13), staff=staff["rita"])
    sat("theo", harbor, "AAAAAAASS", last=-10, rating=2)
    saw("theo", CASE_MANAGEMENT, "AAAS", 0, every=14, at=time(10), staff=staff["tunde"])

    models.Membership.objects.bulk_create(seats)
    models.Appointment.objects.bulk_create(rows)
    return met[morning][today]


def _weekly_meetings(
    group: models.Group, today: date, ago: Iterable[int], at: time
) -> dict[date, models.Session]:
    return meetings(group, (today - timedelta(days=back) for back in ago), at)


def _pause(episode: models.Episode, kind: str, first: date, last: date | None) -> None:
    models.Pause.objects.create(episode=episode, kind=kind, starts_on=first, ends_on=last)

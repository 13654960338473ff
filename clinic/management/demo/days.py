"""Ten days of work in the demo clinic: each day staff work on their follow-ups, and the evening's check reads everyone.

Everything is written by the verbs and by the sweep, as in a real clinic; nothing is made up here but who did what.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from django.db.models import Count, Q

from clinic import attendance, followups, histories, models, sweep
from clinic.engagement.triage import OpeningHours
from tests import cast

DAYS = 10
MORNING, OPENING, EVENING = time(6, 2), time(8, 31), time(20)
A_DAY = {"maya": 6}
OTHERS_A_DAY = 4
MOST_ATTEMPTS = 3
CLOSED_IN_A_CLICK = {"good_news": ("marked", 0.6), "upkeep": ("done", 0.08)}
CONFIRMED_A_DAY = 2
# Days ago on which an absence turns out to have been attended: on a follow-up nobody has touched, on one somebody has.
CORRECTED_ON = {6: (True, False), 4: (True,), 2: (True, False)}
CALLED_ON = (8, 1)
# Those the pages are shown with: called in vain now and then, so that they are on the list and due today.
SHOWN = ("rosa", "keisha", "marisol", "terrence", "marcus", "dwayne", "isaiah", "andre", "theo")

# What comes of forty contacts; drawn like cards, so that every outcome comes up with every seed.
DECK = {
    "not_reached": 15,
    "wrong_contact": 2,
    "record_wrong": 1,
    "reached_rebooked": 8,
    "reached_thinking": 4,
    "reached_declined": 1,
    "snooze": 4,
    "close:not_a_concern": 2,
    "close:declined": 1,
    "close:reached": 2,
}

BARRIERS = (
    "transport",
    "child_care",
    "work_hours",
    "phone",
    "housing",
    "health",
    "court",
    "forgot",
    "clinic_hours",
)
AGREED = (
    "Comes on the next usual day; we hold the same hour.",
    "New shift pattern: would like a later hour.",
    "Bus pass asked for. Calls if the bus does not run.",
    "Will come with a relative the first time.",
    "Wants to start with group again, counselling after that.",
)
SNOOZED_BECAUSE = (
    "Away with family, told us beforehand",
    "Asked us to call after the weekend",
    "In hospital, back soon",
)
NOT_A_CONCERN = "Spoken to at the front desk; all is well."


def work(house: cast.Cast, dice: Random, now: datetime) -> None:
    """Work through the last days up to `now`: attempts by day, the check in the evening, today's in the morning."""
    clinics = (house.riverside, house.harbor)
    hours = {clinic.pk: histories.opening_hours(clinic) for clinic in clinics}
    deck: list[str] = []
    shown = {house.episode(getattr(house, name)).pk for name in SHOWN}
    for ago in range(DAYS - 1, 0, -1):
        day = house.today - timedelta(days=ago)
        evening = cast.moment(house.riverside, day, EVENING)
        for untouched in CORRECTED_ON.get(ago, ()):
            _correction(house, day, untouched)
            sweep.drain(cast.moment(house.riverside, day, OPENING))
        _a_day_of_contacts(house, dice, day, hours, deck, shown)
        if ago in CALLED_ON:
            _calls_in_vain(shown, day, hours)
        _good_news_and_upkeep(house, dice, day)
        _confirmations(house, day)
        sweep.drain(evening)
        sweep.sweep_day(day, now=evening)
    for clinic in clinics:
        day = clinic.local_day(now)
        sweep.sweep(clinic, day, now=min(now, cast.moment(clinic, day, MORNING)))


def _a_day_of_contacts(
    house: cast.Cast,
    dice: Random,
    day: date,
    hours: dict[int, OpeningHours],
    deck: list[str],
    shown: set[int],
) -> None:
    for worker in (house.maya, house.jonas, house.hana, house.tunde, house.simran, house.rita):
        clinic = house.riverside if worker.clinic_id == house.riverside.pk else house.harbor
        if day.weekday() not in clinic.opening_days:
            continue
        waiting = [row for row in _waiting(worker, day) if row.episode_id not in shown]
        for number, follow_up in enumerate(waiting[: A_DAY.get(worker.username, OTHERS_A_DAY)]):
            if not deck:
                deck += dice.sample(list(DECK), k=sum(DECK.values()), counts=list(DECK.values()))
            on = cast.moment(clinic, day, time(9 + number, dice.choice((5, 20, 40))))
            _one_contact(dice, deck.pop(), follow_up, worker, on, hours[clinic.pk])


def _waiting(worker: models.Staff, day: date) -> list[models.FollowUp]:
    """This worker's open follow-ups that ask for attention, most urgent first, untried before tried."""
    rows = (
        models.FollowUp.objects.filter(
            state=models.FollowUp.State.OPEN,
            kind="disengagement",
            episode__assignments__case_manager=worker,
            episode__assignments__ends_on=None,
            due_at__date__lte=day + timedelta(days=1),
        )
        .annotate(tries=Count("attempts"))
        .filter(tries__lt=MOST_ATTEMPTS)
        .select_related("clinic", "episode")
    )
    order = ("today", "tomorrow", "two_days", "check_in")
    asking = [row for row in rows if row.quiet_until is None or row.quiet_until <= day]
    return sorted(asking, key=lambda row: (row.first_attempt_at is not None, order.index(row.level), row.pk))


def _one_contact(
    dice: Random, card: str, follow_up: models.FollowUp, by: models.Staff, on: datetime, hours: OpeningHours
) -> None:
    today = follow_up.clinic.local_day(on)
    if card == "snooze":
        until = today + timedelta(days=2 if follow_up.level == "today" else dice.randint(3, 12))
        followups.snooze(follow_up, by=by, on=on, until=until, reason=dice.choice(SNOOZED_BECAUSE))
        return
    result, _, closed_as = card.partition(":")
    if closed_as == "not_a_concern":
        followups.close(follow_up, by=by, on=on, closed_as=closed_as, note=NOT_A_CONCERN)
        return
    if closed_as:
        result = "reached_rebooked" if closed_as == "reached" else "reached_declined"
    reached = result.startswith("reached")
    rebooked = result == "reached_rebooked"
    followups.log_contact(
        follow_up,
        by=by,
        on=on,
        method=dice.choices(("call", "visit") if reached else ("call", "text", "letter", "visit"))[0],
        result=result,
        barriers=dice.sample(BARRIERS, dice.randint(0, 2)) if reached else [],
        agreed=dice.choice(AGREED) if rebooked else "",
        next_contact_on=today + timedelta(days=dice.randint(6, 14)) if rebooked else None,
        hours=hours,
    )
    if closed_as:
        followups.close(follow_up, by=by, on=on + timedelta(minutes=5), closed_as=closed_as)


def _calls_in_vain(shown: set[int], day: date, hours: dict[int, OpeningHours]) -> None:
    rows = models.FollowUp.objects.filter(
        state="open", kind="disengagement", episode__in=shown, due_at__date__lte=day
    )
    for row in rows.select_related("clinic", "episode").order_by("pk"):
        holder = row.episode.assignments.get(ends_on=None).case_manager
        on = cast.moment(row.clinic, day, time(15, 10))
        followups.log_contact(
            row, by=holder, on=on, method="call", result="not_reached", hours=hours[row.clinic_id]
        )


def _good_news_and_upkeep(house: cast.Cast, dice: Random, day: date) -> None:
    """Most good news is said within days, and some upkeep done: one click each."""
    rows = models.FollowUp.objects.filter(state="open", kind__in=CLOSED_IN_A_CLICK)
    for row in rows.select_related("clinic", "episode").order_by("pk"):
        closed_as, chance = CLOSED_IN_A_CLICK[row.kind]
        holder = row.episode.assignments.filter(ends_on=None).select_related("case_manager").first()
        if holder is None or day.weekday() not in row.clinic.opening_days or dice.random() > chance:
            continue
        on = cast.moment(row.clinic, day, time(16, 5))
        followups.close(row, by=holder.case_manager, on=on, closed_as=closed_as)


def _confirmations(house: cast.Cast, day: date) -> None:
    """Medical staff confirm what doses missed came to, where the client has dosed again since: two a day and clinic."""
    for clinic, by in ((house.riverside, house.priya), (house.harbor, house.carmen)):
        on, confirmed = cast.moment(clinic, day, time(10, 30)), 0
        found = models.Finding.objects.filter(state="open", sign="D09", follow_up__clinic=clinic)
        for finding in found.select_related("follow_up__clinic", "follow_up__episode").order_by("pk"):
            doses = models.Appointment.objects.filter(
                episode=finding.episode_id, channel="dosing", starts_at__lt=on
            )
            newest = doses.order_by("-starts_at").first()
            if confirmed < CONFIRMED_A_DAY and newest is not None and newest.outcome == "attended":
                followups.confirm_medical(finding.follow_up, by=by, on=on)
                confirmed += 1


def _correction(house: cast.Cast, day: date, untouched: bool) -> None:
    """The one absence a follow-up stands on turns out to have been attended."""
    found = (
        models.Finding.objects.filter(state="open", sign__in=("D01", "D02a"), evidence_changed=False)
        .filter(follow_up__first_attempt_at__isnull=untouched)
        .exclude(episode__in=house.episodes.values())
        .annotate(together=Count("follow_up__findings", filter=Q(follow_up__findings__state="open")))
        .select_related("follow_up__clinic")
        .order_by("together", "-raised_on", "pk")
    )
    finding = next((row for row in found if len(row.evidence) == 1), None)
    if finding is None:
        return
    clinic = finding.follow_up.clinic
    desk = house.lucia if clinic == house.riverside else house.nell
    row = models.Appointment.objects.select_related("episode").get(pk=finding.evidence[0]["id"])
    on = cast.moment(clinic, day, time(8, 30))
    attendance.mark(row, by=desk, on=on, outcome="attended", why="Arrived late, not marked")

"""Signs read off pauses: D16 when somebody is back from a stay elsewhere, S03 when a pause has no end."""

from __future__ import annotations

from clinic.engagement.signs.phrases import day_of
from clinic.engagement.signs.sign import (
    IF_FOR_TODAY,
    IF_FOR_TOMORROW,
    Escalation,
    Finding,
    Kind,
    Level,
    Of,
    Point,
    Settles,
    Sign,
    To,
    Unit,
)
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import PauseSpan, Timeline
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy

# What somebody comes back from. Of a pause of any other kind nothing is read at its end.
STAYS: dict[str, Sentence] = {
    "inpatient": gettext_noop("an inpatient stay"),
    "detox": gettext_noop("detox"),
    "residential": gettext_noop("a residential stay"),
    "jail": gettext_noop("jail"),
    "agreed_leave": gettext_noop("agreed leave"),
    "travel": gettext_noop("travel"),
    "emergency": gettext_noop("an emergency department visit"),
}
JAIL = "jail"
FIRST_CONTACT_DAYS = 2  # "first contact <= 48 h"
SHOWN_DAYS = 60  # later the signs of silence and of a stay that ended have long taken over
CONFERENCE_DAYS = 14


def returns(timeline: Timeline) -> list[PauseSpan]:
    """The pauses somebody is back from on this day, oldest end first.

    Of pauses that follow each other without a day between only the last counts, as for a transfer; of two that end on
    one day the one that began first. A report that nobody confirmed is no stay: it neither counts nor follows one.
    """
    stays = [pause for pause in timeline.pauses if pause.confirmed]
    back: dict[int, PauseSpan] = {}
    for pause in sorted(stays, key=lambda each: each.first):
        last = pause.last
        if last is None or last >= timeline.today or pause.kind not in STAYS:
            continue
        if not any(each.first <= last + 1 and (each.last is None or last + 1 <= each.last) for each in stays):
            back.setdefault(last, pause)
    return [back[last] for last in sorted(back)]


def safety_note(timeline: Timeline, thresholds: Thresholds) -> Sentence | None:
    """What must be read first on the client's page for `back_risk` days after a stay, whatever has become of D16."""
    if not timeline.pauses:
        return None
    newest = next(reversed(returns(timeline)), None)
    return None if newest is None else _banner(timeline, newest, thresholds)


def _banner(timeline: Timeline, pause: PauseSpan, thresholds: Thresholds) -> Sentence | None:
    if timeline.today - (pause.last or pause.first) > thresholds.back_risk:
        return None
    return ngettext_lazy(
        "Tolerance may be lower for %(n)d day after %(stay)s: ask about safety.",
        "Tolerance may be lower for %(n)d days after %(stay)s: ask about safety.",
        thresholds.back_risk,
        stay=STAYS[pause.kind],
    )


def find_return(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """D16: a stay elsewhere has ended, and nobody has been in contact since.

    Helps whoever comes home to lowered tolerance and no appointment. From the day after the last day of an inpatient
    stay, detox, residential stay, jail, agreed leave, travel or emergency department visit on, for `SHOWN_DAYS`: by
    tomorrow; today from `back_urgent` days after that last day on; at `back_missed` days it says that the time of the
    continuity measure is over. For `back_risk` days with a banner about safety. Contact on the last day itself is
    none after it. Settles with one attended contact. Sources: 000:3, 004:18, 004:20; clinical basis 2.2 and 3.1.
    """
    if not timeline.pauses:
        return ()
    newest, contact = timeline.last_pause_end, timeline.last_contact
    if newest is None or timeline.today - newest > SHOWN_DAYS or (contact is not None and contact > newest):
        return ()
    return tuple(
        _returned(timeline, pause, pause.last, thresholds)
        for pause in returns(timeline)
        if pause.last is not None
        and timeline.today - pause.last <= SHOWN_DAYS
        and (contact is None or contact <= pause.last)
    )


def _returned(timeline: Timeline, pause: PauseSpan, last: int, thresholds: Thresholds) -> Finding:
    ago = timeline.today - last
    stay = STAYS[pause.kind]
    # Points stand where their day begins: a contact on that very day comes after them, and settles.
    points = [
        Point(
            Of.PAUSE,
            pause.first * 10,
            timeline.begins(last + 1),
            last,
            gettext_noop("Last day of %(stay)s", stay=stay),
        )
    ]
    for step, days in enumerate(sorted((thresholds.back_urgent, thresholds.back_missed)), start=1):
        if ago >= days:
            points.append(
                Point(
                    Of.PAUSE,
                    pause.first * 10 + step,
                    timeline.begins(last + days),
                    last + days,
                    ngettext_lazy("%(n)d day without contact", "%(n)d days without contact", days),
                )
            )

    def tell() -> list[Sentence]:
        why = [
            gettext_noop("Last day of %(stay)s: %(day)s.", stay=stay, day=day_of(last)),
            gettext_noop("No attended contact after that day."),
            gettext_noop("First contact due by %(day)s.", day=day_of(last + FIRST_CONTACT_DAYS)),
        ]
        if ago >= thresholds.back_missed:
            why.append(
                ngettext_lazy(
                    "The time of the continuity measure, %(n)d day, is over.",
                    "The time of the continuity measure, %(n)d days, is over.",
                    thresholds.back_missed,
                )
            )
        return why

    steps: tuple[str, ...] = ("FS-NOW", "FS-SAFE")
    if timeline.known.orders or timeline.has_dosing:
        steps = (*steps, "FS-MED")
    steps = (*steps, "FS-RESUME", "FS-PLAN")
    if pause.kind == JAIL:
        steps = (*steps, "FS-REENTRY")
    return Finding(
        sign=D16.code,
        level=Level.TODAY if ago >= thresholds.back_urgent else Level.TOMORROW,
        anchor=f"back:{pause.first}",
        title=gettext_noop("Back from %(stay)s: first contact", stay=stay),
        timeline=timeline,
        missed=(),
        tell=tell,
        counts_from=timeline.begins(last + 1),
        steps=steps,
        points=tuple(points),
        banner=_banner(timeline, pause, thresholds),
    )


def find_endless_pause(timeline: Timeline, thresholds: Thresholds) -> tuple[Finding, ...]:
    """S03: a pause goes on, and nobody has written down when it ends.

    Helps whoever would be forgotten in a pause, in which no sign of absence is read. Raised `pause_review` days after
    the first day of a pause without an end, and anew each time as many days have gone by; for somebody in jail with the
    step to plan the way back. Upkeep; settled by itself once an end is there. Source: clinical basis 2.3, pauses.
    """
    if not timeline.pauses:
        return ()
    today, every = timeline.today, thresholds.pause_review
    return tuple(
        _endless(timeline, pause, (today - pause.first) // every, every)
        for pause in timeline.pauses
        if pause.last is None and today - pause.first >= every
    )


def _endless(timeline: Timeline, pause: PauseSpan, number: int, every: int) -> Finding:
    """The finding of the `number`-th review of a pause."""
    day = pause.first + number * every
    kind = STAYS.get(pause.kind)

    def tell() -> list[Sentence]:
        since = day_of(pause.first)
        days = timeline.today - pause.first
        if kind is None:
            paused = ngettext_lazy(
                "Paused for %(n)d day, since %(day)s.",
                "Paused for %(n)d days, since %(day)s.",
                days,
                day=since,
            )
        else:
            paused = ngettext_lazy(
                "Paused for %(n)d day, since %(day)s (%(stay)s).",
                "Paused for %(n)d days, since %(day)s (%(stay)s).",
                days,
                day=since,
                stay=kind,
            )
        return [paused, gettext_noop("No end is on record.")]

    return Finding(
        sign=S03.code,
        level=Level.UPKEEP,
        anchor=f"pause:{pause.first}:{number}",
        title=S03.title,
        timeline=timeline,
        missed=(),
        tell=tell,
        counts_from=timeline.begins(day),
        steps=("FS-PAUSE", "FS-REENTRY") if pause.kind == JAIL else ("FS-PAUSE",),
        points=(
            Point(
                Of.PAUSE,
                pause.first * 1000 + number,
                timeline.begins(day),
                day,
                gettext_noop("A pause without an end"),
            ),
        ),
    )


D16 = Sign(
    code="D16",
    title=gettext_noop("Back from a stay elsewhere: first contact"),
    family="transitions",
    levels=(Level.TODAY, Level.TOMORROW),
    sources=("000:3", "004:18", "004:20"),
    thresholds=("back_urgent", "back_missed", "back_risk"),
    settles=Settles.ONE_CONTACT,
    meaning=gettext_noop(
        "The first days after a stay elsewhere are when tolerance may be lower and care is easily lost."
    ),
    find=find_return,
    escalation=(
        *IF_FOR_TODAY,
        Escalation((Level.TODAY,), To.CONFERENCE, Unit.DAYS_OF_ABSENCE, CONFERENCE_DAYS),
        *IF_FOR_TOMORROW,
    ),
    safety=True,
    absence=False,
)

S03 = Sign(
    code="S03",
    title=gettext_noop("A pause goes on without an end: look at it again"),
    family="transitions",
    levels=(Level.UPKEEP,),
    sources=("000:3",),
    thresholds=("pause_review",),
    settles=Settles.MENDED,
    meaning=gettext_noop(
        "While a pause goes on no sign of absence is read, so its end must not be forgotten."
    ),
    find=find_endless_pause,
    kind=Kind.UPKEEP,
    in_pauses=True,
    absence=False,
)

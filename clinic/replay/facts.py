"""The plain numbers of one client's attendance on one day, by which other orders and single rules are compared."""

from __future__ import annotations

from typing import NamedTuple

from clinic.engagement.timeline import COUNTABLE, MISSED, PRESENT, Timeline

RECENT_WEEKS = 28


class Facts(NamedTuple):
    """Attendance up to the end of one day. Sessions are appointments other than doses; counts begin at admission.

    `silent`: days since last seen in any service. `in_a_row`: session days missed in a row. `missed_of_4` and
    `missed_of_6`: of the newest so many countable sessions. `newest`: the marks of the two newest recorded sessions,
    newest last, of `A` kept, `M` missed, `X` excused. `fallen`: kept at most half as large a share of the last four
    weeks' sessions as of those before. `daily`: doses are planned daily; `without_dose` and `doses_missed` then count
    days since the last dose and doses missed in the last 7 days. `days`: days in care, `seen`: ever seen.
    """

    silent: int
    in_a_row: int
    missed_of_4: int
    missed_of_6: int
    newest: str
    fallen: bool
    missed: int
    countable: int
    without_session: int
    daily: bool
    without_dose: int
    doses_missed: int
    days: int
    seen: bool

    @property
    def share(self) -> float:
        """The smoothed share of sessions missed since admission."""
        return (self.missed + 0.5) / (self.countable + 3.5)


def facts_seen(timeline: Timeline) -> Facts:
    """The facts of one timeline."""
    kept = _kept_or_missed(timeline.sessions)
    countable = kept.replace("X", "")
    missed, of = timeline.missed_and_countable
    daily = timeline.daily_dosing
    return Facts(
        silent=timeline.days_since(timeline.last_attended),
        in_a_row=timeline.missed_in_a_row,
        missed_of_4=countable[-4:].count("M"),
        missed_of_6=countable[-6:].count("M"),
        newest=kept[-2:],
        fallen=_fallen(timeline),
        missed=missed,
        countable=of,
        without_session=timeline.days_since_session(),
        daily=daily,
        without_dose=timeline.days_since_dose() if daily else 0,
        doses_missed=timeline.doses_missed_in(7) if daily else 0,
        days=timeline.day_of_episode,
        seen=timeline.last_attended >= 0,
    )


def _kept_or_missed(sessions: bytes) -> str:
    """The recorded sessions, a letter each: kept, missed or excused."""
    return sessions.translate(_PLAIN, _SKIPPED).decode()


def _fallen(timeline: Timeline) -> bool:
    record = timeline.record
    recent = [0, 0]
    earlier = [0, 0]
    for index in range(timeline.size):
        mark = timeline.marks[index]
        if mark in COUNTABLE and record.channels[index : index + 1] != b"d":
            counts = recent if timeline.today - record.days[index] < RECENT_WEEKS else earlier
            counts[0] += mark in PRESENT
            counts[1] += 1
    # Kept share recent <= half of the earlier one, without a division: nobody is compared on fewer than four sessions.
    return (
        earlier[1] >= 4
        and earlier[0] > 0
        and recent[1] > 0
        and (2 * recent[0] * earlier[1] <= earlier[0] * recent[1])
    )


_PLAIN = bytes(
    ord("A") if letter in PRESENT else ord("M") if letter in MISSED else letter for letter in range(256)
)
_SKIPPED = bytes(letter for letter in range(256) if letter not in COUNTABLE and letter != ord("X"))

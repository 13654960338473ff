"""Verbs on attendance: saying what became of an appointment. A register at a time: `registers`.

Each checks, changes, asks for a recheck of the client and writes its audit entry in one transaction. The episode's row
is locked first, so that a sweep reading the same client waits its turn.
"""

from clinic.attendance.kept import (
    LONGEST_WHY,
    UNDO,
    checked_why,
    keep,
    needs_why,
    never_booked,
    reinstate,
    standing,
)
from clinic.attendance.marks import CONFLICT, WHY, mark, undo
from clinic.attendance.meetings import log_meeting
from clinic.attendance.said import (
    CAME,
    EARLY_ARRIVAL,
    KNOWN_AHEAD,
    LONGEST_MINUTES,
    PAST_ONLY,
    RECORDED,
    Said,
    apply,
    check,
    put_back,
    says,
)

__all__ = [
    "CAME",
    "CONFLICT",
    "EARLY_ARRIVAL",
    "KNOWN_AHEAD",
    "LONGEST_MINUTES",
    "LONGEST_WHY",
    "PAST_ONLY",
    "RECORDED",
    "UNDO",
    "WHY",
    "Said",
    "apply",
    "check",
    "checked_why",
    "keep",
    "log_meeting",
    "mark",
    "needs_why",
    "never_booked",
    "put_back",
    "reinstate",
    "says",
    "standing",
    "undo",
]

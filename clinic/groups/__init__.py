"""Verbs on groups: what they are, when they meet, who belongs to them, and what becomes of one of their sessions.

Seats follow from memberships: whoever belongs to a group on the day of a coming session has a seat in it, and nobody
else. `Membership.left_on` is the first day without the place, as for imports. Every refusal is a ValidationError at its
field; a row that somebody else has changed meanwhile has the code CONFLICT, and what only deserves a second look is
refused at `despite` with the code CLASH, until `despite=True`.

Locks are taken in one order everywhere: the group, then stays in care, then sessions, each by number.
"""

from clinic.groups.ahead import make_ahead
from clinic.groups.frame import CLASH, CONFLICT, FULL, hold_all
from clinic.groups.members import join, leave, leave_all, return_all
from clinic.groups.running import MOST_MEMBERS, About, change, close, make, reopen
from clinic.groups.schedule import Times, add_session, end_schedule, set_schedule
from clinic.groups.sessions import cancel_session, move_session, restore_session
from clinic.groups.waiting import stop_waiting, wait

__all__ = [
    "CLASH",
    "CONFLICT",
    "FULL",
    "MOST_MEMBERS",
    "About",
    "Times",
    "add_session",
    "cancel_session",
    "change",
    "close",
    "end_schedule",
    "hold_all",
    "join",
    "leave",
    "leave_all",
    "make",
    "make_ahead",
    "move_session",
    "reopen",
    "restore_session",
    "return_all",
    "set_schedule",
    "stop_waiting",
    "wait",
]

"""Verbs on a session's register: a draft, everybody's attendance at once, visitors, a session that did not happen.

Each checks, changes, asks for rechecks and writes its audit entry in one transaction. The stays in care are locked
first, by number, then the session: two that lock in another order would wait for each other for ever. A register that
somebody else has changed since `version` is refused with code "conflict", so that of two savers one is told.
"""

from clinic.registers.frame import LONGEST_REASON, LONGEST_TOPIC, Seat, drafted
from clinic.registers.saving import finish, save_draft, save_register, set_topic
from clinic.registers.taking_back import did_not_happen, last_save, took_place, undo
from clinic.registers.visitors import add_visitor, remove_visitor

__all__ = [
    "LONGEST_REASON",
    "LONGEST_TOPIC",
    "Seat",
    "add_visitor",
    "did_not_happen",
    "drafted",
    "finish",
    "last_save",
    "remove_visitor",
    "save_draft",
    "save_register",
    "set_topic",
    "took_place",
    "undo",
]

"""Verbs on medication: orders, breaks, what was handed out, injections, and the windows in which a dose is given.

No dose is kept and none is advised. Who may call them is decided in access.py: medical staff only.
"""

from clinic.medication.orders import (
    end_order,
    give_injection,
    hand_out,
    order,
    plan_injection,
    resume,
    suspend,
)
from clinic.medication.windows import AHEAD, make_ahead, make_windows

__all__ = [
    "AHEAD",
    "end_order",
    "give_injection",
    "hand_out",
    "make_ahead",
    "make_windows",
    "order",
    "plan_injection",
    "resume",
    "suspend",
]

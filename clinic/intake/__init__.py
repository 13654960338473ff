"""Verbs on a client's way in and out: taking in somebody new, who they are and how to reach them, the end of a stay.

`arriving` makes clients and their stays, `who` is what is known of a person, `leaving` ends a stay with all that was
planned in it, and puts it back when that was a mistake.
"""

from clinic.intake.arriving import (
    admit_again,
    change_client,
    next_record_number,
    note_duplicates,
    register_client,
)
from clinic.intake.leaving import DESPITE, discharge, undo_discharge
from clinic.intake.who import CONFLICT, FIELDS, TAKEN, Who

__all__ = [
    "CONFLICT",
    "DESPITE",
    "FIELDS",
    "TAKEN",
    "Who",
    "admit_again",
    "change_client",
    "discharge",
    "next_record_number",
    "note_duplicates",
    "register_client",
    "undo_discharge",
]

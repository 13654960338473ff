"""Verbs on what is booked: one appointment or a series of them, and what becomes of the plan afterwards.

Whoever asks gives aware moments and clinic-local days. Every refusal is a ValidationError at its field: `starts_at`
(the day or the hour), `minutes`, `staff`, `channel`, `purpose`, `mode`, `rule`, `until`, `count`, `scope`, `who`,
`cancelled_at`, `reason`, `rebooking_of`, `version`. What only deserves a second look (an overlap, a pause, an hour at
which the clinic is closed) is refused at `despite` with code CLASH, until `despite=True` says "book anyway"; a row that
somebody changed meanwhile at `version` with code CONFLICT.

Readers beside them: `conflicts.of`, `slots.next_free`, `finder.find`, `preview.of_one` and `preview.of_series`.
"""

from clinic.booking.cancelling import cancel, cancel_ahead
from clinic.booking.checks import BOOKABLE, CLASH, CONFLICT, wrong_rule
from clinic.booking.moving import KEEP, move
from clinic.booking.one import book, reschedule, walk_in
from clinic.booking.several import Made, book_series, make_ahead

__all__ = [
    "BOOKABLE",
    "CLASH",
    "CONFLICT",
    "KEEP",
    "Made",
    "book",
    "book_series",
    "cancel",
    "cancel_ahead",
    "make_ahead",
    "move",
    "reschedule",
    "walk_in",
    "wrong_rule",
]

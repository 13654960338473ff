"""The pages of booking, for everybody who books: find a client, book, plan anew, book again."""

from clinic.views.booking.again import rebook
from clinic.views.booking.new import book
from clinic.views.booking.planned import appointment, cancel_appointment

__all__ = ["appointment", "book", "cancel_appointment", "rebook"]

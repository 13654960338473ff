"""What a facilitator says of a session: an outcome and a rating for each member."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms

from clinic.attendance import CAME, Seat
from clinic.models.schedule import Outcome, Participation

BLANK = Outcome.SCHEDULED.value


class RegisterForm(forms.Form):
    """One register, sent whole: for each member what is chosen (`outcome-`, `rating-`) and what the page showed as
    recorded (`was-`). Only what differs from that is said, so a member left alone is left alone.

    A rating without an outcome means the member was there. `others` marks everybody still blank.
    """

    version = forms.IntegerField(min_value=0)
    others = forms.ChoiceField(required=False, choices=[("", ""), (Outcome.ATTENDED.value, "")])

    def __init__(self, data: Any, members: Iterable[UUID]) -> None:
        super().__init__(data)
        self.members = tuple(members)
        ratings = [("", ""), *((str(value), label) for value, label in Participation.choices)]
        for uid in self.members:
            self.fields[f"outcome-{uid}"] = forms.ChoiceField(
                required=False, choices=[("", ""), *Outcome.choices]
            )
            self.fields[f"rating-{uid}"] = forms.ChoiceField(required=False, choices=ratings)
            self.fields[f"was-{uid}"] = forms.RegexField(r"^[a-z_]+:[1-4]?$", required=False)

    def seats(self) -> dict[UUID, Seat]:
        """What is newly said, by the uid of the member's seat."""
        said = {}
        for uid in self.members:
            was = self._was(uid)
            seat = self._seat(uid, was)
            if seat != was:
                said[uid] = seat
        return said

    def _was(self, uid: UUID) -> Seat:
        outcome, _, rating = (self.cleaned_data.get(f"was-{uid}") or f"{BLANK}:").partition(":")
        return Seat(outcome, int(rating) if rating else None)

    def _seat(self, uid: UUID, was: Seat) -> Seat:
        chosen = self.cleaned_data.get(f"outcome-{uid}") or ""
        rating = self.cleaned_data.get(f"rating-{uid}") or ""
        outcome = chosen or was.outcome
        if not chosen and outcome == BLANK and (rating or self.cleaned_data.get("others")):
            outcome = Outcome.ATTENDED.value
        return Seat(outcome, int(rating) if rating and outcome in CAME else None)

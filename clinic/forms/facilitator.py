"""What a facilitator says of a session: an outcome and a rating for each member, a topic, a visitor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.attendance import LONGEST_MINUTES
from clinic.models.schedule import Excuse, Outcome, Participation
from clinic.registers import LONGEST_REASON, LONGEST_TOPIC, Seat

BLANK = Outcome.SCHEDULED.value
# What a button of the register asks for. "enter" is the Enter key in a field: what was typed there says what is meant.
FINISH, DRAFT, DISCARD, UNDO, FIND, ADD = "finish", "draft", "discard", "undo", "find", "add"
REMOVE, CANCEL, HAPPENED, TOPIC, ENTER = "remove", "cancel", "happened", "topic", "enter"
DEEDS = (FINISH, DRAFT, DISCARD, UNDO, FIND, CANCEL, HAPPENED, TOPIC, ENTER)
MINUTES = _("Give whole minutes, up to 600.")


class RegisterForm(forms.Form):
    """One register, sent whole: for each member what is chosen (`outcome-`, `rating-`, `late-`, `stayed-`, `excuse-`)
    and what the page showed as recorded (`was-`). Only what differs from that is said, so a member left alone is left
    alone.

    A rating without an outcome means the member was there. `others` marks everybody still blank. `do` names the button,
    `add` the stay of somebody to seat, `remove` the seat of a visitor to take away.
    """

    version = forms.IntegerField(min_value=0)
    do = forms.ChoiceField(required=False, choices=[(deed, "") for deed in DEEDS])
    add = forms.UUIDField(required=False)
    remove = forms.UUIDField(required=False)
    others = forms.ChoiceField(required=False, choices=[("", ""), (Outcome.ATTENDED.value, "")])
    topic = forms.CharField(required=False, max_length=LONGEST_TOPIC)
    why = forms.CharField(required=False, max_length=LONGEST_REASON)
    visitor = forms.CharField(required=False, max_length=80)
    reason = forms.CharField(required=False, max_length=LONGEST_REASON)

    def __init__(self, data: Any, members: Mapping[UUID, Seat]) -> None:
        """`members`: what is recorded of each seat, for what was sent without a `was-`."""
        super().__init__(data)
        self.members = members
        ratings = [("", ""), *((str(value), label) for value, label in Participation.choices)]
        excuses = [("", ""), *Excuse.choices]
        sentences = {"invalid": MINUTES, "max_value": MINUTES, "min_value": MINUTES}
        for uid in self.members:
            self.fields[f"outcome-{uid}"] = forms.ChoiceField(
                required=False, choices=[("", ""), *Outcome.choices]
            )
            self.fields[f"rating-{uid}"] = forms.ChoiceField(required=False, choices=ratings)
            self.fields[f"excuse-{uid}"] = forms.ChoiceField(required=False, choices=excuses)
            for name in ("late", "stayed"):
                self.fields[f"{name}-{uid}"] = forms.IntegerField(
                    required=False, min_value=0, max_value=LONGEST_MINUTES, error_messages=sentences
                )
            self.fields[f"was-{uid}"] = forms.RegexField(
                r"^[a-z_]+:[1-4]?(:[0-9]{0,4}:[0-9]{0,4}:[a-z_]*)?$", required=False
            )

    def asked(self) -> str:
        """Which deed is asked for."""
        told = self.cleaned_data
        if told.get("add") or told.get("remove"):
            return ADD if told.get("add") else REMOVE
        if told.get("do") == ENTER:
            return FIND if told.get("visitor") else CANCEL if told.get("reason") else FINISH
        return told.get("do") or FINISH

    def topic_said(self) -> str | None:
        """The topic, None where the page had no field for it."""
        return self.cleaned_data.get("topic", self.data["topic"]) if "topic" in self.data else None

    def shown(self) -> dict[UUID, Seat]:
        """What the page showed as recorded."""
        return {uid: self._was(uid) for uid in self.members if self.data.get(f"was-{uid}")}

    def seats(self) -> dict[UUID, Seat]:
        """What is newly said, by the uid of the member's seat."""
        said = {}
        for uid in self.members:
            was = self._was(uid)
            seat = self._seat(uid, was)
            if seat != was:
                said[uid] = seat
        return said

    def minutes(self) -> dict[UUID, tuple[str, str]]:
        """Minutes as they were typed, also what is no number, by the uid of the seat."""
        return {
            uid: (self.data.get(f"late-{uid}", ""), self.data.get(f"stayed-{uid}", ""))
            for uid in self.members
            if f"late-{uid}" in self.errors or f"stayed-{uid}" in self.errors
        }

    def problems(self) -> dict[UUID, list[str]]:
        """What is wrong with a member's row, by the uid of the seat."""
        found: dict[UUID, list[str]] = {}
        for uid in self.members:
            for name in ("outcome", "rating", "late", "stayed", "excuse"):
                found.setdefault(uid, []).extend(map(str, self.errors.get(f"{name}-{uid}", ())))
        return {uid: sentences for uid, sentences in found.items() if sentences}

    def take(self, error: ValidationError) -> None:
        """Keep what a verb refused, each error at its field."""
        for name, errors in error.error_dict.items():
            self.add_error(name if name in self.fields else None, errors)

    def _was(self, uid: UUID) -> Seat:
        told = self.cleaned_data.get(f"was-{uid}")
        if not told:
            return self.members[uid].kept()
        outcome, rating, late, stayed, excuse = (told.split(":") + [""] * 3)[:5]
        return Seat(outcome, _number(rating), _number(late), _number(stayed), excuse).kept()

    def _seat(self, uid: UUID, was: Seat) -> Seat:
        told = self.cleaned_data
        chosen = told.get(f"outcome-{uid}") or ""
        rating = told.get(f"rating-{uid}") or ""
        outcome = chosen or was.outcome
        if not chosen:
            if outcome == BLANK and (rating or told.get("others")):
                outcome = Outcome.ATTENDED.value
            elif not rating:
                return was
        return Seat(
            outcome,
            _number(rating),
            told.get(f"late-{uid}"),
            told.get(f"stayed-{uid}"),
            told.get(f"excuse-{uid}") or "",
        ).kept()


def _number(word: str) -> int | None:
    return int(word) if word else None

"""Somebody who came without an appointment: whom to look for, and what to note."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.booking import BOOKABLE
from clinic.forms.once import OnceForm
from clinic.models.schedule import Channel


class FindForm(forms.Form):
    """Whom to look for, by name or record number."""

    find = forms.CharField(
        label=_("Name or record number"),
        max_length=80,
        error_messages={"required": _("Write a part of the name, or the record number.")},
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class WalkInForm(OnceForm):
    """One of the clients found, and what they came for. `at` is a time of today's clock; empty is now."""

    client = forms.ChoiceField(
        label=_("Client"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who came."), "invalid_choice": _("Choose who came.")},
    )
    channel = forms.ChoiceField(
        label=_("Came for"),
        choices=[(value, label) for value, label in Channel.choices if value in BOOKABLE],
    )
    staff = forms.ChoiceField(label=_("With"), required=False)
    at = forms.TimeField(
        label=_("Came at"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Empty means now."),
        error_messages={"invalid": _("That is no time. Write it like 14:30.")},
    )

    def __init__(
        self, *args: Any, clients: Iterable[tuple[UUID, str]], staff: Iterable[tuple[UUID, str]]
    ) -> None:
        super().__init__(*args)
        found = [(str(uid), words) for uid, words in clients]
        self.fields["client"].choices = found
        if len(found) == 1:
            self.initial["client"] = found[0][0]
        self.fields["staff"].choices = [("", _("nobody in particular"))] + [
            (str(uid), name) for uid, name in staff
        ]

    def refuse(self, error: ValidationError) -> None:
        """Put what the verb refuses at the field that it is about."""
        for field, problems in error.error_dict.items():
            self.add_error(field if field in self.fields else "at", problems)

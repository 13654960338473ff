"""The supervisor's forms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class AssignForm(forms.Form):
    """Which case manager a client is given to; `choices` are (id, name with the number of clients held)."""

    to = forms.ChoiceField(
        label=_("Case manager"),
        widget=forms.Select(attrs={"class": "form-select form-select-sm w-auto"}),
        error_messages={
            "required": _("Choose a case manager."),
            "invalid_choice": _("This person cannot be given clients any more. Choose another one."),
        },
    )

    def __init__(self, *args: Any, choices: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [("", _("Choose…")), *choices]  # type: ignore[attr-defined]

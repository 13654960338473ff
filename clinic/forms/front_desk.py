"""What the front desk asks and says: a day and its filters, and what became of one visit."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.models.schedule import Channel, Outcome

ONLY_UNRECORDED = "unrecorded"


class DayForm(forms.Form):
    """Which day is asked for, and what of it; all of it from the address, so nothing personal."""

    on = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("That is no date. Write it like 2026-11-20.")},
    )
    service = forms.ChoiceField(required=False, choices=[("", _("All services")), *Channel.choices])
    staff = forms.UUIDField(required=False)
    show = forms.ChoiceField(
        required=False, choices=[("", _("All")), (ONLY_UNRECORDED, _("Only not recorded"))]
    )

    def clean_on(self) -> Any:
        """A day that a time zone can hold: years at the edges of the calendar have none."""
        day = self.cleaned_data["on"]
        if day is not None and not 1900 <= day.year <= 2199:
            raise forms.ValidationError(_("That day is too far away."))
        return day


class MarkForm(forms.Form):
    """What became of one visit, and the version of the row that was on the screen. "scheduled" takes a mark back."""

    outcome = forms.ChoiceField(choices=Outcome.choices)
    version = forms.IntegerField(min_value=0)

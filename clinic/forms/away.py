"""When absence says nothing: a client's pause, and a day on which the clinic is closed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.episodes import LONGEST_SOURCE
from clinic.forms.care import CareForm, Day
from clinic.models.care import PauseKind

YEARS_AHEAD = 3


class PauseForm(CareForm):
    """A pause: of what kind, from when to when, who told, and whether somebody has made sure of it."""

    name = "pause"

    kind = forms.ChoiceField(
        label=_("What kind"),
        choices=[("", _("Choose one")), *PauseKind.choices],
        error_messages={"required": _("Choose what kind of pause it is.")},
    )
    starts_on = Day(label=_("First day"))
    ends_on = Day(
        label=_("Last day"),
        required=False,
        help_text=_("Leave it empty while nobody knows. It is asked for again."),
    )
    source = forms.CharField(
        label=_("Who told us"),
        required=False,
        max_length=LONGEST_SOURCE,
        help_text=_("The client, the ward, a court notice: whoever it was."),
    )
    confirmed = forms.BooleanField(
        label=_("Somebody here has made sure of it"),
        required=False,
        help_text=_("Unconfirmed, it pauses for 3 days (72 hours) and then runs out by itself."),
    )

    def __init__(self, *args: Any, today: date, admitted_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.admitted_on = today, admitted_on
        self.fields["starts_on"].initial = today
        self.fields["starts_on"].widget.attrs["min"] = admitted_on.isoformat()

    def clean_starts_on(self) -> date:
        """A pause is one of this stay, and not of next year's."""
        day = self.cleaned_data["starts_on"]
        if day < self.admitted_on:
            raise ValidationError(_("Choose a day on or after the admission."))
        return _not_far(day, self.today)

    def clean_ends_on(self) -> date | None:
        day = self.cleaned_data["ends_on"]
        return day if day is None else _not_far(day, self.today)


class EndPauseForm(CareForm):
    """Which day is a pause's last, and what the page showed of it."""

    name = "end"

    ends_on = Day(label=_("Last day of the pause"))
    state = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, today: date, state: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["ends_on"].initial = today
        self.fields["state"].initial = state

    def clean_ends_on(self) -> date:
        return _not_far(self.cleaned_data["ends_on"], self.today)


class ConfirmPauseForm(CareForm):
    """What the page showed of the pause that somebody confirms."""

    name = "confirm"

    state = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


class CloseDayForm(CareForm):
    """A day on which the clinic is closed, and why."""

    name = "close"

    day = Day(label=_("Day"))
    reason = forms.CharField(
        label=_("Why"),
        max_length=LONGEST_SOURCE,
        error_messages={"required": _("Say why it is closed, such as “Thanksgiving” or “Snow”.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_day(self) -> date:
        """Snow is noted afterwards, holidays long before; neither in another decade."""
        day = self.cleaned_data["day"]
        if abs(day.year - self.today.year) > YEARS_AHEAD:
            raise ValidationError(_("Choose a day at most 3 years away."))
        return day


class ReopenDayForm(CareForm):
    """A closed day on which the clinic is open after all."""

    name = "reopen"

    day = Day(label=_("Day"))


def _not_far(day: date, today: date) -> date:
    if day.year - today.year > YEARS_AHEAD:
        raise ValidationError(_("Choose a day at most 3 years away."))
    return day

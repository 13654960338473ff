"""What the forms about a client's care have in common: days and hours as browsers send them, and what a verb says."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.forms.case_manager import DayInput
from clinic.forms.once import OnceForm
from clinic.forms.years import in_this_age

CONFLICT = "conflict"


class Day(forms.DateField):
    """One day, from the browser's own calendar or typed as 2026-11-20; none at the edges of the calendar, for a time
    zone cannot hold them.
    """

    widget = DayInput
    input_formats = ("%Y-%m-%d",)
    default_error_messages = {
        "required": _("Choose a day."),
        "invalid": _("That is no date. Write it like 2026-11-20."),
    }
    default_validators = (in_this_age,)


class ClockInput(forms.TimeInput):
    """The browser's own clock, to the minute."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class Clock(forms.TimeField):
    """A time of day on the clinic's own clock."""

    widget = ClockInput
    input_formats = ("%H:%M", "%H:%M:%S")
    default_error_messages = {
        "required": _("Say at what time."),
        "invalid": _("That is no time. Write it like 14:30."),
    }


class CareForm(OnceForm):
    """A form about one client. Errors come from the server; `name` keeps ids apart on a page with several forms."""

    name = "care"
    use_required_attribute = False

    def __init__(self, *args: Any, number: object = "", **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.name}{number}-%s", **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def told(self, error: ValidationError) -> int:
        """Put what a verb would not take at its field, and what belongs to none of them above all. Returns the status
        to answer with: 409 where somebody else was first, else 422.
        """
        said = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
        for field, errors in said.items():
            self.add_error(field if field in self.fields else None, errors)
        conflict = any(each.code == CONFLICT for errors in said.values() for each in errors)
        return 409 if conflict else 422


class MomentForm(CareForm):
    """A form with a day and a time of the clinic's own clock, `day` and `at`."""

    day = Day(label=_("Day"))
    at = Clock(label=_("Time"))

    def moment(self, zone: ZoneInfo) -> datetime:
        """The moment that was typed."""
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["at"], tzinfo=zone)

"""Small forms beside the care plan: gone through today, naloxone, sessions and visits it asks for, care elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.client_file.planned import PLANNED_CHANNELS
from clinic.forms.care import CareForm, Day
from clinic.models.people import Naloxone
from clinic.plans.ahead import MOST_A_MONTH
from clinic.plans.elsewhere import LONGEST_PLACE

SERVICES = PLANNED_CHANNELS
# What one session in so many weeks makes in 28 days.
IN_28_DAYS = {"1": 4, "2": 2, "4": 1}


class OneOfMany(CareForm):
    """One of the forms of a page, known by `do`; of those that stand there once a row, also by `number`."""

    def __init__(self, *args: Any, number: object = "", **kwargs: Any) -> None:
        self.number = str(number)
        super().__init__(*args, number=number, **kwargs)

    def carry(self, **seen: Any) -> None:
        """Keep what was typed, and let a second try know what has been saved meanwhile."""
        self.data = self.data.copy()
        for name, value in seen.items():
            self.data[name] = "" if value is None else value


class ReviewForm(OneOfMany):
    """The plan was gone through with the client today, and stays as it is."""

    name = "review"

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class NaloxoneForm(OneOfMany):
    """Whether the client has naloxone at hand, as they say today."""

    name = "naloxone"

    status = forms.ChoiceField(
        label=_("Naloxone at hand"),
        choices=Naloxone.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the client says.")},
    )
    was = forms.ChoiceField(choices=Naloxone.choices, required=False, widget=forms.HiddenInput)


class SessionsForm(OneOfMany):
    """How many sessions of one service are planned from a day on; none ends them."""

    name = "sessions"

    channel = forms.ChoiceField(
        choices=[(each.value, each.label) for each in SERVICES], widget=forms.HiddenInput
    )
    # What stood on the page for this service, so that two who plan notice each other.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    times = forms.IntegerField(
        label=_("How many"),
        min_value=0,
        help_text=_("0 ends them."),
        error_messages={"required": _("Say how many; 0 ends them."), "invalid": _("Write a whole number.")},
    )
    weeks = forms.ChoiceField(
        label=_("In"),
        choices=[("1", _("a week")), ("2", _("2 weeks")), ("4", _("4 weeks"))],
        initial="1",
    )
    starts_on = Day(label=_("From"))

    @staticmethod
    def as_seen(rows: Mapping[date, int]) -> str:
        """What stands on the page, for the hidden field."""
        return ",".join(f"{day.isoformat()}:{a_month}" for day, a_month in sorted(rows.items()))

    def clean_seen(self) -> dict[date, int] | None:
        """What stood there; None, which asks nothing, where the page did not say."""
        if "seen" not in self.data:
            return None
        try:
            pairs = [each.split(":") for each in self.cleaned_data["seen"].split(",") if each]
            return {date.fromisoformat(day): int(a_month) for day, a_month in pairs}
        except ValueError:
            return {}

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if typed.get("times") is not None and typed.get("weeks"):
            typed["a_month"] = typed["times"] * IN_28_DAYS[typed["weeks"]]
            if typed["a_month"] > MOST_A_MONTH:
                self.add_error("times", _("More than three a day: look at the number."))
        return typed


class VisitForm(OneOfMany):
    """A follow-up the plan asks for by a day."""

    name = "visit"

    channel = forms.ChoiceField(label=_("Service"), choices=[(each.value, each.label) for each in SERVICES])
    by_day = Day(label=_("By"))


class WithdrawForm(OneOfMany):
    """A follow-up is no longer wanted."""

    name = "withdraw"

    visit = forms.UUIDField(widget=forms.HiddenInput)


class ElsewhereForm(OneOfMany):
    """Another service looks after the client too."""

    name = "elsewhere"

    place = forms.CharField(label=_("Where"), max_length=LONGEST_PLACE, required=False)
    starts_on = Day(label=_("Since"))
    ends_on = Day(label=_("Last day"), required=False, help_text=_("Leave it empty while it goes on."))


class EndElsewhereForm(OneOfMany):
    """That has ended."""

    name = "end_elsewhere"

    elsewhere = forms.IntegerField(widget=forms.HiddenInput)
    was = Day(required=False, widget=forms.HiddenInput)
    ends_on = Day(label=_("Last day"))

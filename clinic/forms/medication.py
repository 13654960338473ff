"""Medication: an order and what becomes of it. No field for a dose, and none for advice about one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from clinic.forms.care import CareForm, Clock, Day
from clinic.models import Medication, MedicationBreak

YEARS_AHEAD = 3


class NearDay(Day):
    """A day that a plan of care may name: none in another decade."""

    def __init__(self, *args: Any, today: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self, value: Any) -> date | None:
        day = super().clean(value)
        if day is not None and self.today is not None and abs(day.year - self.today.year) > YEARS_AHEAD:
            raise ValidationError(_("Choose a day at most 3 years away."))
        return day


class MedicationForm(CareForm):
    """A form whose days lie near today."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for field in self.fields.values():
            if isinstance(field, NearDay):
                field.today = today


class OrderForm(MedicationForm):
    """A new order. An observed one has a window: an hour and weekdays."""

    name = "order"

    kind = forms.ChoiceField(
        label=_("How it is given"),
        choices=Medication.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it is given.")},
    )
    medicine = forms.ChoiceField(
        label=_("Medicine"),
        choices=[("", _("Choose one")), *Medication.Medicine.choices],
        error_messages={"required": _("Choose the medicine.")},
    )
    starts_on = NearDay(label=_("From"))
    ends_on = NearDay(label=_("To"), required=False, help_text=_("The last day; empty while it goes on."))
    hour = Clock(label=_("Hour of the window"), required=False, help_text=_("For an observed dose."))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays of the window"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For an observed dose."),
    )

    def __init__(self, *args: Any, opening_days: Collection[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].initial = self.today
        self.fields["weekdays"].initial = list(opening_days)


class EndOrderForm(MedicationForm):
    """Which day is an order's last, and how it ended."""

    name = "end"

    ends_on = NearDay(label=_("Last day"))
    ended = forms.ChoiceField(
        label=_("How it ended"),
        choices=[("", _("Choose one")), *Medication.Ended.choices],
        error_messages={"required": _("Choose how it ended.")},
    )
    state = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


class BreakForm(MedicationForm):
    """Days on which a missed dose says nothing."""

    name = "suspend"

    kind = forms.ChoiceField(
        label=_("Why"),
        choices=[("", _("Choose one")), *MedicationBreak.Kind.choices],
        error_messages={"required": _("Choose why.")},
    )
    starts_on = NearDay(label=_("First day"))
    ends_on = NearDay(label=_("Last day"), required=False, help_text=_("Empty while nobody knows."))


class ResumeForm(MedicationForm):
    """Which day is a break's last."""

    name = "resume"

    number = forms.IntegerField(min_value=1, max_value=2**62, widget=forms.HiddenInput)
    ends_on = NearDay(label=_("Last day of the break"))
    state = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


class HandOutForm(MedicationForm):
    """Medication to take home, or prescribed."""

    name = "hand-out"

    picked_up_on = NearDay(label=_("Handed out on"))
    lasts_until = NearDay(label=_("Lasts through"))
    correct = forms.BooleanField(label=_("This corrects what is noted for that day"), required=False)


class PlanInjectionForm(MedicationForm):
    """When an injection is due."""

    name = "plan-injection"

    due_on = NearDay(label=_("Due on"))


class GiveInjectionForm(MedicationForm):
    """The day an injection was given."""

    name = "give-injection"

    number = forms.IntegerField(min_value=1, max_value=2**62, widget=forms.HiddenInput)
    given_on = NearDay(label=_("Given on"))
    state = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


class WindowsForm(MedicationForm):
    """Nothing to fill in: book the windows ahead now."""

    name = "windows"

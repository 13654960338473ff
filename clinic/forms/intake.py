"""The forms of a client's way in and out: taking in somebody new, admitting again, another programme, discharge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms.case_manager import DayInput
from clinic.forms.client_pages import WhoForm
from clinic.forms.once import OnceForm
from clinic.forms.years import in_this_age
from clinic.models import Programme, Staff
from clinic.models.care import DischargeKind

NO_DATE = _("That is no date. Write it like 2026-11-20.")


def day_field(label: Any, **more: Any) -> forms.DateField:
    """A day from the browser's calendar, or written as ISO."""
    return forms.DateField(
        label=label,
        widget=DayInput,
        error_messages={"invalid": NO_DATE, "required": _("Choose a day.")},
        validators=[in_this_age],
        **more,
    )


class StayForm(OnceForm):
    """Programme, day and case manager of a stay that begins; `chosen` gives the rows."""

    use_required_attribute = False

    programme = forms.ChoiceField(label=_("Programme"), error_messages={"required": _("Choose a programme.")})
    admitted_on = day_field(_("Admission"))
    case_manager = forms.ChoiceField(label=_("Case manager"), required=False)

    def __init__(
        self,
        *args: Any,
        programmes: Sequence[Programme],
        case_managers: Sequence[Staff],
        today: date,
        me: Staff | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self._programmes = {str(row.uid): row for row in programmes}
        self._case_managers = {str(row.uid): row for row in case_managers}
        blank = [("", _("Choose one"))] if len(programmes) != 1 else []
        self.fields["programme"].choices = [*blank, *((str(row.uid), row.name) for row in programmes)]
        self.fields["case_manager"].choices = [
            ("", _("Nobody yet: a supervisor assigns")),
            *((str(row.uid), row.name) for row in case_managers),
        ]
        if me is not None and str(me.uid) in self._case_managers:
            self.fields["case_manager"].initial = str(me.uid)
        self.fields["admitted_on"].initial = today
        self.fields["admitted_on"].widget.attrs["max"] = today.isoformat()

    def clean_programme(self) -> Programme:
        return self._programmes[self.cleaned_data["programme"]]

    def clean_case_manager(self) -> Staff | None:
        return self._case_managers.get(self.cleaned_data["case_manager"])


class NewClientForm(WhoForm, StayForm):
    """Somebody the clinic does not know yet. `seen` are those who were offered as possibly the same person, `different`
    says that none of them is.
    """

    seen = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)
    different = forms.BooleanField(required=False, label=_("None of these: this is a different person"))

    def __init__(self, *args: Any, number: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["record_number"].initial = number
        self.fields["record_number"].required = False
        self.fields["record_number"].help_text = _(
            "The next free number stands here; another one may be typed."
        )

    def shown_before(self) -> frozenset[str]:
        """The ids of those whom the person has seen and said are somebody else."""
        if not self.cleaned_data.get("different"):
            return frozenset()
        return frozenset(self.cleaned_data.get("seen", "").split())


class AdmitForm(StayForm):
    """A new stay of somebody who was discharged. `despite` is asked only of somebody said to have died."""

    despite = forms.BooleanField(required=False, label=_("The record was wrong: this client is alive"))


class ProgrammeForm(OnceForm):
    """Another programme, from a day on."""

    use_required_attribute = False

    programme = forms.ChoiceField(
        label=_("New programme"), error_messages={"required": _("Choose a programme.")}
    )
    day = day_field(_("From"))
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, programmes: Sequence[Programme], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._programmes = {str(row.uid): row for row in programmes}
        self.fields["programme"].choices = [
            ("", _("Choose one")),
            *((str(row.uid), row.name) for row in programmes),
        ]
        self.fields["day"].initial = today
        self.fields["day"].widget.attrs["max"] = today.isoformat()

    def clean_programme(self) -> Programme:
        return self._programmes[self.cleaned_data["programme"]]


class DischargeForm(OnceForm):
    """The end of a stay. `outreach_seen` is needed for an unplanned one, `despite` where the day was questioned."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label=_("How the stay ends"),
        choices=DischargeKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the stay ends.")},
    )
    discharged_on = day_field(_("Day of the discharge"))
    note = forms.CharField(
        label=_("Note"),
        max_length=280,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was agreed, and where the client goes from here. At most 280 characters."),
    )
    outreach_seen = forms.BooleanField(
        required=False, label=_("I have looked at what was tried to reach the client")
    )
    despite = forms.BooleanField(required=False, label=_("Yes, the stay ended on this day"))
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["discharged_on"].initial = today
        self.fields["discharged_on"].widget.attrs["max"] = today.isoformat()


class UndoForm(forms.Form):
    """Taking a discharge back: only which state of the stay was on the screen."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

"""The forms of a client's page: finding a client, and who they are and how they may be reached."""

from __future__ import annotations

from datetime import time
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms.case_manager import DayInput
from clinic.intake import FIELDS, Who

NO_TIME = _("That is no time. Write it like 09:30.")


class ClockInput(forms.TimeInput):
    """The browser's own clock."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class FindClientForm(forms.Form):
    """A name or a record number, sent in the body: what is looked for never stands in an address."""

    q = forms.CharField(
        label=_("Name or record number"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


def _text(label: Any, longest: int, *, kind: str = "text", **more: Any) -> forms.CharField:
    """One line that no browser keeps or fills in from somebody else's visit."""
    widget = forms.TextInput(attrs={"type": kind, "autocomplete": "off"})
    return forms.CharField(label=label, max_length=longest, widget=widget, **{"required": False, **more})


class WhoForm(forms.Form):
    """Who a client is and how they may be reached safely. Consents are off unless somebody ticks them."""

    use_required_attribute = False

    record_number = _text(
        _("Record number"), 40, required=True, error_messages={"required": _("Give the record number.")}
    )
    first_name = _text(
        _("First name"), 80, required=True, error_messages={"required": _("Give the first name.")}
    )
    last_name = _text(
        _("Last name"), 80, required=True, error_messages={"required": _("Give the last name.")}
    )
    preferred_name = _text(_("Likes to be called"), 80)
    pronouns = _text(_("Pronouns"), 40)
    date_of_birth = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=DayInput,
        error_messages={"invalid": _("That is no date. Write it like 1987-03-14.")},
    )
    phone = _text(_("Telephone"), 40, kind="tel")
    other_phone = _text(_("Another number"), 40, kind="tel")
    contact_note = _text(
        _("What to mind"), 120, help_text=_("A shared telephone, whom to ask for. At most 120 characters.")
    )
    voicemail_ok = forms.BooleanField(
        required=False, label=_("Agrees to voicemail: “please call me back”, no clinic name")
    )
    text_ok = forms.BooleanField(
        required=False, label=_("Agrees to text messages: “please call me back”, no clinic name")
    )
    contact_from = forms.TimeField(
        label=_("May be called from"),
        required=False,
        widget=ClockInput,
        initial=time(9),
        error_messages={"invalid": NO_TIME},
    )
    contact_until = forms.TimeField(
        label=_("May be called until"),
        required=False,
        widget=ClockInput,
        initial=time(19),
        error_messages={"invalid": NO_TIME},
    )
    languages = _text(_("Languages"), 80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def who(self) -> Who:
        """What was typed, as the verbs take it; a time left empty is the usual one."""
        known = {name: self.cleaned_data[name] for name in FIELDS if name in self.cleaned_data}
        for name in ("contact_from", "contact_until"):
            known[name] = known[name] or self.fields[name].initial
        return Who(**known)


class ChangeClientForm(WhoForm):
    """The same of a client on record; `version` is that of the record that was on the screen."""

    no_outreach = forms.BooleanField(required=False, label=_("Asked for no contact unless safety demands it"))
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

"""Who stands beside a client, and the consent without which nobody speaks with them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms.care import Day
from clinic.forms.planned import OneOfMany
from clinic.models import Supporter
from clinic.plans.supporters import LONGEST_NAME, LONGEST_PHONE, LONGEST_SCOPE


class AddSupporterForm(OneOfMany):
    """Somebody the client leans on."""

    name = "add"

    who = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        error_messages={"required": _("Say who it is.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    relation = forms.ChoiceField(
        label=_("Relation"),
        choices=[("", _("Choose…")), *Supporter.Relation.choices],
        error_messages={"required": _("Choose a relation.")},
    )
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=LONGEST_PHONE,
        required=False,
        help_text=_("Shown only while a consent is live."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )


class ChangeSupporterForm(AddSupporterForm):
    """Correct who it is, or say that the client no longer leans on them."""

    name = "change"

    active = forms.BooleanField(label=_("The client leans on them now"), required=False)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, number_shown: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not number_shown:
            self.fields["phone"].help_text = _(
                "Without a live consent the number on record is not shown. Leave this empty to keep it."
            )


class ConsentForm(OneOfMany):
    """The client's written consent to speak with somebody."""

    name = "consent"

    scope = forms.CharField(
        label=_("What they may be told"),
        max_length=LONGEST_SCOPE,
        error_messages={"required": _("Say what they may be told, as the consent has it.")},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    starts_on = Day(label=_("Signed on"))
    ends_on = Day(label=_("Last day"), help_text=_("At most a year; then ask anew."))
    written = forms.BooleanField(
        label=_("The client has signed a consent that names this person and what about"),
        error_messages={"required": _("Without a signed consent nobody speaks with them.")},
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class EndConsentForm(OneOfMany):
    """The client takes the consent back."""

    name = "end_consent"

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

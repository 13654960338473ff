"""The forms of a follow-up: log a contact, snooze, close. What follows from each result stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.engagement.words import Sentence
from clinic.forms.years import in_this_age
from clinic.models import FollowUp
from clinic.models.work import Barrier, Method, Result


class DayInput(forms.DateInput):
    """The browser's own calendar; ISO days, whatever the language of the page."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class Results(forms.RadioSelect):
    """Results to choose from, each with the sentence that says what it leads to."""

    follows: Mapping[str, Sentence] = {}

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["follows"] = self.follows.get(str(option["value"]))
        return option


class FollowUpForm(forms.Form):
    """What the three have in common: errors come from the server, and ids that hold on a page with several."""

    use_required_attribute = False

    def __init__(self, *args: Any, number: object = "", **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.name}-{number}-%s", **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class LogContactForm(FollowUpForm):
    """One try to reach the client."""

    name = "contact"

    method = forms.ChoiceField(
        label=_("How"),
        choices=Method.choices,
        widget=forms.RadioSelect,
        initial=Method.CALL,
        error_messages={"required": _("Choose how you tried.")},
    )
    result = forms.ChoiceField(
        label=_("What happened"),
        choices=Result.choices,
        widget=Results,
        error_messages={"required": _("Choose what happened.")},
    )
    barriers = forms.MultipleChoiceField(
        label=_("What got in the way"),
        choices=Barrier.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    agreed = forms.CharField(
        label=_("Agreed"),
        max_length=280,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    next_contact_on = forms.DateField(
        label=_("Next contact agreed for"),
        required=False,
        widget=DayInput,
        validators=[in_this_age],
        help_text=_("After a contact, the client rests until this day at the latest."),
    )

    def __init__(self, *args: Any, follows: Mapping[str, Sentence], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["result"].widget.follows = follows
        self.fields["next_contact_on"].widget.attrs["min"] = today.isoformat()


class SnoozeForm(FollowUpForm):
    """Let it rest until a day, and say why."""

    name = "snooze"

    until = forms.DateField(label=_("Until"), widget=DayInput, validators=[in_this_age])
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        error_messages={"required": _("Say why, so that a colleague understands.")},
    )

    def __init__(self, *args: Any, today: date, last: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tomorrow = today + timedelta(days=1)
        self.fields["until"].initial = tomorrow
        self.fields["until"].widget.attrs.update(min=tomorrow.isoformat(), max=last.isoformat())


class CloseForm(FollowUpForm):
    """Close a follow-up by hand."""

    name = "close"

    closed_as = forms.ChoiceField(
        label=_("Why it is closed"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why it is closed.")},
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=280,
        required=False,
        help_text=_("Needed for “not a concern”: say why."),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["closed_as"].choices = [
            (reason.value, reason.label) for reason in FollowUp.BY_PERSON[kind]
        ]

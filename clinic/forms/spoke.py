"""A quick "we spoke", and a mutual-aid meeting the client told us about."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.followups import LONGEST_AGREED, TALKS
from clinic.forms.care import CareForm, Day, MomentForm
from clinic.models.work import Method

FARTHEST_DAYS = 366


class SpokeForm(MomentForm):
    """How and when somebody spoke with the client, what was agreed, and the next contact."""

    name = "spoke"
    field_order = ("method", "day", "at", "agreed", "next_contact_on")

    method = forms.ChoiceField(
        label=_("How"),
        choices=[(token, label) for token, label in Method.choices if token in TALKS],
        widget=forms.RadioSelect,
        initial=Method.CALL,
        error_messages={"required": _("Choose how you spoke.")},
    )
    agreed = forms.CharField(
        label=_("What was agreed"),
        required=False,
        max_length=LONGEST_AGREED,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    next_contact_on = Day(label=_("Next contact"), required=False)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        """`now` is the moment on the clinic's own clock."""
        super().__init__(*args, **kwargs)
        self.today = now.date()
        self.fields["day"].initial, self.fields["at"].initial = now.date(), now.time()
        self.fields["day"].widget.attrs["max"] = now.date().isoformat()
        self.fields["next_contact_on"].widget.attrs["min"] = now.date().isoformat()

    def clean_next_contact_on(self) -> date | None:
        """A contact that is agreed on is not years away."""
        day = self.cleaned_data["next_contact_on"]
        if day is not None and (day - self.today).days > FARTHEST_DAYS:
            raise ValidationError(_("At most a year ahead."))
        return day


class MeetingForm(MomentForm):
    """Day and time of a meeting, and whether somebody has verified it."""

    name = "meeting"

    verified = forms.BooleanField(
        label=_("Somebody has verified it"),
        required=False,
        help_text=_("Such as a signed card the client likes to show. Otherwise it stands as self-reported."),
    )

    def __init__(self, *args: Any, today: date, last: date | None, **kwargs: Any) -> None:
        """`last` is the day on which the stay ended, if it did."""
        super().__init__(*args, **kwargs)
        self.last = last
        self.fields["day"].initial = today
        self.fields["day"].widget.attrs["max"] = (last or today).isoformat()

    def clean_day(self) -> date:
        """A meeting after the end of the stay belongs to none."""
        day = self.cleaned_data["day"]
        if self.last is not None and day >= self.last:
            raise ValidationError(_("This stay had ended on that day."))
        return day


class LoggingForm(CareForm):
    """Whether the client likes meetings to be logged."""

    name = "logging"

    wanted = forms.TypedChoiceField(choices=[("yes", ""), ("no", "")], coerce=lambda said: said == "yes")

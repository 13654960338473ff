"""The forms of booking: find a client, book one appointment or a series, move and cancel one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.booking.cancelling import LONGEST_REASON
from clinic.booking.checks import BOOKABLE, LONGEST, SHORTEST, USUAL_MINUTES
from clinic.forms.care import CareForm, Clock, Day
from clinic.forms.years import in_this_age
from clinic.models.schedule import Channel, Mode, Purpose
from clinic.recurrence import MOST_DATES, Every

# Doses follow from an order: they are not booked by hand.
SERVICES = [(each.value, each.label) for each in BOOKABLE if each != Channel.DOSING]
RHYTHMS = [
    ("", _("Once")),
    (Every.WEEK.value, _("Every week")),
    (Every.TWO_WEEKS.value, _("Every two weeks")),
    (Every.MONTH_WEEKDAY.value, _("Every month on the same weekday, such as the third Tuesday")),
    (Every.MONTH_DATE.value, _("Every month on the same date")),
]
SCOPES = [
    ("one", _("Only this one")),
    ("following", _("This and those after it")),
    ("all", _("All that lie ahead")),
]
LONGEST_LEFT_OUT = MOST_DATES
# What a verb calls otherwise than the form that asked.
FIELD_OF = {
    "starts_at": "day",
    "rule": "repeat",
    "channel": "service",
    "cancelled_at": "told_at",
    "version": NON_FIELD_ERRORS,
    "rebooking_of": NON_FIELD_ERRORS,
}


class MomentInput(forms.DateTimeInput):
    """Day and time in one field, in the clinic's time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class Moment(forms.DateTimeField):
    """A moment on the clinic's own clock."""

    widget = MomentInput
    input_formats = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")
    default_error_messages = {"invalid": _("That is no day and time.")}
    default_validators = (in_this_age,)


class BookingPart(CareForm):
    """What these forms have in common: what a verb would not take finds its field, or stands above them all."""

    def told(self, error: ValidationError) -> int:
        """Say it at its field; returns the status to answer with, 409 where somebody else was first."""
        said = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
        return super().told(
            ValidationError({FIELD_OF.get(field, field): errors for field, errors in said.items()})
        )


class FindForm(forms.Form):
    """A name or a record number, sent in the body: what is looked for never stands in an address."""

    q = forms.CharField(
        label=_("Name or record number"),
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "autofocus": True}),
        error_messages={"required": _("Type part of a name or of a record number.")},
    )


class WhenForm(BookingPart):
    """Day, time, how long, with whom and how: what every booking says."""

    day = Day(label=_("Day"))
    at = Clock(label=_("Time"))
    minutes = forms.IntegerField(
        label=_("Minutes"),
        initial=USUAL_MINUTES,
        widget=forms.NumberInput(attrs={"min": SHORTEST, "max": LONGEST, "step": 5}),
        error_messages={
            "required": _("Say how many minutes."),
            "invalid": _("Give whole minutes."),
        },
    )
    staff = forms.ChoiceField(
        label=_("With"),
        required=False,
        error_messages={"invalid_choice": _("Choose somebody who works at this clinic.")},
    )
    mode = forms.ChoiceField(label=_("How"), choices=Mode.choices, initial=Mode.IN_PERSON)
    despite = forms.BooleanField(label=_("Book anyway"), required=False)
    seen = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(self, *args: Any, staff: Iterable[tuple[str, str]], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["staff"].choices = [("", _("Nobody named yet")), *staff]
        self.fields["day"].widget.attrs["min"] = (today - timedelta(days=1)).isoformat()

    def clean_at(self) -> time:
        return self.cleaned_data["at"].replace(second=0, microsecond=0)

    @property
    def staff_uid(self) -> UUID | None:
        chosen = self.cleaned_data.get("staff")
        return UUID(chosen) if chosen else None


class BookForm(WhenForm):
    """One appointment, or a series when it comes again."""

    name = "book"

    service = forms.ChoiceField(
        label=_("Service"),
        choices=SERVICES,
        error_messages={"required": _("Choose a service.")},
    )
    purpose = forms.ChoiceField(
        label=_("What for"), required=False, choices=[("", _("Nothing special")), *Purpose.choices]
    )
    repeat = forms.ChoiceField(label=_("Comes again"), required=False, choices=RHYTHMS)
    until = Day(
        label=_("Until"),
        required=False,
        help_text=_("Or a number of times; with neither it goes on until somebody ends it."),
    )
    count = forms.IntegerField(
        label=_("Times"),
        required=False,
        widget=forms.NumberInput(attrs={"min": 1, "max": MOST_DATES}),
        error_messages={"invalid": _("Give a whole number.")},
    )

    def left_out(self) -> list[date]:
        """The days of the list that were ticked to be left out; anything else there is no day."""
        found = []
        for text in self.data.getlist("without")[:LONGEST_LEFT_OUT]:
            try:
                found.append(date.fromisoformat(text))
            except ValueError:
                continue
        return found


class RebookForm(WhenForm):
    """A new time for one appointment. `told_at` is when the client told us, for one that is given up for it."""

    name = "rebook"

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    told_at = Moment(label=_("When they told us"), required=False, help_text=_("Empty: just now."))


class MoveForm(WhenForm):
    """Another time, length or person for what is booked."""

    name = "move"

    scope = forms.ChoiceField(label=_("Which ones"), choices=SCOPES, initial="one", required=False)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def clean_scope(self) -> str:
        return self.cleaned_data["scope"] or "one"


class CancelForm(BookingPart):
    """Who cancelled, when they told us, and which ones."""

    name = "cancel"

    who = forms.ChoiceField(
        label=_("Who cancelled"),
        choices=[("client", _("The client told us")), ("clinic", _("We cancel it"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say who cancelled: the client or the clinic.")},
    )
    told_at = Moment(label=_("When they told us"), required=False, help_text=_("Empty: just now."))
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=LONGEST_REASON, help_text=_("In the client's words.")
    )
    scope = forms.ChoiceField(label=_("Which ones"), choices=SCOPES, initial="one", required=False)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def clean_scope(self) -> str:
        return self.cleaned_data["scope"] or "one"


def slot_text(moment: datetime) -> str:
    """A free time as a button of the form sends it, in the clinic's own time."""
    return f"{moment:%Y-%m-%dT%H:%M}"


def read_slot(text: str) -> tuple[str, str]:
    """Day and time of such a button, as their fields take them; nothing for anything else."""
    try:
        found = datetime.strptime(text, "%Y-%m-%dT%H:%M")
    except ValueError:
        return "", ""
    return found.date().isoformat(), f"{found:%H:%M}"

"""What the front desk asks and says: a day and its filters, and what became of one visit."""

from __future__ import annotations

from datetime import datetime
from itertools import chain
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext_lazy as _

from clinic.attendance import CONFLICT, LONGEST_MINUTES, LONGEST_WHY
from clinic.daysheet.asked import SHOWS
from clinic.forms.years import holds, in_this_age
from clinic.models.schedule import Channel, Excuse, Outcome

# The usual reasons of a correction, in the order in which they come up.
WHYS = (
    _("Pressed the wrong button"),
    _("Wrong client"),
    _("Client told us since"),
    _("Colleague told us since"),
    _("Found on paper"),
)
WALL_CLOCK = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
DAY = "%Y-%m-%d"
MINUTES = forms.NumberInput(attrs={"min": 0, "max": LONGEST_MINUTES, "inputmode": "numeric"})
# Where the verbs' own fields stand in this form.
FIELD_OF = {"starts_at": "new_day", "version": "outcome"}


class DayForm(forms.Form):
    """Which day is asked for, and what of it; all of it from the address, so nothing personal."""

    on = forms.DateField(
        required=False,
        input_formats=[DAY],
        error_messages={"invalid": _("That is no date. Write it like 2026-11-20.")},
        validators=[in_this_age],
    )
    service = forms.ChoiceField(required=False, choices=[("", _("All services")), *Channel.choices])
    staff = forms.UUIDField(required=False)
    programme = forms.UUIDField(required=False)
    show = forms.ChoiceField(required=False, choices=[("", _("All")), *SHOWS])
    page = forms.IntegerField(required=False, min_value=1)
    since = forms.DateTimeField(required=False, validators=[in_this_age])
    until = forms.DateTimeField(required=False, validators=[in_this_age])


class SearchForm(forms.Form):
    """What is looked for on the sheet: a name, a record number, a time. Sent by POST: it is somebody's name."""

    find = forms.CharField(required=False, max_length=80)


class UndoForm(forms.Form):
    """Taking back what was recorded last: the version of the row that was on the screen."""

    version = forms.IntegerField(min_value=0)


class MarkForm(forms.Form):
    """What became of one visit, and the version of the row that was on the screen. "scheduled" takes a mark back.

    Each outcome brings its own fields, and those of the others are not looked at. `why` is for a correction: one of the
    usual reasons (`usual_why`) or one's own words.
    """

    outcome = forms.ChoiceField(
        choices=Outcome.choices, error_messages={"required": _("Choose what happened.")}
    )
    version = forms.IntegerField(min_value=0)
    minutes_late = forms.IntegerField(label=_("Minutes late"), required=False, widget=MINUTES)
    minutes_stayed = forms.IntegerField(label=_("Minutes stayed"), required=False, widget=MINUTES)
    excuse = forms.ChoiceField(
        label=_("Reason"), required=False, choices=[("", _("no reason given")), *Excuse.choices]
    )
    cancelled_at = forms.DateTimeField(
        label=_("When they told us"),
        required=False,
        input_formats=WALL_CLOCK,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WALL_CLOCK[0]),
        help_text=_("Empty means now."),
        validators=[in_this_age],
    )
    new_day = forms.DateField(
        label=_("New day"),
        required=False,
        input_formats=[DAY],
        widget=forms.DateInput(attrs={"type": "date"}, format=DAY),
        error_messages={"invalid": _("That is no date. Write it like 2026-11-20.")},
        validators=[in_this_age],
    )
    new_time = forms.TimeField(
        label=_("New time"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("That is no time. Write it like 14:30.")},
    )
    slot = forms.CharField(required=False, max_length=40)
    despite = forms.BooleanField(label=_("Book anyway"), required=False)
    usual_why = forms.ChoiceField(
        label=_("Why it is corrected"),
        required=False,
        choices=[("", _("choose, or write below")), *((why, why) for why in WHYS)],
    )
    why = forms.CharField(label=_("In your own words"), required=False)

    use_required_attribute = False
    OWN_FIELDS: ClassVar = {
        Outcome.LATE: ("minutes_late",),
        Outcome.LEFT_EARLY: ("minutes_stayed",),
        Outcome.EXCUSED: ("excuse",),
        Outcome.CANCELLED_BY_CLIENT: ("cancelled_at",),
        Outcome.RESCHEDULED: ("new_day", "new_time", "slot", "despite", "cancelled_at"),
    }

    def __init__(self, *args: Any, number: object = "", **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"mark-{number}-%s", **kwargs)
        self.conflict = False

    def clean(self) -> dict[str, Any]:
        """What belongs to the outcome chosen; what was typed beside another one is left out, errors and all."""
        told = super().clean() or self.cleaned_data
        for name in set(chain(*self.OWN_FIELDS.values())) - set(self._own()):
            told[name] = "" if name in ("excuse", "slot") else None
            self._errors.pop(name, None)
        for name in ("minutes_late", "minutes_stayed"):
            minutes = told.get(name)
            if name in self._errors or (minutes is not None and not 0 <= minutes <= LONGEST_MINUTES):
                self._errors.pop(name, None)
                self.add_error(name, _("Give whole minutes, up to 600."))
        if "cancelled_at" in self._errors:
            self._errors.pop("cancelled_at")
            self.add_error(
                "cancelled_at", _("Say the day and the time they told us, or leave it empty for now.")
            )
        why = (told.get("why") or "").strip() or told.get("usual_why") or ""
        if len(why) > LONGEST_WHY:
            self.add_error("why", _("Say it in %(n)s characters at most.") % {"n": LONGEST_WHY})
        told["why"] = why
        return told

    def _own(self) -> tuple[str, ...]:
        return self.OWN_FIELDS.get(self.data.get("outcome") or "", ())

    def was_told(self, name: str) -> bool:
        """Whether a field was sent at all: one that was not says nothing."""
        return name in self.data

    def refuse(self, error: ValidationError) -> None:
        """Put what a verb refuses at the field that it is about."""
        for field, problems in error.error_dict.items():
            if any(problem.code == CONFLICT for problem in problems):
                self.conflict = True
            place = FIELD_OF.get(field, field)
            self.add_error(place if place in self.fields else "outcome", problems)

    @property
    def gives_a_time(self) -> bool:
        """Whether a new day, a new time or a free one is named."""
        return any(self.cleaned_data.get(name) for name in ("new_day", "new_time", "slot"))

    @property
    def problem(self) -> str:
        """What is wrong beside the fields that are asked for again."""
        names = ("outcome", "version", "__all__")
        return " ".join(str(problem) for name in names for problem in self.errors.get(name, ()))

    def again(self) -> list[forms.BoundField]:
        """The fields to fill in anew, with what was typed: none where the outcome itself cannot be recorded."""
        asked = [*self._own(), "usual_why", "why"]
        if "outcome" not in self.cleaned_data and not self.conflict:
            return []
        if not self.conflict and not any(name in self.errors for name in asked):
            return []
        needs_why = (
            self.conflict or "why" in self.errors or self.data.get("why") or self.data.get("usual_why")
        )
        shown = [name for name in asked if name != "slot" and (needs_why or name not in ("usual_why", "why"))]
        if "despite" in shown and "despite" not in self.errors:
            shown.remove("despite")
        for name in {"new_day", "new_time", "usual_why"} & set(shown):
            self.fields[name].required = True  # here it is not called optional
        return [self[name] for name in shown]

    @property
    def says(self) -> str:
        """The words of the outcome chosen, for the button that sends it again."""
        return str(dict(Outcome.choices).get(self.data.get("outcome") or "", ""))

    def new_slot(self) -> datetime | None:
        """The free time that was chosen with one click, if any."""
        try:
            found = parse_datetime(self.cleaned_data.get("slot") or "")
        except ValueError:
            return None
        return found if found is not None and is_aware(found) and holds(found) else None

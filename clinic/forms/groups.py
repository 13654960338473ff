"""The forms of groups: what one is, when it meets, one of its sessions. Shape only; the verbs say what can be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic import recurrence
from clinic.forms.case_manager import DayInput
from clinic.forms.once import OnceForm
from clinic.forms.years import in_this_age
from clinic.groups import About, Times
from clinic.models import Staff
from clinic.models.schedule import Mode

NO_DATE = _("That is no date. Write it like 2026-11-20.")
NO_TIME = _("That is no time. Write it like 17:30.")
RHYTHMS = (
    (recurrence.Every.WEEK.value, _("Every week")),
    (recurrence.Every.TWO_WEEKS.value, _("Every two weeks")),
    (recurrence.Every.MONTH_WEEKDAY.value, _("Every month, on the same weekday")),
    (recurrence.Every.MONTH_DATE.value, _("Every month, on the same date")),
)
WEEKDAYS = (
    ("0", _("Mon")),
    ("1", _("Tue")),
    ("2", _("Wed")),
    ("3", _("Thu")),
    ("4", _("Fri")),
    ("5", _("Sat")),
    ("6", _("Sun")),
)
# Where a sentence of a verb stands in a form, when its field has another name there.
AT_FIELD = {"minutes": "ends_at", "starts_at": "day", "rule": "every"}


class TimeInput(forms.TimeInput):
    """The browser's own clock; hours and minutes."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def day_field(label: Any, **more: Any) -> forms.DateField:
    """A day from the browser's calendar, or written as ISO."""
    return forms.DateField(
        label=label,
        widget=DayInput,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": NO_DATE, "required": _("Choose a day.")},
        validators=[in_this_age],
        **more,
    )


def time_field(label: Any, **more: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        widget=TimeInput,
        error_messages={"invalid": NO_TIME, "required": _("Give a time.")},
        **more,
    )


class GroupsForm(forms.Form):
    """What they have in common: errors come from the server, and ids that hold on a page with several."""

    use_required_attribute = False
    name_of_form = "form"

    def __init__(self, *args: Any, number: object = "", **kwargs: Any) -> None:
        auto_id = f"{self.name_of_form}{number}-%s"
        super().__init__(*args, **{"auto_id": auto_id, **kwargs})
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def refuse(self, error: ValidationError) -> None:
        """Put what a verb would not take at its field, or above the form where there is none."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, sentences in error.error_dict.items():
            field = name if name in self.fields else AT_FIELD.get(name)
            self.add_error(field if field in self.fields else None, sentences)


def minutes_between(begins: time | None, ends: time | None) -> int:
    """How long something lasts; below one where the end does not lie after the start. A session ends on its day."""
    if begins is None or ends is None:
        return 0
    day = date.min
    return int((datetime.combine(day, ends) - datetime.combine(day, begins)) / timedelta(minutes=1))


class GroupForm(GroupsForm, OnceForm):
    """What a group is. `people` are those who can be named to lead it."""

    name_of_form = "group"

    name = forms.CharField(
        label=_("Name"), max_length=120, error_messages={"required": _("Give the group a name.")}
    )
    kind = forms.CharField(
        label=_("Kind"),
        max_length=40,
        required=False,
        help_text=_("Such as skills or peer support. Ratings are compared within one kind only."),
    )
    room = forms.CharField(label=_("Room"), max_length=60, required=False)
    capacity = forms.IntegerField(
        label=_("Holds"),
        required=False,
        help_text=_("Members at most. Left empty, nobody counts."),
        error_messages={"invalid": _("Give a whole number.")},
    )
    facilitator = forms.ChoiceField(label=_("Facilitator"), required=False)
    co_facilitators = forms.MultipleChoiceField(
        label=_("Co-facilitators"), required=False, widget=forms.CheckboxSelectMultiple
    )
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: Iterable[Staff], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(row.uid): row for row in people}
        named = [(uid, row.name) for uid, row in self._people.items()]
        self.fields["facilitator"].choices = [("", _("Nobody yet")), *named]  # type: ignore[attr-defined]
        self.fields["co_facilitators"].choices = named  # type: ignore[attr-defined]

    def about(self) -> About:
        told = self.cleaned_data
        return About(
            name=told["name"],
            kind=told["kind"],
            room=told["room"],
            capacity=told["capacity"],
            facilitator=self._people.get(told["facilitator"]),
            co_facilitators=tuple(self._people[uid] for uid in told["co_facilitators"]),
        )

    def differs_from(self, stands: dict[str, Any]) -> list[tuple[str, str]]:
        """What stands now where this form says something else: (label, words)."""
        found = []
        for name, value in stands.items():
            typed = self[name].value()
            now, said = _listed(value), _listed(typed)
            if now == said:
                continue
            choices = dict(getattr(self.fields[name], "choices", ()))
            words = ", ".join(str(choices.get(each, each)) for each in now)
            found.append((str(self.fields[name].label), words or gettext("nothing")))
        return found


def _listed(value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return sorted(str(each) for each in value)
    return [] if value in (None, "") else [str(value)]


class EndGroupForm(GroupsForm):
    """The end of a group."""

    name_of_form = "end-group"

    closed_on = day_field(_("First day without the group"))
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class ReopenForm(GroupsForm):
    """A group that runs again: only which state of it was on the screen."""

    name_of_form = "reopen"

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class ScheduleForm(GroupsForm, OnceForm):
    """When a group meets. With `series` a rule that stands is replaced from a day on."""

    name_of_form = "schedule"

    series = forms.IntegerField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    every = forms.ChoiceField(
        label=_("How often"), choices=RHYTHMS, error_messages={"required": _("Choose how often.")}
    )
    starts_on = day_field(_("From"))
    weekdays = forms.MultipleChoiceField(
        label=_("On"),
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For weeks. Without any it is the weekday of the first day."),
    )
    at = time_field(_("Begins"))
    ends_at = time_field(_("Ends"))
    mode = forms.ChoiceField(label=_("How"), choices=Mode.choices, initial=Mode.IN_PERSON)
    until = day_field(_("Until"), required=False)
    count = forms.IntegerField(
        label=_("Or so many times"),
        required=False,
        error_messages={"invalid": _("Give a whole number.")},
    )
    without = forms.CharField(
        label=_("Not on"),
        required=False,
        max_length=1200,
        help_text=_("Days like 2026-12-24, with a comma between them. Closed days are left out anyway."),
    )

    def clean_without(self) -> tuple[date, ...]:
        days = set()
        for word in self.cleaned_data["without"].replace(",", " ").replace(";", " ").split():
            try:
                day = date.fromisoformat(word)
            except ValueError:
                told = {"word": word[:20]}
                raise ValidationError(
                    _("“%(word)s” is no date. Write days like 2026-12-24."), params=told
                ) from None
            in_this_age(day)
            days.add(day)
        return tuple(sorted(days))

    def times(self) -> Times:
        """What is wanted. Raises recurrence.WrongRule for a rule that cannot be kept."""
        told = self.cleaned_data
        rule = recurrence.make(
            told["every"],
            told["starts_on"],
            weekdays=[int(each) for each in told["weekdays"]],
            until=told["until"],
            count=told["count"],
        )
        minutes = minutes_between(told["at"], told["ends_at"])
        return Times(rule, told["starts_on"], told["at"], minutes, told["mode"], told["without"])


class EndScheduleForm(GroupsForm):
    """The end of a rule by which a group meets."""

    name_of_form = "end-schedule"

    series = forms.IntegerField(widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    ended_on = day_field(_("First day without it"))


class SessionTimeForm(GroupsForm):
    """A day with a beginning and an end, in the clinic's own time."""

    day = day_field(_("Day"))
    at = time_field(_("Begins"))
    ends_at = time_field(_("Ends"))

    @property
    def minutes(self) -> int:
        return minutes_between(self.cleaned_data["at"], self.cleaned_data["ends_at"])


class ExtraSessionForm(SessionTimeForm, OnceForm):
    """A session beside the schedule."""

    name_of_form = "extra"

    topic = forms.CharField(label=_("Topic"), required=False, max_length=120)
    mode = forms.ChoiceField(label=_("How"), choices=Mode.choices, initial=Mode.IN_PERSON)


class MoveSessionForm(SessionTimeForm):
    """Another time for one session. `despite` is asked only where somebody is expected elsewhere."""

    name_of_form = "move"

    reason = forms.CharField(
        label=_("Why"), required=False, max_length=120, help_text=_("Seen by those who run the group.")
    )
    despite = forms.BooleanField(required=False, label=_("Move it all the same"))
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class CancelSessionForm(GroupsForm):
    """A session that does not take place."""

    name_of_form = "cancel"

    reason = forms.CharField(
        label=_("Why it does not take place"),
        max_length=120,
        help_text=_("Such as: facilitator away. Nothing about a client."),
        error_messages={"required": _("Say why in a few words.")},
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class RestoreSessionForm(GroupsForm):
    """A cancellation taken back: only which state of the session was on the screen."""

    name_of_form = "restore"

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


def rhythm_values(rule: str, starts_on: date) -> dict[str, Any]:
    """What stands in the form for a rule: how often, on which weekdays, until when."""
    found = recurrence.read(rule)
    if found.freq == "WEEKLY":
        every = recurrence.Every.TWO_WEEKS if found.interval > 1 else recurrence.Every.WEEK
        days = found.weekdays or (starts_on.weekday(),)
    else:
        every = recurrence.Every.MONTH_WEEKDAY if found.place else recurrence.Every.MONTH_DATE
        days = ()
    return {"every": every.value, "weekdays": [str(day) for day in days], "until": found.until}

"""What a client sets out to do, how far it went, and what is worth marking."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms.care import Day
from clinic.forms.planned import OneOfMany
from clinic.limits import LONGEST_TEXT
from clinic.models import Goal, Milestone
from clinic.models.plan import GoalKind
from clinic.plans.goals import MOST_A_WEEK


def _words(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Say it in a few words.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _target() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("How many a week"),
        required=False,
        min_value=1,
        max_value=MOST_A_WEEK,
        error_messages={
            "invalid": _("Write a whole number."),
            "min_value": _("At least %(limit_value)s a week."),
            "max_value": _("At most %(limit_value)s a week."),
        },
    )


class SetGoalForm(OneOfMany):
    """A goal of the client's own."""

    name = "set"

    words = _words(_("In their words"))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=GoalKind.choices,
        initial=GoalKind.WEEKLY,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a kind.")},
    )
    target = _target()
    channels = forms.ChoiceField(label=_("What counts"), choices=Goal.COUNTED, initial="ga", required=False)
    starts_on = Day(label=_("From"))
    ends_on = Day(label=_("Last day"), required=False)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if (
            typed.get("kind") == GoalKind.WEEKLY
            and typed.get("target") is None
            and "target" not in self.errors
        ):
            self.add_error("target", _("Say how many a week."))
        return typed


class VersionForm(OneOfMany):
    """A form that changes a row: it carries the version that was on the page."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class ChangeGoalForm(VersionForm):
    """Other words; where it counts, another number or other things counted."""

    name = "change"

    words = _words(_("In their words"))
    target = _target()
    channels = forms.ChoiceField(label=_("What counts"), choices=Goal.COUNTED, required=False)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == GoalKind.WEEKLY:
            self.fields["target"].required = True
            self.fields["target"].error_messages["required"] = _("Say how many a week.")
        else:
            del self.fields["target"]
        if kind == GoalKind.FREE:
            del self.fields["channels"]


class ReachGoalForm(VersionForm):
    """The client has reached it."""

    name = "reach"

    day = Day(label=_("Reached on"))


class NotReachedForm(VersionForm):
    """That was noted in error."""

    name = "not_reached"


class PauseGoalForm(VersionForm):
    """The client puts it aside for a while."""

    name = "pause"

    starts_on = Day(label=_("From"))
    ends_on = Day(label=_("Last day"), required=False, help_text=_("Leave it empty until they say."))


class ResumeGoalForm(VersionForm):
    """The client takes it up again today."""

    name = "resume"


class EndGoalForm(VersionForm):
    """It ends on a day; how far it got stays on record."""

    name = "end"

    ends_on = Day(label=_("Last day"))


class MilestoneForm(OneOfMany):
    """Something worth marking."""

    name = "milestone"

    words = _words(_("In their words"))
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Milestone.Kind.choices, error_messages={"required": _("Choose a kind.")}
    )
    day = Day(label=_("Day"))


class TakeBackForm(OneOfMany):
    """A milestone that was noted in error."""

    name = "take_back"

    milestone = forms.UUIDField(widget=forms.HiddenInput)


class RecoveryForm(OneOfMany):
    """The client's own recovery date, if they like it to be marked."""

    name = "recovery"

    day = Day(
        label=_("Their own recovery date"),
        required=False,
        help_text=_("As they state it, and only if they like it marked. Empty forgets it."),
    )
    was = Day(required=False, widget=forms.HiddenInput)

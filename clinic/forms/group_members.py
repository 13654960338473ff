"""The forms of belonging to a group: find somebody, let them join or wait, end a place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms.groups import GroupsForm, day_field
from clinic.forms.once import OnceForm
from clinic.models import Membership


class FindMemberForm(GroupsForm):
    """A name or a record number, sent in the body: what is looked for never stands in an address."""

    name_of_form = "find"

    q = forms.CharField(
        label=_("Name or record number"),
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        error_messages={"required": _("Write a part of the name, or the record number.")},
    )


class JoinForm(GroupsForm, OnceForm):
    """Who joins, and from which day on. `people` are (id, words); `despite` is asked only where others wait longer."""

    name_of_form = "join"

    q = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    client = forms.ChoiceField(
        label=_("Client"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose who it is."),
            "invalid_choice": _("This client cannot be chosen any more. Search again."),
        },
    )
    joined_on = day_field(_("From"))
    despite = forms.BooleanField(required=False, label=_("Give the place all the same"))

    def __init__(self, *args: Any, people: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].choices = list(people)  # type: ignore[attr-defined]


class JoinOwnForm(GroupsForm, OnceForm):
    """Which group a client joins, and from which day on. `offers` are (id, words)."""

    name_of_form = "join"

    group = forms.ChoiceField(
        label=_("Group"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a group."),
            "invalid_choice": _("This group cannot be chosen any more. Choose another one."),
        },
    )
    joined_on = day_field(_("From"))
    despite = forms.BooleanField(required=False, label=_("Give the place all the same"))

    def __init__(self, *args: Any, offers: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = list(offers)  # type: ignore[attr-defined]


class LeaveForm(GroupsForm):
    """The end of one place."""

    name_of_form = "leave"

    membership = forms.IntegerField(widget=forms.HiddenInput)
    left_on = day_field(_("First day without the place"))
    ended = forms.ChoiceField(
        label=_("Why it ends"),
        choices=[("", _("Choose one")), *Membership.Ended.choices],
        error_messages={"required": _("Choose why it ends.")},
    )


class StopWaitingForm(GroupsForm):
    """Off the waiting list."""

    name_of_form = "stop"

    place = forms.IntegerField(widget=forms.HiddenInput)

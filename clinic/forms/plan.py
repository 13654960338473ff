"""The editor of a care plan: one form with rows for each list, as many as somebody wants to write.

A row is a small form of its own, so that a limit is said at the field of the very row. Blank rows are dropped, and a
row beyond the last asks for nothing: without JavaScript the page gives a few blank ones, and more on a button.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from clinic.client_file.plan_changes import LABELS
from clinic.limits import LONGEST_LIST, LONGEST_TEXT
from clinic.models.plan import TriggerKind
from clinic.plans import IfThenPlan, Issue, PlanContent, Trigger
from clinic.plans.content import LONGEST_NAME, LONGEST_PROSE

BLANK_ROWS, MORE_ROWS = 2, 3
MOST_ROWS = 3 * LONGEST_LIST  # of what is sent by hand; the pages give no more than a plan holds
TOO_LONG = {
    "max_length": ngettext_lazy(
        "At most %(limit_value)d character; this has %(show_value)d.",
        "At most %(limit_value)d characters; this has %(show_value)d.",
        "limit_value",
    )
}


def words(label: Any, longest: int = LONGEST_TEXT, **attrs: Any) -> forms.CharField:
    """A line of somebody's own words."""
    return forms.CharField(
        label=label,
        max_length=longest,
        required=False,
        error_messages=TOO_LONG,
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
    )


def prose(label: Any, longest: int, help_text: Any = "") -> forms.CharField:
    """A few lines of them."""
    return forms.CharField(
        label=label,
        max_length=longest,
        required=False,
        error_messages=TOO_LONG,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class Row(forms.Form):
    """One entry of a list. `of_its_own` are the fields that make it more than blank."""

    use_required_attribute = False
    of_its_own: tuple[str, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written in it; a kind chosen or a box ticked is nothing yet."""
        return not any(self.cleaned_data.get(name) for name in self.of_its_own)


class TextRow(Row):
    """A line of words."""

    of_its_own = ("text",)
    text = words(_("In their words"))


class TriggerRow(Row):
    """Something that sets things off."""

    of_its_own = ("what",)
    what = words(_("What it is"))
    kind = forms.ChoiceField(
        label=_("Kind"), choices=TriggerKind.choices, initial=TriggerKind.OTHER, required=False
    )
    stays = forms.BooleanField(label=_("Cannot be kept away from"), required=False)


class IssueRow(Row):
    """Something underneath, and the service that helps with it."""

    of_its_own = ("what", "service")
    what = words(_("What it is"))
    service = words(_("Who helps with it"))

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if typed.get("service") and not typed.get("what") and "what" not in self.errors:
            self.add_error("what", _("Say what this service helps with."))
        return typed


class IfThenRow(Row):
    """When this happens, then the client does that."""

    of_its_own = ("trigger", "action", "helper")
    trigger = words(_("If"))
    action = words(_("then I"))
    helper = words(_("with the help of"), LONGEST_NAME)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=TriggerKind.choices, initial=TriggerKind.OTHER, required=False
    )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if not any(typed.get(name) for name in self.of_its_own):
            return typed
        for name, sentence in (
            ("trigger", _("Say what happens first.")),
            ("action", _("Say what the client does then.")),
        ):
            if not typed.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        return typed


ROWS: dict[str, type[Row]] = {
    "reasons": TextRow,
    "triggers": TriggerRow,
    "if_thens": IfThenRow,
    "coping": TextRow,
    "skills": TextRow,
    "routine": TextRow,
    "reminders": TextRow,
    "issues": IssueRow,
    "life_goals": TextRow,
}
HELP = {
    "triggers": _("people, places, feelings"),
    "if_thens": _("one for each that cannot be kept away from"),
    "issues": _("each with whoever helps"),
    "reminders": _("a photo, a letter, a song"),
    "routine": _("what a good day holds"),
}
ADD = {
    "reasons": _("Another reason"),
    "triggers": _("Another one"),
    "if_thens": _("Another if-then plan"),
    "coping": _("Another one that helps"),
    "skills": _("Another skill"),
    "routine": _("Another step of the day"),
    "reminders": _("Another reminder"),
    "issues": _("Another one underneath"),
    "life_goals": _("Another wish"),
}
NUMBERED = re.compile(r"^(?P<name>[a-z_]+)-(?P<number>\d{1,3})-[a-z]+$")


class HeadForm(forms.Form):
    """What stands once in a plan, with the version somebody began from (`seen` is its number in the list)."""

    use_required_attribute = False

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    values_support = prose(_("What I believe in, and who supports it"), LONGEST_TEXT)
    aftercare = prose(_("After this stay"), LONGEST_PROSE)
    area_to_strengthen = prose(_("What I want to strengthen"), LONGEST_PROSE)
    prefers_no_supporter = forms.BooleanField(label=_("Prefers no supporter"), required=False)
    reviewed = forms.BooleanField(label=_("Gone through together today"), required=False)


@dataclass(frozen=True, slots=True)
class ListShown:
    """One list of the editor: its rows, and a blank one to make more of in the browser."""

    name: str
    label: Any
    help: Any
    add: Any
    rows: Sequence[Row]
    blank: Row
    most: int = LONGEST_LIST

    @property
    def is_plain(self) -> bool:
        """Whether a row is one line, which the heading names well enough."""
        return ROWS[self.name] is TextRow

    @property
    def has_room(self) -> bool:
        return len(self.rows) < self.most


class PlanForm:
    """The whole plan: `head`, and `rows` by the name of the list."""

    def __init__(self, data: Any) -> None:
        self.head = HeadForm(data)
        self.rows: dict[str, list[Row]] = {
            name: [ROWS[name](data, prefix=f"{name}-{number}") for number in numbers]
            for name, numbers in _numbers(data).items()
        }

    @classmethod
    def of(
        cls, content: Mapping[str, Any], *, version: int | None, seen: int | None, reviewed: bool = False
    ) -> PlanForm:
        """The form of a plan as it stands, with a few blank rows in each list."""
        form = cls.__new__(cls)
        once = {name: content.get(name, "") for name in HeadForm.base_fields}
        form.head = HeadForm(initial={**once, "version": version, "seen": seen, "reviewed": reviewed})
        form.rows = {}
        for name, kind in ROWS.items():
            told = [_initial(name, each) for each in content.get(name, [])]
            # One to go on with, a few where nothing stands yet.
            told += [{}] * min(1 if told else BLANK_ROWS, max(LONGEST_LIST - len(told), 0))
            form.rows[name] = [kind(initial=each, prefix=f"{name}-{n}") for n, each in enumerate(told)]
        return form

    @classmethod
    def growing(cls, data: Any, name: str) -> PlanForm:
        """What was typed so far, not judged yet, with more blank rows in one list; the focus goes to the first."""
        form = cls.__new__(cls)
        form.head = HeadForm(initial=_typed(HeadForm, data, ""))
        form.rows = {}
        for each, numbers in _numbers(data).items():
            kind = ROWS[each]
            form.rows[each] = [
                kind(initial=_typed(kind, data, f"{each}-{n}-"), prefix=f"{each}-{n}") for n in numbers
            ]
        if name in ROWS:
            rows = form.rows[name]
            first = max((int(row.prefix.rsplit("-", 1)[1]) for row in rows), default=-1) + 1  # type: ignore[union-attr]
            room = max(min(MORE_ROWS, LONGEST_LIST - len(rows)), 0)
            blank = [ROWS[name](prefix=f"{name}-{n}") for n in range(first, first + room)]
            if blank:
                next(iter(blank[0].fields.values())).widget.attrs["autofocus"] = True
            form.rows[name] = rows + blank
        return form

    def lists(self) -> dict[str, ListShown]:
        """The lists as the page shows them, by name."""
        return {
            name: ListShown(
                name, LABELS[name], HELP.get(name, ""), ADD[name], rows, ROWS[name](prefix=f"{name}-__n__")
            )
            for name, rows in self.rows.items()
        }

    @property
    def is_refused(self) -> bool:
        return bool(self.head.is_bound and (self.head.errors or any(row.errors for row in self._all())))

    def is_valid(self) -> bool:
        """Every field of every row; and no list longer than a plan holds."""
        valid = all([self.head.is_valid(), *(row.is_valid() for row in self._all())])
        for rows in self.rows.values():
            written = [row for row in rows if not row.is_blank]
            for row in written[LONGEST_LIST:]:
                row.add_error(row.of_its_own[0], _("At most %(n)d of them.") % {"n": LONGEST_LIST})
                valid = False
        return valid

    def content(self) -> PlanContent:
        """What was written, blank rows left out."""
        said = {
            name: [row.cleaned_data for row in rows if not row.is_blank] for name, rows in self.rows.items()
        }
        lists = {
            name: tuple(each["text"] for each in said[name]) for name, kind in ROWS.items() if kind is TextRow
        }
        head = self.head.cleaned_data
        return PlanContent(
            **lists,
            triggers=tuple(
                Trigger(each["kind"] or TriggerKind.OTHER.value, each["what"], not each["stays"])
                for each in said["triggers"]
            ),
            issues=tuple(Issue(each["what"], each["service"]) for each in said["issues"]),
            if_thens=tuple(
                IfThenPlan(
                    each["kind"] or TriggerKind.OTHER.value, each["trigger"], each["action"], each["helper"]
                )
                for each in said["if_thens"]
            ),
            values_support=head["values_support"],
            aftercare=head["aftercare"],
            area_to_strengthen=head["area_to_strengthen"],
            prefers_no_supporter=head["prefers_no_supporter"],
        )

    def told(self, error: ValidationError) -> None:
        """Put what the verb would not take at its field, or where the list begins, or above all."""
        said = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
        for field, errors in said.items():
            rows = self.rows.get(field)
            if rows:
                rows[0].add_error(rows[0].of_its_own[0], errors)
            else:
                self.head.add_error(field if field in self.head.fields else None, errors)

    def _all(self) -> list[Row]:
        return [row for rows in self.rows.values() for row in rows]


def _numbers(data: Any) -> dict[str, list[int]]:
    """The rows of each list that were sent, in their order; at least one of each, so that a list never goes missing."""
    found: dict[str, set[int]] = {name: set() for name in ROWS}
    for key in data:
        match = NUMBERED.match(key)
        if match and match["name"] in found:
            found[match["name"]].add(int(match["number"]))
    return {name: sorted(numbers)[:MOST_ROWS] or [0] for name, numbers in found.items()}


def _typed(kind: type[forms.Form], data: Any, prefix: str) -> dict[str, Any]:
    return {
        name: field.widget.value_from_datadict(data, {}, prefix + name)
        for name, field in kind.base_fields.items()  # type: ignore[attr-defined]
    }


def _initial(name: str, each: Any) -> dict[str, Any]:
    if name == "triggers":
        return {"what": each["what"], "kind": each["kind"], "stays": not each["avoidable"]}
    return dict(each) if isinstance(each, Mapping) else {"text": each}

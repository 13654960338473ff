"""The observation form (clinical basis, section 4): each item optional, "not asked" where nothing is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.engagement.items import ANCHORS, GROUPS, ITEMS, NOT_ASKED, How, Item
from clinic.engagement.words import Sentence
from clinic.forms.care import CareForm, Day
from clinic.models import Observation
from clinic.observations import DAYS_BACK, LONGEST_WORDS, ItemNoted, Withdrawn

NEW_DIFFICULTY, TOLD_ABOUT_USE, EMERGENCY = "C4", "H1", "H2"
IF_THEN_USED, REACHED = "S4", "S6"
WITH_WORDS = frozenset((NEW_DIFFICULTY, IF_THEN_USED, REACHED))
ANSWERS = (("", _("not said")), ("yes", _("yes")), ("no", _("no")))
CALLED = f"{EMERGENCY}-called"
WORDS_FOR_WITHDRAWN = {
    Withdrawn.MISTAKE: _("Entered by mistake"),
    Withdrawn.OTHER_CLIENT: _("It was about another client"),
    Withdrawn.TWICE: _("Entered twice"),
    Withdrawn.CLIENT_DISAGREES: _("The client says it was otherwise"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an item's scale; `key` is what one presses for it, `meaning` what it means here."""

    value: str
    key: str
    meaning: Sentence
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One item on the form, with the fields that belong to it."""

    item: Item
    steps: tuple[Step, ...]
    ticked: bool
    parts: Any
    fields: tuple[Any, ...]
    called: Any
    errors: Any

    @property
    def touched(self) -> bool:
        """Whether something is said of it, or must be said better."""
        told = any(field.value() for field in self.fields)
        chosen = any(step.chosen and step.value for step in self.steps)
        return bool(self.ticked or chosen or told or (self.parts and self.parts.value()) or self.errors)


@dataclass(frozen=True, slots=True)
class Group:
    """One group of items; `unfolded` where something is said in it."""

    letter: str
    words: Sentence
    lines: tuple[Line, ...]
    unfolded: bool


class ObservationForm(CareForm):
    """What was noticed. Items of clinical groups are on the form of `clinical` roles only, and refused from others.

    Fields: an anchored item under its code, "" being "not asked"; what can be ticked below it under `<code>-parts`,
    words under `<code>-words`; the account of use under `H1-0` to `H1-5`.
    """

    name = "observe"

    seen_on = Day(label=_("Day"))
    setting = forms.ChoiceField(
        label=_("Where"),
        choices=Observation.Setting.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose where it was.")},
    )
    source = forms.ChoiceField(
        label=_("Who says so"),
        choices=Observation.Source.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who says so.")},
    )
    in_words = forms.CharField(
        label=_("In the client’s own words"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    strength = forms.CharField(
        label=_("A strength, in words"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    shared_with_client = forms.BooleanField(label=_("Shared with the client"), required=False)

    def __init__(self, *args: Any, clinical: bool, today: date, first: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = [item for item in ITEMS.values() if clinical or not item.clinical_only]
        self.fields["seen_on"].initial = today
        first = max(first, date.fromordinal(today.toordinal() - DAYS_BACK))
        self.fields["seen_on"].widget.attrs.update(min=first.isoformat(), max=today.isoformat())
        for item in self.items:
            self._add(item)

    def _add(self, item: Item) -> None:
        code, fields = item.code, self.fields
        if item.how is How.ANCHORED:
            steps = [("", ""), *((str(anchor), "") for anchor in ANCHORS)]
            wrong = {"invalid_choice": _("Choose one of the steps, or leave it as not asked.")}
            fields[code] = forms.ChoiceField(required=False, choices=steps, error_messages=wrong)
        elif code != EMERGENCY:
            fields[code] = forms.BooleanField(label=_said(item.wording), required=False)
        if code == TOLD_ABOUT_USE:
            self._add_account(item)
        elif item.parts:
            fields[f"{code}-parts"] = forms.MultipleChoiceField(
                label=_("Which") if code == EMERGENCY else _("Whom, or which"),
                required=False,
                choices=[(str(place), _said(words)) for place, words in enumerate(item.parts)],
                widget=forms.CheckboxSelectMultiple,
            )
        if code in WITH_WORDS:
            label = _("What it is") if code == NEW_DIFFICULTY else _("Which one")
            fields[f"{code}-words"] = forms.CharField(label=label, required=False, max_length=LONGEST_WORDS)
        if code == EMERGENCY:
            fields[CALLED] = forms.BooleanField(
                label=_("Emergency services or the clinician on duty have been called"), required=False
            )

    def _add_account(self, item: Item) -> None:
        """The client's own account of use, each part of it optional."""
        for place, words in enumerate(item.parts):
            label = capfirst(_said(words))
            if place == 0:
                field: forms.Field = Day(label=label, required=False)
            elif place in (2, 4):
                field = forms.ChoiceField(label=label, required=False, choices=ANSWERS)
            else:
                field = forms.CharField(label=label, required=False, max_length=200)
            self.fields[f"{TOLD_ABOUT_USE}-{place}"] = field

    def clean(self) -> dict[str, Any]:
        """Nothing said is lost in silence: what belongs to an item asks for its step, and nothing at all is refused."""
        data = super().clean() or self.cleaned_data
        known = {item.code for item in self.items}
        for code, item in ITEMS.items():
            if code not in known and any(
                value for name, value in self.data.items() if name.split("-")[0] == code
            ):
                raise ValidationError(_("Groups G and H are for clinical roles to note."))
            beside = data.get(f"{code}-parts") or data.get(f"{code}-words")
            if code in known and item.how is How.ANCHORED and beside and not data.get(code, "?"):
                self.add_error(code, _("Choose how strongly as well, from 0 to 3."))
        day, told = data.get("seen_on"), data.get(f"{TOLD_ABOUT_USE}-0")
        if day and told and told > day:
            self.add_error(f"{TOLD_ABOUT_USE}-0", _("That day lies after the day on which it was told."))
        if data.get(f"{EMERGENCY}-parts") and not data.get(CALLED):
            self.add_error(
                CALLED,
                _("Call first: emergency services or the clinician on duty, now. Then tick this and save."),
            )
        if not self.errors and not (self.noted() or data["in_words"].strip() or data["strength"].strip()):
            raise ValidationError(
                _("Nothing is noted yet: everything stands at “not asked”. Choose at least one thing.")
            )
        return data

    def noted(self) -> dict[str, ItemNoted]:
        """The items that were talked about or seen."""
        found = {}
        for item in self.items:
            said = self._noted(item)
            if said is not None:
                found[item.code] = said
        return found

    def _noted(self, item: Item) -> ItemNoted | None:
        code, data = item.code, self.cleaned_data
        words = (data.get(f"{code}-words") or "").strip()
        if code == TOLD_ABOUT_USE:
            told = {place: data.get(f"{code}-{place}") for place in range(len(item.parts))}
            account = {place: str(value) for place, value in told.items() if value}
            return ItemNoted(parts=account) if data.get(code) or account else None
        parts = {int(place): "" for place in data.get(f"{code}-parts") or ()}
        if code == EMERGENCY:
            return ItemNoted(parts=parts) if parts else None
        if item.how is How.ANCHORED:
            return ItemNoted(int(data[code]), parts, words) if data.get(code) else None
        return ItemNoted(words=words) if data.get(code) or words else None

    def groups(self) -> Iterator[Group]:
        """The form as it is laid out: the strengths and the first group unfolded, and whatever holds an answer."""
        for letter, words in GROUPS.items():
            lines = tuple(self._line(item) for item in self.items if item.group == letter)
            if lines:
                unfolded = letter in "AS" or any(line.touched for line in lines)
                yield Group(letter, words, lines, unfolded)

    def _line(self, item: Item) -> Line:
        code = item.code
        value = self[code].value() if code in self.fields else None
        help_of = dict(item.help)
        steps: tuple[Step, ...] = ()
        if item.how is How.ANCHORED:
            chosen = str(value or "")
            known = chosen in {str(anchor) for anchor in ANCHORS}
            steps = (
                Step("", "–", NOT_ASKED, not known),
                *(
                    Step(str(anchor), str(anchor), help_of.get(anchor, general), chosen == str(anchor))
                    for anchor, general in ANCHORS.items()
                ),
            )
        own = [name for name in self.fields if name.startswith(f"{code}-") and name.split("-")[1] != "parts"]
        return Line(
            item=item,
            steps=steps,
            ticked=bool(value) and not steps,
            parts=self[f"{code}-parts"] if f"{code}-parts" in self.fields else None,
            fields=tuple(self[name] for name in own if name != CALLED),
            called=self[CALLED] if code == EMERGENCY else None,
            errors=[
                *self.errors.get(code, ()),
                *(error for name in own for error in self.errors.get(name, ())),
            ],
        )


class WithdrawForm(CareForm):
    """Why an observation is taken back."""

    name = "withdraw"

    reason = forms.ChoiceField(
        label=_("Why it is taken back"),
        choices=[
            ("", _("Choose why")),
            *((token.value, words) for token, words in WORDS_FOR_WITHDRAWN.items()),
        ],
        error_messages={"required": _("Choose why it is taken back.")},
    )


def _said(words: Sentence) -> str:
    """Words of the mind in the reader's language; for labels, which hold no values."""
    return gettext(words.msgid)


def saved_words(form: ObservationForm) -> str:
    """What is said after saving; that no strength was noted is a reminder, never an error."""
    said = gettext("Saved.")
    strengths = any(ITEMS[code].is_strength for code in form.noted()) or form.cleaned_data["strength"].strip()
    if strengths:
        return said
    return f"{said} {gettext('No strength was noted: next time, ask for at least one.')}"

"""A care plan part by part: what each holds in lines, how two versions differ, and how two people's changes meet.

Pure: it knows the content as revisions keep it (`plans.in_full`), no rows and no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models.plan import TriggerKind

Content = Mapping[str, Any]
# The parts in the order of the page, as the client would call them.
LABELS = {
    "reasons": gettext_lazy("My reasons"),
    "triggers": gettext_lazy("What sets things off"),
    "if_thens": gettext_lazy("If … then …"),
    "coping": gettext_lazy("What helps me"),
    "skills": gettext_lazy("Skills I am building"),
    "routine": gettext_lazy("My routine"),
    "reminders": gettext_lazy("Reminders that help"),
    "issues": gettext_lazy("What lies underneath, and who helps"),
    "life_goals": gettext_lazy("What I want in life"),
    "values_support": gettext_lazy("What I believe in, and who supports it"),
    "aftercare": gettext_lazy("After this stay"),
    "area_to_strengthen": gettext_lazy("What I want to strengthen"),
    "prefers_no_supporter": gettext_lazy("Supporters"),
}
LISTS = (
    *("reasons", "triggers", "if_thens", "coping", "skills", "routine", "reminders", "issues", "life_goals"),
)
PROSE = ("values_support", "aftercare", "area_to_strengthen")
EMPTY: Content = {name: [] if name in LISTS else "" for name in LABELS} | {"prefers_no_supporter": False}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a plan as it reads, a line an entry; empty when nothing stands in it."""

    name: str
    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One part that differs from the version before: what stands in it, what came, what was taken out."""

    name: str
    label: str
    lines: tuple[str, ...]
    came: tuple[str, ...]
    went: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """One part in which what is saved now and what somebody was about to save differ. `taken` says that only the other
    person changed it, so that theirs stands in the form; otherwise one's own does.
    """

    name: str
    label: str
    saved: tuple[str, ...]
    own: tuple[str, ...]
    taken: bool


def parts(content: Content) -> list[Part]:
    """Every part, in the order of the page."""
    return [Part(name, str(label), lines(name, content)) for name, label in LABELS.items()]


def lines(name: str, content: Content) -> tuple[str, ...]:
    """What stands in one part, a line an entry. What an older version did not know is empty."""
    value = content.get(name, EMPTY[name])
    if name == "prefers_no_supporter":
        return (_("Prefers no supporter"),) if value else ()
    if name in PROSE:
        return (value,) if value else ()
    if name in _LINE:
        return tuple(_LINE[name](each) for each in value)
    return tuple(value)


def _trigger(each: Content) -> str:
    told = {"what": each["what"], "kind": TriggerKind(each["kind"]).label}
    if each["avoidable"]:
        return _("%(what)s (%(kind)s)") % told
    return _("%(what)s (%(kind)s; cannot be kept away from)") % told


def _issue(each: Content) -> str:
    if each["service"]:
        return _("%(what)s: %(service)s") % each
    return _("%(what)s: nobody yet") % each


def _if_then(each: Content) -> str:
    if each["helper"]:
        return _("If %(trigger)s, then %(action)s, with %(helper)s") % each
    return _("If %(trigger)s, then %(action)s") % each


_LINE = {"triggers": _trigger, "issues": _issue, "if_thens": _if_then}


def differs(name: str, one: Content, other: Content) -> bool:
    """Whether a part holds something else in two versions."""
    return bool(one.get(name, EMPTY[name]) != other.get(name, EMPTY[name]))


def changes(before: Content, after: Content) -> list[Change]:
    """The parts that differ between two versions, in the order of the page."""
    found = []
    for name, label in LABELS.items():
        if differs(name, before, after):
            was, now = lines(name, before), lines(name, after)
            came = tuple(line for line in now if line not in was)
            went = tuple(line for line in was if line not in now)
            found.append(Change(name, str(label), now, came, went))
    return found


def meet(base: Content | None, saved: Content, own: Content) -> tuple[dict[str, Any], list[Meeting]]:
    """Put together what two people made of one plan: the content for the form of whoever saves second, and the parts
    in which the two differ. A part that only the other one changed is taken from them; one that both changed stays as
    one's own, to be looked at. `base` is what both began with; without it every difference stays as one's own.
    """
    content, met = dict(own), []
    for name, label in LABELS.items():
        if not differs(name, saved, own):
            continue
        taken = base is not None and not differs(name, base, own)
        if taken:
            content[name] = saved.get(name, EMPTY[name])
        # What only this person has changed is theirs to save, and meets nothing.
        if taken or base is None or differs(name, base, saved):
            met.append(Meeting(name, str(label), lines(name, saved), lines(name, own), taken))
    return content, met

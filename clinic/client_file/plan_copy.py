"""The client's copy of their plan: their own words, in the first person, and nothing that says where it comes from.

No word of staff, no service, no kind of trigger, nothing underneath that could be a diagnosis, no relation and no
telephone number: a sheet on a fridge is read by whoever comes by (clinical basis, 6.4). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

MOST_PEOPLE = 6
# The type that still leaves everything on one page, by its class in aftercare.css: lines that fit on a sheet, letters
# on a whole line, and on one of the two columns below.
SIZES = (("large", 30, 54, 22), ("middle", 38, 68, 28), ("small", 47, 84, 35), ("smallest", 58, 104, 45))


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with what stands below it."""

    heading: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Copy:
    """What stands on the sheet. `size` is one of SIZES, so that it stays one page, or "long" for more
    than a page holds. `people` have room to
    write a number beside each.
    """

    if_thens: Sequence[Mapping[str, str]]
    sections: Sequence[Section]
    people: Sequence[str]
    size: str

    @property
    def is_empty(self) -> bool:
        return not (self.if_thens or self.sections or self.people)


def client_copy(content: Mapping[str, Any] | None, people: Iterable[str], goals: Iterable[str]) -> Copy:
    """The sheet of a plan (None: there is none yet), of the people the client leans on and the goals that run."""
    held = content or {}
    named = list(people)[:MOST_PEOPLE]
    told = [
        (_("Why I do this"), held.get("reasons", [])),
        (_("What helps me"), held.get("coping", [])),
        (_("What to watch for"), [each["what"] for each in held.get("triggers", [])]),
        (_("My days"), held.get("routine", [])),
        (_("What I am practising"), held.get("skills", [])),
        (_("What keeps me in mind of it"), held.get("reminders", [])),
        (_("What I am going for"), [*goals, *held.get("life_goals", [])]),
        (_("What I believe in"), [held.get("values_support", "")]),
        (_("What I am getting better at"), [held.get("area_to_strengthen", "")]),
        (_("Later on"), [held.get("aftercare", "")]),
    ]
    sections = [
        Section(heading, lines) for heading, each in told if (lines := [line for line in each if line])
    ]
    if_thens = list(held.get("if_thens", []))
    return Copy(if_thens, sections, named, _size(if_thens, sections, named))


def _size(if_thens: Sequence[Mapping[str, str]], sections: Sequence[Section], people: Sequence[str]) -> str:
    for size, room, wide, narrow in SIZES:
        above = sum(
            1.4 + len(each["trigger"]) // wide + (len(each["action"]) + len(each["helper"])) // wide + 1
            for each in if_thens
        )
        below = sum(2 + sum(1 + len(line) // narrow for line in section.lines) for section in sections) + (
            2 + 1.3 * len(people) if people else 0
        )
        longest = max(
            (2 + sum(1 + len(line) // narrow for line in each.lines) for each in sections), default=0
        )
        # Columns are never quite even: a section stays whole.
        if 4 + (1.5 + above if if_thens else 0) + max(below / 2 + 3, longest) <= room:
            return size
    return "long"

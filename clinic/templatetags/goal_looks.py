"""Tags of goals: `{% load goal_looks %}`. Weeks of a goal as bars: what was reached is filled; nothing is ever red."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

register = template.Library()

WIDTH, HEIGHT, GAP = 26, 10, 3


class Week(Protocol):
    """One week of a goal; `share` of it reached, 0 to 1. `counts` is False for one that is left out."""

    monday: date
    share: float
    counts: bool
    met: bool


@register.simple_tag
def goal_bars(weeks: Sequence[Week], most: int = 12) -> SafeString:
    """The weeks of a goal, oldest first, as bars of one line; room for `most`, so that goals stand below each other."""
    bars = [_bar(week, left=(WIDTH + GAP) * place) for place, week in enumerate(weeks)]
    width = (WIDTH + GAP) * max(most, len(bars)) - GAP
    # Numbers are ints by their format, the sentence is escaped here.
    return mark_safe(  # noqa: S308
        f'<svg class="goal-bars" role="img" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" '
        f'preserveAspectRatio="none"><title>{escape(goal_sentence(weeks))}</title>{"".join(bars)}</svg>'
    )


def _bar(week: Week, left: int) -> str:
    inner = f'x="{left + 0.5}" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="2"'
    if not week.counts:
        return f'<rect class="left-out" {inner}/>'
    if week.met:
        return f'<rect class="met" x="{left}" y="0" width="{WIDTH}" height="{HEIGHT}" rx="2"/>'
    filled = round((WIDTH - 1) * min(max(week.share, 0), 1))
    part = f'<rect class="met" x="{left + 0.5}" y=".5" width="{filled}" height="{HEIGHT - 1}" rx="2"/>'
    return f'<rect class="asked" {inner}/>{part if filled else ""}'


def goal_sentence(weeks: Sequence[Week]) -> str:
    """ "7 of 12 weeks met, 1 left out." """
    if not weeks:
        return gettext("No whole week yet.")
    counted = [week for week in weeks if week.counts]
    words = ngettext("%(met)d of %(n)d week met", "%(met)d of %(n)d weeks met", len(counted))
    said = words % {"met": sum(week.met for week in counted), "n": len(counted)}
    if out := len(weeks) - len(counted):
        said += ", " + ngettext("%(n)d left out", "%(n)d left out", out) % {"n": out}
    return said + "."

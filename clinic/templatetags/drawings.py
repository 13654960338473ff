"""Attendance marks, 12-week strips and sparklines as inline SVG.

Plain functions rather than templates: a strip is drawn on every row of a list, and nested template loops cost ten
times as much. Each drawing carries its meaning as a `<title>`, so that it is read aloud and shown on hovering; colour
is given by class in aftercare.css and is never the only difference between two marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy, ngettext


class Week(Protocol):
    """One week of a strip. `planned` counts neither unrecorded, excused nor clinic-cancelled appointments."""

    planned: int
    attended: int
    missed: int
    unrecorded: int
    paused: bool


MARK_WORDS = {
    "attended": gettext_lazy("attended"),
    "late": gettext_lazy("late"),
    "left_early": gettext_lazy("left early"),
    "no_show": gettext_lazy("missed"),
    "excused": gettext_lazy("excused"),
    "cancelled_by_client": gettext_lazy("cancelled by client"),
    "cancelled_by_clinic": gettext_lazy("cancelled by clinic"),
    "rescheduled": gettext_lazy("rescheduled"),
    "unrecorded": gettext_lazy("unrecorded"),
    "booked": gettext_lazy("booked"),
    "closed": gettext_lazy("clinic closed"),
    "paused": gettext_lazy("paused"),
    "not_member": gettext_lazy("not yet a member"),
    "none": gettext_lazy("nothing planned"),
}

# Drawn in an 18 x 18 box. Filled = was here, cross = missed, round = client told us, square with slash = clinic,
# dashed = nobody said.
_RING = '<circle class="line" cx="9" cy="9" r="6.6"/>'
_BOX = '<rect class="box" x="1.5" y="1.5" width="15" height="15" rx="3"/>'
MARK_SHAPES = {
    "attended": _BOX + '<path class="cut" d="M5.2 9.4l2.7 2.7 5-5.6"/>',
    "late": _BOX + '<path class="cut" d="M8.6 4.8v5h4.2"/>',
    "left_early": '<rect class="edge" x="2.3" y="2.3" width="13.4" height="13.4" rx="2.4"/>'
    '<path class="half" d="M4.4 4.4H9v9.2H4.4z"/>',
    "no_show": '<path class="cross" d="M3.8 3.8l10.4 10.4M14.2 3.8L3.8 14.2"/>',
    "excused": _RING + '<path class="line" d="M5.6 9h6.8"/>',
    "cancelled_by_client": _RING + '<path class="line" d="M4.6 13.4l8.8-8.8"/>',
    "cancelled_by_clinic": '<rect class="line" x="2.4" y="2.4" width="13.2" height="13.2" rx="2"/>'
    '<path class="line" d="M3.4 14.6L14.6 3.4"/>',
    "rescheduled": _RING + '<path class="line" d="M5.4 9h6.6M9.6 6.4L12.2 9l-2.6 2.6"/>',
    "unrecorded": '<rect class="dash" x="1.9" y="1.9" width="14.2" height="14.2" rx="3"/>'
    '<path class="ask" d="M6.7 7.2c0-1.5 1-2.3 2.4-2.3s2.4.8 2.4 2.1c0 1.6-2.4 1.7-2.4 3.4"/>'
    '<circle class="spot" cx="9.1" cy="13" r="1.1"/>',
    "booked": '<circle class="ring" cx="9" cy="9" r="3"/>',
    "closed": '<circle class="dot" cx="4" cy="9" r="1"/><circle class="dot" cx="9" cy="9" r="1"/>'
    '<circle class="dot" cx="14" cy="9" r="1"/>',
    "paused": '<path class="bars" d="M6.4 4v10M11.6 4v10"/>',
    "not_member": "",
    "none": '<circle class="dot" cx="9" cy="9" r=".9"/>',
}


def draw_mark(token: str, size: int = 16) -> SafeString:
    """One appointment as a mark of `size` px, named for a screen reader. Raises KeyError for an unknown token."""
    return format_html(
        '<svg class="mark mark-{}" role="img" width="{}" height="{}" viewBox="0 0 18 18"><title>{}</title>{}</svg>',
        token,
        size,
        size,
        MARK_WORDS[token],
        mark_safe(MARK_SHAPES[token]),  # noqa: S308 - shapes are the constants above
    )


def draw_strip(weeks: Sequence[Week]) -> SafeString:
    """Weeks oldest first, the last being this week: outline = planned, fill = attended share, cross = none attended,
    dashed = only unrecorded, dash = nothing planned, two bars = paused, underline = this week."""
    bars = [_bar(week, left=9 * position) for position, week in enumerate(weeks)]
    width = max(9 * len(bars) - 2, 7)
    if bars:
        bars.append(f'<path class="this-week" d="M{width - 7} 23h7"/>')
    # Joined once and marked safe once; the numbers are ints by their format, the sentence is escaped here.
    return mark_safe(  # noqa: S308
        f'<svg class="strip" role="img" width="{width}" height="24" viewBox="0 0 {width} 24">'
        f"<title>{escape(strip_sentence(weeks))}</title>{''.join(bars)}</svg>"
    )


def _bar(week: Week, left: int) -> str:
    if week.paused:
        return f'<path class="bars" d="M{left + 2} 13v7M{left + 5} 13v7"/>'
    if week.planned <= 0:
        if week.unrecorded > 0:
            return f'<rect class="dash" x="{left + 0.5}" y=".5" width="6" height="19"/>'
        return f'<path class="nothing" d="M{left} 19.2h7"/>'
    outline = f'<rect class="planned" x="{left + 0.5}" y=".5" width="6" height="19"/>'
    if week.attended <= 0:
        if week.missed <= 0:
            return outline
        return f'{outline}<path class="cross" d="M{left + 1.2} 13.4l4.6 4.8M{left + 5.8} 13.4l-4.6 4.8"/>'
    height = max(3, round(20 * min(week.attended, week.planned) / week.planned))
    return f'{outline}<rect class="came" x="{left}" y="{20 - height}" width="7" height="{height}"/>'


def strip_sentence(weeks: Sequence[Week]) -> str:
    """The strip in one sentence: "12 weeks: 25 of 28 planned attended, 3 missed; this week 0 of 2." """
    if not weeks:
        return gettext("No weeks to show yet.")
    counted = [week for week in weeks if not week.paused]
    planned = sum(int(week.planned) for week in counted)
    attended = sum(int(week.attended) for week in counted)
    missed = sum(int(week.missed) for week in counted)
    unrecorded = sum(int(week.unrecorded) for week in counted)
    paused = len(weeks) - len(counted)
    parts = [
        gettext("%(attended)d of %(planned)d planned attended") % {"attended": attended, "planned": planned},
        gettext("%(n)d missed") % {"n": missed},
    ]
    if unrecorded:
        parts.append(gettext("%(n)d unrecorded, not counted") % {"n": unrecorded})
    if paused:
        parts.append(ngettext("%(n)d week paused", "%(n)d weeks paused", paused) % {"n": paused})
    this = weeks[-1]
    if this.paused:
        now = gettext("paused this week")
    elif this.planned <= 0:
        now = gettext("nothing planned this week")
    else:
        now = gettext("this week %(attended)d of %(planned)d") % {
            "attended": this.attended,
            "planned": this.planned,
        }
    span = ngettext("%(n)d week", "%(n)d weeks", len(weeks)) % {"n": len(weeks)}
    return gettext("%(span)s: %(facts)s; %(now)s.") % {"span": span, "facts": ", ".join(parts), "now": now}


def draw_sparkline(values: Sequence[float | None], width: int = 112, height: int = 24) -> SafeString:
    """Shares from 0 to 1, oldest first, on one scale for the whole page; None leaves a gap, a dot ends it."""
    step = (width - 6) / max(len(values) - 1, 1)
    points = [
        None if value is None else (3 + step * position, 3 + (1 - min(max(value, 0), 1)) * (height - 7))
        for position, value in enumerate(values)
    ]
    pieces: list[str] = []
    pen_down = False
    for point in points:
        if point is not None:
            pieces.append(f"{'L' if pen_down else 'M'}{point[0]:.1f} {point[1]:.1f}")
        pen_down = point is not None
    spot = ""
    if points and points[-1] is not None:
        spot = f'<circle class="spot" cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="2.4"/>'
    return mark_safe(  # noqa: S308 - numbers by their format, the sentence escaped
        f'<svg class="sparkline" role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<title>{escape(sparkline_sentence(values))}</title><path class="ground" d="M2 {height - 1}H{width - 2}"/>'
        f'<path class="trend" d="{"".join(pieces)}"/>{spot}</svg>'
    )


def sparkline_sentence(values: Sequence[float | None]) -> str:
    """ "12 weeks: from 78 % to 70 %, lowest 61 %, highest 84 %." """
    known = [value for value in values if value is not None]
    if not known:
        return gettext("No values to show yet.")
    span = ngettext("%(n)d week", "%(n)d weeks", len(values)) % {"n": len(values)}
    return gettext("%(span)s: from %(first)s to %(last)s, lowest %(low)s, highest %(high)s.") % {
        "span": span,
        "first": say_share(known[0]),
        "last": say_share(known[-1]),
        "low": say_share(min(known)),
        "high": say_share(max(known)),
    }


def say_share(value: float) -> str:
    """A share of 1 as whole percent: 0.794 -> "79 %"."""
    return gettext("%(n)d %%") % {"n": round(value * 100)}

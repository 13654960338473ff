"""Tags and filters of the pages: `{% load looks %}`.

They turn what readers and the mind hand over (tokens, days, Sentences) into the words and drawings of the house. They
know no rows and no clock: a reference day or moment is always an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext

from clinic.engagement.words import Sentence

from . import drawings
from .icons import ICONS

register = template.Library()

# token -> (icon, whole words, short words for chips, what it promises)
LEVELS = {
    "today": (
        "alarm-fill",
        gettext_lazy("Contact today"),
        gettext_lazy("Contact today"),
        gettext_lazy("first attempt within 4 working hours"),
    ),
    "tomorrow": (
        "clock-fill",
        gettext_lazy("Contact by tomorrow"),
        gettext_lazy("By tomorrow"),
        gettext_lazy("first attempt within 1 working day"),
    ),
    "two_days": (
        "calendar2-week",
        gettext_lazy("Contact within 2 days"),
        gettext_lazy("Within 2 days"),
        gettext_lazy("first attempt within 2 working days"),
    ),
    "check_in": (
        "chat-left",
        gettext_lazy("Brief check-in"),
        gettext_lazy("Check-in"),
        gettext_lazy("if time allows; no escalation"),
    ),
    "good_news": (
        "sunrise-fill",
        gettext_lazy("Good news"),
        gettext_lazy("Good news"),
        gettext_lazy("say it at the next contact"),
    ),
    "upkeep": (
        "clipboard-check",
        gettext_lazy("Plan or data upkeep"),
        gettext_lazy("Upkeep"),
        gettext_lazy("keep the plan and the record right"),
    ),
}

ROLE_WORDS = {
    "case_manager": gettext_lazy("Case manager"),
    "supervisor": gettext_lazy("Supervisor"),
    "facilitator": gettext_lazy("Facilitator"),
    "front_desk": gettext_lazy("Front desk"),
    "medical": gettext_lazy("Medical staff"),
    "administrator": gettext_lazy("Administrator"),
}


@register.simple_tag
def icon(name: str, size: int = 16, title: str = "") -> SafeString:
    """An inline icon, silent for screen readers unless it has a `title`. Raises KeyError for an unknown name."""
    drawing = mark_safe(ICONS[name])  # noqa: S308 - drawings are constants of icons.py
    if title:
        return format_html(
            '<svg class="icon" role="img" width="{0}" height="{0}" viewBox="0 0 16 16" fill="currentColor">'
            "<title>{1}</title>{2}</svg>",
            size,
            title,
            drawing,
        )
    return format_html(
        '<svg class="icon" aria-hidden="true" width="{0}" height="{0}" viewBox="0 0 16 16" fill="currentColor">'
        "{1}</svg>",
        size,
        drawing,
    )


@register.simple_tag
def level_badge(token: str) -> SafeString:
    """A level as colour, icon and word together. Raises KeyError for an unknown token."""
    level_icon, words, _, _ = LEVELS[token]
    return format_html(
        '<span class="level level-{}">{} {}</span>', token.replace("_", "-"), icon(level_icon, 14), words
    )


@register.simple_tag
def level_icon(token: str, size: int = 14) -> SafeString:
    """The icon of a level, for a filter chip that says the word beside it."""
    return icon(LEVELS[token][0], size)


@register.filter
def level_word(token: str) -> str:
    """ "today" -> "Contact today"."""
    return str(LEVELS[token][1])


@register.filter
def level_short(token: str) -> str:
    """The words of a filter chip: "tomorrow" -> "By tomorrow"."""
    return str(LEVELS[token][2])


@register.filter
def level_promise(token: str) -> str:
    """What stands beside a group of the list: "first attempt within 4 working hours"."""
    return str(LEVELS[token][3])


@register.simple_tag
def mark(token: str, size: int = 16) -> SafeString:
    """One appointment as an attendance mark with its word as text alternative."""
    return drawings.draw_mark(token, size)


@register.filter
def mark_word(token: str) -> str:
    """ "no_show" -> "missed"."""
    return str(drawings.MARK_WORDS[token])


# What a choice row says for an outcome: was here, missed, or told us (excused, cancelled, moved).
OUTCOME_DRESS = {
    "attended": ("choice-here", "check-lg", "P"),
    "late": ("choice-here", "check-lg", "L"),
    "left_early": ("choice-here", "check-lg", "E"),
    "no_show": ("choice-missed", "x-lg", "M"),
    "excused": ("choice-told", "dash-lg", "X"),
    "cancelled_by_client": ("choice-told", "slash-circle", ""),
    "cancelled_by_clinic": ("choice-told", "slash-circle", ""),
    "rescheduled": ("choice-told", "arrow-right-circle", ""),
}


@register.filter
def outcome_dress(token: str) -> str:
    """The class of a choice: "attended" -> "choice-here", "no_show" -> "choice-missed", others "choice-told"."""
    return OUTCOME_DRESS[token][0]


@register.simple_tag
def outcome_icon(token: str, size: int = 14) -> SafeString:
    """The icon that a chosen outcome shows beside its word."""
    return icon(OUTCOME_DRESS[token][1], size)


@register.filter
def outcome_key(token: str) -> str:
    """The key of an outcome in the register and on the day sheet, or nothing: "late" -> "L"."""
    return OUTCOME_DRESS[token][2]


@register.simple_tag
def strip(weeks: Sequence[drawings.Week]) -> SafeString:
    """The 12-week strip; `weeks` oldest first, the last being this week."""
    return drawings.draw_strip(weeks)


@register.simple_tag
def sparkline(values: Sequence[float | None]) -> SafeString:
    """A line of shares from 0 to 1; None leaves a gap."""
    return drawings.draw_sparkline(values)


@register.filter
def share(value: float | None) -> str:
    """0.794 -> "79 %"; None -> an en dash, for "nothing to count"."""
    return "–" if value is None else drawings.say_share(value)


@register.filter
def day(value: date | None, reference: date | None = None) -> str:
    """ "Tue 12 Nov"; with the year when `reference` lies in another one. Moments are read in the active time zone."""
    if value is None:
        return ""
    value = _local_day(value)
    if reference is not None and _local_day(reference).year != value.year:
        return date_format(value, pgettext("day with its year", "D j M Y"))
    return date_format(value, pgettext("day", "D j M"))


@register.filter
def short_day(value: date | None, previous: date | None = None) -> str:
    """The date under a mark: "30 Sep", and only "7" when `previous` stands in the same month."""
    if value is None:
        return ""
    value = _local_day(value)
    if previous is not None and _same_month(_local_day(previous), value):
        return str(value.day)
    return date_format(value, pgettext("day and month", "j M"))


@register.filter
def clock(value: datetime | None) -> str:
    """ "11:00" in the active time zone, which the views set to the clinic's."""
    return "" if value is None else _local(value).strftime("%H:%M")


@register.filter
def due(value: datetime | None, now: datetime) -> str:
    """ "11:00 today", "Sat 12:00" within the coming six days, otherwise "Mon 30 Nov 12:00"."""
    if value is None:
        return ""
    moment, present = _local(value), _local(now)
    ahead = (moment.date() - present.date()).days
    if ahead == 0:
        return gettext("%(time)s today") % {"time": clock(value)}
    named = day(moment, present)
    if 0 < ahead <= 6:
        named = date_format(moment, pgettext("weekday", "D"))
    return f"{named} {clock(value)}"


@register.filter
def days(count: int | None) -> str:
    """ "16 days", "1 day", "today"; empty for None."""
    if count is None:
        return ""
    if count == 0:
        return gettext("today")
    return ngettext("%(n)d day", "%(n)d days", count) % {"n": count}


@register.filter
def role_words(user: Any) -> str:
    """What a member of staff is, for the menu: "Case manager, Supervisor"; always in the same order."""
    held = getattr(user, "role_tokens", ())
    return ", ".join(str(words) for role, words in ROLE_WORDS.items() if role in held)


@register.filter
def say(sentence: Sentence | str | None) -> str:
    """A Sentence of the mind in the reader's language, escaped. A plain string is only escaped."""
    if sentence is None:
        return ""
    return conditional_escape(_spoken(sentence))


def _spoken(value: Any) -> str:
    """A value of a Sentence for a reader: the translated counterpart of `words.plain`."""
    if isinstance(value, Sentence):
        message = gettext(value.msgid)
        if value.plural is not None and value.count is not None:
            message = ngettext(value.msgid, value.plural, value.count)
        return message % {
            name: inner if isinstance(inner, int) else _spoken(inner) for name, inner in value.values.items()
        }
    if isinstance(value, date):
        return day(value)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(item, date) for item in value):
            return _spoken_days(value)
        return ", ".join(_spoken(item) for item in value)
    return str(value)


def _spoken_days(values: Sequence[date]) -> str:
    """Each month is named once, after the last of its days: "30 Oct, 5, 12 Nov"."""
    parts = []
    for position, value in enumerate(values):
        following = values[position + 1] if position + 1 < len(values) else None
        parts.append(str(value.day) if following and _same_month(value, following) else short_day(value))
    return ", ".join(parts)


def _same_month(one: date, other: date) -> bool:
    return (one.year, one.month) == (other.year, other.month)


def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


def _local_day(value: date) -> date:
    return _local(value).date() if isinstance(value, datetime) else value

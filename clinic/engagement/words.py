"""Sentences as data, so that the mind can speak without knowing the reader's language.

A `Sentence` keeps the English message and its values apart. Pages translate the message and format the values in the
reader's language; `str()` gives plain English for logs of tests and for commands. The two functions below carry the
names that message extraction looks for; they mark, they do not translate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence for a person: `msgid` (and `plural`, chosen by `count`) with named `%(value)s` places.

    Values are ints, strings, dates, times of day, lists of dates or of strings, or another Sentence.
    """

    msgid: str
    values: Mapping[str, Any] = field(default_factory=dict)
    plural: str | None = None
    count: int | None = None

    def __str__(self) -> str:
        message = self.plural if self.plural is not None and self.count != 1 else self.msgid
        return message % {
            name: value if isinstance(value, int) else plain(value) for name, value in self.values.items()
        }

    def as_json(self) -> dict[str, Any]:
        """The form kept with a finding; `Sentence.from_json` reads it back."""
        return {
            "msgid": self.msgid,
            "plural": self.plural,
            "count": self.count,
            "values": {name: _to_json(value) for name, value in self.values.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sentence:
        """Read what `as_json` wrote. Raises KeyError when `msgid` is missing."""
        return cls(
            msgid=data["msgid"],
            plural=data.get("plural"),
            count=data.get("count"),
            values={name: _from_json(value) for name, value in data.get("values", {}).items()},
        )


def gettext_noop(message: str, **values: Any) -> Sentence:
    """Mark a message for translation and bind its values."""
    return Sentence(message, values)


def ngettext_lazy(singular: str, plural: str, count: int, **values: Any) -> Sentence:
    """Mark a message with a plural form, chosen by `count`, and bind its values (`n` is the count)."""
    return Sentence(singular, {"n": count, **values}, plural, count)


def plain(value: Any) -> str:
    """A value in plain English: dates as "Wed 4 Nov", lists of dates as "5, 12, 19 Nov", times as "09:30"."""
    if isinstance(value, date):
        return f"{WEEKDAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(item, date) for item in value):
            return _dates(value)
        return ", ".join(plain(item) for item in value)
    return str(value)


def _dates(days: Sequence[date]) -> str:
    """Days with their month named once for each run of days in it: "30 Oct, 5, 12 Nov"."""
    parts = []
    for position, day in enumerate(days):
        following = days[position + 1] if position + 1 < len(days) else None
        same = following is not None and (following.year, following.month) == (day.year, day.month)
        parts.append(str(day.day) if same else f"{day.day} {MONTHS[day.month - 1]}")
    return ", ".join(parts)


def _to_json(value: Any) -> Any:
    if isinstance(value, Sentence):
        return {"sentence": value.as_json()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, time):
        return {"time": value.isoformat("minutes")}
    if isinstance(value, (list, tuple)):
        return [_to_json(item) for item in value]
    return value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict) and "sentence" in value:
        return Sentence.from_json(value["sentence"])
    if isinstance(value, dict) and "day" in value:
        return date.fromisoformat(value["day"])
    if isinstance(value, dict) and "time" in value:
        return time.fromisoformat(value["time"])
    if isinstance(value, list):
        return [_from_json(item) for item in value]
    return value

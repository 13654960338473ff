"""The shape of a sign and of a finding, the levels, and the thresholds a clinic may set.

Default thresholds are starting values for a clinical lead to approve (clinical basis, 2.2); none is a validated
cut-off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from clinic.engagement.timeline import Event, Timeline, once
from clinic.engagement.words import Sentence


class Level(StrEnum):
    """How soon the first contact should be tried (clinical basis, 2.1: L3, L2, L1, L0, POS, ADMIN)."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    TWO_DAYS = "two_days"
    CHECK_IN = "check_in"
    GOOD_NEWS = "good_news"
    UPKEEP = "upkeep"

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return _ORDER.index(self)

    def lowered(self) -> Level:
        """One level less urgent; a check-in stays one."""
        return _ORDER[min(self.rank + 1, _ORDER.index(Level.CHECK_IN))]


_ORDER = (Level.TODAY, Level.TOMORROW, Level.TWO_DAYS, Level.CHECK_IN, Level.GOOD_NEWS, Level.UPKEEP)


def highest(levels: Iterable[Level]) -> Level:
    """The most urgent of several. Raises ValueError when there is none."""
    return min(levels, key=lambda level: level.rank)


class Kind(StrEnum):
    """What a follow-up is about; at most one is open per episode and kind."""

    DISENGAGEMENT = "disengagement"
    GOOD_NEWS = "good_news"
    UPKEEP = "upkeep"


class Settles(StrEnum):
    """What settles a finding by itself."""

    ONE_CONTACT = "one_contact"
    TWO_SESSIONS = "two_sessions"


def _setting(default: int, unit: str, meaning: str) -> Any:
    return field(default=default, metadata={"unit": unit, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Every number a clinic may tune, with its unit and meaning; all comparisons are inclusive."""

    early_days: int = _setting(30, "days", "First days of an episode, in which earlier levels apply (D13d)")
    recent_days: int = _setting(21, "days", "A run whose last missed session is older is not raised")
    found_late_days: int = _setting(14, "days", "An event older than this when found is tagged as found late")
    after_pause_days: int = _setting(
        14, "days", "A follow-up missed this soon after a pause is for today (D01)"
    )
    counselling_watch: int = _setting(2, "sessions", "Counselling missed in a row: by tomorrow (D02b)")
    counselling_urgent: int = _setting(3, "sessions", "Counselling missed in a row: today (D02b)")
    counselling_k: int = _setting(3, "sessions", "Counselling missed of the last n: within 2 days (D02c)")
    counselling_k_high: int = _setting(4, "sessions", "Counselling missed of the last n: by tomorrow (D02c)")
    counselling_n: int = _setting(6, "sessions", "The n of k-of-n (D02c)")
    counselling_least: int = _setting(4, "sessions", "Countable sessions needed for k-of-n (D02c)")
    counselling_window: int = _setting(60, "days", "How far back k-of-n looks (D02c)")
    no_show_rate: int = _setting(
        20, "percent", "The programme's own share of missed sessions, set by a person"
    )
    no_show_rate_high: int = _setting(25, "percent", "Above this rate k-of-n needs one more (D02c)")
    group_attended: int = _setting(
        3, "sessions", "Sessions of a group attended before dropping out counts (D03)"
    )
    group_missed: int = _setting(3, "sessions", "Sessions of a group missed in a row: by tomorrow (D03)")
    group_missed_weekly: int = _setting(2, "sessions", "The same for a weekly group: within 2 days (D03)")
    group_days: int = _setting(10, "days", "Days since the group was last attended (D03)")
    silence_early: int = _setting(7, "days", "Silence in the first days of an episode (D06)")
    silence_intensive: int = _setting(
        7, "days", "Silence where three or more sessions a week are planned (D06)"
    )
    silence_standard: int = _setting(14, "days", "Silence in standard outpatient care (D06)")
    silence_monthly: int = _setting(21, "days", "Least silence where sessions are monthly or fewer (D06)")
    silence_monthly_cap: int = _setting(45, "days", "Most silence where sessions are monthly or fewer (D06)")
    silence_urgent: int = _setting(30, "days", "Silence that is for today, whatever the plan (D06)")
    intensive_a_week: int = _setting(
        3, "sessions", "Planned sessions a week that make a plan intensive (D06)"
    )
    monthly_interval: int = _setting(
        28, "days", "Planned interval from which a plan is monthly or fewer (D06)"
    )
    booked_within: int = _setting(7, "days", "How far ahead a booking breaks the nothing-booked rule (D06)")
    stopped_days: int = _setting(14, "days", "No attended contact in any service (D08)")
    stopped_early_days: int = _setting(10, "days", "The same in the first days of an episode (D08)")
    stopped_dosing_days: int = _setting(7, "days", "The same on daily observed dosing (D08)")
    stopped_missed: int = _setting(2, "sessions", "Missed sessions in the gap (D08)")
    active_contacts: int = _setting(
        3, "contacts", "Attended contacts that make somebody active before a gap (D08)"
    )
    active_window: int = _setting(60, "days", "The window in which they must lie (D08)")
    unrecorded_percent: int = _setting(
        20, "percent", "Above this unrecorded share D06 and D08 fire one level lower"
    )
    settle_days: int = _setting(14, "days", "Two attended sessions within this settle a pattern")
    lift_tomorrow: int = _setting(12, "points", "Priority that lifts a follow-up to at least tomorrow")
    lift_today: int = _setting(20, "points", "Priority that lifts a follow-up to today")
    lift_dosing_tomorrow: int = _setting(6, "points", "The same with daily dosing")
    lift_dosing_today: int = _setting(10, "points", "The same with daily dosing")
    rest_days: int = _setting(14, "days", "A client reached rests this long, unless something new is missed")
    contacts_a_day: int = _setting(
        8, "contacts", "First contacts one worker can make in a day (the capacity line)"
    )

    def __post_init__(self) -> None:
        for setting in fields(self):
            value = getattr(self, setting.name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{setting.name} must be a whole number of at least 1, not {value!r}")

    @classmethod
    def of(cls, values: Mapping[str, int]) -> Thresholds:
        """The defaults with `values` in their place. Raises ValueError on an unknown name or an impossible value."""
        known = {setting.name for setting in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ValueError(f"unknown thresholds: {', '.join(unknown)}")
        return cls(**values)

    @classmethod
    def describe(cls, names: Iterable[str]) -> list[dict[str, Any]]:
        """Name, default, unit and meaning of some thresholds, for commands and documents."""
        by_name = {setting.name: setting for setting in fields(cls)}
        return [
            {
                "name": name,
                "default": by_name[name].default,
                "unit": by_name[name].metadata["unit"],
                "meaning": by_name[name].metadata["meaning"],
            }
            for name in names
        ]


DEFAULTS = Thresholds()


@dataclass(frozen=True)
class Finding:
    """One sign matched for one episode: the rows it stands on, and the sentences that say so.

    `anchor` is stable while the same absence goes on: with episode and sign it is the fingerprint. `missed` are the
    places of the missed appointments in the timeline, oldest first. Contacts later than the epoch second `counts_from`
    count towards settling. `unrecorded` is how many sessions in its window nobody has recorded. What is told is worked
    out when asked for: most findings of a sweep stand on record already, and nobody asks.
    """

    sign: str
    level: Level
    anchor: str
    title: Sentence
    timeline: Timeline = field(repr=False, compare=False)
    missed: tuple[int, ...]
    tell: Callable[[], list[Sentence]] = field(repr=False, compare=False)
    counts_from: int = 0
    unrecorded: int = 0
    steps: tuple[str, ...] = ()

    @once
    def why(self) -> tuple[Sentence, ...]:
        """The facts, a sentence each."""
        return tuple(self.tell())

    @once
    def evidence(self) -> tuple[Event, ...]:
        """The missed appointments, oldest first."""
        return self.timeline.events(self.missed)

    @once
    def evidence_ids(self) -> frozenset[int]:
        ids = self.timeline.record.ids
        return frozenset([ids[index] for index in self.missed])

    @property
    def last_missed(self) -> int:
        """Epoch second of the newest missed appointment in the evidence; 0 when there is none."""
        return self.timeline.record.starts[self.missed[-1]] if self.missed else 0


@dataclass(frozen=True, slots=True)
class Sign:
    """A documented pattern: what it is called, why it matters, what settles it, and where it is documented.

    `sources` are `document:line` of the five source documents. `thresholds` names the fields of Thresholds it reads.
    `one_at_a_time`: a silence goes on when a talk on the telephone comes between, so an open finding takes it up.
    """

    code: str
    title: Sentence
    family: str
    levels: tuple[Level, ...]
    sources: tuple[str, ...]
    thresholds: tuple[str, ...]
    settles: Settles
    meaning: Sentence
    find: Callable[[Timeline, Thresholds], tuple[Finding, ...]]
    kind: Kind = Kind.DISENGAGEMENT
    one_at_a_time: bool = False


def is_early(timeline: Timeline, thresholds: Thresholds) -> bool:
    """Whether the episode is in its first days, in which stricter levels apply (clinical basis, D13d)."""
    return timeline.day_of_episode <= thresholds.early_days

"""Every threshold, as one typed, documented value.

The defaults are starting values for a clinical lead to approve (clinical basis, 2.2); none is a validated cut-off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from clinic.engagement.timeline import Timeline


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
        20, "percent", "Above this unrecorded share D06, D08 are one level lower; D07, D10, D11 silent"
    )
    settle_days: int = _setting(14, "days", "Two attended sessions within this settle a pattern")
    group_replaced_days: int = _setting(
        14, "days", "Another service missed this recently makes a place given up urgent (D03)"
    )
    meetings_usual: int = _setting(1, "meetings", "Mutual-aid meetings a week that make them a habit (D03b)")
    meetings_weeks: int = _setting(4, "weeks", "Weeks with that many, of the window before (D03b)")
    meetings_window: int = _setting(6, "weeks", "The window before the pause in which they lie (D03b)")
    meetings_none_days: int = _setting(14, "days", "Days without a logged meeting (D03b)")
    visit_ahead: int = _setting(
        3, "business days", "A planned follow-up not booked this long before its day (D01b)"
    )
    supply_left: int = _setting(
        3, "days", "Medication left at a missed prescriber visit that makes it urgent (D01)"
    )
    quieter_recent: int = _setting(4, "sessions", "Rated sessions compared (D04)")
    quieter_recent_days: int = _setting(28, "days", "The days in which they lie (D04)")
    quieter_before: int = _setting(5, "sessions", "Rated sessions before them that are needed (D04)")
    quieter_before_days: int = _setting(56, "days", "The days before in which those lie (D04)")
    quieter_fall: int = _setting(10, "tenths", "Fall of the mean rating, in tenths of a step (D04)")
    quieter_median: int = _setting(2, "rating", "Highest median of the recent ratings (D04)")
    quieter_skip: int = _setting(
        2, "sessions", "Sessions left out after a change of facilitator or modality (D04)"
    )
    leaving_count: int = _setting(3, "sessions", "Sessions left early or come late to (D04)")
    leaving_of: int = _setting(5, "sessions", "Of so many attended (D04)")
    together_days: int = _setting(
        14, "days", "Signs this close to each other raise a level together (D04, D18)"
    )
    cancelled_run: int = _setting(3, "cancellations", "In a row, no session attended between (D05)")
    cancelled_late: int = _setting(2, "cancellations", "Late ones: within 2 days (D05)")
    cancelled_late_days: int = _setting(14, "days", "The days in which they lie (D05)")
    cancelled_late_high: int = _setting(3, "cancellations", "Late ones: by tomorrow (D05)")
    cancelled_late_high_days: int = _setting(30, "days", "The days in which they lie (D05)")
    cancelled_volume: int = _setting(4, "cancellations", "Cancellations in the volume window (D05)")
    cancelled_volume_days: int = _setting(30, "days", "The volume window (D05)")
    cancelled_volume_percent: int = _setting(
        40, "percent", "Their share of countable and cancelled sessions (D05)"
    )
    cancelled_kept_days: int = _setting(
        7, "days", "A cancellation re-booked and attended within this is left out (D05)"
    )
    rebook_within: int = _setting(3, "business days", "A cancellation without a new date (D05d, S02)")
    rebook_asked_days: int = _setting(
        60, "days", "How long a cancellation without a new date is raised (D05d, S02)"
    )
    falling_recent: int = _setting(4, "weeks", "Eligible weeks compared (D07)")
    falling_before: int = _setting(8, "weeks", "Eligible weeks before them (D07)")
    falling_least: int = _setting(4, "weeks", "Baseline weeks needed (D07)")
    falling_sessions: int = _setting(6, "sessions", "Planned sessions needed in the baseline (D07)")
    falling_ratio: int = _setting(60, "percent", "Of the baseline ratio: by tomorrow (D07)")
    falling_early: int = _setting(75, "percent", "Of the baseline ratio: within 2 days (D07)")
    falling_gone: int = _setting(25, "percent", "Attended share in every service: today (D07)")
    falling_points: int = _setting(25, "points", "Fall of the attended share, in percent points (D07)")
    falling_a_week: int = _setting(1, "sessions", "Fall in sessions a week (D07)")
    falling_weeks: int = _setting(3, "weeks", "Recent weeks below the baseline mean (D07)")
    falling_weeks_early: int = _setting(2, "weeks", "Of the last 3, for the early form (D07)")
    falling_channel: int = _setting(25, "percent", "Relative fall that counts in one service (D07)")
    falling_channels: int = _setting(2, "services", "Services that must fall, where there are several (D07)")
    eligible_days: int = _setting(4, "days", "Days not paused or closed that make a week count (D07, D10)")
    grace_days: int = _setting(14, "days", "Grace after a change of plan (D07, D10)")
    excused_fall_percent: int = _setting(50, "percent", "Share of a fall that excuses explain away (D07)")
    conference_days: int = _setting(30, "days", "Out of contact: a case conference is due (D08)")
    doses_concern: int = _setting(2, "doses", "Observed doses missed in a row: by tomorrow (D09)")
    doses_urgent: int = _setting(3, "doses", "Observed doses missed in a row: today (D09)")
    doses_new_start: int = _setting(
        5, "doses", "Missed in a row: the prescriber may treat it as a new start (D09)"
    )
    doses_early_days: int = _setting(14, "days", "First days of dosing, in which one missed counts (D09)")
    doses_week: int = _setting(3, "doses", "Missed within 7 days, not in a row (D09)")
    doses_fortnight: int = _setting(4, "doses", "Missed within 14 days, not in a row (D09)")
    supply_watch: int = _setting(1, "days", "Supply ended without pick-up: within 2 days (D09)")
    supply_concern: int = _setting(2, "days", "Supply ended without pick-up: by tomorrow (D09)")
    supply_urgent: int = _setting(3, "days", "Supply ended: today, methadone (D09)")
    supply_urgent_buprenorphine: int = _setting(5, "days", "Supply ended: today, buprenorphine (D09)")
    injection_watch: int = _setting(3, "days", "Injection overdue: within 2 days (D09)")
    injection_concern: int = _setting(7, "days", "Injection overdue: by tomorrow (D09)")
    injection_urgent: int = _setting(14, "days", "Injection overdue: today (D09)")
    naltrexone_concern: int = _setting(1, "days", "Naltrexone overdue: by tomorrow (D09)")
    naltrexone_urgent: int = _setting(3, "days", "Naltrexone overdue: today (D09)")
    goal_short_weeks: int = _setting(2, "weeks", "Short weeks running (D10)")
    goal_short_of: int = _setting(3, "weeks", "Short weeks of the last 4 (D10)")
    goal_reset_weeks: int = _setting(3, "weeks", "Short weeks after which to talk of another goal (D10)")
    ninety_behind: int = _setting(5, "meetings", "Least shortfall of ninety in ninety (D11)")
    ninety_percent: int = _setting(15, "percent", "Or this share of the days gone by (D11)")
    ninety_pace: int = _setting(9, "meetings", "Fewer than this in 14 days (D11)")
    ninety_a_day: int = _setting(2, "meetings", "Meetings of one day that count (D11)")
    unanswered: int = _setting(2, "tries", "Unanswered tries by different ways or hours (D12)")
    unanswered_days: int = _setting(2, "business days", "The span in which they lie (D12)")
    unanswered_high: int = _setting(3, "tries", "Unanswered tries: today (D12)")
    unanswered_high_days: int = _setting(3, "days", "Over at least so many days (D12)")
    wrong_contacts: int = _setting(1, "tries", "Tries in a row at a wrong number or address (S04)")
    first_service_day: int = _setting(10, "days", "No attended service by this day of the stay (D13a)")
    further_services: int = _setting(2, "services", "Further services wanted after the first (D13b)")
    further_services_days: int = _setting(24, "days", "By so many days after the first (D13b)")
    further_services_end: int = _setting(34, "days", "The span they are asked for in (D13b)")
    first_contacts: int = _setting(3, "contacts", "Planned contacts, any of which missed counts (D13c)")
    absent_days: int = _setting(14, "days", "Without contact before somebody is back (D14)")
    back_days: int = _setting(60, "days", "How far back a sign makes a contact a return (D14)")
    back_shown_days: int = _setting(7, "days", "How long after the return it is raised (D14)")
    watch_days: int = _setting(28, "days", "After a return, a new miss counts one level more (D14)")
    milestone_days: int = _setting(7, "days", "How long after its day a milestone is raised (D15)")
    milestone_seen: int = _setting(14, "days", "Seen within so many days, or nothing is marked (D15)")
    goal_met_weeks: int = _setting(4, "weeks", "Weeks of goals met that are marked (D15)")
    back_urgent: int = _setting(7, "days", "After a stay elsewhere without contact: today (D16)")
    back_missed: int = _setting(14, "days", "The continuity measure is missed (D16)")
    back_risk: int = _setting(28, "days", "How long the safety note stands after it (D16)")
    pause_review: int = _setting(7, "days", "A pause without an end is looked at again (S03)")
    plan_by: int = _setting(14, "days", "Day of the stay by which a plan is there (D17)")
    review_early: int = _setting(30, "days", "Review interval in the first days (D17)")
    review_early_until: int = _setting(90, "days", "Those first days (D17)")
    review_later: int = _setting(90, "days", "Review interval afterwards (D17)")
    consent_ahead: int = _setting(14, "days", "A consent ending so soon (D17)")
    goal_stuck_weeks: int = _setting(6, "weeks", "Weeks at none or all of a goal (D17)")
    noted_strong: int = _setting(3, "anchor", "An item at this anchor: today (D18)")
    noted_clear: int = _setting(2, "anchor", "An item at this anchor: within 2 days (D18)")
    noted_days: int = _setting(14, "days", "Two items this close, or stress and craving (D18)")
    noted_rise: int = _setting(2, "anchors", "Rise of one item (D18)")
    noted_rise_days: int = _setting(28, "days", "The days in which it rose (D18)")
    excused_percent: int = _setting(50, "percent", "Excused share of planned sessions, exceeded (S01)")
    excused_least: int = _setting(4, "sessions", "Planned sessions needed (S01)")
    excused_days: int = _setting(28, "days", "The days in which they lie (S01)")
    clinic_cancelled: int = _setting(2, "cancellations", "By the clinic, in a row (S02)")
    lift_tomorrow: int = _setting(20, "days", "Priority that lifts a follow-up to at least tomorrow")
    lift_today: int = _setting(24, "days", "Priority that lifts a follow-up to today")
    lift_dosing_tomorrow: int = _setting(20, "days", "The same with daily dosing")
    lift_dosing_today: int = _setting(24, "days", "The same with daily dosing")
    rest_days: int = _setting(14, "days", "A client reached rests this long, unless something new is missed")
    contacts_a_day: int = _setting(
        8, "contacts", "First contacts one worker can make in a day (the capacity line)"
    )

    def __hash__(self) -> int:
        # Of a few values, not of all: it is asked for with every open finding of a morning.
        return hash((self.recent_days, self.stopped_days, self.lift_today))

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

    def tuned(self, values: Mapping[str, int]) -> Thresholds:
        """These thresholds with some values of a client's own. Raises ValueError like `of`."""
        return Thresholds.of(
            {setting.name: getattr(self, setting.name) for setting in fields(self)} | dict(values)
        )

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


def in_force(timeline: Timeline, thresholds: Thresholds) -> Thresholds:
    """The clinic's thresholds, with those of the client's own that are in force on this day in their place."""
    if not timeline.known.overrides:
        return thresholds
    for own in timeline.known.overrides:
        if own.first <= timeline.today <= own.last:
            thresholds = thresholds.tuned(dict(own.values))
    return thresholds

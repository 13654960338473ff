"""What a client and their team have agreed, on the client's page: the plan, goals, milestones, who helps, medication,
groups. The pages of each have more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clinic import access
from clinic.client_file.goals import GoalLine, MilestoneLine, goals_of, milestones_of
from clinic.client_file.notes import memberships
from clinic.client_file.plan import PlanShown, plan_of
from clinic.client_file.supporters import SupporterLine, supporters_of
from clinic.engagement.signs.thresholds import Thresholds
from clinic.engagement.timeline import Timeline
from clinic.models import Episode, Medication, Membership, Staff, WaitingPlace

MILESTONES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Order:
    """One order of medication: how it is given, which medicine, from when to when. No dose is kept anywhere."""

    kind: str
    medicine: str
    starts_on: date
    ends_on: date | None
    running: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a group, or on its waiting list since `since`."""

    group: str
    since: date
    waiting: bool


@dataclass(frozen=True, slots=True)
class Agreed:
    """Everything of it, of one stay. `milestones` are the newest and the next; `places` those that go on."""

    plan: PlanShown | None
    goals: Sequence[GoalLine]
    milestones: Sequence[MilestoneLine]
    all_milestones: Sequence[MilestoneLine]
    supporters: Sequence[SupporterLine]
    orders: Sequence[Order]
    places: Sequence[Place]
    memberships: Sequence[Membership]

    @property
    def may_be_told(self) -> list[SupporterLine]:
        """Those staff may speak with: a written consent is live."""
        return [each for each in self.supporters if each.state == "live"]


def agreed(staff: Staff, stay: Episode, timeline: Timeline, today: date, rules: Thresholds) -> Agreed:
    """What is agreed in one stay, as far as `staff` may see it, in a fixed number of queries."""
    goals = goals_of(stay, timeline, rules)
    milestones = milestones_of(stay, timeline, goals)
    reached = [each for each in milestones if each.reached]
    ahead = [each for each in milestones if not each.reached]
    places = memberships(stay)
    waiting = WaitingPlace.objects.filter(episode=stay, ended_on=None).select_related("group")
    return Agreed(
        plan=plan_of(stay, today, rules),
        goals=[each for each in goals if not each.is_over],
        milestones=[*reached[len(ahead) - MILESTONES_SHOWN :], *ahead],
        all_milestones=milestones,
        supporters=[each for each in supporters_of(staff, stay, today, rules) if each.active],
        orders=[
            _order(row, today)
            for row in access.medications_for(staff, today).filter(episode=stay).order_by("-starts_on", "-pk")
        ],
        places=[
            *(
                Place(row.group.name, row.joined_on, False)
                for row in places
                if row.left_on is None or row.left_on > today
            ),
            *(Place(row.group.name, row.asked_on, True) for row in waiting.order_by("asked_on", "pk")),
        ],
        memberships=places,
    )


def _order(row: Medication, today: date) -> Order:
    running = row.starts_on <= today and (row.ends_on is None or today <= row.ends_on)
    return Order(row.get_kind_display(), row.get_medicine_display(), row.starts_on, row.ends_on, running)

"""What one of the cast has agreed with their team, for pages that want something to show: a plan, a goal, a supporter.

Written once however often it is asked for, through the verbs, by whoever is named.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from clinic import plans
from clinic.models import CarePlan, Client, Goal, Milestone, Supporter
from clinic.plans import IfThenPlan, Issue, PlanContent, Trigger
from tests import cast

DAY = timedelta(days=1)
CONTENT = PlanContent(
    reasons=("Mateo’s school play", "Keeping the flat"),
    triggers=(
        Trigger("missed_session", "I skip a week", avoidable=False),
        Trigger("place", "Payday near the station"),
    ),
    issues=(Issue("Sleep", "Sleep class"), Issue("Rent debt")),
    coping=("Walk to the river",),
    routine=("Up at seven",),
    reminders=("The photo on the fridge",),
    life_goals=("Back to full shifts",),
    if_thens=(
        IfThenPlan("missed_session", "I skip a week", "I text and take the first slot offered", "Elena"),
    ),
    aftercare="Saturday walking club",
)
SCOPE = "That we would like them to call"


class Agreed(NamedTuple):
    """The rows of one client."""

    plan: CarePlan
    goal: Goal
    supporter: Supporter
    milestone: Milestone


def agreed(house: cast.Cast, client: Client, now: datetime) -> Agreed:
    """What the client and Maya have agreed; the supporter has a live consent."""
    stay = house.episode(client)
    if not CarePlan.objects.filter(episode=stay).exists():
        by = {"by": house.maya, "on": now}
        elena = plans.add_supporter(stay, **by, name="Elena Ferro", relation="family", phone="(505) 555-0177")
        plans.give_consent(
            elena, **by, scope=SCOPE, starts_on=house.today - DAY, ends_on=house.today + 99 * DAY
        )
        plans.save_plan(stay, **by, content=CONTENT, reviewed=True, version=None)
        start = max(house.today - 60 * DAY, stay.admitted_on)
        plans.set_goal(
            stay, **by, kind="weekly", words="Two sessions or meetings a week", target=2, starts_on=start
        )
        plans.note_milestone(stay, **by, kind="home", words="Keys to the flat", day=house.today - 2 * DAY)
    return Agreed(
        CarePlan.objects.get(episode=stay),
        Goal.objects.get(episode=stay),
        Supporter.objects.get(episode=stay),
        Milestone.objects.get(episode=stay),
    )

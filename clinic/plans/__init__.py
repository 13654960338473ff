"""Verbs on what a client and their team have agreed: the care plan, what it books, who helps, goals, and what the
client wants marked, logged or left.

Each checks, changes, asks for a recheck and writes its audit entry in one transaction. What was said of a day that
has passed is not rewritten: a goal that changes is a new goal, a consent that ends keeps its days.
"""

from clinic.plans.ahead import plan_sessions, plan_visit, withdraw_visit
from clinic.plans.content import (
    IfThenPlan,
    Issue,
    PlanContent,
    Trigger,
    as_kept,
    in_full,
    review_plan,
    save_plan,
)
from clinic.plans.elsewhere import end_care_elsewhere, note_care_elsewhere
from clinic.plans.goals import (
    change_goal,
    end_goal,
    note_milestone,
    pause_goal,
    reach_goal,
    resume_goal,
    set_goal,
    take_back_milestone,
)
from clinic.plans.of_the_client import (
    note_naloxone,
    set_meeting_logging,
    set_no_outreach,
    state_recovery_start,
)
from clinic.plans.opened import note_opened
from clinic.plans.seen import CONFLICT
from clinic.plans.supporters import add_supporter, change_supporter, end_consent, give_consent

__all__ = [
    "CONFLICT",
    "IfThenPlan",
    "Issue",
    "PlanContent",
    "Trigger",
    "add_supporter",
    "as_kept",
    "change_goal",
    "change_supporter",
    "end_care_elsewhere",
    "end_consent",
    "end_goal",
    "give_consent",
    "in_full",
    "note_care_elsewhere",
    "note_milestone",
    "note_naloxone",
    "note_opened",
    "pause_goal",
    "plan_sessions",
    "plan_visit",
    "reach_goal",
    "resume_goal",
    "review_plan",
    "save_plan",
    "set_goal",
    "set_meeting_logging",
    "set_no_outreach",
    "state_recovery_start",
    "take_back_milestone",
    "withdraw_visit",
]

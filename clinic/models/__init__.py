"""The memory of Aftercare: its nouns, with constraints rather than hopes."""

from clinic.models.care import Assignment, Closure, Episode, Pause, ProgrammeChange
from clinic.models.imports import Import, ImportChange, ImportFile, ImportRefusal
from clinic.models.ledger import AuditEntry, Submission
from clinic.models.medication import Injection, Medication, MedicationBreak, Supply
from clinic.models.observation import Observation, ObservationItem
from clinic.models.people import Client, Clinic, Programme, Role, Staff, StaffRole, Team
from clinic.models.plan import (
    CareElsewhere,
    CarePlan,
    Goal,
    GoalPause,
    IfThen,
    Milestone,
    PlannedSessions,
    PlannedVisit,
    PlanRevision,
    Supporter,
)
from clinic.models.rules import Override, RuleSet
from clinic.models.schedule import Appointment, Group, Membership, Session
from clinic.models.series import Recording, Series, WaitingPlace
from clinic.models.sweeps import Recheck, SweepFailure, SweepRun, SweepShard
from clinic.models.work import Attempt, Finding, FollowUp

__all__ = [
    "Appointment",
    "Assignment",
    "Attempt",
    "AuditEntry",
    "CareElsewhere",
    "CarePlan",
    "Client",
    "Clinic",
    "Closure",
    "Episode",
    "Finding",
    "FollowUp",
    "Goal",
    "GoalPause",
    "Group",
    "IfThen",
    "Import",
    "ImportChange",
    "ImportFile",
    "ImportRefusal",
    "Injection",
    "Medication",
    "MedicationBreak",
    "Membership",
    "Milestone",
    "Observation",
    "ObservationItem",
    "Override",
    "Pause",
    "PlanRevision",
    "PlannedSessions",
    "PlannedVisit",
    "Programme",
    "ProgrammeChange",
    "Recheck",
    "Recording",
    "Role",
    "RuleSet",
    "Series",
    "Session",
    "Staff",
    "StaffRole",
    "Submission",
    "Supply",
    "Supporter",
    "SweepFailure",
    "SweepRun",
    "SweepShard",
    "Team",
    "WaitingPlace",
]

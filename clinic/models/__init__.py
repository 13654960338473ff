"""The memory of Aftercare: its nouns, with constraints rather than hopes."""

from clinic.models.care import Assignment, Closure, Episode, Pause
from clinic.models.ledger import AuditEntry
from clinic.models.people import Client, Clinic, Programme, Role, Staff, StaffRole, Team
from clinic.models.rules import RuleSet
from clinic.models.schedule import Appointment, Group, Membership, Session
from clinic.models.sweeps import Recheck, SweepFailure, SweepRun, SweepShard
from clinic.models.work import Attempt, Finding, FollowUp

__all__ = [
    "Appointment",
    "Assignment",
    "Attempt",
    "AuditEntry",
    "Client",
    "Clinic",
    "Closure",
    "Episode",
    "Finding",
    "FollowUp",
    "Group",
    "Membership",
    "Pause",
    "Programme",
    "Recheck",
    "Role",
    "RuleSet",
    "Session",
    "Staff",
    "StaffRole",
    "SweepFailure",
    "SweepRun",
    "SweepShard",
    "Team",
]

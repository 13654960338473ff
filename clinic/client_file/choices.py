"""What may be chosen when a stay begins or changes: the clinic's programmes, and who works there as a case manager."""

from __future__ import annotations

from clinic.models import Clinic, Programme, Role, Staff


def programmes(clinic: Clinic) -> list[Programme]:
    """The lines of treatment of a clinic, A to Z; one query."""
    return list(Programme.objects.filter(clinic=clinic).order_by("name"))


def case_managers(clinic: Clinic) -> list[Staff]:
    """Those who work at a clinic as case managers, A to Z; one query."""
    rows = Staff.objects.filter(clinic=clinic, is_active=True, roles__role=Role.CASE_MANAGER)
    return list(rows.order_by("last_name", "first_name", "pk"))

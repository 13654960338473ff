"""The gate through which every deed leaves a trace: called by the verb itself, in the same transaction as the deed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from clinic.models import AuditEntry, Client, Clinic, Staff


def record(
    *,
    by: Staff | None,
    on: datetime,
    deed: str,
    clinic: Clinic | int | None = None,
    client: Client | int | None = None,
    subject: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write who did or saw what, when, about whom. `by` is None for the clinic's own machinery.

    `detail` may hold ids, names of fields, tokens and counts; never names of people or what somebody wrote.
    """
    return AuditEntry.objects.create(
        at=on,
        staff=by,
        clinic_id=clinic.pk if isinstance(clinic, Clinic) else clinic,
        client_id=client.pk if isinstance(client, Client) else client,
        deed=deed,
        subject=subject,
        detail=detail or {},
    )

"""What somebody else has changed of a client since a form was opened: for the answer to a form that came too late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.models import AuditEntry, Client


@dataclass(frozen=True, slots=True)
class Changed:
    """One field as it stands now, by whom and when it was last changed; `label` and `now` are for people."""

    name: str
    label: str
    now: Any
    by: str
    at: datetime


def changed_since(client: Client, version: int, labels: Mapping[str, str]) -> Sequence[Changed]:
    """The fields changed after a version, in the order of the form; one query. The ledger knows which they were."""
    entries = AuditEntry.objects.filter(client=client, deed="change_client").select_related("staff")
    found: dict[str, Changed] = {}
    for entry in entries.order_by("pk"):
        if entry.detail.get("version", 0) <= version:
            continue
        for name in entry.detail.get("fields", ()):
            if name in labels:
                who = entry.staff.name if entry.staff else ""
                found[name] = Changed(name, str(labels[name]), getattr(client, name), who, entry.at)
    return [found[name] for name in labels if name in found]

"""Finds somebody who came to a group without being a member: by name or record number, among who is in care."""

from __future__ import annotations

from django.db.models import Q

from clinic import access
from clinic.daysheet.register import Candidate
from clinic.models import Appointment, Session, Staff

SHORTEST, MOST_FOUND, MOST_WORDS = 2, 8, 4


def visitors(staff: Staff, session: Session, words: str) -> tuple[Candidate, ...]:
    """Who could be seated: every word stands in a name or in the record number; at most eight, A to Z, one query."""
    if len(words.strip()) < SHORTEST:
        return ()
    seated = Appointment.objects.filter(session=session).values("episode")
    wanted = access.visitors_for(staff, session).exclude(pk__in=seated)
    for word in words.split()[:MOST_WORDS]:
        wanted = wanted.filter(
            Q(client__first_name__icontains=word)
            | Q(client__last_name__icontains=word)
            | Q(client__preferred_name__icontains=word)
            | Q(client__record_number__icontains=word)
        )
    rows = wanted.select_related("client", "programme").order_by(
        "client__last_name", "client__first_name", "pk"
    )
    return tuple(
        Candidate(row.uid, row.client.full_name, row.client.record_number, row.programme.name)
        for row in rows[:MOST_FOUND]
    )

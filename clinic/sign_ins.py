"""Who may try the house: the invented people of the demo clinic, one for each role, listed on the sign-in page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from clinic.models import Role, Staff

# Known to everybody on purpose: production refuses to start beside a demo account.
PASSWORD = "river-lantern-42"  # noqa: S105


@dataclass(frozen=True, slots=True)
class SignIn:
    """One line of the list: who it is, and what to type."""

    what: str
    username: str
    password: str = PASSWORD


def demo_sign_ins() -> list[SignIn]:
    """One demo person for each role, in the order of the roles, where possible somebody who does nothing else; empty
    where the demo clinic is not loaded.
    """
    people = (
        Staff.objects.filter(is_demo=True, is_active=True)
        .annotate(held=Count("roles"))
        .prefetch_related("roles")
        .order_by("held", "pk")
    )
    first: dict[str, SignIn] = {}
    for person in people:
        for role in person.role_tokens:
            first.setdefault(role, SignIn(str(Role(role).label), person.username))
    return [first[role] for role in Role.values if role in first]

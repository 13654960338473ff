"""What stands around every page: the ways to go, the banner of the daily check, and the clinic's own time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from clinic.proof import Banner, proof

# Address name, label, roles it is for, and the other names under which it is the current one.
WAYS = (
    (
        "today",
        _("Today"),
        ("case_manager",),
        ("follow_up", "log_contact", "snooze", "wake", "close_follow_up"),
    ),
    ("caseloads", _("Caseloads"), ("supervisor",), ("caseload", "unassigned")),
    (
        "day",
        _("Day sheet"),
        ("front_desk", "medical", "case_manager", "supervisor"),
        ("mark", "undo_mark", "walk_in"),
    ),
    ("unrecorded", _("Unrecorded"), ("front_desk",), ()),
    ("book", _("Book"), ("front_desk",), ("appointment", "rebook", "cancel_appointment")),
    (
        "groups",
        _("Groups"),
        ("facilitator", "supervisor"),
        (
            "new_group",
            "group",
            "change_group",
            "group_members",
            "group_schedule",
            "session_plan",
            "register",
        ),
    ),
    (
        "clients",
        _("Clients"),
        ("case_manager", "supervisor", "medical"),
        (
            "client",
            "client_groups",
            "change_client",
            "admit",
            "change_programme",
            "discharge",
            "undo_discharge",
            "observe",
            "withdraw_observation",
            "pauses",
            "confirm_pause",
            "end_pause",
            "medication",
            "change_order",
            "meetings",
            "meeting_logging",
            "spoke",
        ),
    ),
    ("imports", _("Imports"), ("administrator",), ("import",)),
    ("new_client", _("New client"), ("front_desk",), ()),
    ("closures", _("Closed days"), ("supervisor", "administrator"), ("reopen_day",)),
)
SEARCHES = ("case_manager", "supervisor", "medical")


@dataclass(frozen=True, slots=True)
class Way:
    """One link of the navigation."""

    label: str
    url: str
    current: bool


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `nav`, `sweep_banner` and `plain_search` of base.html. Nothing for somebody signed out.

    The banner is worked out when a template asks for it, so a fragment pays nothing for it.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "nav": SimpleLazyObject(lambda: ways(request)),
        "sweep_banner": SimpleLazyObject(lambda: banner(request)),
        "plain_search": not user.has_role(*SEARCHES),
    }


def ways(request: HttpRequest) -> list[Way]:
    """The pages this person's roles lead to."""
    here = request.resolver_match.url_name if request.resolver_match else ""
    return [
        Way(label, reverse(name), here == name or here in others)
        for name, label, roles, others in WAYS
        if request.user.has_role(*roles)  # type: ignore[union-attr]
    ]


def banner(request: HttpRequest) -> Banner | None:
    """What this person's clinic must know about its daily check."""
    clinic = request.user.clinic  # type: ignore[union-attr]
    return proof(clinic, timezone.now()).banner if clinic is not None else None


class ClinicTimeMiddleware:
    """Shows every time of a page in the zone of the person's clinic."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponse], *args: Any) -> None:
        # Pages without a sign-in (health above all) must not ask the database who is there.
        if getattr(view, "login_required", True) and request.user.is_authenticated:
            clinic = request.user.clinic  # type: ignore[union-attr]
            if clinic is not None:
                timezone.activate(clinic.zone)

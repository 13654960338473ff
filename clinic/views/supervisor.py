"""Supervisor: every caseload at a glance, the rows behind each number, and clients without a case manager."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import access, episodes
from clinic.caseloads import glance, rows
from clinic.forms.supervisor import AssignForm
from clinic.proof import proof
from clinic.views.answer import answer, done, wants_fragment


@require_safe
def caseloads(request: HttpRequest) -> HttpResponse:
    """Every caseload of this supervisor's teams, nobody's first."""
    staff, now = request.user, timezone.now()
    access.require(staff, "supervisor")
    today = access.home_clinic(staff).local_day(now)
    context = {
        "glance": glance.glance(staff, today, now),
        "proof": proof(staff.clinic, now),
        "today": today,
        "now": now,
    }
    return answer(request, "supervisor/caseloads.html", context)


@require_safe
def caseload(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One case manager's rows behind a number: `?show=` names which."""
    staff, now = request.user, timezone.now()
    access.require(staff, "supervisor")
    holder = access.case_manager_for(staff, uid)
    today = access.home_clinic(staff).local_day(now)
    listing = rows.caseload(holder, today, now, request.GET.get("show", ""), request.GET.get("page", 1))
    context = {"holder": holder, "listing": listing, "today": today, "now": now}
    return answer(request, "supervisor/caseload.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def unassigned(request: HttpRequest) -> HttpResponse:
    """Clients nobody holds; a POST gives one of them to a case manager."""
    staff, now = request.user, timezone.now()
    access.require(staff, "supervisor")
    today = access.home_clinic(staff).local_day(now)
    # After a client is given away the loads have changed: they are counted again for the answer.
    result = _assign(request, today, now) if request.method == "POST" else {}
    if "said" in result and not wants_fragment(request):
        return done(request, "unassigned", result["said"])
    listing = rows.unassigned(staff, today, now, request.GET.get("show", ""), request.GET.get("page", 1))
    choices = _choices(staff, today, now)
    refused = result.get("refused", {})
    entries = [
        (row, refused.get(row.episode) or AssignForm(choices=choices, auto_id=f"{row.episode}-%s"))
        for row in listing.rows
    ]
    context = {
        "listing": listing,
        "entries": entries,
        "has_workers": bool(choices),
        "today": today,
        "now": now,
        **result,
    }
    template, status = "supervisor/unassigned.html", result.get("status", 200)
    return answer(request, template, context, fragment="supervisor/_unassigned.html", status=status)


def _assign(request: HttpRequest, today: date, now: datetime) -> dict[str, Any]:
    """Give one client to a case manager: what was said, or the form that was refused, with its status."""
    staff = request.user
    episode = access.episode_for(staff, today, _uid(request.POST.get("episode", "")))
    if not access.unassigned_for(staff, today).filter(pk=episode.pk).exists():
        return {"taken": True, "status": 409}
    form = AssignForm(request.POST, choices=_choices(staff, today, now), auto_id=f"{episode.uid}-%s")
    if form.is_valid():
        holder = access.case_manager_for(staff, UUID(form.cleaned_data["to"]))
        try:
            episodes.assign(episode, to=holder, by=staff, on=now, starts_on=today)
        except ValidationError as error:
            form.add_error("to", error.messages)
        else:
            names = {"client": episode.client.full_name, "worker": holder.name}
            return {"said": _("%(client)s is on the caseload of %(worker)s from today.") % names}
    form.fields["to"].widget.attrs["autofocus"] = True
    return {"refused": {episode.uid: form}, "status": 422}


def _choices(staff: Any, today: date, now: datetime) -> list[tuple[str, str]]:
    """The workers a client can be given to, with how many each holds."""
    return [
        (str(load.uid), _("%(name)s, %(n)d clients") % {"name": load.name, "n": load.clients})
        for load in glance.loads(staff, today, now)
    ]


def _uid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise access.NotVisible from None

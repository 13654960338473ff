"""Clients: find one, and open one's file. For case managers, supervisors and medical staff."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import access, episodes, intake
from clinic.client_file.changes import changed_since
from clinic.client_file.finder import list_clients, search_clients
from clinic.client_file.page import client_file
from clinic.forms.client_pages import ChangeClientForm, FindClientForm
from clinic.proof import proof
from clinic.views.answer import answer, done
from clinic.worklists.contact_card import contact_card
from clinic.worklists.support import own_plans

SEE_FILES = ("case_manager", "supervisor", "medical")
WORK_ON_FOLLOW_UPS = ("case_manager", "supervisor")


@require_http_methods(["GET", "HEAD", "POST"])
def clients(request: HttpRequest) -> HttpResponse:
    """The clients this person may see; a search is sent in the body, and its answer is the page itself."""
    staff, now = request.user, timezone.now()
    access.require(staff, *SEE_FILES)
    today = access.home_clinic(staff).local_day(now)
    form = FindClientForm(request.POST if request.method == "POST" else None)
    may_take_in = staff.has_role(*WORK_ON_FOLLOW_UPS)
    context = {"form": form, "may_take_in": may_take_in, "today": today, "now": now}
    if request.method == "POST" and form.is_valid():
        if not form.cleaned_data["q"]:
            return redirect("clients")
        context["found"] = search_clients(staff, today, form.cleaned_data["q"])
    elif request.method != "POST":
        show, page = request.GET.get("show", ""), request.GET.get("page")
        context["list"] = list_clients(staff, today, show=show, page=page)
    return answer(request, "clients/clients.html", context, status=422 if form.errors else 200)


@require_safe
def client(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One client's file; that it was opened is recorded."""
    staff, now = request.user, timezone.now()
    access.require(staff, *SEE_FILES)
    clinic = access.home_clinic(staff)
    today = clinic.local_day(now)
    person = access.client_for(staff, today, uid)
    file = client_file(
        person, staff=staff, now=now, of=request.GET.get("of", ""), part=_part(request.GET.get("part", ""))
    )
    episodes.open_file(person, by=staff, on=now)
    context = {
        "file": file,
        "card": contact_card(person, now.astimezone(clinic.zone), file.tried_this_week),
        "fitting": () if file.discharged_on else [plan.trigger for plan in own_plans(file.stay)],
        "check": proof(clinic, now, access.episodes_for(staff, today).filter(pk=file.stay)),
        "may_work": access.works_on(staff, today, file.stay),
        "today": today,
        "now": now,
    }
    return answer(request, "clients/client.html", context, fragment="clients/_timeline.html")


@require_http_methods(["GET", "HEAD", "POST"])
def change_client(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change who a client is and how they may be reached; whoever comes too late is told what changed meanwhile."""
    staff, now = request.user, timezone.now()
    access.require(staff, *WORK_ON_FOLLOW_UPS)
    today = access.home_clinic(staff).local_day(now)
    person = access.kept_stay_for(staff, today, uid).client
    known = {name: getattr(person, name) for name in intake.FIELDS}
    form = ChangeClientForm(
        request.POST.copy() if request.method == "POST" else None,
        initial=known | {"version": person.version},
    )
    context = {"form": form, "person": person, "today": today, "now": now}
    status = 200
    if request.method == "POST":
        try:
            if form.is_valid():
                intake.change_client(
                    person, form.who(), by=staff, on=now, version=form.cleaned_data["version"]
                )
                return done(request, reverse("client", args=[uid]), _("Saved."))
            status = 422
        except ValidationError as error:
            form.add_error(None, error)
            status = 409 if form.has_error("__all__", intake.CONFLICT) else 422
    else:
        episodes.open_file(person, by=staff, on=now)
    if status == 409:
        labels = {name: form.fields[name].label for name in intake.FIELDS}
        context["changed"] = changed_since(person, form.cleaned_data["version"], labels)
        form.data["version"] = str(person.version)
    return answer(request, "clients/change_client.html", context, status=status)


def _part(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1

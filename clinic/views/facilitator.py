"""The pages of a facilitator: the groups, one group, the register of a session."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from clinic import access, attendance
from clinic.daysheet import groups as reader
from clinic.daysheet.register import Register
from clinic.daysheet.register import register as read_register
from clinic.forms.facilitator import RegisterForm
from clinic.views.answer import answer, done, wants_fragment

ROLES = ("facilitator", "supervisor")


@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    """The groups this person keeps, or answers for."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    today = access.home_clinic(request.user).local_day(now)
    return answer(
        request,
        "facilitator/groups.html",
        {"groups": reader.groups(request.user, today=today, now=now), "now": now},
    )


@require_safe
def group(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One group: its members and its sessions."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    found = access.group_for(request.user, uid)
    page = reader.group_page(found, today=found.clinic.local_day(now), now=now)
    return answer(request, "facilitator/group.html", {"page": page, "now": now})


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The register of one session: shown, and saved whole."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    session = access.session_for(request.user, uid)
    page = read_register(session, now=now)
    if request.method != "POST":
        return _page(request, page, now)
    form = RegisterForm(request.POST, [member.uid for member in page.members])
    changed, problem, status = _save(request, session, page, form, now)
    if not problem and not wants_fragment(request):
        return done(request, reverse("register", args=[uid]), _said(changed))
    typed = form.seats() if problem and form.is_valid() else None
    page = read_register(access.session_for(request.user, uid), now=now, typed=typed)
    return _page(request, page, now, problem=problem, said="" if problem else _said(changed), status=status)


def _save(
    request: HttpRequest, session: Any, page: Register, form: RegisterForm, now: datetime
) -> tuple[int, str, int]:
    """Save what the form says. Returns how many members changed, why nothing is saved (if so), and the status."""
    if not form.is_valid():
        return 0, _("That is not a register of this session. Nothing is saved."), 422
    if not page.begun:
        return 0, _("This session has not begun: nothing can be recorded yet."), 422
    seats, version = form.seats(), form.cleaned_data["version"]
    try:
        return (
            attendance.save_register(session, by=request.user, on=now, seats=seats, version=version),
            "",
            200,
        )
    except ValidationError as error:
        status = 409 if getattr(error, "code", "") == attendance.CONFLICT else 422
        return 0, " ".join(error.messages), status


def _said(changed: int) -> str:
    if not changed:
        return _("Nothing had changed.")
    return ngettext("Saved: %(n)d member.", "Saved: %(n)d members.", changed) % {"n": changed}


def _page(
    request: HttpRequest,
    page: Register,
    now: datetime,
    *,
    problem: str = "",
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {"register": page, "now": now, "problem": problem, "said": said}
    return answer(
        request, "facilitator/register.html", context, fragment="facilitator/_register.html", status=status
    )

"""The page of what nobody has recorded yet: whose sheets are missing, oldest first."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic import access
from clinic.daysheet.unrecorded import worklist
from clinic.forms.years import in_this_age
from clinic.views.answer import answer

ROLES = ("front_desk", "medical", "case_manager", "supervisor", "facilitator")


@require_safe
def unrecorded(request: HttpRequest) -> HttpResponse:
    """Whose sheets are missing, by who must record them; each leads to where it is recorded."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    today = access.home_clinic(request.user).local_day(now)
    asked = PageForm(request.GET)
    since = asked.cleaned_data["since"] if asked.is_valid() else None
    page = worklist(request.user, today=today, now=now, since=since)
    return answer(request, "unrecorded/unrecorded.html", {"page": page, "today": today, "now": now})


class PageForm(forms.Form):
    """Which part of a long list: the days from `since` on. A wrong one is left out."""

    since = forms.DateField(required=False, validators=[in_this_age])

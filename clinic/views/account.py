"""The door: signing in and out, and where each kind of person begins."""

from __future__ import annotations

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from clinic.forms.account import SignInForm
from clinic.proof import proof
from clinic.sign_ins import demo_sign_ins
from clinic.views import timed_out
from clinic.views.answer import answer

# Who begins where; of several roles the first in this order decides.
BEGINNINGS = (
    ("case_manager", "today"),
    ("supervisor", "caseloads"),
    ("front_desk", "day"),
    ("medical", "day"),
    ("facilitator", "groups"),
)


@login_not_required
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in and go where the person was going, if that is a page of this site."""
    going = request.POST.get("next", request.GET.get("next", ""))
    form = SignInForm(request, data=request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        auth.login(request, form.get_user())
        gone = redirect(going if _is_ours(request, going) else "home")
        return timed_out.remember(gone, request.user)
    context = {
        "form": form,
        "next": going,
        "demo_sign_ins": [] if settings.PRODUCTION else demo_sign_ins(),
    }
    return answer(request, "account/sign_in.html", context, status=422 if form.errors else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    auth.logout(request)
    return redirect("sign_in")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page of each role; for whoever has none of them, who they are and whether the daily check ran."""
    staff, now = request.user, timezone.now()
    for role, name in BEGINNINGS:
        if staff.clinic_id is not None and staff.has_role(role):
            return redirect(name)
    context = {"proof": proof(staff.clinic, now) if staff.clinic else None, "now": now}
    return answer(request, "account/home.html", context)


def _is_ours(request: HttpRequest, url: str) -> bool:
    return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

"""Nothing typed is lost when a session has ended: a form sent by somebody signed out is kept until they sign in again.

It is kept with the session on the server, never in the page, for the person who had been signed in at this browser and
for nobody else; then they are asked whether to send it. Files are not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clinic.views.answer import answer, wants_fragment

KEPT = "kept_form"
WHO = "aftercare_who"
LARGEST = 200_000  # characters; the longest form of the site is a tenth of that


class KeepTyped(LoginRequiredMiddleware):
    """Sends somebody signed out to the sign-in page, and keeps the form they were sending."""

    def process_view(self, request: HttpRequest, view_func: Any, *args: Any) -> HttpResponse | None:
        sent = request.method == "POST" and request.user.is_authenticated and request.session.get(KEPT)
        if sent and sent["path"] == request.get_full_path():
            del request.session[KEPT]
        return super().process_view(request, view_func, *args)

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponse:
        answered = super().handle_no_permission(request, view_func)
        who = _who(request)
        if request.method == "POST" and who and not wants_fragment(request) and not request.FILES:
            pairs = [
                [name, value]
                for name, values in request.POST.lists()
                if name != "csrfmiddlewaretoken"
                for value in values
            ]
            if sum(len(name) + len(value) for name, value in pairs) <= LARGEST:
                request.session[KEPT] = {"who": who, "path": request.get_full_path(), "pairs": pairs}
                return redirect(f"{reverse('sign_in')}?next={reverse('kept')}")
        return answered


def remember(response: HttpResponse, staff: Any) -> HttpResponse:
    """Note in this browser who signed in, by their opaque id."""
    response.set_signed_cookie(
        WHO,
        str(staff.uid),
        salt=WHO,
        max_age=settings.SESSION_COOKIE_AGE * 2,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _who(request: HttpRequest) -> str:
    try:
        return request.get_signed_cookie(WHO, default="", salt=WHO)
    except signing.BadSignature:
        return ""


@require_http_methods(["GET", "POST"])
def kept(request: HttpRequest) -> HttpResponse:
    """What was being sent when the session ended: send it now, or leave it. POST leaves it."""
    found = request.session.get(KEPT)
    if request.method == "POST":
        request.session.pop(KEPT, None)
        return redirect("home")
    if not found or found["who"] != str(request.user.uid):  # type: ignore[union-attr]
        request.session.pop(KEPT, None)
        return redirect("home")
    return answer(request, "account/kept.html", {"path": found["path"], "pairs": found["pairs"]})

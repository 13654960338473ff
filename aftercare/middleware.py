"""Headers on every page that Django and django-csp do not set."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POWERS_NOT_USED = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class KeepPagesPrivate:
    """No page is kept by a browser or a proxy: a shared desk's Back button must show nothing after sign-out.

    Static files are answered by WhiteNoise before this is reached and stay cacheable.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = POWERS_NOT_USED
        return response

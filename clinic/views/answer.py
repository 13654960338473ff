"""How a page answers: whole, or only the part that HTMX swaps; and where a deed leads."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect


def wants_fragment(request: HttpRequest) -> bool:
    """Whether HTMX will swap a part of the page. Going back in history and boosted links need the whole page."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def answer(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    fragment: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page `template`, or `fragment`, a template the page includes, when HTMX asks for the part it swaps."""
    chosen = fragment if fragment is not None and wants_fragment(request) else template
    response = render(request, chosen, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def done(request: HttpRequest, url: str, message: str = "") -> HttpResponse:
    """After a deed: go to `url` (an address or a name), where `message` is shown; never show a POST's own page."""
    if message:
        messages.success(request, message)
    target = resolve_url(url)
    if wants_fragment(request):
        return HttpResponseClientRedirect(target)
    return HttpResponseRedirect(target)

"""For the outside watcher: does the site answer, and do its daily check and its outbox keep up. No client data."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic.proof import readiness

logger = logging.getLogger(__name__)


@login_not_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, every clinic's check is fresh and no change waits too long; otherwise 503."""
    try:
        state = readiness(timezone.now())
    except Error as error:
        logger.error("database does not answer: %s", type(error).__name__)
        return JsonResponse({"ready": False, "database": "unreachable"}, status=503)
    facts = {
        "ready": state.ready,
        "database": "ok",
        "sweep": "stale" if state.stale else "fresh",
        "outbox_seconds": state.waiting_seconds,
    }
    return JsonResponse(facts, status=200 if state.ready else 503)

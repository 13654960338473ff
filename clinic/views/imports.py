"""Administrator: files made elsewhere come in, looked at first, applied whole, and taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import access, deeds
from clinic.forms.imports import NextForm, UploadForm
from clinic.importing import jobs
from clinic.importing import shown as reader
from clinic.views.answer import answer, done


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """The clinic's imports; a POST takes in files to be checked."""
    staff, now = request.user, timezone.now()
    access.require(staff, "administrator")
    form = UploadForm()
    if request.method == "POST":
        too_large = int(request.META.get("CONTENT_LENGTH") or 0) > settings.MOST_UPLOADED
        form = UploadForm(request.POST, request.FILES, too_large=too_large)
        if form.is_valid():
            files = [(file.name or "", file.read()) for file in form.cleaned_data["files"]]
            with deeds.once(form.cleaned_data["form_key"], by=staff, on=now) as first:
                if not first:
                    return done(request, "imports", _("These files were taken in already."))
                imported = jobs.upload(access.home_clinic(staff), files, by=staff, on=now)
            return done(request, reverse("import", args=[imported.uid]))
    context = {"form": form, "page": reader.listing(staff, request.GET.get("page", 1)), "now": now}
    return answer(request, "imports/imports.html", context, status=422 if form.errors else 200)


@require_safe
def imported(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One import: how far the work on it has come, what would change or has changed, and what is not taken."""
    now = timezone.now()
    row = access.import_for(request.user, uid)
    found = reader.shown(row, request.GET.get("page", 1))
    if found.done is None:
        jobs.ring_again(row, now)
    return _page(request, {"shown": found, "now": now})


@require_POST
def apply_import(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let what was checked be applied."""
    return _next(request, uid, lambda row, form, **who: jobs.ask_to_apply(row, **form, **who))


@require_POST
def undo_import(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let an import be taken back."""
    return _next(request, uid, lambda row, form, **who: jobs.ask_to_undo(row, version=form["version"], **who))


@require_POST
def discard_import(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put an import aside that was never applied."""
    return _next(request, uid, lambda row, form, **who: jobs.discard(row, version=form["version"], **who))


@require_safe
def not_taken(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The rows of one file that were not taken, as a CSV file; `?file=` is its place among the files."""
    row = access.import_for(request.user, uid)
    lines = reader.not_taken_csv(row, request.GET.get("file", "0"))
    if lines is None:
        raise access.NotVisible
    jobs.note_download(row, by=request.user, on=timezone.now())
    return HttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="not-taken.csv"'},
    )


def _next(request: HttpRequest, uid: UUID, deed: Any) -> HttpResponse:
    now = timezone.now()
    row = access.import_for(request.user, uid)
    form = NextForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError(_("This page was not sent whole. Please try again."))
        deed(row, form.cleaned_data, by=request.user, on=now)
    except ValidationError as error:
        # What stands now is shown, whoever has gone on with it meanwhile.
        found = reader.shown(access.import_for(request.user, uid))
        status = 409 if error.code == jobs.CONFLICT else 422
        context = {"shown": found, "now": now, "trouble": error.messages[0]}
        return _page(request, context, status=status)
    return done(request, reverse("import", args=[uid]))


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return answer(request, "imports/import.html", context, fragment="imports/_import.html", status=status)

"""The pages of a facilitator: the groups, one group, the register of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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

from clinic import access, attendance, registers
from clinic.daysheet import groups as reader
from clinic.daysheet.register import NOTHING_TYPED, Typed, seats_of
from clinic.daysheet.register import register as read_register
from clinic.daysheet.unrecorded import owed_by
from clinic.daysheet.visitors import visitors
from clinic.forms import facilitator as asked
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
        {
            "groups": reader.groups(request.user, today=today, now=now),
            "owed": owed_by(request.user, now=now),
            "now": now,
        },
    )


@require_safe
def group(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One group: its members and its sessions."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    found = access.group_for(request.user, uid)
    today = found.clinic.local_day(now)
    page = reader.group_page(found, today=today, now=now)
    return answer(request, "facilitator/group.html", {"page": page, "today": today, "now": now})


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The register of one session: shown, put down as a draft, recorded whole, corrected, taken back."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    session = access.session_for(request.user, uid)
    if request.method != "POST":
        return _page(request, session, now)
    form = RegisterForm(request.POST, seats_of(session))
    if not form.is_valid():
        return _page(request, session, now, form=form, problem=_what_is_wrong(form), status=422)
    typed = _typed(form)
    deed = SEARCHES.get(form.asked())
    try:
        if deed is not None:
            return deed(request, session, form, typed, now)
        said = DEEDS[form.asked()](request, session, form, now)
    except ValidationError as error:
        form.take(error)
        status = 409 if form.has_error("version", attendance.CONFLICT) else 422
        typed = replace(typed, problems=form.problems())
        fresh = access.session_for(request.user, uid)
        return _page(request, fresh, now, form=form, typed=typed, problem=_what_is_wrong(form), status=status)
    if not wants_fragment(request):
        return done(request, reverse("register", args=[uid]), said)
    return _page(request, access.session_for(request.user, uid), now, said=said)


def _finish(request: HttpRequest, session: Any, form: RegisterForm, now: datetime) -> str:
    told = {"why": form.cleaned_data["why"], **_told(form)}
    changed = registers.finish(session, by=request.user, on=now, **told)
    if not changed:
        return _("Nothing had changed.")
    return ngettext("Saved: %(n)d member.", "Saved: %(n)d members.", changed) % {"n": changed}


def _draft(request: HttpRequest, session: Any, form: RegisterForm, now: datetime) -> str:
    registers.save_draft(session, by=request.user, on=now, **_told(form))
    return _("Kept as a draft: nothing in it counts until somebody presses Finish.")


def _discard(request: HttpRequest, session: Any, form: RegisterForm, now: datetime) -> str:
    version = form.cleaned_data["version"]
    registers.save_draft(session, by=request.user, on=now, seats={}, version=version)
    return _("The draft is dropped.")


def _undo(request: HttpRequest, session: Any, form: RegisterForm, now: datetime) -> str:
    changed = registers.undo(session, by=request.user, on=now, version=form.cleaned_data["version"])
    return ngettext("Taken back: %(n)d member.", "Taken back: %(n)d members.", changed) % {"n": changed}


def _remove(request: HttpRequest, session: Any, form: RegisterForm, now: datetime) -> str:
    told = form.cleaned_data
    registers.remove_visitor(session, by=request.user, on=now, seat=told["remove"], version=told["version"])
    return _("The visitor's seat is taken away.")


def _cancel(request: HttpRequest, session: Any, form: RegisterForm, now: datetime) -> str:
    told = form.cleaned_data
    registers.did_not_happen(session, by=request.user, on=now, reason=told["reason"], version=told["version"])
    return _("Saved: the session did not happen. It counts for nobody.")


def _happened(request: HttpRequest, session: Any, form: RegisterForm, now: datetime) -> str:
    told = form.cleaned_data
    registers.took_place(session, by=request.user, on=now, why=told["why"], version=told["version"])
    return _("Saved: the session took place. What was recorded before stands again.")


def _set_topic(request: HttpRequest, session: Any, form: RegisterForm, now: datetime) -> str:
    told = form.cleaned_data
    registers.set_topic(session, by=request.user, on=now, topic=told["topic"], version=told["version"])
    return _("The topic is saved.")


def _find(
    request: HttpRequest, session: Any, form: RegisterForm, typed: Typed, now: datetime
) -> HttpResponse:
    """Show who could be seated as a visitor, beside what is typed."""
    words = form.cleaned_data["visitor"]
    found = visitors(request.user, session, words)
    return _page(request, session, now, form=form, typed=typed, found=found)


def _add(request: HttpRequest, session: Any, form: RegisterForm, typed: Typed, now: datetime) -> HttpResponse:
    """Seat a visitor, and show the register with what is typed, which nobody has saved yet."""
    seated = access.visitors_for(request.user, session).filter(uid=form.cleaned_data["add"]).first()
    if seated is None:
        raise access.NotVisible
    registers.add_visitor(session, by=request.user, on=now, episode=seated)
    fresh = access.session_for(request.user, session.uid)
    return _page(request, fresh, now, typed=typed, said=_("The visitor has a seat, recorded as present."))


# What a button asks for, by its word; those of SEARCHES answer with what is typed still on the page.
DEEDS = {
    asked.FINISH: _finish,
    asked.DRAFT: _draft,
    asked.DISCARD: _discard,
    asked.UNDO: _undo,
    asked.REMOVE: _remove,
    asked.CANCEL: _cancel,
    asked.HAPPENED: _happened,
    asked.TOPIC: _set_topic,
}
SEARCHES = {asked.FIND: _find, asked.ADD: _add}


def _told(form: RegisterForm) -> dict[str, Any]:
    """What the form says of the session."""
    version = form.cleaned_data["version"]
    return {"seats": form.seats(), "shown": form.shown(), "topic": form.topic_said(), "version": version}


def _typed(form: RegisterForm) -> Typed:
    return Typed(form.seats(), form.minutes(), form.problems(), form.topic_said())


def _what_is_wrong(form: RegisterForm) -> str:
    """The sentences of a refused form that belong to no row."""
    if form.has_error("version", "required") or form.has_error("version", "invalid"):
        return _("That is not a register of this session. Nothing is saved.")
    own = [str(each) for name in form.errors if "-" not in name for each in form.errors[name]]
    return " ".join(own) or _("Something in the list needs another look.")


def _page(
    request: HttpRequest,
    session: Any,
    now: datetime,
    *,
    form: RegisterForm | None = None,
    typed: Typed | None = None,
    problem: str = "",
    said: str = "",
    found: Sequence[Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    if form is not None and typed is None:
        typed = _typed(form)
    page = read_register(session, by=request.user, now=now, typed=typed or NOTHING_TYPED)
    context = {
        "register": page,
        "now": now,
        "form": form,
        "problem": problem,
        "said": said,
        "found": found,
    }
    return answer(
        request, "facilitator/register.html", context, fragment="facilitator/_register.html", status=status
    )

"""Running a group: what it is, when it meets, one of its sessions moved or cancelled. For those who lead it, and for
supervisors.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from clinic import access, deeds, groups, recurrence
from clinic.daysheet import plan_of_groups as reader
from clinic.forms import groups as asked
from clinic.forms.groups import GroupForm, GroupsForm
from clinic.groups import schedule
from clinic.views.answer import answer, done

ROLES = ("facilitator", "supervisor")
# What no row has: a form that does not say which state it was about is a stale one.
NO_VERSION = -1


@require_http_methods(["GET", "HEAD", "POST"])
def new_group(request: HttpRequest) -> HttpResponse:
    """Begin a group. A facilitator leads what they begin, unless they name somebody else."""
    staff, now = request.user, timezone.now()
    access.require(staff, *ROLES)
    people = list(access.facilitators_for(staff))
    form = GroupForm(request.POST or None, people=people)
    if staff.has_role("facilitator"):
        form.fields["facilitator"].initial = str(staff.uid)
    if request.method == "POST" and form.is_valid():
        try:
            with deeds.once(form.cleaned_data["form_key"], by=staff, on=now) as first:
                made = first and groups.make(access.home_clinic(staff), by=staff, on=now, about=form.about())
            # Somebody may begin a group for others, and then has no page of it.
            seen = made and access.groups_for(staff).filter(pk=made.pk).exists()
            url = reverse("group_schedule", args=[made.uid]) if seen else reverse("groups")
            return done(
                request, url, _("The group is there. Now say when it meets.") if seen else _("Saved.")
            )
        except ValidationError as error:
            form.refuse(error)
    context = {"form": form, "now": now}
    return answer(request, "groups/new_group.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def change_group(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change what a group is; end it, or let it run again."""
    now, group = _to_run(request, uid)
    deed = request.POST.get("deed", "") if request.method == "POST" else ""
    sent: GroupsForm | None = None
    if deed == "close":
        sent = asked.EndGroupForm(request.POST)
    elif deed == "reopen":
        sent = asked.ReopenForm(request.POST)
    elif request.method == "POST":
        sent = GroupForm(request.POST, people=reader.leaders(request.user, group))
    status = 200
    if sent is not None:
        status = 422
        if sent.is_valid():
            try:
                return _group_changed(request, group, now, sent)
            except ValidationError as error:
                status = _refused(sent, error)
    group = access.group_for(request.user, uid)
    return _change_page(request, group, now, sent, status)


def _group_changed(request: HttpRequest, group: Any, now: datetime, form: Any) -> HttpResponse:
    to, told = {"by": request.user, "on": now}, form.cleaned_data
    version = told["version"] if told["version"] is not None else NO_VERSION
    if isinstance(form, GroupForm):
        groups.change(group, **to, about=form.about(), version=version)
    elif isinstance(form, asked.EndGroupForm):
        groups.close(group, **to, closed_on=told["closed_on"], version=version)
    else:
        groups.reopen(group, **to, version=version)
    seen = access.groups_for(request.user).filter(pk=group.pk).exists()
    return done(request, reverse("group", args=[group.uid]) if seen else reverse("groups"), _("Saved."))


def _change_page(
    request: HttpRequest, group: Any, now: datetime, sent: GroupsForm | None, status: int
) -> HttpResponse:
    conflict = status == 409
    people = reader.leaders(request.user, group)
    stands = {**reader.about(group), "version": group.version}
    form = sent if isinstance(sent, GroupForm) else GroupForm(initial=stands, people=people)
    if conflict and sent is not None:
        # What was typed stays; sent again it is meant for the group as it stands now.
        sent.data = sent.data.copy()
        sent.data["version"] = str(group.version)
    tomorrow = group.clinic.local_day(now) + timedelta(days=1)
    first = {"closed_on": tomorrow, "version": group.version}
    context = {
        "group": group,
        "form": form,
        "end_form": sent if isinstance(sent, asked.EndGroupForm) else asked.EndGroupForm(initial=first),
        "reopen_form": asked.ReopenForm(initial=first),
        "sent": sent,
        "stands": form.differs_from(reader.about(group)) if conflict and sent is form else (),
        "today": group.clinic.local_day(now),
        "now": now,
    }
    return answer(request, "groups/change_group.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def group_schedule(request: HttpRequest, uid: UUID) -> HttpResponse:
    """When a group meets: a rule, another one, the end of one, and a session beside them."""
    now, group = _to_run(request, uid)
    sent: Any = None
    status = 200
    if request.method == "POST":
        kind = {"end": asked.EndScheduleForm, "extra": asked.ExtraSessionForm}
        sent = kind.get(request.POST.get("deed", ""), asked.ScheduleForm)(request.POST)
        status = 422
        if sent.is_valid():
            try:
                said = _planned(request, group, now, sent)
                return done(request, reverse("group", args=[group.uid]), said)
            except recurrence.WrongRule as wrong:
                sent.refuse(ValidationError({wrong.field: schedule.said(wrong)}))
            except ValidationError as error:
                status = _refused(sent, error)
    context = {
        **_schedule_forms(group, now, sent),
        "group": group,
        "sent": sent,
        "today": group.clinic.local_day(now),
        "now": now,
    }
    return answer(request, "groups/schedule.html", context, status=status)


def _schedule_forms(group: Any, now: datetime, sent: Any) -> dict[str, Any]:
    """Each rule with the forms that change and end it, and those for another rule and for one more session."""
    today = group.clinic.local_day(now)
    tomorrow = today + timedelta(days=1)
    meant = _number(sent["series"].value()) if sent is not None and "series" in sent.fields else None

    def form_of(kind: Any, number: int | None, first: dict[str, Any]) -> Any:
        if isinstance(sent, kind) and meant == number:
            return sent
        return kind(initial=first, number=number or "")

    rules = []
    for words, row in reader.rules(group, today):
        first = {
            "series": row.pk,
            "version": row.version,
            "starts_on": max(row.starts_on, today),
            "at": row.at,
            "ends_at": reader.minutes_end(row.at, row.minutes),
            "mode": row.mode,
            "count": reader.times_left(row, today),
            "without": ", ".join(each.isoformat() for each in words.left_out),
            **asked.rhythm_values(row.rule, row.starts_on),
        }
        end = {"series": row.pk, "version": row.version, "ended_on": tomorrow}
        change, stop = form_of(asked.ScheduleForm, row.pk, first), form_of(asked.EndScheduleForm, row.pk, end)
        rules.append((words, change, stop))
    return {
        "rules": rules,
        "new_form": form_of(asked.ScheduleForm, None, {"starts_on": tomorrow}),
        "extra_form": form_of(asked.ExtraSessionForm, None, {"day": tomorrow}),
    }


def _number(text: Any) -> int | None:
    words = str(text)
    return int(words) if words.isascii() and words.isdigit() and len(words) < 19 else None


def _planned(request: HttpRequest, group: Any, now: datetime, form: Any) -> str:
    """Do what a form of the schedule says; what came of it, in a sentence."""
    staff, told, to = request.user, form.cleaned_data, {"by": request.user, "on": now}
    if isinstance(form, asked.EndScheduleForm):
        series = reader.series_of(group, told["series"])
        ended = groups.end_schedule(series, **to, ended_on=told["ended_on"], version=told["version"])
        return _led_to(ended)
    with deeds.once(told["form_key"], by=staff, on=now) as first:
        if not first:
            return _("Saved.")
        if isinstance(form, asked.ExtraSessionForm):
            starts_at = recurrence.moment(told["day"], told["at"], group.clinic.zone)
            what = {"minutes": form.minutes, "mode": told["mode"], "topic": told["topic"]}
            groups.add_session(group, **to, starts_at=starts_at, **what)
            return _("The session is there.")
        series = reader.series_of(group, told["series"]) if told["series"] else None
        return _led_to(
            groups.set_schedule(group, **to, times=form.times(), series=series, version=told["version"])
        )


def _led_to(result: Any) -> str:
    """What became of the sessions ahead."""
    said = [_("Saved.")]
    if result.made:
        said.append(ngettext("%(n)d session made.", "%(n)d sessions made.", result.made) % {"n": result.made})
    if result.moved:
        said.append(
            ngettext(
                "%(n)d coming session has its new time.",
                "%(n)d coming sessions have their new time.",
                result.moved,
            )
            % {"n": result.moved}
        )
    if result.removed:
        said.append(
            ngettext("%(n)d session taken away.", "%(n)d sessions taken away.", result.removed)
            % {"n": result.removed}
        )
    if result.kept:
        said.append(
            ngettext(
                "%(n)d session stays: it was moved or cancelled, or something is recorded of it.",
                "%(n)d sessions stay: they were moved or cancelled, or something is recorded of them.",
                result.kept,
            )
            % {"n": result.kept}
        )
    return " ".join(said)


@require_http_methods(["GET", "HEAD", "POST"])
def session_plan(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One session: another time for it, or none; a cancellation taken back."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    session = access.session_for(request.user, uid)
    sent: Any = None
    status = 200
    if request.method == "POST":
        kind = {"cancel": asked.CancelSessionForm, "restore": asked.RestoreSessionForm}
        sent = kind.get(request.POST.get("deed", ""), asked.MoveSessionForm)(request.POST)
        status = 422
        if sent.is_valid():
            try:
                said = _session_changed(request, session, now, sent)
                return done(request, reverse("group", args=[session.group.uid]), said)
            except ValidationError as error:
                status = _refused(sent, error)
    session = access.session_for(request.user, uid)
    return _session_page(request, session, now, sent, status)


def _session_page(request: HttpRequest, session: Any, now: datetime, sent: Any, status: int) -> HttpResponse:
    zone, move = session.group.clinic.zone, sent if isinstance(sent, asked.MoveSessionForm) else None
    wanted = None
    if move is not None and "despite" in move.errors:
        told = move.cleaned_data
        wanted = recurrence.moment(told["day"], told["at"], zone), move.minutes
    plan = reader.session_plan(session, now=now, asked=wanted)
    begins, ends = plan.starts_at.astimezone(zone), plan.ends_at.astimezone(zone)
    first = {"day": begins.date(), "at": begins.time(), "ends_at": ends.time(), "version": plan.version}
    if sent is not None and status == 409:
        sent.data = sent.data.copy()
        sent.data["version"] = str(plan.version)
    context = {
        "plan": plan,
        "sent": sent,
        "move_form": move or asked.MoveSessionForm(initial=first),
        "cancel_form": sent
        if isinstance(sent, asked.CancelSessionForm)
        else asked.CancelSessionForm(initial=first),
        "restore_form": asked.RestoreSessionForm(initial=first),
        "now": now,
    }
    return answer(request, "groups/session.html", context, status=status)


def _session_changed(request: HttpRequest, session: Any, now: datetime, form: Any) -> str:
    told, to = form.cleaned_data, {"by": request.user, "on": now, "version": form.cleaned_data["version"]}
    if isinstance(form, asked.CancelSessionForm):
        groups.cancel_session(session, **to, reason=told["reason"])
        return _("The session is cancelled. It counts for nobody as missed.")
    if isinstance(form, asked.RestoreSessionForm):
        groups.restore_session(session, **to)
        return _("The session takes place after all.")
    starts_at = recurrence.moment(told["day"], told["at"], session.group.clinic.zone)
    what = {"minutes": form.minutes, "reason": told["reason"], "despite": told["despite"]}
    groups.move_session(session, **to, starts_at=starts_at, **what)
    return _("The session is moved, seats and all.")


def _to_run(request: HttpRequest, uid: UUID) -> tuple[datetime, Any]:
    access.require(request.user, *ROLES)
    return timezone.now(), access.group_for(request.user, uid)


def _refused(form: GroupsForm, error: ValidationError) -> int:
    """Say at its field what a verb would not take; 409 when somebody else was first."""
    form.refuse(error)
    return 409 if getattr(error, "code", None) == groups.CONFLICT else 422

"""Who belongs to a group: its members page, for those who run it, and a client's groups, for who holds the client."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from clinic import access, deeds, episodes, groups
from clinic.daysheet import groups as reader
from clinic.daysheet import joining
from clinic.forms import group_members as asked
from clinic.templatetags.looks import say
from clinic.views.answer import answer, done

ROLES = ("facilitator", "supervisor")
HOLDS = ("case_manager", "supervisor")


@require_http_methods(["GET", "HEAD", "POST"])
def group_members(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Find somebody and let them join or wait; end a place; take somebody off the waiting list."""
    access.require(request.user, *ROLES)
    now = timezone.now()
    group = access.group_for(request.user, uid)
    today = group.clinic.local_day(now)
    deed = request.POST.get("deed", "") if request.method == "POST" else ""
    found = _search(request, group, today) if request.method == "POST" else None
    sent: Any = None
    status = 200
    if deed in DEEDS:
        sent, do = DEEDS[deed][0](request, group, today, found), DEEDS[deed][1]
        status = 422
        if sent.is_valid():
            try:
                return done(request, reverse("group_members", args=[uid]), do(request, group, now, sent))
            except ValidationError as error:
                status = _refused(sent, error)
    elif request.method == "POST":
        sent = asked.FindMemberForm(request.POST)
        status = 200 if sent.is_valid() else 422
    return _members_page(request, group, now, found, sent, status)


def _search(request: HttpRequest, group: Any, today: date) -> joining.Found | None:
    """Who was looked for: carried along by the form of whoever was found, so that nothing is lost on the way."""
    words = _typed(request)[:80]
    return joining.find(request.user, group, today, words) if words else None


def _typed(request: HttpRequest) -> str:
    """What was looked for, without what no database takes."""
    return request.POST.get("q", "").replace("\0", "").strip()


def _people(found: joining.Found | None) -> list[tuple[str, str]]:
    return [(str(row.episode), _who(row)) for row in found.rows] if found else []


def _who(row: joining.Candidate) -> str:
    """Somebody found, told from others of the same name, with how they stand to the group."""
    stands = _("belongs to the group") if row.belongs else _("on the waiting list") if row.waits else ""
    return ", ".join(filter(None, (row.name, row.record_number, stands)))


def _joining(request: HttpRequest, group: Any, today: date, found: joining.Found | None) -> asked.JoinForm:
    """The form of somebody found, or of somebody from the waiting list."""
    people = _people(found)
    if found is None:
        row = joining.one(request.user, group, today, _uid(request.POST.get("client", "")))
        people = [(str(row.episode), _who(row))]
    return asked.JoinForm(request.POST, people=people, number=request.POST.get("place", ""))


def _joined(request: HttpRequest, group: Any, now: datetime, form: Any) -> str:
    told, staff = form.cleaned_data, request.user
    stay = access.joinable_episode_for(staff, group.clinic.local_day(now), group, UUID(told["client"]))
    with deeds.once(told["form_key"], by=staff, on=now) as first:
        if first:
            what = {"joined_on": told["joined_on"], "despite": told["despite"]}
            groups.join(group, stay, by=staff, on=now, **what)
    return _("%(client)s belongs to the group now, with a seat in every coming session.") % {
        "client": stay.client.full_name
    }


def _waits(request: HttpRequest, group: Any, now: datetime, form: Any) -> str:
    told, staff = form.cleaned_data, request.user
    stay = access.joinable_episode_for(staff, group.clinic.local_day(now), group, UUID(told["client"]))
    with deeds.once(told["form_key"], by=staff, on=now) as first:
        if first:
            groups.wait(group, stay, by=staff, on=now)
    return _("%(client)s is on the waiting list.") % {"client": stay.client.full_name}


def _leaving(request: HttpRequest, *_which: Any) -> asked.LeaveForm:
    return asked.LeaveForm(request.POST, number=request.POST.get("membership", ""))


def _left(request: HttpRequest, group: Any, now: datetime, form: Any) -> str:
    told = form.cleaned_data
    rows = access.memberships_for(request.user, group).select_related("episode__client", "episode__clinic")
    row = rows.filter(pk=told["membership"]).first()
    if row is None:
        raise access.NotVisible
    if row.left_on is not None and (row.left_on, row.ended) != (told["left_on"], told["ended"]):
        gone = _("Somebody else ended this membership meanwhile. Nothing was changed.")
        raise ValidationError(gone, code=groups.CONFLICT)
    groups.leave(row, by=request.user, on=now, left_on=told["left_on"], ended=told["ended"])
    return _("The place of %(client)s ends. Everything recorded stays.") % {
        "client": row.episode.client.full_name
    }


def _stopping(request: HttpRequest, *_which: Any) -> asked.StopWaitingForm:
    return asked.StopWaitingForm(request.POST)


def _stopped(request: HttpRequest, group: Any, now: datetime, form: Any) -> str:
    rows = access.waiting_for(request.user, group).select_related(
        "episode__client", "episode__clinic", "group"
    )
    row = rows.filter(pk=form.cleaned_data["place"]).first()
    if row is None:
        raise access.NotVisible
    groups.stop_waiting(row, by=request.user, on=now)
    return _("%(client)s is no longer on the waiting list.") % {"client": row.episode.client.full_name}


# What is sent as `deed`: the form it comes in, and what it does; the answer is what is said afterwards.
DEEDS: dict[str, tuple[Any, Any]] = {
    "join": (_joining, _joined),
    "wait": (_joining, _waits),
    "leave": (_leaving, _left),
    "stop": (_stopping, _stopped),
}


def _members_page(
    request: HttpRequest,
    group: Any,
    now: datetime,
    found: joining.Found | None,
    sent: Any,
    status: int,
) -> HttpResponse:
    today = group.clinic.local_day(now)
    page = reader.group_page(group, today=today, now=now)
    joins = isinstance(sent, asked.JoinForm)
    looked_for = {"q": request.POST.get("q", "")}
    from_queue = joins and found is None
    places = [
        (
            place,
            sent
            if isinstance(sent, asked.LeaveForm) and sent["membership"].value() == str(place.number)
            else asked.LeaveForm(initial={"membership": place.number, "left_on": today}, number=place.number),
        )
        for place in (*page.places, *page.later)
    ]
    waiting = [
        (
            row,
            sent
            if from_queue and sent["client"].value() == str(row.episode)
            else asked.JoinForm(
                initial={"client": str(row.episode), "joined_on": today},
                people=[(str(row.episode), row.name)],
                number=row.number,
            ),
        )
        for row in page.waiting
    ]
    first = {"joined_on": today, **looked_for}
    if found is not None and len(found.rows) == 1:
        first["client"] = str(found.rows[0].episode)
    context = {
        "group": group,
        "page": page,
        "find_form": sent
        if isinstance(sent, asked.FindMemberForm)
        else asked.FindMemberForm(initial=looked_for),
        "found": found,
        "join_form": sent
        if joins and found is not None
        else asked.JoinForm(initial=first, people=_people(found)),
        "places": places,
        "waiting": waiting,
        "sent": sent if status != 200 else None,
        "today": today,
        "now": now,
    }
    return answer(request, "groups/members.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def client_groups(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The groups of one client, and which one they may join: for the case manager and the supervisor."""
    access.require(request.user, *HOLDS)
    now = timezone.now()
    today = access.home_clinic(request.user).local_day(now)
    stay = access.kept_stay_for(request.user, today, uid)
    offers = joining.offers(request.user, today)
    choices = [(str(each.uid), _offer_words(each)) for each in offers]
    form = asked.JoinOwnForm(request.POST or None, offers=choices, initial={"joined_on": today})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                said = _own_joined(request, stay, now, form)
                return done(request, reverse("client_groups", args=[uid]), said)
            except ValidationError as error:
                status = _refused(form, error)
    episodes.open_file(stay.client, by=request.user, on=now)
    context = {
        "client": stay.client,
        "stay": stay,
        "in_care": stay.discharged_on is None or stay.discharged_on > today,
        "stood": joining.stood(stay),
        "form": form,
        "offers": offers,
        "sent": form if status != 200 else None,
        "today": today,
        "now": now,
    }
    return answer(request, "groups/client_groups.html", context, status=status)


def _own_joined(request: HttpRequest, stay: Any, now: datetime, form: Any) -> str:
    told, staff = form.cleaned_data, request.user
    group = access.group_to_offer(staff, UUID(told["group"]))
    with deeds.once(told["form_key"], by=staff, on=now) as first:
        if request.POST.get("deed") == "wait":
            if first:
                groups.wait(group, stay, by=staff, on=now)
            return _("On the waiting list.")
        if first:
            what = {"joined_on": told["joined_on"], "despite": told["despite"]}
            groups.join(group, stay, by=staff, on=now, **what)
    return _("Belongs to the group now, with a seat in every coming session.")


def _offer_words(offer: joining.Offer) -> str:
    """A group as a choice: its name, when it meets, how many belong to it."""
    parts: list[str] = [offer.name]
    parts += [f"{say(each.words)} {each.begins:%H:%M}" for each in offer.rhythms]
    if offer.capacity is None:
        parts.append(ngettext("%(n)d member", "%(n)d members", offer.members) % {"n": offer.members})
    else:
        parts.append(_("%(n)d of %(most)d members") % {"n": offer.members, "most": offer.capacity})
    if offer.waiting:
        parts.append(ngettext("%(n)d waits", "%(n)d wait", offer.waiting) % {"n": offer.waiting})
    return " · ".join(parts)


def _refused(form: Any, error: ValidationError) -> int:
    """Say at its field what a verb would not take; 409 when somebody else was first."""
    form.refuse(error)
    return 409 if getattr(error, "code", None) == groups.CONFLICT else 422


def _uid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise access.NotVisible from None

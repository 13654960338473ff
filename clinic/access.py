"""The gate to every row: who may see what. Denied and missing are the same 404, byte for byte.

A page never asks a model for a row; it asks here, with the person who asks and that person's clinic day. Roles and
caseloads are read with every request, so a change holds from the next one on. docs/who-sees-what.md is this module in
a table.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.http import Http404

from clinic.engagement.items import ITEMS
from clinic.models import (
    Appointment,
    Assignment,
    Client,
    Clinic,
    Episode,
    FollowUp,
    Group,
    Import,
    Medication,
    Membership,
    Observation,
    ObservationItem,
    Pause,
    Role,
    RuleSet,
    Session,
    Staff,
    Supporter,
    WaitingPlace,
)

# Who may note and read the items of the groups G and H, and change medication.
CLINICAL_ROLES = frozenset((Role.MEDICAL,))


class NotVisible(Http404):
    """There is no such row for this person."""


def require(staff: Staff, *roles: str) -> None:
    """Raise NotVisible unless one of `roles` is held and the person belongs to a clinic."""
    if staff.clinic_id is None or not staff.has_role(*roles):
        raise NotVisible


def home_clinic(staff: Staff) -> Clinic:
    """The clinic this person works at. Raises NotVisible for somebody without one."""
    if staff.clinic is None:
        raise NotVisible
    return staff.clinic


def current(day: date, **holder: object) -> QuerySet[Assignment]:
    """Assignments in force on a day."""
    return Assignment.objects.filter(Q(ends_on=None) | Q(ends_on__gt=day), starts_on__lte=day, **holder)


def _caseload(day: date, **holder: object) -> Exists:
    return Exists(current(day, **holder).filter(episode=OuterRef("pk")))


def held_by_nobody(day: date, episode: str = "pk") -> Combinable:
    """Rows whose episode (the field `episode`) has no case manager who still works here as one."""
    holders = current(day, case_manager__is_active=True, case_manager__roles__role=Role.CASE_MANAGER)
    return ~Exists(holders.filter(episode=OuterRef(episode)))


def case_managers_for(staff: Staff) -> QuerySet[Staff]:
    """The case managers whose caseloads a supervisor answers for: their teams', and those nobody supervises: without a
    team, or in one whose supervisor is missing or gone.
    """
    if not staff.has_role(Role.SUPERVISOR) or staff.clinic_id is None:
        return Staff.objects.none()
    mine = Q(team__supervisor=staff) | Q(team__supervisor=None) | Q(team__supervisor__is_active=False)
    return Staff.objects.filter(mine, clinic=staff.clinic_id, roles__role=Role.CASE_MANAGER).distinct()


def episodes_for(staff: Staff, day: date) -> QuerySet[Episode]:
    """Episodes whose signs, follow-ups and file this person may see: the own caseload; a supervisor's teams and what
    nobody holds; the clinic, for medical staff. Never another clinic's.
    """
    seen = Q(pk__in=[])
    if staff.has_role(Role.CASE_MANAGER):
        seen |= Q(_caseload(day, case_manager=staff))
    if staff.has_role(Role.SUPERVISOR):
        team = case_managers_for(staff).values("pk")
        seen |= Q(_caseload(day, case_manager__in=team)) | Q(held_by_nobody(day))
    if staff.has_role(Role.MEDICAL):
        seen |= Q(clinic=staff.clinic_id)
    return Episode.objects.filter(seen, clinic=staff.clinic_id)


def caseload_of(holder: Staff, day: date) -> QuerySet[Episode]:
    """The episodes one case manager holds and that are open on a day."""
    return Episode.objects.filter(
        Q(discharged_on=None) | Q(discharged_on__gt=day),
        _caseload(day, case_manager=holder),
        admitted_on__lte=day,
    )


def clients_for(staff: Staff, day: date) -> QuerySet[Client]:
    """Clients whose file this person may open."""
    return Client.objects.filter(
        Exists(episodes_for(staff, day).filter(client=OuterRef("pk"))), clinic=staff.clinic_id
    )


def client_for(staff: Staff, day: date, uid: UUID) -> Client:
    """One client's file, or NotVisible."""
    return _one(clients_for(staff, day).select_related("clinic").filter(uid=uid))


def follow_ups_for(staff: Staff, day: date) -> QuerySet[FollowUp]:
    """Follow-ups this person may see and work on: those of the episodes they see; medical staff read, not work."""
    return FollowUp.objects.filter(episode__in=episodes_for(staff, day))


def follow_up_for(staff: Staff, day: date, uid: UUID, *, to_work: bool = False) -> FollowUp:
    """One follow-up, or NotVisible. `to_work`: logging, snoozing and closing are for the client's case manager and the
    supervisor of it, whatever else these may read as medical staff.
    """
    rows = (
        FollowUp.objects.filter(episode__in=kept_for(staff, day)) if to_work else follow_ups_for(staff, day)
    )
    return _one(rows.select_related("episode__client", "episode__programme", "clinic").filter(uid=uid))


def works_on(staff: Staff, day: date, episode: int) -> bool:
    """Whether this person, who sees an episode (by its number), may work on its follow-ups: always as a case manager or
    a supervisor, unless they see it because they are medical staff too.
    """
    if not staff.has_role(Role.CASE_MANAGER, Role.SUPERVISOR):
        return False
    return not staff.has_role(Role.MEDICAL) or kept_for(staff, day).filter(pk=episode).exists()


def appointments_for(staff: Staff, day: date) -> QuerySet[Appointment]:
    """Appointments this person may see and mark: the clinic's, for front desk and medical staff; those of the own
    caseload and those held with the person; the seats of the groups a facilitator runs.
    """
    seen = Q(pk__in=[])
    if staff.has_role(Role.FRONT_DESK, Role.MEDICAL):
        seen |= Q(clinic=staff.clinic_id)
    if staff.has_role(Role.CASE_MANAGER, Role.SUPERVISOR):
        seen |= Q(episode__in=episodes_for(staff, day)) | Q(staff=staff)
    if staff.has_role(Role.FACILITATOR):
        seen |= Q(group__in=_led_by(staff)) | Q(staff=staff)
    return Appointment.objects.filter(seen, clinic=staff.clinic_id)


def appointment_for(staff: Staff, day: date, uid: UUID) -> Appointment:
    """One appointment, or NotVisible."""
    return _one(appointments_for(staff, day).select_related("episode__client", "clinic").filter(uid=uid))


def bookable_for(staff: Staff, day: date) -> QuerySet[Episode]:
    """Episodes for which this person may book: the clinic's, for front desk and medical staff; those whose file they
    see, for case managers and supervisors.
    """
    seen = Q(pk__in=[])
    if staff.has_role(Role.FRONT_DESK, Role.MEDICAL):
        seen |= Q(clinic=staff.clinic_id)
    if staff.has_role(Role.CASE_MANAGER, Role.SUPERVISOR):
        seen |= Q(pk__in=episodes_for(staff, day).values("pk"))
    return Episode.objects.filter(seen, clinic=staff.clinic_id)


def may_plan(staff: Staff, day: date, appointment: Appointment) -> bool:
    """Whether this person may move, cancel or book again an appointment they see: that it is held with them does not
    make the client theirs.
    """
    if staff.has_role(Role.FRONT_DESK, Role.MEDICAL):  # the clinic's: what bookable_for says of them, unasked
        return appointment.episode.clinic_id == staff.clinic_id
    return bookable_for(staff, day).filter(pk=appointment.episode_id).exists()


def bookable_episode_for(staff: Staff, day: date, uid: UUID) -> Episode:
    """The newest stay of one client, by the client's uid, for which this person may book, or NotVisible."""
    rows = bookable_for(staff, day).select_related("client", "clinic", "programme").filter(client__uid=uid)
    return _one(rows.order_by("-admitted_on"))


def booked_with(staff: Staff) -> QuerySet[Staff]:
    """Whom somebody can be booked with: everybody who works with clients at this person's clinic, A to Z."""
    roles = (Role.CASE_MANAGER, Role.SUPERVISOR, Role.MEDICAL, Role.FACILITATOR)
    works = Staff.objects.filter(clinic=staff.clinic_id, is_active=True, roles__role__in=roles)
    return works.distinct().order_by("last_name", "first_name", "pk")


def _led_by(staff: Staff) -> QuerySet[Group]:
    helped = Group.co_facilitators.through.objects.filter(staff=staff)
    return Group.objects.filter(Q(facilitator=staff) | Q(pk__in=helped.values("group")))


def groups_for(staff: Staff) -> QuerySet[Group]:
    """Groups whose sessions and registers this person may open, and who may change them: those a facilitator leads or
    helps to lead; the clinic's, for supervisors.
    """
    seen = Q(pk__in=[])
    if staff.has_role(Role.FACILITATOR):
        seen |= Q(pk__in=_led_by(staff).values("pk"))
    if staff.has_role(Role.SUPERVISOR):
        seen |= Q(clinic=staff.clinic_id)
    return Group.objects.filter(seen, clinic=staff.clinic_id)


def group_for(staff: Staff, uid: UUID) -> Group:
    """One group, or NotVisible."""
    return _one(groups_for(staff).select_related("clinic", "facilitator").filter(uid=uid))


def facilitators_for(staff: Staff) -> QuerySet[Staff]:
    """Whom this person may name to lead a group: everybody of the clinic who leads groups, A to Z."""
    leads = Staff.objects.filter(
        clinic=staff.clinic_id, is_active=True, roles__role__in=(Role.FACILITATOR, Role.SUPERVISOR)
    )
    return leads.distinct().order_by("last_name", "first_name", "pk").prefetch_related("roles")


def joinable_for(staff: Staff, day: date, group: Group) -> QuerySet[Episode]:
    """Stays in care of whoever this person may let join a group: the clinic's, for those who run the group; their own
    clients, for case managers.
    """
    seen = Q(pk__in=[])
    if groups_for(staff).filter(pk=group.pk).exists():
        seen |= Q(clinic=group.clinic_id)
    if staff.has_role(Role.CASE_MANAGER):
        seen |= Q(_caseload(day, case_manager=staff))
    in_care = Q(discharged_on=None) | Q(discharged_on__gt=day)
    rows = Episode.objects.filter(in_care, seen, clinic=staff.clinic_id, admitted_on__lte=day)
    return rows.filter(clinic=group.clinic_id)


def joinable_episode_for(staff: Staff, day: date, group: Group, uid: UUID) -> Episode:
    """One stay in care whose client this person may let join a group, or NotVisible."""
    return _one(joinable_for(staff, day, group).select_related("client", "clinic").filter(uid=uid))


def memberships_for(staff: Staff, group: Group) -> QuerySet[Membership]:
    """The places in a group, for those who run it."""
    return Membership.objects.filter(group__in=groups_for(staff).filter(pk=group.pk))


def waiting_for(staff: Staff, group: Group) -> QuerySet[WaitingPlace]:
    """The waiting list of a group, for those who run it."""
    return WaitingPlace.objects.filter(group__in=groups_for(staff).filter(pk=group.pk))


def groups_to_offer(staff: Staff) -> QuerySet[Group]:
    """Running groups of the clinic to which a case manager or supervisor may send an own client; by name and times
    only, for who belongs to them is seen by those who run them.
    """
    if not staff.has_role(Role.CASE_MANAGER, Role.SUPERVISOR):
        return Group.objects.none()
    return Group.objects.filter(clinic=staff.clinic_id, closed_on=None).order_by("name")


def group_to_offer(staff: Staff, uid: UUID) -> Group:
    """One group to which this person may send an own client, or NotVisible."""
    return _one(groups_to_offer(staff).select_related("clinic", "facilitator").filter(uid=uid))


def sessions_for(staff: Staff) -> QuerySet[Session]:
    """Sessions of the groups this person may open."""
    return Session.objects.filter(group__in=groups_for(staff))


def session_for(staff: Staff, uid: UUID) -> Session:
    """One session, or NotVisible."""
    rows = sessions_for(staff).select_related(
        "group__clinic", "group__facilitator", "facilitator", "finished_by"
    )
    return _one(rows.filter(uid=uid))


def visitors_for(staff: Staff, session: Session) -> QuerySet[Episode]:
    """Stays in care on the day of a session whose register this person keeps: who can be seated as a visitor."""
    clinic = session.group.clinic
    if clinic.pk != staff.clinic_id or not groups_for(staff).filter(pk=session.group_id).exists():
        return Episode.objects.none()
    day = clinic.local_day(session.starts_at)
    in_care = Q(discharged_on=None) | Q(discharged_on__gt=day)
    return Episode.objects.filter(in_care, clinic=clinic, admitted_on__lte=day)


def sheets_for(staff: Staff, day: date) -> QuerySet[Appointment]:
    """Appointments whose missing record is shown to this person: the clinic's, for front desk and medical staff; for a
    supervisor those they see, and every session of a group; for others what they have to record themselves, and what
    of the own caseload is with nobody.
    """
    seen = Q(pk__in=[])
    if staff.has_role(Role.FRONT_DESK, Role.MEDICAL):
        seen |= Q(clinic=staff.clinic_id)
    if staff.has_role(Role.SUPERVISOR):
        seen |= Q(episode__in=episodes_for(staff, day)) | Q(staff=staff, session=None)
    if staff.has_role(Role.FACILITATOR, Role.SUPERVISOR):
        seen |= Q(session__group__in=groups_for(staff)) | Q(staff=staff, session=None)
    if staff.has_role(Role.CASE_MANAGER):
        own = current(day, case_manager=staff).values("episode")
        seen |= Q(staff=staff, session=None) | Q(staff=None, session=None, episode__in=own)
    return Appointment.objects.filter(seen, clinic=staff.clinic_id)


def unassigned_for(staff: Staff, day: date) -> QuerySet[Episode]:
    """Episodes in care on a day that nobody holds, for a supervisor to give away."""
    in_care = Q(discharged_on=None) | Q(discharged_on__gt=day)
    rows = episodes_for(staff, day) if staff.has_role(Role.SUPERVISOR) else Episode.objects.none()
    return rows.filter(in_care, held_by_nobody(day), admitted_on__lte=day)


def episode_for(staff: Staff, day: date, uid: UUID) -> Episode:
    """One episode whose file this person may see, or NotVisible."""
    return _one(episodes_for(staff, day).select_related("client", "clinic").filter(uid=uid))


def case_manager_for(staff: Staff, uid: UUID) -> Staff:
    """One case manager whose caseload this supervisor may open, or NotVisible."""
    return _one(case_managers_for(staff).filter(uid=uid))


def observable_for(staff: Staff, day: date) -> QuerySet[Episode]:
    """Episodes on which this person may note an observation: those whose file they see, and a facilitator's members.
    Somebody who only works at the front desk notes none.
    """
    seen = Q(pk__in=episodes_for(staff, day).values("pk"))
    if staff.has_role(Role.FACILITATOR):
        places = Membership.objects.filter(Q(left_on=None) | Q(left_on__gt=day), joined_on__lte=day)
        seen |= Q(Exists(places.filter(episode=OuterRef("pk"), group__in=_led_by(staff))))
    return Episode.objects.filter(seen, clinic=staff.clinic_id)


def observed_stay_for(staff: Staff, day: date, uid: UUID) -> Episode:
    """The newest stay of one client, by the client's uid, on which this person may note something, or NotVisible."""
    rows = observable_for(staff, day).select_related("client", "clinic").filter(client__uid=uid)
    return _one(rows.order_by("-admitted_on"))


def stay_for(staff: Staff, day: date, uid: UUID) -> Episode:
    """The newest stay of one client, by the client's uid, whose file this person may see, or NotVisible."""
    rows = episodes_for(staff, day).select_related("client", "clinic").filter(client__uid=uid)
    return _one(rows.order_by("-admitted_on"))


def kept_for(staff: Staff, day: date) -> QuerySet[Episode]:
    """Episodes this person looks after, as their case manager or the supervisor of it: not what medical staff read."""
    kept = Q(pk__in=[])
    if staff.has_role(Role.CASE_MANAGER):
        kept |= Q(_caseload(day, case_manager=staff))
    if staff.has_role(Role.SUPERVISOR):
        team = case_managers_for(staff).values("pk")
        kept |= Q(_caseload(day, case_manager__in=team)) | Q(held_by_nobody(day))
    return Episode.objects.filter(kept, clinic=staff.clinic_id)


def kept_stay_for(staff: Staff, day: date, uid: UUID) -> Episode:
    """The newest stay of one client whom this person looks after, to change the stay itself, or NotVisible. Medical
    staff read the file, and end no stay.
    """
    rows = kept_for(staff, day).filter(client__uid=uid)
    return _one(rows.select_related("client__clinic", "clinic", "programme").order_by("-admitted_on"))


def pause_for(staff: Staff, day: date, uid: UUID) -> Pause:
    """One pause of a client whose file this person may see, or NotVisible."""
    rows = Pause.objects.filter(episode__in=episodes_for(staff, day), uid=uid)
    return _one(rows.select_related("episode__client", "episode__clinic"))


def observations_for(staff: Staff, day: date) -> QuerySet[Observation]:
    """Observations this person may read: those of the episodes whose file they see, and a facilitator's own. None that
    was withdrawn, and none for the front desk.

    `items_seen` are the items they may read, `words_seen` the client's words: items of the groups G and H, an
    observation that holds nothing else, and words said beside one are for clinical roles only.
    """
    seen = Q(episode__in=episodes_for(staff, day))
    if staff.has_role(Role.FACILITATOR):
        seen |= Q(author=staff)
    rows = Observation.objects.filter(seen, episode__clinic=staff.clinic_id, withdrawn_at=None)
    items = ObservationItem.objects.order_by("pk")
    if staff.has_role(*CLINICAL_ROLES):
        return rows.annotate(words_seen=F("in_words"), strength_seen=F("strength")).prefetch_related(
            Prefetch("items", queryset=items, to_attr="items_seen")
        )
    clinical = Q(item__in=[code for code, item in ITEMS.items() if item.clinical_only])
    of_row = ObservationItem.objects.filter(observation=OuterRef("pk"))
    is_clinical = Exists(of_row.filter(clinical))
    return (
        rows.exclude(is_clinical & ~Exists(of_row.exclude(clinical)))
        .annotate(
            words_seen=Case(When(is_clinical, then=Value("")), default="in_words"),
            strength_seen=Case(When(is_clinical, then=Value("")), default="strength"),
        )
        .prefetch_related(Prefetch("items", queryset=items.exclude(clinical), to_attr="items_seen"))
    )


def observation_for(staff: Staff, day: date, uid: UUID, *, to_withdraw: bool = False) -> Observation:
    """One observation, or NotVisible. `to_withdraw`: its author, a supervisor, or medical staff."""
    rows = observations_for(staff, day).select_related("episode__client", "episode__clinic").filter(uid=uid)
    if to_withdraw and not staff.has_role(Role.SUPERVISOR, *CLINICAL_ROLES):
        rows = rows.filter(author=staff)
    return _one(rows)


def medications_for(staff: Staff, day: date) -> QuerySet[Medication]:
    """Medication orders this person may see: those of the episodes whose file they see."""
    return Medication.objects.filter(episode__in=episodes_for(staff, day))


def medication_for(staff: Staff, day: date, uid: UUID, *, to_change: bool = False) -> Medication:
    """One order, or NotVisible. `to_change`: orders, breaks, supplies, injections and windows are for medical staff."""
    if to_change and not staff.has_role(*CLINICAL_ROLES):
        raise NotVisible
    rows = medications_for(staff, day).select_related("episode__clinic", "episode__client")
    return _one(rows.filter(uid=uid))


def supporters_for(staff: Staff, day: date) -> QuerySet[Supporter]:
    """Supporters of the episodes whose file this person may see. `phone_seen` is empty unless a consent is live."""
    live = Q(consent_from__lte=day, consent_until__gte=day) & (
        Q(consent_ended=None) | Q(consent_ended__gt=day)
    )
    return Supporter.objects.filter(episode__in=episodes_for(staff, day)).annotate(
        phone_seen=Case(When(live, then="phone"), default=Value(""))
    )


def rule_sets_for(staff: Staff) -> QuerySet[RuleSet]:
    """The versions of the clinic's thresholds, for whoever may change them: supervisors and administrators."""
    if not staff.has_role(Role.SUPERVISOR, Role.ADMINISTRATOR):
        return RuleSet.objects.none()
    return RuleSet.objects.filter(clinic=staff.clinic_id)


def imports_for(staff: Staff) -> QuerySet[Import]:
    """The clinic's imports, for administrators."""
    if not staff.has_role(Role.ADMINISTRATOR) or staff.clinic_id is None:
        return Import.objects.none()
    return Import.objects.filter(clinic=staff.clinic_id)


def import_for(staff: Staff, uid: UUID) -> Import:
    """One import, or NotVisible."""
    return _one(imports_for(staff).select_related("clinic", "by", "applied_by", "ended_by").filter(uid=uid))


def _one(rows: QuerySet):  # type: ignore[no-untyped-def, type-arg]
    row = rows.first()
    if row is None:
        raise NotVisible
    return row

"""Every address, one block per person. Ids are opaque; nothing about a client stands in a URL."""

from django.urls import path

from clinic.views import (
    account,
    away,
    booking,
    case_manager,
    client_pages,
    facilitator,
    front_desk,
    goals,
    group_members,
    groups,
    health,
    imports,
    intake,
    medication,
    observing,
    plan,
    spoke,
    supervisor,
    supporters,
    timed_out,
    unrecorded,
    walk_in,
)

everybody = [
    path("", account.home, name="home"),
    path("sign-in/", account.sign_in, name="sign_in"),
    path("sign-out/", account.sign_out, name="sign_out"),
    path("not-saved-yet/", timed_out.kept, name="kept"),
    path("clients/", client_pages.clients, name="clients"),
    path("clients/<uuid:uid>/", client_pages.client, name="client"),
    path("clients/<uuid:uid>/change/", client_pages.change_client, name="change_client"),
]

# A client's way in and out.
intakes = [
    path("clients/new/", intake.new_client, name="new_client"),
    path("clients/<uuid:uid>/admit/", intake.admit, name="admit"),
    path("clients/<uuid:uid>/programme/", intake.change_programme, name="change_programme"),
    path("clients/<uuid:uid>/discharge/", intake.discharge, name="discharge"),
    path("clients/<uuid:uid>/discharge/undo/", intake.undo_discharge, name="undo_discharge"),
]

# Case manager: whom do I contact first, why, how.
case_managers = [
    path("today/", case_manager.today, name="today"),
    path("follow-ups/<uuid:uid>/", case_manager.follow_up, name="follow_up"),
    path("follow-ups/<uuid:uid>/contact/", case_manager.log_contact, name="log_contact"),
    path("follow-ups/<uuid:uid>/snooze/", case_manager.snooze, name="snooze"),
    path("follow-ups/<uuid:uid>/wake/", case_manager.wake, name="wake"),
    path("follow-ups/<uuid:uid>/close/", case_manager.close, name="close_follow_up"),
    path("follow-ups/<uuid:uid>/confirm/", case_manager.confirm, name="confirm_medical"),
]

# Front desk: who is due, marked in one click.
front_desks = [
    path("day/", front_desk.day, name="day"),
    path("day/unrecorded/", unrecorded.unrecorded, name="unrecorded"),
    path("day/changes/", front_desk.day_changes, name="day_changes"),
    path("day/walk-in/", walk_in.walk_in, name="walk_in"),
    path("appointments/new/", booking.book, name="book"),
    path("appointments/<uuid:uid>/", booking.appointment, name="appointment"),
    path("appointments/<uuid:uid>/rebook/", booking.rebook, name="rebook"),
    path("appointments/<uuid:uid>/cancel/", booking.cancel_appointment, name="cancel_appointment"),
    path("appointments/<uuid:uid>/mark/", front_desk.mark, name="mark"),
    path("appointments/<uuid:uid>/undo/", front_desk.undo_mark, name="undo_mark"),
]

# Facilitator: my groups, the register.
facilitators = [
    path("groups/", facilitator.groups, name="groups"),
    path("groups/new/", groups.new_group, name="new_group"),
    path("groups/<uuid:uid>/", facilitator.group, name="group"),
    path("groups/<uuid:uid>/change/", groups.change_group, name="change_group"),
    path("groups/<uuid:uid>/members/", group_members.group_members, name="group_members"),
    path("groups/<uuid:uid>/schedule/", groups.group_schedule, name="group_schedule"),
    path("sessions/<uuid:uid>/plan/", groups.session_plan, name="session_plan"),
    path("clients/<uuid:uid>/groups/", group_members.client_groups, name="client_groups"),
    path("sessions/<uuid:uid>/", facilitator.register, name="register"),
]

# Supervisor: every caseload at a glance, and the rows behind each number.
supervisors = [
    path("caseloads/", supervisor.caseloads, name="caseloads"),
    path("caseloads/unassigned/", supervisor.unassigned, name="unassigned"),
    path("caseloads/<uuid:uid>/", supervisor.caseload, name="caseload"),
]

# What a client and their team have agreed: the plan, goals, supporters.
plans = [
    path("clients/<uuid:uid>/plan/", plan.plan, name="plan"),
    path("clients/<uuid:uid>/plan/change/", plan.change_plan, name="change_plan"),
    path("clients/<uuid:uid>/plan/version/", plan.revision, name="plan_revision"),
    path("clients/<uuid:uid>/plan/copy/", plan.copy, name="plan_copy"),
    path("clients/<uuid:uid>/plan/sessions/", plan.planned, name="planned"),
    path("clients/<uuid:uid>/goals/", goals.goals, name="goals"),
    path("goals/<uuid:uid>/", goals.goal, name="goal"),
    path("clients/<uuid:uid>/supporters/", supporters.supporters, name="supporters"),
    path("supporters/<uuid:uid>/", supporters.supporter, name="supporter"),
]

# Beside attendance: what was noticed, when absence says nothing, medication, meetings and talks.
cares = [
    path("clients/<uuid:uid>/observe/", observing.observe, name="observe"),
    path("observations/<uuid:uid>/withdraw/", observing.withdraw, name="withdraw_observation"),
    path("clients/<uuid:uid>/pauses/", away.pauses, name="pauses"),
    path("pauses/<uuid:uid>/confirm/", away.confirm_pause, name="confirm_pause"),
    path("pauses/<uuid:uid>/end/", away.end_pause, name="end_pause"),
    path("closures/", away.closures, name="closures"),
    path("closures/reopen/", away.reopen_day, name="reopen_day"),
    path("clients/<uuid:uid>/medication/", medication.medication, name="medication"),
    path("orders/<uuid:uid>/", medication.change_order, name="change_order"),
    path("clients/<uuid:uid>/meetings/", spoke.meetings, name="meetings"),
    path("clients/<uuid:uid>/meetings/logging/", spoke.meeting_logging, name="meeting_logging"),
    path("clients/<uuid:uid>/spoke/", spoke.spoke, name="spoke"),
]

# Administrator: files made elsewhere.
administrators = [
    path("imports/", imports.imports, name="imports"),
    path("imports/<uuid:uid>/", imports.imported, name="import"),
    path("imports/<uuid:uid>/apply/", imports.apply_import, name="apply_import"),
    path("imports/<uuid:uid>/undo/", imports.undo_import, name="undo_import"),
    path("imports/<uuid:uid>/discard/", imports.discard_import, name="discard_import"),
    path("imports/<uuid:uid>/not-taken/", imports.not_taken, name="not_taken"),
]

# The outside watcher.
watchers = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
]

urlpatterns = [
    *everybody,
    *intakes,
    *case_managers,
    *front_desks,
    *facilitators,
    *supervisors,
    *cares,
    *administrators,
    *watchers,
    *plans,
]

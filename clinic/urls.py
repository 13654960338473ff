"""Every address, one block per person. Ids are opaque; nothing about a client stands in a URL."""

from django.urls import path

from clinic.views import account, case_manager, client_pages, facilitator, front_desk, health, supervisor

everybody = [
    path("", account.home, name="home"),
    path("sign-in/", account.sign_in, name="sign_in"),
    path("sign-out/", account.sign_out, name="sign_out"),
    path("clients/", client_pages.clients, name="clients"),
    path("clients/<uuid:uid>/", client_pages.client, name="client"),
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
    path("appointments/<uuid:uid>/mark/", front_desk.mark, name="mark"),
]

# Facilitator: my groups, the register.
facilitators = [
    path("groups/", facilitator.groups, name="groups"),
    path("groups/<uuid:uid>/", facilitator.group, name="group"),
    path("sessions/<uuid:uid>/", facilitator.register, name="register"),
]

# Supervisor: every caseload at a glance, and the rows behind each number.
supervisors = [
    path("caseloads/", supervisor.caseloads, name="caseloads"),
    path("caseloads/unassigned/", supervisor.unassigned, name="unassigned"),
    path("caseloads/<uuid:uid>/", supervisor.caseload, name="caseload"),
]

# The outside watcher.
watchers = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
]

urlpatterns = [*everybody, *case_managers, *front_desks, *facilitators, *supervisors, *watchers]

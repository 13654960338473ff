"""Who gets in where: every address, each way of asking, every kind of person, against one declared table.

Whoever may not gets the answer for an id that does not exist, byte for byte, or the sign-in page; nothing about the
client stands in it, and nothing in the database has changed. A new address without a row in the table fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, time
from html import unescape
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, resolve, reverse

from clinic import access, models
from clinic.importing import jobs, work
from clinic.models import Episode, FollowUp, Session
from tests import cast
from tests.agreed import agreed
from tests.pages.mornings import TODAY, follow_up_of

pytestmark = pytest.mark.django_db

SIGNED_OUT = "nobody"
CHANGES = re.compile(
    r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|TRUNCATE|WITH\b.*\b(?:INSERT|UPDATE|DELETE))\b", re.I | re.S
)
# Case manager of the client, a colleague, the clinic's other people; then the other clinic's.
PEOPLE = [SIGNED_OUT, "maya", "jonas", "ruth", "lucia", "ben", "sam", "priya", "alex"]
PEOPLE += ["stranger", "anne", "nell", "dasha", "carmen"]

SIGNED_IN = {person for person in PEOPLE if person != SIGNED_OUT}
EVERYBODY = set(PEOPLE)
CASE_MANAGERS = {"maya", "jonas", "stranger"}
SUPERVISORS = {"ruth", "anne"}
MEDICAL = {"priya", "carmen"}
FRONT_DESK = {"lucia", "nell"}
KEEPS_THE_CASE = {"maya", "ruth"}
SEES_THE_FILE = {"maya", "ruth", "priya"}
MAY_NOTE = SEES_THE_FILE | {"ben"}
SEES_THE_DAY = {"maya", "ruth", "priya", "lucia"}
SEES_THE_GROUP = {"ben", "ruth"}
SHEETS = CASE_MANAGERS | SUPERVISORS | MEDICAL | FRONT_DESK
TAKES_IN = CASE_MANAGERS | SUPERVISORS | FRONT_DESK
FILES = CASE_MANAGERS | SUPERVISORS | MEDICAL
GROUPS = {"ben", "sam", "dasha"} | SUPERVISORS


@dataclass(frozen=True)
class Way:
    """Who may ask for an address and with what; `shows`: to whom it may speak of the clients looked for."""

    get: set[str] = field(default_factory=set)
    post: set[str] = field(default_factory=set)
    shows: set[str] = field(default_factory=set)
    asked_again: set[str] = field(default_factory=set)  # whose form is answered with what must be put right
    of: str = ""  # which row of the house its id is, see `ids`
    data: dict[str, str] = field(default_factory=dict)
    shows_to: tuple[str, ...] = ("get", "post")  # a search tells nothing until it is asked


# fmt: off
WAYS = {
    "home": Way(get=SIGNED_IN),
    "sign_in": Way(get=EVERYBODY, post=EVERYBODY, data={"username": "maya", "password": cast.PASSWORD}),
    "sign_out": Way(post=SIGNED_IN),
    "kept": Way(get=SIGNED_IN, post=SIGNED_IN),
    "clients": Way(get=FILES, post=FILES, shows=SEES_THE_FILE, data={"q": "Medin"}),
    "client": Way(get=SEES_THE_FILE, shows=SEES_THE_FILE, of="client"),
    "change_client": Way(get=KEEPS_THE_CASE, post=KEEPS_THE_CASE, shows=KEEPS_THE_CASE, of="client",
                         data={"first_name": "Una", "last_name": "Bell", "record_number": "R-1", "version": "1"}),
    "new_client": Way(get=TAKES_IN, post=TAKES_IN, asked_again={"stranger", "anne", "nell"},
                      data={"first_name": "Una", "last_name": "Bell", "programme": "programme",
                            "admitted_on": "2026-11-20"}),
    "admit": Way(get={"ruth"}, post={"ruth"}, of="discharged",
                 data={"programme": "programme", "admitted_on": "2026-11-20"}),
    "change_programme": Way(get=KEEPS_THE_CASE, post=KEEPS_THE_CASE, shows=KEEPS_THE_CASE, of="client",
                            data={"programme": "other", "day": "2026-11-20", "version": "1"}),
    "discharge": Way(get=KEEPS_THE_CASE, post=KEEPS_THE_CASE, shows=KEEPS_THE_CASE, of="client",
                     data={"kind": "planned", "discharged_on": "2026-11-20", "version": "1"}),
    "undo_discharge": Way(post=KEEPS_THE_CASE, of="client", data={"version": "1"}),
    "today": Way(get=CASE_MANAGERS, shows={"maya"}),
    "follow_up": Way(get=SEES_THE_FILE, shows=SEES_THE_FILE, of="follow_up"),
    "log_contact": Way(post=KEEPS_THE_CASE, of="follow_up", data={"method": "call", "result": "not_reached"}),
    "snooze": Way(post=KEEPS_THE_CASE, of="follow_up", data={"until": "2026-11-21", "reason": "Asked for tomorrow"}),
    "wake": Way(post=KEEPS_THE_CASE, of="follow_up"),
    "close_follow_up": Way(post=KEEPS_THE_CASE, of="follow_up", data={"closed_as": "declined"}),
    "confirm_medical": Way(post={"priya"}, of="doses"),
    "day": Way(get=SHEETS, post=SHEETS, shows=SEES_THE_DAY, data={"find": "Medin"}),
    "day_changes": Way(get=SHEETS, shows=SEES_THE_DAY),
    "unrecorded": Way(get=SHEETS | GROUPS),
    "walk_in": Way(get=SHEETS, post=SHEETS, shows=SEES_THE_DAY, shows_to=("post",), data={"find": "Medin"}),
    "undo_mark": Way(post=SEES_THE_DAY, of="visit", data={"version": "1"}),
    "mark": Way(post=SEES_THE_DAY, of="visit", data={"outcome": "no_show", "version": "1"}),
    "book": Way(get=SHEETS, post=SHEETS, shows=SEES_THE_DAY, shows_to=("post",), data={"q": "Medin"}),
    "appointment": Way(get=SEES_THE_DAY, post=SEES_THE_DAY, shows=SEES_THE_DAY, of="ahead",
                       data={"day": "2026-11-25", "at": "11:00", "minutes": "50", "mode": "in_person", "version": "1"}),
    "rebook": Way(get=SEES_THE_DAY, post=SEES_THE_DAY, shows=SEES_THE_DAY, of="ahead",
                  data={"day": "2026-11-25", "at": "11:00", "minutes": "50", "mode": "in_person", "version": "1"}),
    "cancel_appointment": Way(post=SEES_THE_DAY, of="ahead", data={"who": "clinic", "version": "1"}),
    "groups": Way(get=GROUPS),
    "group": Way(get=SEES_THE_GROUP, shows=SEES_THE_GROUP, of="group"),
    "new_group": Way(get=GROUPS, post=GROUPS, data={"name": "Circle"}),
    "change_group": Way(get=SEES_THE_GROUP, post=SEES_THE_GROUP, of="group",
                        data={"name": "Evening skills", "room": "Room 9", "version": "1"}),
    "group_members": Way(get=SEES_THE_GROUP, post=SEES_THE_GROUP, shows=SEES_THE_GROUP, of="group",
                         data={"deed": "find", "q": "Medin"}),
    "group_schedule": Way(get=SEES_THE_GROUP, post=SEES_THE_GROUP, of="group",
                          data={"every": "week", "starts_on": "2026-11-23", "at": "09:00", "ends_at": "10:00",
                                "mode": "in_person"}),
    "session_plan": Way(get=SEES_THE_GROUP, post=SEES_THE_GROUP, of="coming",
                        data={"deed": "cancel", "reason": "Away", "version": "1"}),
    "client_groups": Way(get=KEEPS_THE_CASE, post=KEEPS_THE_CASE, shows=KEEPS_THE_CASE, of="client",
                         data={"deed": "join", "group": "morning_group", "joined_on": "2026-11-20"}),
    "register": Way(get=SEES_THE_GROUP, post=SEES_THE_GROUP, shows=SEES_THE_GROUP, of="session",
                    data={"version": "version", "others": "attended"}),
    "caseloads": Way(get=SUPERVISORS),
    "unassigned": Way(get=SUPERVISORS, post={"ruth"}, shows={"ruth"}, data={"episode": "grace", "to": "jonas"}),
    "caseload": Way(get={"ruth"}, shows={"ruth"}, of="holder"),
    "observe": Way(get=MAY_NOTE, post=MAY_NOTE, shows=MAY_NOTE, of="client",
                   data={"seen_on": "2026-11-20", "setting": "call", "source": "client_said", "A2": "1"}),
    "withdraw_observation": Way(post=SEES_THE_FILE, of="observation", data={"reason": "mistake"}),
    "pauses": Way(get=SEES_THE_FILE, post=SEES_THE_FILE, shows=SEES_THE_FILE, of="client",
                  data={"kind": "jail", "starts_on": "2026-12-10"}),
    "confirm_pause": Way(post=SEES_THE_FILE, of="pause", data={"state": "2026-11-30.2026-12-02.0"}),
    "end_pause": Way(post=SEES_THE_FILE, of="pause",
                     data={"ends_on": "2026-12-01", "state": "2026-11-30.2026-12-02.0"}),
    "closures": Way(get=SIGNED_IN, post={"ruth", "anne", "alex"}, data={"day": "2026-12-24", "reason": "Holiday"}),
    "reopen_day": Way(post={"ruth", "anne", "alex"}, data={"day": "2026-12-24"}),
    "medication": Way(get=SEES_THE_FILE, post={"priya"}, shows=SEES_THE_FILE, of="client",
                      data={"kind": "take_home", "medicine": "methadone", "starts_on": "2026-11-20"}),
    "change_order": Way(post={"priya"}, of="order",
                        data={"deed": "end", "ends_on": "2026-11-20", "ended": "completed", "state": "."}),
    "meetings": Way(get=SEES_THE_FILE, post=SEES_THE_FILE, shows=SEES_THE_FILE, of="client",
                    data={"day": "2026-11-19", "at": "18:00"}),
    "meeting_logging": Way(post=SEES_THE_FILE, of="client", data={"wanted": "no"}),
    "spoke": Way(get=KEEPS_THE_CASE, post=KEEPS_THE_CASE, shows=KEEPS_THE_CASE, of="client",
                 data={"method": "call", "day": "2026-11-19", "at": "18:00"}),
    "plan": Way(get=SEES_THE_FILE, post=SEES_THE_FILE, shows=SEES_THE_FILE, of="client",
                data={"do": "naloxone", "status": "has"}),
    "change_plan": Way(get=SEES_THE_FILE, post=SEES_THE_FILE, shows=SEES_THE_FILE, of="client",
                       data={"reasons-0-text": "Mine", "version": "1", "seen": "1"}),
    "plan_revision": Way(get=SEES_THE_FILE, shows=SEES_THE_FILE, of="client"),
    "plan_copy": Way(get=SEES_THE_FILE, of="client"),  # it names nobody, whoever prints it
    "planned": Way(get=SEES_THE_FILE, post=SEES_THE_FILE, shows=SEES_THE_FILE, of="client",
                   data={"do": "elsewhere", "place": "County", "starts_on": "2026-11-02"}),
    "goals": Way(get=SEES_THE_FILE, post=SEES_THE_FILE, shows=SEES_THE_FILE, of="client",
                 data={"do": "milestone", "words": "A job", "kind": "work", "day": "2026-11-19"}),
    "goal": Way(get=SEES_THE_FILE, post=SEES_THE_FILE, shows=SEES_THE_FILE, of="goal",
                data={"do": "end", "ends_on": "2026-11-19", "version": "1"}),
    "supporters": Way(get=SEES_THE_FILE, post=SEES_THE_FILE, shows=SEES_THE_FILE, of="client",
                      data={"who": "Jo", "relation": "friend"}),
    "supporter": Way(get=SEES_THE_FILE, post=SEES_THE_FILE, shows=SEES_THE_FILE, of="supporter",
                     data={"do": "end_consent", "version": "2"}),
    "imports": Way(get={"alex"}, post={"alex"}, asked_again={"alex"}),
    "import": Way(get={"alex"}, shows={"alex"}, of="checked_import"),
    "not_taken": Way(get={"alex"}, shows={"alex"}, of="checked_import"),
    "apply_import": Way(post={"alex"}, of="checked_import", data={"version": "2", "skip_refused": "on"}),
    "discard_import": Way(post={"alex"}, of="checked_import", data={"version": "2"}),
    "undo_import": Way(post={"alex"}, of="applied_import", data={"version": "1"}),
    "health_live": Way(get=EVERYBODY),
    "health_ready": Way(get=EVERYBODY),
}
# fmt: on
KEPT = [model for model in vars(models).values() if isinstance(model, type) and hasattr(model, "objects")]
KEPT = [model for model in KEPT if model is not models.Staff]  # signing in notes the time


@pytest.fixture
def ids(house, morning) -> dict[str, object]:
    """Rosa and Grace, with everything that may be told of them; the rows that the addresses of the table are about."""
    for who, born in ((house.rosa, date(1987, 3, 14)), (house.grace, date(1991, 8, 2))):
        who.date_of_birth = born
        who.save()
    visit = house.visits(house.rosa, "medical", "S", last=0, at=time(8))[0]
    kept = Session.objects.filter(group=house.evening_skills, starts_at__lt=morning).latest("starts_at")
    assert kept.seats.filter(episode=house.episode(house.rosa)).exists()
    return {
        **beside(house),
        "goal": agreed(house, house.rosa, morning).goal.uid,
        "supporter": agreed(house, house.rosa, morning).supporter.uid,
        "client": house.rosa.uid,
        "follow_up": follow_up_of("Rosa Medina").uid,
        "doses": follow_up_of("Terry Boyd").uid,
        "visit": visit.uid,
        "ahead": house.visits(house.rosa, "medical", "S", last=-4, at=time(10))[0].uid,
        "group": house.evening_skills.uid,
        "session": kept.uid,
        "version": kept.version,
        "coming": Session.objects.filter(group=house.evening_skills, starts_at__gt=morning)
        .earliest("starts_at")
        .uid,
        "morning_group": house.morning_skills.uid,
        "holder": house.maya.uid,
        "grace": house.episode(house.grace).uid,
        "jonas": house.jonas.uid,
        "discharged": house.victor.uid,
        "programme": house.outpatient.uid,
        "other": house.medication.uid,
        **brought(house, morning),
    }


def brought(house, morning) -> dict[str, object]:
    """Two imports: one that was checked, of whose rows one about Rosa is not taken, and one that is applied."""
    header = "record_number,first_name,last_name,admitted_on,discharged_on,program"
    rows = "R-1001,Rosa,Medina,2026-13-01,,Day\nN-1,Noor,Vance,2026-11-01,,Day"
    checked = jobs.upload(
        house.riverside, [("file.csv", f"{header}\n{rows}\n".encode())], by=house.alex, on=morning
    )
    work.check(checked.pk, morning)
    applied = models.Import.objects.create(
        clinic=house.riverside, at=morning, state="applied", applied_at=morning, by=house.alex
    )
    return {"checked_import": checked.uid, "applied_import": applied.uid}


def beside(house) -> dict[str, object]:
    """What is known of Rosa beside appointments: something noticed, a pause ahead, an order."""
    stay = house.episode(house.rosa)
    noticed = models.Observation.objects.create(
        episode=stay,
        at=house.at(TODAY, 8),
        day=TODAY,
        setting="session",
        source="client_said",
        author=house.maya,
        author_role="case_manager",
        in_words="Tired",
    )
    away = models.Pause.objects.create(
        episode=stay, kind="travel", starts_on=date(2026, 11, 30), ends_on=date(2026, 12, 2), confirmed=False
    )
    order = models.Medication.objects.create(
        episode=stay,
        kind="take_home",
        medicine="other",
        starts_on=date(2026, 11, 1),
        known_on=date(2026, 11, 1),
    )
    return {"observation": noticed.uid, "pause": away.uid, "order": order.uid}


def told_of(body: str) -> list[str]:
    """What a page tells of Rosa or Grace."""
    known = ["Rosa", "Medina", "R-1001", "555-0142", "5550142", "1987"]
    known += ["Grace", "Adjei", "R-1014", "555-0123", "5550123", "1991"]
    # Whole words: four digits of a year turn up inside random ids and tokens, which tell nothing.
    return [word for word in known if re.search(rf"(?<![\w-]){re.escape(word)}(?!\w)", unescape(body))]


def everything() -> dict[str, list[tuple]]:
    """Every row of the memory as it stands."""
    return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in KEPT}


def addresses() -> set[str]:
    """The name of every address of the site."""
    return {key for key in get_resolver().reverse_dict if isinstance(key, str)}


def ask(house: cast.Cast, person: str, method: str, url: str, data: dict, **headers) -> HttpResponse:
    return signed_in(house, person)(method, url, data, **headers)


def signed_in(house: cast.Cast, person: str) -> Callable[..., HttpResponse]:
    """A browser in which the person is signed in, as a function of method, address, data and headers."""
    browser = Client()
    if person != SIGNED_OUT:
        browser.force_login(getattr(house, person))

    def asks(method: str, url: str, data: dict, **headers) -> HttpResponse:
        return getattr(browser, method)(url, data if method == "post" else None, headers=headers or None)

    return asks


def writes(said: CaptureQueriesContext) -> list[str]:
    """The statements that change rows."""
    return [row["sql"] for row in said.captured_queries if CHANGES.match(row["sql"])]


def face(answer: HttpResponse) -> tuple:
    """All of an answer that its receiver can tell from another."""
    return answer.status_code, answer.content, sorted(answer.headers.items()), sorted(answer.cookies)


def to_sign_in(answer: HttpResponse) -> bool:
    return answer.status_code == 302 and answer["Location"].startswith("/sign-in/?next=/")


def look(house: cast.Cast, ids: dict, person: str, name: str, method: str, **headers) -> None:
    """Ask for one address as one person, and compare with the table."""
    way = WAYS[name]
    of = [ids[way.of]] if way.of else []
    url = reverse(name, args=of)
    may = person in getattr(way, method)
    supported = bool(getattr(way, method))
    data = {key: str(ids.get(value, value)) for key, value in way.data.items()}
    what = f"{person}: {method.upper()} {name} {headers or ''}"

    # Whoever may, does; the next person finds the house as it was.
    with transaction.atomic():
        asks = signed_in(house, person)
        with CaptureQueriesContext(connection) as said:
            answer = asks(method, url, data, **headers)
        transaction.set_rollback(True)
    told = told_of(answer.content.decode() + answer.get("Location", ""))

    if may:
        again = {422} if method == "post" and person in way.asked_again else set()
        assert answer.status_code in {200, 204, 302} | again, f"{what}: {answer.status_code}"
        assert not to_sign_in(answer), what
        if person in way.shows and answer.status_code == 200 and method in way.shows_to:
            assert told, f"{what}: nobody is shown, so this table would notice nothing"
        if person not in way.shows:
            assert told == [], what
        return
    assert writes(said) == [], f"{what}: something changed"
    assert told == [], what
    if not supported and answer.status_code == 405:
        assert answer.content == b"", what
    elif person == SIGNED_OUT:
        assert to_sign_in(answer), f"{what}: {answer.status_code}"
    elif way.of:
        missing = ask(house, person, method, reverse(name, args=[uuid4()]), data, **headers)
        assert (answer.status_code, face(answer)) == (404, face(missing)), what
    else:
        assert answer.status_code == 404, f"{what}: {answer.status_code}"
        assert answer.content == ask(house, person, "get", "/nowhere/", {}).content, what


def test_every_address_stands_in_the_table() -> None:
    assert addresses() == set(WAYS)


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_gets_in_where_the_table_says_and_nowhere_else(house, ids, person: str) -> None:
    for name in WAYS:
        look(house, ids, person, name, "get")
        look(house, ids, person, name, "post")


@pytest.mark.parametrize("person", PEOPLE)
def test_the_parts_that_htmx_asks_for_are_no_side_door(house, ids, person: str) -> None:
    for name, way in WAYS.items():
        if person not in way.get:
            look(house, ids, person, name, "get", hx_request="true")
        if person not in way.post:
            look(house, ids, person, name, "post", hx_request="true")


@pytest.mark.parametrize("person", [SIGNED_OUT, "stranger", "lucia"])
def test_other_ways_of_asking_open_nothing(house, ids, person: str) -> None:
    before = everything()
    for name, way in WAYS.items():
        if person in way.get | way.post:
            continue
        for method in ("put", "patch", "delete", "options", "head"):
            answer = ask(house, person, method, reverse(name, args=[ids[way.of]] if way.of else []), {})
            assert answer.status_code in (404, 405) or to_sign_in(answer), f"{method} {name}"
            assert told_of(answer.content.decode()) == [], f"{method} {name}"
    assert everything() == before


@pytest.mark.parametrize("name", ["client", "follow_up", "log_contact", "mark", "register", "caseload"])
def test_the_table_notices_a_gate_that_stands_open(house, ids, monkeypatch, name: str) -> None:
    """The control: without the question who asks, the same look fails."""

    def open_gate(rows):
        return lambda *args, **more: rows.get(uid=next(a for a in args if a in ids.values()))

    monkeypatch.setattr(access, "require", lambda staff, *roles: None)
    monkeypatch.setattr(access, "client_for", open_gate(models.Client.objects))
    monkeypatch.setattr(access, "follow_up_for", open_gate(FollowUp.objects))
    monkeypatch.setattr(access, "appointment_for", open_gate(models.Appointment.objects))
    monkeypatch.setattr(access, "session_for", open_gate(Session.objects))
    monkeypatch.setattr(access, "case_manager_for", open_gate(models.Staff.objects))
    monkeypatch.setattr(access, "episodes_for", lambda staff, day: Episode.objects.all())
    monkeypatch.setattr(access, "appointments_for", lambda staff, day: models.Appointment.objects.all())

    with pytest.raises(AssertionError, match=f"jonas: (GET|POST) {name} "):
        look(house, ids, "jonas", name, "get" if WAYS[name].get else "post")


def test_the_table_notices_a_change_by_somebody_who_gets_nothing(house, ids, monkeypatch) -> None:
    """The control: a gate that writes before it says no."""

    def leaky_gate(staff, *args, **more):
        models.Clinic.objects.filter(pk=staff.clinic_id).update(name="Changed on the way")
        raise access.NotVisible

    monkeypatch.setattr(access, "follow_up_for", leaky_gate)

    with pytest.raises(AssertionError, match=r"jonas: POST snooze .*something changed"):
        look(house, ids, "jonas", "snooze", "post")


def test_a_case_handed_over_closes_behind_the_one_before(house, ids, morning) -> None:
    """Access is asked with every request: from the day of the hand-over Maya is a stranger to Rosa."""
    episode = house.episode(house.rosa)
    episode.assignments.update(ends_on=TODAY)
    episode.assignments.create(case_manager=house.jonas, starts_on=TODAY)

    for name in ("client", "follow_up"):
        assert ask(house, "maya", "get", reverse(name, args=[ids[name]]), {}).status_code == 404
        assert ask(house, "jonas", "get", reverse(name, args=[ids[name]]), {}).status_code == 200


# --- Nothing about a client in an address or in the title of a window ----------------------------------------------

BESIDE = {"observe", "pauses", "medication", "meetings"}
PAGES_OF = {
    "maya": {
        "today",
        "follow_up",
        "clients",
        "client",
        "new_client",
        "change_client",
        "discharge",
        "day",
        *BESIDE,
        "spoke",
    },
    "ruth": {
        "caseloads",
        "caseload",
        "unassigned",
        "clients",
        "client",
        "groups",
        "group",
        "register",
        "day",
        "closures",
    },
    "lucia": {"day", "book"},
    "ben": {
        "groups",
        "group",
        "register",
        "group_members",
        "group_schedule",
        "change_group",
        "session_plan",
        "observe",
    },
    "priya": {"day", "clients", "client", *BESIDE},
    "alex": {"home", "imports"},
}
CANARY = "xaqul"  # stands in everything personal, and nowhere else
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
ADDRESS = re.compile(
    r"""\b(?:href|action|src|formaction|hx-(?:get|post|push-url|replace-url))\s*=\s*(["'])(.*?)\1""",
    re.DOTALL,
)


@pytest.fixture
def canaries(house, before_the_sweep):
    """Everybody's name, number and telephone hold the canary, from before the first check on."""
    from clinic import sweep

    for number, who in enumerate(house.clients):
        who.first_name, who.last_name = f"Xaqul{number}", f"Xaqulson{number}"
        who.preferred_name, who.record_number, who.phone = (
            f"Xaquli{number}",
            f"XAQUL-{number}",
            f"xaqul {number}",
        )
        who.save()
    for clinic in (house.riverside, house.harbor):
        sweep.sweep(clinic, TODAY, now=before_the_sweep)


def walk(browser: Client, start: str, *, of_a_kind: int = 3) -> Iterator[tuple[str, str]]:
    """Every page that links lead to, with its address; at most so many that differ in an id or a value only."""
    waiting, kinds, seen = [start], {}, set()
    while waiting:
        url = waiting.pop(0)
        parts = urlsplit(url)
        if url in seen or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("/static/"):
            continue
        seen.add(url)
        kind = resolve(parts.path).url_name, *sorted(pair.split("=")[0] for pair in parts.query.split("&"))
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] > of_a_kind:
            continue
        answer = browser.get(url, follow=True)
        if answer.status_code in (204, 405):
            continue  # nothing new, or a form's address
        assert answer.status_code == 200, url
        body = answer.content.decode()
        yield url, body
        for _, found in ADDRESS.findall(body):
            found = unescape(found).split("#")[0]
            waiting.append(parts.path + found if found.startswith("?") else found)


def speaking(body: str) -> list[str]:
    """What in the title or the addresses of a page tells of a person. A telephone link is dialled, never asked for."""
    found = [unescape(title) for title in TITLE.findall(body)]
    found += [unescape(url) for _, url in ADDRESS.findall(body) if not url.startswith(("tel:", "sms:"))]
    return [text for text in found if CANARY in text.lower()]


@pytest.mark.parametrize("person", PAGES_OF)
def test_no_title_and_no_address_tells_of_a_client(house, canaries, person: str) -> None:
    browser = Client()
    browser.force_login(getattr(house, person))
    pages = dict(walk(browser, "/"))

    whole = [body for url, body in pages.items() if not url.startswith(("/health/", "/day/changes/"))]
    assert whole and all(TITLE.search(body) for body in whole)
    assert {url: speaking(body) for url, body in pages.items() if speaking(body)} == {}
    names = {resolve(urlsplit(url).path).url_name for url in pages}
    assert names >= PAGES_OF[person]
    assert person == "alex" or any(CANARY in body.lower() for body in pages.values())


def test_a_name_in_a_title_or_an_address_would_be_noticed() -> None:
    assert speaking("<title>Client Xaqul1 Xaqulson1</title>")
    assert speaking('<a href="/clients/?q=XAQUL-1">file</a>')
    assert not speaking('<title>Client</title><a href="tel:xaqul1">call</a><b>Xaqul1</b>')

"""The fixed cast: the invented people the tests are about, and the core of the demo clinic.

`house(today)` builds two clinics, their staff and a handful of clients whose histories are typical, all counted back
from `today`, so that a test reads as a sentence: "Rosa stopped coming; Maya sees her first". Nobody here is real; the
telephone numbers are the ones kept free for fiction. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from clinic import models
from tests.histories import moment, visits, write_histories

PASSWORD = "river-lantern-42"
RIVERSIDE_ZONE = ZoneInfo("America/Denver")

# Sign-in name, first name, last name, the clinic and team that hold them, roles.
STAFF = (
    ("maya", "Maya", "Okafor", "riverside", True, ("case_manager",)),
    ("jonas", "Jonas", "Eriksen", "riverside", True, ("case_manager",)),
    ("hana", "Hana", "Yoon", "riverside", True, ("case_manager",)),
    ("tunde", "Tunde", "Bello", "harbor", True, ("case_manager",)),
    ("simran", "Simran", "Grover", "harbor", True, ("case_manager",)),
    ("rita", "Rita", "Castellano", "harbor", True, ("case_manager", "facilitator")),
    ("ruth", "Ruth", "Adeyemi", "riverside", True, ("supervisor",)),
    ("anne", "Anne", "Whitlock", "harbor", True, ("supervisor",)),
    ("lucia", "Lucia", "Ortiz", "riverside", False, ("front_desk",)),
    ("nell", "Nell", "Brennan", "harbor", False, ("front_desk",)),
    ("ben", "Ben", "Castillo", "riverside", False, ("facilitator",)),
    ("sam", "Sam", "Whitfield", "riverside", False, ("facilitator",)),
    ("dasha", "Dasha", "Ivanova", "harbor", False, ("facilitator",)),
    ("priya", "Priya", "Shah", "riverside", False, ("medical",)),
    ("anita", "Anita", "Rao", "riverside", False, ("medical",)),
    ("carmen", "Carmen", "Ruiz", "harbor", False, ("medical",)),
    ("alex", "Alex", "Moreno", "riverside", False, ("administrator",)),
)

# Attribute, record number, first name, last name, clinic, days since admission, case manager, more fields.
# fmt: off
CLIENTS = (
    ("rosa", "R-1001", "Rosa", "Medina", "riverside", 87, "maya",
        {"phone": "(505) 555-0142", "text_ok": True, "languages": "Spanish, English"}),
    ("keisha", "R-1002", "Keisha", "Grant", "riverside", 70, "maya", {"phone": "(505) 555-0111"}),
    ("linh", "R-1003", "Linh", "Tran", "riverside", 84, "maya", {"languages": "Vietnamese, English"}),
    ("paul", "R-1004", "Paul", "Nowak", "riverside", 11, "maya", {"phone": "(505) 555-0113"}),
    ("gloria", "R-1005", "Gloria", "Ames", "riverside", 120, "maya", {"phone": "(505) 555-0114", "text_ok": True}),
    ("marcus", "R-1006", "Marcus", "Webb", "riverside", 75, "maya", {"phone": "(505) 555-0115"}),
    ("dwayne", "R-1007", "Dwayne", "Lewis", "riverside", 98, "maya", {"phone": "(505) 555-0116"}),
    ("terrence", "R-1008", "Terrence", "Boyd", "riverside", 90, "maya",
        {"preferred_name": "Terry", "phone": "(505) 555-0117", "voicemail_ok": True}),
    ("marisol", "R-1009", "Marisol", "Vega", "riverside", 80, "maya", {"phone": "(505) 555-0118", "text_ok": True}),
    ("samir", "R-1010", "Samir", "Haddad", "riverside", 77, "maya", {"phone": "(505) 555-0119"}),
    ("irina", "R-1011", "Irina", "Petrova", "riverside", 63, "maya", {"phone": "(505) 555-0120"}),
    ("isaiah", "R-1012", "Isaiah", "Brooks", "riverside", 84, "maya", {"phone": "(505) 555-0121"}),
    ("andre", "R-1013", "Andre", "Fontaine", "riverside", 91, "jonas", {"phone": "(505) 555-0122"}),
    ("grace", "R-1014", "Grace", "Adjei", "riverside", 3, None, {"phone": "(505) 555-0123"}),
    ("victor", "R-1015", "Victor", "Chen", "riverside", 110, "maya", {"phone": "(505) 555-0124"}),
    ("theo", "H-2001", "Theo", "Lambert", "harbor", 88, "tunde", {"phone": "(401) 555-0131"}),
)
# fmt: on


@dataclass
class Cast:
    """Everybody of one house. Staff and clients are attributes, each under their first name.

    Clients: `rosa` stopped coming 16 days ago; `keisha` missed counselling twice and still comes to group; `linh` is
    silent with nothing booked; `paul` is new; `gloria` is steady; `marcus` missed one session; `dwayne` missed the
    visit after a pause; `terrence` missed three daily doses; `marisol` cancels, with notice; `samir` is paused; `irina`
    has unrecorded sessions and nothing else; `isaiah` misses every other session; `andre` is held by Jonas, `grace` by
    nobody; `victor` is discharged; `theo` belongs to the other clinic, and so does `stranger`, a case manager.
    """

    today: date
    riverside: models.Clinic
    harbor: models.Clinic
    river_team: models.Team
    harbor_team: models.Team
    outpatient: models.Programme
    medication: models.Programme
    harbor_outpatient: models.Programme
    harbor_medication: models.Programme
    evening_skills: models.Group
    morning_skills: models.Group
    harbor_group: models.Group
    maya: models.Staff
    jonas: models.Staff
    hana: models.Staff
    tunde: models.Staff
    simran: models.Staff
    rita: models.Staff
    ruth: models.Staff
    anne: models.Staff
    lucia: models.Staff
    nell: models.Staff
    ben: models.Staff
    sam: models.Staff
    dasha: models.Staff
    priya: models.Staff
    anita: models.Staff
    carmen: models.Staff
    alex: models.Staff
    rosa: models.Client
    keisha: models.Client
    linh: models.Client
    paul: models.Client
    gloria: models.Client
    marcus: models.Client
    dwayne: models.Client
    terrence: models.Client
    marisol: models.Client
    samir: models.Client
    irina: models.Client
    isaiah: models.Client
    andre: models.Client
    grace: models.Client
    victor: models.Client
    theo: models.Client
    register: models.Session
    episodes: dict[int, models.Episode] = field(repr=False)

    @property
    def stranger(self) -> models.Staff:
        """A case manager of the other clinic, to whom nothing of Riverside may be shown."""
        return self.tunde

    @property
    def staff(self) -> list[models.Staff]:
        return [getattr(self, row[0]) for row in STAFF]

    @property
    def clients(self) -> list[models.Client]:
        return [getattr(self, row[0]) for row in CLIENTS]

    def episode(self, client: models.Client) -> models.Episode:
        """The stay in care of one of the cast."""
        return self.episodes[client.pk]

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A moment of Riverside's own day."""
        return moment(self.riverside, day, time(hour, minute))

    def visits(
        self, client: models.Client, channel: str, marks: str, *, last: int = 0, **more
    ) -> list[models.Appointment]:
        """Give a client more appointments, saved: see `histories.visits`. `last` is in days before today."""
        rows = visits(self.episode(client), channel, marks, last=self.today - timedelta(days=last), **more)
        return models.Appointment.objects.bulk_create(rows)


@cache
def password_hash() -> str:
    """One hash for everybody: hashing is slow on purpose, and these accounts are refused in production."""
    return make_password(PASSWORD)


def open_clinic(name: str, zone: str, opening_days: Iterable[int], today: date) -> models.Clinic:
    """A clinic with the starting thresholds in force."""
    clinic = models.Clinic.objects.create(name=name, time_zone=zone, opening_days=list(opening_days))
    models.RuleSet.objects.create(
        clinic=clinic,
        number=1,
        made_at=moment(clinic, today - timedelta(days=200), time(9)),
        reason="Starting values, to be approved by the clinical lead",
    )
    return clinic


def hire(clinics: dict[str, models.Clinic], teams: dict[str, models.Team]) -> dict[str, models.Staff]:
    """Everybody who works in the house, by sign-in name."""
    people = models.Staff.objects.bulk_create(
        models.Staff(
            username=username,
            first_name=first,
            last_name=last,
            email=f"{username}@example.org",
            clinic=clinics[where],
            team=teams[where] if in_team else None,
            password=password_hash(),
            is_demo=True,
        )
        for username, first, last, where, in_team, _ in STAFF
    )
    by_name = {person.username: person for person in people}
    models.StaffRole.objects.bulk_create(
        models.StaffRole(staff=by_name[row[0]], role=role) for row in STAFF for role in row[5]
    )
    for where, supervisor in (("riverside", "ruth"), ("harbor", "anne")):
        teams[where].supervisor = by_name[supervisor]
        teams[where].save(update_fields=["supervisor"])
    return by_name


def _admit(
    today: date,
    clinics: dict[str, models.Clinic],
    programmes: dict[str, models.Programme],
    staff: dict[str, models.Staff],
) -> tuple[dict[str, models.Client], dict[int, models.Episode]]:
    people = models.Client.objects.bulk_create(
        models.Client(clinic=clinics[where], record_number=number, first_name=first, last_name=last, **more)
        for _, number, first, last, where, _, _, more in CLIENTS
    )
    by_name = {row[0]: person for row, person in zip(CLIENTS, people, strict=True)}
    medicated = ("terrence", "dwayne")
    episodes = models.Episode.objects.bulk_create(
        models.Episode(
            client=by_name[row[0]],
            clinic=clinics[row[4]],
            programme=programmes[f"{row[4]}_{'medication' if row[0] in medicated else 'outpatient'}"],
            admitted_on=today - timedelta(days=row[5]),
            discharged_on=today - timedelta(days=20) if row[0] == "victor" else None,
        )
        for row in CLIENTS
    )
    models.Assignment.objects.bulk_create(
        models.Assignment(
            episode=episode,
            case_manager=staff[row[6]],
            starts_on=episode.admitted_on,
            ends_on=episode.discharged_on,
        )
        for row, episode in zip(CLIENTS, episodes, strict=True)
        if row[6]
    )
    return by_name, {episode.client_id: episode for episode in episodes}


def house(today: date) -> Cast:
    """Build the house as it stands on `today`, before anybody has swept it. About thirty queries."""
    riverside = open_clinic("Riverside", RIVERSIDE_ZONE.key, range(7), today)
    harbor = open_clinic("Harbor", "America/New_York", range(5), today)
    clinics = {"riverside": riverside, "harbor": harbor}
    teams = {
        "riverside": models.Team.objects.create(clinic=riverside, name="River team"),
        "harbor": models.Team.objects.create(clinic=harbor, name="Harbor team"),
    }
    programmes = {
        f"{where}_{key}": models.Programme.objects.create(clinic=clinic, name=name)
        for where, clinic in clinics.items()
        for key, name in (("outpatient", "Standard outpatient"), ("medication", "Medication and counselling"))
    }
    staff = hire(clinics, teams)
    clients, episodes = _admit(today, clinics, programmes, staff)
    groups = {
        "evening_skills": models.Group.objects.create(
            clinic=riverside, name="Evening skills", facilitator=staff["ben"], room="Room 2"
        ),
        "morning_skills": models.Group.objects.create(
            clinic=riverside, name="Morning skills", facilitator=staff["ben"], room="Room 2"
        ),
        "harbor_group": models.Group.objects.create(
            clinic=harbor, name="Harbor evening group", facilitator=staff["dasha"], room="Room 1"
        ),
    }
    register = write_histories(today, clients, episodes, groups, staff)
    return Cast(
        today=today,
        **clinics,
        river_team=teams["riverside"],
        harbor_team=teams["harbor"],
        outpatient=programmes["riverside_outpatient"],
        medication=programmes["riverside_medication"],
        harbor_outpatient=programmes["harbor_outpatient"],
        harbor_medication=programmes["harbor_medication"],
        **groups,
        **staff,
        **clients,
        register=register,
        episodes=episodes,
    )

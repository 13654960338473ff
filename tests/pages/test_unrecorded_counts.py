"""What nobody has recorded changes no rate, no count of missed ones and no alert on any page; missed ones do."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from clinic import attendance, histories, sweep
from clinic.caseloads.glance import glance
from clinic.engagement import summary
from clinic.engagement.signs.sign import Level
from clinic.engagement.signs.thresholds import DEFAULTS
from clinic.models import Appointment, FollowUp, Recheck
from clinic.replay.lists import replay
from tests.histories import visits
from tests.pages.mornings import TODAY


@pytest.fixture
def now(house, morning):
    """Everybody was checked; Linh has not been seen for 28 days."""
    seen = Appointment.objects.filter(
        episode=house.episode(house.linh), starts_at__gte=morning - timedelta(days=30)
    )
    seen.filter(outcome="attended").update(outcome="excused")
    return morning


def everybody_has(house, outcome):
    """Give everybody in care three more counselling sessions and two more medical visits in the last weeks."""
    rows = []
    for person in house.clients:
        episode = house.episode(person)
        if episode.discharged_on is None and (TODAY - episode.admitted_on).days > 40:
            for channel, back in (("counselling", 5), ("medical", 4)):
                rows += visits(episode, channel, "SSS", last=TODAY - timedelta(days=back))
    for row in rows:
        row.outcome = outcome
        row.external_id = f"more-{row.channel}-{row.starts_at}-{row.episode_id}"
    Appointment.objects.bulk_create(rows)


def read_again(house, now):
    Recheck.objects.ask([each.pk for each in house.episodes.values()], on=now)
    sweep.drain(now)


def on_caseloads(client, house, now):
    """Whom somebody saw, and attended of planned over twelve weeks: the numbers, and as they stand on the page."""
    client.force_login(house.ruth)
    told = glance(house.ruth, TODAY, now)
    page = client.get(reverse("caseloads")).content.decode()
    cells = re.findall(
        r'data-label="(?:Seen in 28 days|Attended of planned, 12 weeks)">(.*?)</td>', page, re.DOTALL
    )
    assert len(cells) == 2 * (len(told.lines) + 1)
    return [(line.clients, line.seen, line.weeks) for line in (*told.lines, told.total)], cells


def on_a_caseload(client, house, now):
    client.force_login(house.ruth)
    address = f"/caseloads/{house.maya.uid}/"
    pages = [client.get(address, {"show": show}) for show in ("clients", "seen", "not_seen")]
    return [sorted(row.name for row in page.context["listing"].rows) for page in pages]


def in_the_file(client, house, now):
    """Attended of planned for each service, on everybody's page."""
    client.force_login(house.ruth)
    found = {}
    for person in house.clients:
        answer = client.get(reverse("client", args=[person.uid]))
        if answer.status_code == 200:
            grid = answer.context["file"].weeks
            found[person.first_name] = {row.name: row.attended for row in grid.services if row.attended.whole}
    assert len(found) > 8
    return found


def in_the_weeks(client, house, now):
    """Planned, attended and missed by week, as every strip draws them."""
    records = histories.records(house.riverside, [each.pk for each in house.episodes.values()])
    return {
        record.episode: [
            (week.planned, week.attended, week.missed) for week in summary.weeks(record.as_of(TODAY))
        ]
        for record in records
    }


def on_group_pages(client, house, now):
    client.force_login(house.ben)
    page = client.get(reverse("group", args=[house.morning_skills.uid]))
    return page.content.decode().count("mark-no_show"), page.content.decode().count("mark-attended")


def in_a_backtest(client, house, now):
    """What the tables of a backtest count as missed."""
    days = [TODAY - timedelta(days=back) for back in (21, 14, 7, 0)]
    made = replay(house.riverside, days, DEFAULTS, lambda _read: None)
    return sorted(
        (each.as_of, each.record_number, each.facts.missed, each.facts.in_a_row, each.facts.missed_of_6)
        for rows in made.values()
        for each in rows
    )


PLACES = (
    on_caseloads,
    on_a_caseload,
    in_the_file,
    in_the_weeks,
    on_group_pages,
    in_a_backtest,
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_more_unrecorded_sessions_change_no_number(client, house, now, place):
    before = place(client, house, now)
    everybody_has(house, "scheduled")
    read_again(house, now)
    assert place(client, house, now) == before


@pytest.mark.parametrize(
    ("place", "outcome"),
    [
        (on_caseloads, "no_show"),
        (on_a_caseload, "attended"),  # who was seen: it knows no missed ones
        (in_the_file, "no_show"),
        (in_the_weeks, "no_show"),
        (in_a_backtest, "no_show"),
    ],
)
def test_the_control_the_same_sessions_recorded_change_them(client, house, now, place, outcome):
    before = place(client, house, now)
    everybody_has(house, outcome)
    read_again(house, now)
    assert place(client, house, now) != before


def asked_for(house):
    """Whom staff are asked to contact: how urgently, as a rank; a lower one is more urgent."""
    rows = FollowUp.objects.filter(state="open", kind="disengagement").select_related("episode__client")
    return {row.episode.client.first_name: Level(row.level).rank for row in rows}


@pytest.mark.parametrize(("outcome", "raises"), [("scheduled", False), ("no_show", True)])
def test_nobody_is_asked_for_or_asked_for_sooner_because_of_them(house, now, outcome, raises):
    before = asked_for(house)
    everybody_has(house, outcome)
    read_again(house, now)
    after = asked_for(house)
    sooner = [name for name, rank in after.items() if rank < before.get(name, 99)]
    assert bool(sooner) == raises, sooner


def test_an_alert_says_how_many_of_its_window_are_not_recorded(client, house, now):
    """In the row of the list, in the follow-up and in the client's file, as it is now."""
    follow_up = FollowUp.objects.get(episode=house.episode(house.keisha), kind="disengagement", state="open")
    client.force_login(house.maya)

    def told():
        row = client.get(reverse("today")).content.decode()
        row = row[row.index("Keisha Grant") :]
        row = row[: row.index("</tbody>")]
        signs = [
            page[page.index("Counselling missed") :]
            for page in (
                client.get(reverse("follow_up", args=[follow_up.uid])).content.decode(),
                client.get(reverse("client", args=[house.keisha.uid])).content.decode(),
            )
        ]
        return ["1 unrecorded" in words for words in (row, *(words[:3000] for words in signs))]

    assert told() == [False, False, False]
    visit = house.visits(house.keisha, "counselling", "S", last=1, staff=house.priya)[0]
    assert told() == [True, True, True]
    attendance.mark(visit, by=house.lucia, on=now, outcome="excused")
    assert told() == [False, False, False]

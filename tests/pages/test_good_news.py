"""Good news and upkeep on the list: rows of their own below the calls, closed in one click."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from clinic import followups, sweep
from clinic.models import AuditEntry, CarePlan, FollowUp
from clinic.worklists.today import worklist
from tests.pages.mornings import TODAY, follow_up_of, new_rules, text

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/today/"}


@pytest.fixture
def upkeep(house, before_the_sweep):
    """Gloria has a plan that nobody reviewed, so the clinic keeps plans; everybody else has none yet."""
    written = TODAY - timedelta(days=118)
    CarePlan.objects.create(episode=house.episode(house.gloria), written_on=written, reviewed_on=written)
    sweep.sweep(house.riverside, TODAY, now=before_the_sweep - timedelta(hours=2, minutes=30))
    return before_the_sweep


def section(shown, level):
    return next((each for each in shown.sections if each.level == level), None)


def test_they_stand_in_sections_of_their_own_below_the_calls(house, upkeep, client):
    client.force_login(house.maya)
    shown = worklist(house.maya, upkeep)
    page = text(client.get(reverse("today")))

    assert [each.level for each in shown.sections][-2:] == ["good_news", "upkeep"]
    assert {row.kind for row in section(shown, "upkeep").rows} == {"upkeep"}
    assert "Isaiah Brooks" in [row.name for row in section(shown, "good_news").rows]
    assert (
        page.index("if time allows")
        < page.index("say it at the next contact")
        < page.index("keep the plan and")
    )
    chips = {chip.token: chip.count for chip in shown.chips}
    assert chips["good_news"] == len(section(shown, "good_news").rows) > 0
    assert chips["upkeep"] == len(section(shown, "upkeep").rows) > 0


def test_a_client_has_one_row_a_kind(house, upkeep):
    rows = [(row.name, row.kind) for each in worklist(house.maya, upkeep).sections for row in each.rows]

    assert len(rows) == len(set(rows))
    assert {kind for name, kind in rows if name == "Rosa Medina"} >= {"disengagement", "upkeep"}


def test_the_line_of_the_day_counts_calls_only(house, upkeep, client):
    shown = worklist(house.maya, upkeep)
    new_rules(house.riverside, contacts_a_day=shown.calls)
    client.force_login(house.maya)

    assert shown.waiting > shown.calls > 0
    assert worklist(house.maya, upkeep).capacity_after is None, "every call can be made"
    assert "end here" not in text(client.get(reverse("today")))
    new_rules(house.riverside, contacts_a_day=shown.calls - 1)
    assert "1 more below." in text(client.get(reverse("today")))
    row = follow_up_of("Isaiah Brooks", "good_news")
    client.post(reverse("log_contact", args=[row.uid]), {"method": "call", "result": "not_reached"})
    assert worklist(house.maya, upkeep).made == 0, "a word of congratulation is no contact of the day"


@pytest.mark.parametrize(
    ("kind", "name", "closed_as", "button"),
    [("good_news", "Isaiah Brooks", "marked", "Celebrated"), ("upkeep", "Rosa Medina", "done", "Done")],
)
def test_one_click_closes_it(house, upkeep, client, kind, name, closed_as, button):
    client.force_login(house.maya)
    row = follow_up_of(name, kind)
    url = reverse("close_follow_up", args=[row.uid])
    page = client.get(reverse("today"))

    assert f'action="{url}" hx-post="{url}"' in page.content.decode()
    assert f"{button} : {name}" in text(page)
    answer = client.post(url, {"closed_as": closed_as}, headers=HTMX)
    row.refresh_from_db()
    assert answer["HX-Retarget"] == "#worklist"
    assert (row.state, row.closed_as, row.closed_by) == ("closed", closed_as, house.maya)
    assert AuditEntry.objects.filter(deed="close_follow_up", subject=f"follow-up:{row.uid}").count() == 1
    assert url not in answer.content.decode()


def test_it_is_not_raised_again_the_next_morning(house, upkeep):
    row = follow_up_of("Isaiah Brooks", "good_news")
    followups.close(row, by=house.maya, on=upkeep, closed_as="marked")
    sweep.sweep(house.riverside, TODAY + timedelta(days=1), now=upkeep + timedelta(days=1))

    assert not FollowUp.objects.filter(episode=row.episode, kind="good_news", state="open").exists()


@pytest.mark.parametrize(
    ("kind", "closed_as"),
    [
        ("disengagement", "marked"),
        ("disengagement", "done"),
        ("disengagement", "confirmed"),
        ("good_news", "reached"),
        ("good_news", "not_a_concern"),
        ("good_news", "done"),
        ("upkeep", "marked"),
        ("upkeep", "declined"),
        ("upkeep", "settled"),
    ],
)
def test_a_reason_of_another_kind_closes_nothing(house, upkeep, kind, closed_as):
    row = FollowUp.objects.filter(state="open", kind=kind).first()

    with pytest.raises(ValidationError) as refused:
        followups.close(row, by=house.maya, on=upkeep, closed_as=closed_as, note="for all that")
    assert "closed_as" in refused.value.message_dict
    row.refresh_from_db()
    assert row.state == "open"


def test_the_opened_row_offers_the_click_first_and_the_contact_folded(house, upkeep, client):
    client.force_login(house.maya)
    row = follow_up_of("Isaiah Brooks", "good_news")
    body = client.get(reverse("follow_up", args=[row.uid]), headers=HTMX).content.decode()

    assert body.index("Celebrated") < body.index("Log a contact") < body.index("Save contact")
    assert 'value="marked"' in body and 'value="not_a_concern"' not in body
    assert "Here because" not in body, "nobody is called in an order for it"


def test_the_card_counts_every_try_of_the_week_whatever_it_was_about(house, upkeep, client):
    client.force_login(house.maya)
    call = follow_up_of("Isaiah Brooks")
    client.post(reverse("log_contact", args=[call.uid]), {"method": "call", "result": "not_reached"})
    row = follow_up_of("Isaiah Brooks", "good_news")

    assert "This week 1 attempt" in text(client.get(reverse("follow_up", args=[row.uid])))


def test_without_a_call_the_list_says_that_nobody_waits(house, upkeep, client):
    calls = FollowUp.objects.filter(kind="disengagement")
    calls.update(quiet_until=TODAY + timedelta(days=5), quiet_as="rests")
    client.force_login(house.maya)
    page = text(client.get(reverse("today")))

    assert page.index("Nobody is waiting for a contact from you.") < page.index("say it at the next contact")


def test_good_news_is_never_past_due(house, upkeep, client):
    FollowUp.objects.exclude(kind="disengagement").update(due_at=upkeep - timedelta(days=3))
    shown = worklist(house.maya, upkeep)

    assert not [row for each in shown.sections for row in each.rows if row.overdue and not row.is_call]

"""The care plan on its pages: read, written in rows, met by a second writer, its versions, and the client's copy."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from clinic import plans
from clinic.client_file.plan_changes import EMPTY, meet
from clinic.client_file.plan_copy import client_copy
from clinic.models import AuditEntry, CarePlan, IfThen, PlannedSessions, PlannedVisit, PlanRevision
from clinic.models import CareElsewhere as Elsewhere
from clinic.plans import IfThenPlan, PlanContent
from tests.agreed import CONTENT, agreed
from tests.pages.mornings import TODAY, text

pytestmark = pytest.mark.django_db

# The driver's own cursor, with which PostgreSQL's packed rows are read, escapes Django's count.
UNSEEN = 3 if connection.vendor == "postgresql" else 0
DAY = timedelta(days=1)
PAGES = ("plan", "change_plan", "plan_copy", "planned")


def url(name, person):
    return reverse(name, args=[person.uid])


def rows(**lists):
    """What a browser sends of the editor: `reasons=["One", "Two"]`, `if_thens=[{"trigger": ..}]`."""
    sent = {"version": "", "seen": ""}
    for name, entries in lists.items():
        if isinstance(entries, list):
            for number, each in enumerate(entries):
                each = {"text": each} if isinstance(each, str) else each
                sent |= {f"{name}-{number}-{field}": value for field, value in each.items()}
        else:
            sent[name] = entries
    return sent


@pytest.fixture
def rosa(house, morning):
    agreed(house, house.rosa, morning)
    return house.rosa


@pytest.fixture
def maya(house, client):
    client.force_login(house.maya)
    return client


# -- reading --------------------------------------------------------------------------------------------------------


def test_the_plan_stands_on_one_page_in_the_clients_words(maya, rosa):
    page = text(maya.get(url("plan", rosa)))

    assert "If I skip a week then I text and take the first slot offered with Elena" in page
    assert "Mateo’s school play" in page and "Sleep: Sleep class" in page and "Rent debt: nobody yet" in page
    assert "I skip a week (A session missed; cannot be kept away from)" in page
    assert "last gone through with the client Fri 20 Nov" in page
    assert "Nothing stands yet under: Skills I am building" in page
    assert "Elena Ferro, Family consent live to Sat 27 Feb 2027" in page
    assert "1 underlying issue has no service linked to it." in page


def test_the_review_is_due_by_the_clinics_thresholds(maya, house, morning, rosa):
    """Day 88 of the stay: thirty days on lies beyond the early days, so it is ninety."""
    assert "review due Thu 18 Feb 2027" in text(maya.get(url("plan", rosa)))

    agreed(house, house.paul, morning)
    assert "review due Sun 20 Dec" in text(maya.get(url("plan", house.paul)))


def test_without_a_plan_the_page_says_so_and_how_to_begin(maya, house, morning):
    page = maya.get(url("plan", house.gloria))

    assert "There is no plan yet." in text(page)
    assert url("change_plan", house.gloria) in page.content.decode()


def test_the_plan_is_of_the_stay_that_goes_on(maya, house, morning):
    """Victor is discharged: his page says so, and stays readable for whoever held him."""
    maya.force_login(house.ruth)
    assert "This stay ended on Sat 31 Oct." in text(maya.get(url("plan", house.victor)))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("person", ["jonas", "stranger", "lucia", "ben", "sam", "alex"])
def test_a_stranger_sees_nothing_of_it(client, house, rosa, name, person):
    before = AuditEntry.objects.count()
    client.force_login(getattr(house, person))

    for answer in (client.get(url(name, rosa)), client.post(url(name, rosa), {"reasons-0-text": "Mine"})):
        assert answer.status_code in (404, 405)
        assert b"Mateo" not in answer.content and b"Rosa" not in answer.content
    assert AuditEntry.objects.count() == before
    assert CarePlan.objects.get().version == 1


@pytest.mark.parametrize("person", ["maya", "ruth", "priya"])
def test_whoever_sees_the_file_writes_the_plan(client, house, rosa, person):
    client.force_login(getattr(house, person))
    answer = client.post(url("change_plan", rosa), rows(reasons=["Mine"], version=1, seen=1))

    assert (answer.status_code, CarePlan.objects.get().reasons) == (302, ["Mine"])


@pytest.mark.parametrize(
    ("name", "deed"),
    [("plan", "view_plan"), ("plan_copy", "view_plan_copy"), ("planned", "view_planned")],
)
def test_opening_a_page_is_written_down(maya, rosa, name, deed):
    maya.get(url(name, rosa))

    entry = AuditEntry.objects.get(deed=deed)
    assert (entry.client, entry.staff.username, entry.detail) == (rosa, "maya", {})


# -- writing --------------------------------------------------------------------------------------------------------


def test_blank_rows_are_dropped_and_the_rest_is_kept_in_order(maya, house, morning):
    sent = rows(
        reasons=["", "My daughter", "  ", "Sleep"],
        triggers=[{"what": "Rent day", "kind": "stress", "stays": "on"}, {"what": " ", "kind": "place"}],
        if_thens=[{"trigger": "Rent day", "action": "I call Jo", "helper": "", "kind": "stress"}],
        issues=[{"what": "Debt", "service": ""}],
        prefers_no_supporter="on",
    )
    answer = maya.post(url("change_plan", house.gloria), sent, follow=True)

    plan = CarePlan.objects.get()
    assert "Plan saved." in text(answer)
    assert (plan.reasons, plan.prefers_no_supporter) == (["My daughter", "Sleep"], True)
    assert plan.triggers == [{"kind": "stress", "what": "Rent day", "avoidable": False}]
    assert plan.issues == [{"what": "Debt", "service": ""}]
    assert IfThen.objects.get().action == "I call Jo"


def test_the_editor_shows_what_stands_and_saving_it_again_changes_nothing(maya, rosa):
    page = maya.get(url("change_plan", rosa)).content.decode()
    sent = dict(re.findall(r'<input type="(?:text|hidden)" name="([\w-]+)" value="([^"]*)"', page))
    for name, chosen in re.findall(
        r'<select name="([\w-]+)".*?<option value="(\w+)" selected', page, re.DOTALL
    ):
        sent[name] = chosen
    sent |= dict.fromkeys(re.findall(r'type="checkbox" name="([\w-]+)"[^>]* checked', page), "on")
    sent["aftercare"] = CONTENT.aftercare

    answer = maya.post(url("change_plan", rosa), sent)

    assert answer.status_code == 302
    assert PlanRevision.objects.count() == 1


@pytest.mark.parametrize(
    ("lists", "at", "sentence"),
    [
        ({"reasons": ["Fine", "x" * 201]}, "reasons-1-text", "At most 200 characters; this has 201."),
        ({"coping": [str(n) for n in range(21)]}, "coping-20-text", "At most 20 of them."),
        ({"triggers": [{"what": "Rain", "kind": "weather"}]}, "triggers-0-kind", "Select a valid choice."),
        (
            {"if_thens": [{"trigger": "Rent", "action": ""}]},
            "if_thens-0-action",
            "Say what the client does then.",
        ),
        ({"if_thens": [{"trigger": "", "action": "Call"}]}, "if_thens-0-trigger", "Say what happens first."),
        ({"if_thens": [{"helper": "Jo", "action": "Call"}]}, "if_thens-0-trigger", "Say what happens first."),
        (
            {"issues": [{"what": "", "service": "Class"}]},
            "issues-0-what",
            "Say what this service helps with.",
        ),
        ({"aftercare": "x" * 281}, "aftercare", "At most 280 characters; this has 281."),
        ({"reasons": ["nul\x00"]}, "reasons-0-text", "Null characters are not allowed."),
    ],
)
def test_a_limit_is_said_at_the_field_of_the_very_row(maya, house, morning, lists, at, sentence):
    sent = rows(**{"life_goals": ["Kept as typed"], **lists})
    answer = maya.post(url("change_plan", house.gloria), sent)
    page = answer.content.decode()

    assert answer.status_code == 422
    assert re.findall(r'class="error" id="id_([\w-]+)_error"', page) == [at]
    error = re.search(rf'id="id_{at}_error">(.*?)</div>', page, re.DOTALL)[1]
    assert sentence in re.sub(r"<[^>]+>", "", error)
    assert re.search(rf'name="{at}"[^>]*aria-invalid="true"', page)
    assert 'value="Kept as typed"' in page
    assert not CarePlan.objects.exists()


def test_without_javascript_add_another_keeps_what_is_typed(maya, house, morning):
    sent = rows(
        reasons=["My daughter", ""],
        if_thens=[{"trigger": "Half", "action": "", "kind": "stress"}],
        triggers=[{"what": "Rent", "kind": "stress", "stays": "on"}],
        values_support="Sunday choir",
        reviewed="on",
        add="reasons",
    )
    answer = maya.post(url("change_plan", house.gloria), sent)
    page = answer.content.decode()

    assert answer.status_code == 200
    assert not CarePlan.objects.exists()
    assert len(re.findall(r'<input type="text" name="reasons-\d+-text"', page)) == 5
    assert re.search(r'name="reasons-2-text"[^>]*autofocus', page)
    for kept in ('value="My daughter"', 'value="Half"', "Sunday choir", 'value="stress" selected'):
        assert kept in page
    assert re.search(r'name="triggers-0-stays"[^>]* checked', page)
    assert re.search(r'name="reviewed"[^>]* checked', page)
    assert 'class="error"' not in page, "nothing is judged before it is saved"


def test_a_list_that_is_full_offers_no_more_rows(maya, house, morning):
    sent = rows(reasons=[f"Reason {n}" for n in range(20)], add="reasons")
    page = maya.post(url("change_plan", house.gloria), sent).content.decode()

    assert len(re.findall(r'<input type="text" name="reasons-\d+-text"', page)) == 20
    assert 'name="add" value="reasons"' not in page
    assert 'name="add" value="coping"' in page


def test_enter_in_a_field_saves_and_adds_no_row(maya, house, morning):
    """The first button of a form in the page's order is the one that Enter presses."""
    page = maya.get(url("change_plan", house.gloria)).content.decode()
    form = page[page.index('<form class="plan-form"') :]

    assert "name=" not in re.search(r"<button[^>]*type=\"submit\"[^>]*>", form)[0]


def test_sent_twice_it_is_saved_once(maya, house, morning):
    sent = rows(reasons=["Mine"])

    assert [maya.post(url("change_plan", house.gloria), sent).status_code for _twice in (1, 2)] == [302, 302]
    assert (CarePlan.objects.get().version, PlanRevision.objects.count()) == (1, 1)


def test_the_tick_says_that_it_was_gone_through_today(maya, house, rosa, morning):
    CarePlan.objects.update(written_on=TODAY - 60 * DAY, reviewed_on=TODAY - 40 * DAY)
    maya.post(url("change_plan", rosa), rows(reasons=["Mine"], version=1, seen=1))
    assert CarePlan.objects.get().reviewed_on == TODAY - 40 * DAY

    maya.post(url("change_plan", rosa), rows(reasons=["Mine"], version=2, seen=2, reviewed="on"))
    assert CarePlan.objects.get().reviewed_on == TODAY


def test_one_press_says_that_it_was_gone_through_and_a_second_changes_nothing(maya, house, rosa, morning):
    CarePlan.objects.update(written_on=TODAY - 60 * DAY, reviewed_on=TODAY - 40 * DAY)

    for _twice in (1, 2):
        assert maya.post(url("plan", rosa), {"do": "review", "version": 1}).status_code == 302
    plan = CarePlan.objects.get()
    assert (plan.reviewed_on, plan.version, PlanRevision.objects.count()) == (TODAY, 2, 2)
    assert "Gone through together today" in text(maya.get(url("plan", rosa)))


def test_a_plan_changed_meanwhile_is_not_ticked_off_unread(maya, house, rosa, morning):
    CarePlan.objects.update(written_on=TODAY - 60 * DAY, reviewed_on=TODAY - 40 * DAY, version=2)
    answer = maya.post(url("plan", rosa), {"do": "review", "version": 1})

    assert answer.status_code == 409
    assert "Somebody else saved a change meanwhile." in text(answer)
    assert CarePlan.objects.get().reviewed_on == TODAY - 40 * DAY


def test_naloxone_is_noted_beside_the_plan(maya, rosa):
    answer = maya.post(url("plan", rosa), {"do": "naloxone", "status": "has", "was": "unknown"}, follow=True)

    rosa.refresh_from_db()
    assert (rosa.naloxone, rosa.naloxone_asked_on) == ("has", TODAY)
    assert "Has it asked Fri 20 Nov" in text(answer)
    stale = maya.post(url("plan", rosa), {"do": "naloxone", "status": "offered", "was": "unknown"})
    assert stale.status_code == 409
    assert 'name="was" value="has"' in stale.content.decode()
    rosa.refresh_from_db()
    assert rosa.naloxone == "has"
    assert maya.post(url("plan", rosa), {"do": "naloxone", "was": "has"}).status_code == 422


@pytest.mark.parametrize("name", ["plan", "planned"])
def test_a_form_that_is_not_on_the_page_is_not_found(maya, rosa, name):
    assert maya.post(url(name, rosa), {"do": "erase"}).status_code == 404


# -- two who write in one plan --------------------------------------------------------------------------------------


def test_who_saves_second_sees_both_side_by_side_and_loses_nothing(maya, house, rosa, morning):
    theirs = replace(CONTENT, coping=("Walk to the river", "Swim"), reasons=("Theirs",))
    plans.save_plan(house.episode(rosa), by=house.ruth, on=morning, content=theirs, reviewed=False, version=1)
    sent = rows(reasons=["Mine"], coping=["Walk to the river"], skills=["My skill"], version=1, seen=1)
    sent |= {"aftercare": CONTENT.aftercare, "reviewed": "on"}
    answer = maya.post(url("change_plan", rosa), sent)
    page, said = answer.content.decode(), text(answer)

    assert answer.status_code == 409
    assert "this plan was saved meanwhile. Ruth Adeyemi, Fri 20 Nov at 08:30." in said
    assert "My reasons Theirs Mine yours" in said, "both changed it: mine stays in the form, theirs beside it"
    assert "What helps me Walk to the river Swim Walk to the river what is saved" in said
    assert 'name="reasons-0-text" value="Mine"' in page
    assert 'name="coping-1-text" value="Swim"' in page, "only they changed it, so it is taken over"
    assert 'name="skills-0-text" value="My skill"' in page
    assert re.search(r'name="version" value="2"', page) and re.search(r'name="seen" value="2"', page)
    assert re.search(r'name="reviewed"[^>]* checked', page)
    assert CarePlan.objects.get().reasons == ["Theirs"], "nothing of the second is saved yet"

    again = rows(reasons=["Mine"], coping=["Walk to the river", "Swim"], version=2, seen=2)
    assert maya.post(url("change_plan", rosa), again).status_code == 302
    assert CarePlan.objects.get().coping == ["Walk to the river", "Swim"]


def test_two_who_begin_a_plan_at_once(maya, house, morning):
    stay = house.episode(house.gloria)
    content = PlanContent(reasons=("Theirs",))
    plans.save_plan(stay, by=house.ruth, on=morning, content=content, reviewed=True, version=None)
    answer = maya.post(url("change_plan", house.gloria), rows(reasons=["Mine"], skills=["Breathing"]))

    assert answer.status_code == 409
    assert "My reasons Theirs Mine yours" in text(answer)
    assert "Breathing" in answer.content.decode()


@pytest.mark.parametrize("seen", ["", "99", "0"])
def test_with_no_word_of_what_was_seen_one_s_own_stays(maya, house, rosa, morning, seen):
    plans.save_plan(
        house.episode(rosa),
        by=house.ruth,
        on=morning,
        content=replace(CONTENT, coping=("Swim",)),
        reviewed=False,
        version=1,
    )
    page = maya.post(url("change_plan", rosa), rows(coping=["Walk"], version=1, seen=seen)).content.decode()

    assert 'name="coping-0-text" value="Walk"' in page


@pytest.mark.parametrize(
    ("base", "saved", "own", "form", "told"),
    [
        (["a"], ["a"], ["b"], ["b"], None),  # only mine
        (["a"], ["b"], ["a"], ["b"], True),  # only theirs
        (["a"], ["b"], ["c"], ["c"], False),  # both
        (["a"], ["b"], ["b"], ["b"], None),  # the same
        (None, ["b"], ["c"], ["c"], False),  # nobody knows what both began with
    ],
)
def test_how_two_changes_of_one_part_meet(base, saved, own, form, told):
    def of(value):
        return None if value is None else {**EMPTY, "coping": value}

    content, met = meet(of(base), of(saved), of(own))

    assert content["coping"] == form
    assert [each.taken for each in met] == ([] if told is None else [told])


# -- versions -------------------------------------------------------------------------------------------------------


def test_versions_say_when_by_whom_and_what_changed(maya, house, rosa, morning):
    stay = house.episode(rosa)
    changed = replace(CONTENT, coping=("Swim",))
    plans.save_plan(stay, by=house.ruth, on=morning, content=changed, reviewed=False, version=1)
    plans.add_supporter(stay, by=house.maya, on=morning, name="Jo", relation="friend")
    page = text(maya.get(url("plan", rosa)))

    assert "Version 3 Fri 20 Nov, 08:30 Maya Okafor Supporters: 2, before 1" in page
    assert "Version 2 Fri 20 Nov, 08:30 Ruth Adeyemi What helps me" in page
    assert "Version 1 Fri 20 Nov, 08:30 Maya Okafor the first one" in page


def test_each_version_can_be_read(maya, house, rosa, morning):
    changed = replace(CONTENT, coping=("Swim",))
    plans.save_plan(
        house.episode(rosa), by=house.ruth, on=morning, content=changed, reviewed=False, version=1
    )
    second = text(maya.get(url("plan_revision", rosa), {"number": 2}))
    first = text(maya.get(url("plan_revision", rosa), {"number": 1}))

    assert "What helps me Swim new Walk to the river taken out" in second
    assert "Walk to the river" in first and "Swim" not in first and "not the newest" in first
    assert "This is the first version." in first
    assert "version 2" in text(maya.get(url("plan_revision", rosa)))
    assert maya.get(url("plan_revision", house.gloria)).status_code == 404
    for number in ("", "0", "3", "99999999999", "x"):
        assert maya.get(url("plan_revision", rosa), {"number": number}).status_code == 404
    maya.force_login(house.jonas)
    assert maya.get(url("plan_revision", rosa), {"number": 1}).status_code == 404


def test_many_versions_come_in_parts(maya, house, rosa, morning):
    for number in range(2, 26):
        content = replace(CONTENT, coping=(f"Way {number}",))
        plans.save_plan(
            house.episode(rosa),
            by=house.maya,
            on=morning,
            content=content,
            reviewed=False,
            version=number - 1,
        )
    newest, oldest = text(maya.get(url("plan", rosa))), text(maya.get(url("plan", rosa), {"part": 3}))

    assert "Version 25" in newest and "Version 16" in newest and "Version 15" not in newest
    assert "Earlier versions" in newest and "Earlier versions" not in oldest
    assert "Version 5" in oldest and "the first one" in oldest
    assert maya.get(url("plan", rosa), {"part": "999999"}).status_code == 200


# -- the client's copy ----------------------------------------------------------------------------------------------


def test_the_copy_holds_the_clients_words_and_no_word_of_staff(maya, house, rosa):
    answer = maya.get(url("plan_copy", rosa))
    body = answer.content.decode()
    page = text(answer)
    sheet = re.sub(r"<[^>]+>", " ", body[body.index("<main") : body.index("</main>")])

    assert "I skip a week" in sheet and "Mateo’s school play" in sheet and "Two sessions or meetings" in sheet
    assert "Elena Ferro" in sheet
    for word in ("Rosa", "Medina", "R-1001", "Riverside", "Maya", "Okafor", "Aftercare", "Family", "555"):
        assert word not in sheet, word
    for word in ("Sleep class", "Rent debt", "session missed", "clinic", "programme", "42 CFR", "Printed by"):
        assert word not in page, word
    assert re.search("<title>My plan</title>", body)


def test_the_copy_of_nothing_says_so(maya, house, morning):
    assert "There is nothing to print yet." in text(maya.get(url("plan_copy", house.gloria)))


def test_the_more_there_is_the_smaller_the_type():
    def size(entries, letters=30):
        return client_copy({"coping": ["x" * letters] * entries, "reasons": ["x"] * entries}, [], []).size

    sizes = [size(entries) for entries in (2, 12, 16, 20)]
    assert sizes[0] == "large"
    ranks = ["large", "middle", "small", "smallest", "long"]
    assert [ranks.index(each) for each in sizes] == sorted(ranks.index(each) for each in sizes)
    assert size(20, letters=200) == "long"


# -- sessions, visits, care elsewhere -------------------------------------------------------------------------------


def sessions(**more):
    sent = {"do": "sessions", "row": "group", "channel": "group", "seen": "", "times": 2, "weeks": "1"}
    return sent | {"starts_on": "2026-11-20"} | more


@pytest.mark.parametrize(
    ("times", "weeks", "a_month", "said"),
    [
        (2, "1", 8, "2 a week"),
        (1, "2", 2, "1 every 2 weeks"),
        (1, "4", 1, "1 every 4 weeks"),
        (0, "1", 0, "none"),
    ],
)
def test_sessions_are_planned_as_people_count_them(maya, rosa, times, weeks, a_month, said):
    answer = maya.post(url("planned", rosa), sessions(times=times, weeks=weeks), follow=True)

    assert PlannedSessions.objects.get().a_month == a_month
    assert f"Group : {said} from Fri 20 Nov: {said}" in text(answer)


@pytest.mark.parametrize(
    ("more", "at", "sentence"),
    [
        ({"times": ""}, "times", "Say how many; 0 ends them."),
        ({"times": 22}, "times", "More than three a day"),
        ({"times": -1}, "times", "greater than or equal to 0"),
        ({"starts_on": "2026-08-24"}, "starts_on", "Choose a day on or after the admission."),
        ({"starts_on": "2126-11-20"}, "starts_on", "That day is too far away."),
        ({"starts_on": "30 Feb"}, "starts_on", "That is no date."),
    ],
)
def test_bad_input_on_sessions_is_said_at_its_field(maya, rosa, more, at, sentence):
    answer = maya.post(url("planned", rosa), sessions(**more))
    page = answer.content.decode()

    assert answer.status_code == 422
    error = re.search(rf'id="sessionsgroup-{at}_error">(.*?)</div>', page, re.DOTALL)
    assert sentence in re.sub(r"<[^>]+>", "", error[1])
    assert not PlannedSessions.objects.exists()


def test_two_who_plan_one_service_notice_each_other(maya, house, rosa, morning):
    plans.plan_sessions(
        house.episode(rosa), by=house.ruth, on=morning, channel="group", a_month=4, starts_on=TODAY
    )
    stale = maya.post(url("planned", rosa), sessions())
    assert stale.status_code == 409
    assert "Group : 1 a week" in text(stale)
    assert 'name="times" value="2"' in stale.content.decode()
    assert PlannedSessions.objects.get().a_month == 4

    assert 'value="2026-11-20:4"' in stale.content.decode(), "a second try knows what was saved meanwhile"
    again = maya.post(url("planned", rosa), sessions(seen="2026-11-20:4"))
    assert (again.status_code, PlannedSessions.objects.get().a_month) == (302, 8)


@pytest.mark.parametrize("seen", ["nonsense", "2026-11-20:x", "2026-99-20:4"])
def test_a_hidden_field_that_was_tampered_with_is_no_error_page(maya, house, rosa, morning, seen):
    assert maya.post(url("planned", rosa), sessions(seen=seen)).status_code in (302, 409)


def test_a_visit_is_asked_for_by_a_day_and_withdrawn(maya, house, rosa):
    sent = {"do": "visit", "channel": "medical", "by_day": "2026-12-01"}
    assert "Medical by Tue 1 Dec" in text(maya.post(url("planned", rosa), sent, follow=True))
    visit = PlannedVisit.objects.get()

    answer = maya.post(url("planned", rosa), {"do": "withdraw", "visit": str(visit.uid)}, follow=True)
    visit.refresh_from_db()
    assert visit.withdrawn_on == TODAY
    assert "None is asked for." in text(answer)
    past = maya.post(url("planned", rosa), {**sent, "by_day": "2026-11-19"})
    assert past.status_code == 422 and "That day has passed." in text(past)


def test_the_visits_and_spans_of_somebody_else_are_not_reached_from_here(maya, house, rosa, morning):
    by = {"by": house.jonas, "on": morning}
    other = house.episode(house.andre)
    visit = plans.plan_visit(other, **by, channel="medical", by_day=TODAY)
    away = plans.note_care_elsewhere(other, **by, starts_on=TODAY)

    for sent in (
        {"do": "withdraw", "visit": str(visit.uid)},
        {"do": "end_elsewhere", "elsewhere": away.pk, "row": away.pk, "ends_on": "2026-11-20"},
    ):
        assert maya.post(url("planned", rosa), sent).status_code == 404
    assert PlannedVisit.objects.get().withdrawn_on is None and Elsewhere.objects.get().ends_on is None


def test_care_elsewhere_is_noted_and_ends_once(maya, rosa):
    sent = {"do": "elsewhere", "place": "County centre", "starts_on": "2026-11-02", "ends_on": ""}
    assert "County centre since Mon 2 Nov" in text(maya.post(url("planned", rosa), sent, follow=True))
    row = Elsewhere.objects.get()
    end = {"do": "end_elsewhere", "row": row.pk, "elsewhere": row.pk}

    wrong = maya.post(url("planned", rosa), {**end, "ends_on": "2026-11-01"})
    assert wrong.status_code == 422 and "The end lies before the start." in text(wrong)
    assert maya.post(url("planned", rosa), {**end, "ends_on": "2026-11-18"}).status_code == 302
    late = maya.post(url("planned", rosa), {**end, "ends_on": "2026-11-10"})
    assert late.status_code == 409
    assert 'name="was" value="2026-11-18"' in late.content.decode()
    row.refresh_from_db()
    assert row.ends_on == TODAY - 2 * DAY


def test_a_double_submit_makes_one_span(maya, rosa):
    key = "6f0c2b9e-6f2b-4b0e-9a5f-3d5d1a1b2c3d"
    sent = {"do": "elsewhere", "place": "County", "starts_on": "2026-11-02", "form_key": key}

    assert {maya.post(url("planned", rosa), sent).status_code for _often in range(5)} == {302}
    assert Elsewhere.objects.count() == 1


# -- statements -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "most"), [("plan", 45), ("change_plan", 20), ("plan_copy", 40), ("planned", 40)]
)
def test_the_number_of_statements_does_not_grow_with_the_plan(
    maya, house, rosa, morning, name, most, django_assert_max_num_queries
):
    with django_assert_max_num_queries(most) as few:
        maya.get(url(name, rosa))
    stay = house.episode(rosa)
    by = {"by": house.maya, "on": morning}
    for number in range(6):
        content = replace(
            CONTENT,
            coping=tuple(f"Way {number} {n}" for n in range(15)),
            if_thens=tuple(IfThenPlan("stress", f"Day {n}", "Walk") for n in range(15)),
        )
        plans.save_plan(stay, **by, content=content, reviewed=False, version=CarePlan.objects.get().version)
        plans.add_supporter(stay, **by, name=f"Friend {number}", relation="friend")
        plans.plan_visit(stay, **by, channel="medical", by_day=TODAY + number * DAY)
        plans.plan_sessions(stay, **by, channel="group", a_month=number, starts_on=TODAY + number * DAY)
        plans.note_care_elsewhere(stay, **by, starts_on=TODAY - number * DAY)
    with django_assert_max_num_queries(len(few)):
        maya.get(url(name, rosa))


def test_a_save_takes_the_same_statements_however_long_the_plan(
    maya, house, rosa, morning, django_assert_max_num_queries
):
    one = [{"trigger": "Rent day", "action": "Walk"}]
    with django_assert_max_num_queries(40) as few:
        maya.post(url("change_plan", rosa), rows(coping=["One"], if_thens=one, version=1, seen=1))
    many = {"coping": [f"Way {n}" for n in range(20)], "reasons": [f"Reason {n}" for n in range(20)]}
    many["if_thens"] = [{"trigger": f"Day {n}", "action": "Walk"} for n in range(20)]
    with django_assert_max_num_queries(len(few)):
        maya.post(url("change_plan", rosa), rows(**many, version=2, seen=2))
    assert IfThen.objects.count() == 20

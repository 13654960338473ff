"""A client's goals as weeks met, what can be done with one, and milestones."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from clinic import plans
from clinic.client_file import plan as reader
from clinic.client_file.goals import goals_of, milestones_of
from clinic.models import AuditEntry, Goal, GoalPause, Milestone, Observation, ObservationItem
from clinic.templatetags.goal_looks import goal_bars, goal_sentence
from tests.agreed import agreed
from tests.pages.mornings import TODAY, text

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def url(person):
    return reverse("goals", args=[person.uid])


def of_goal(goal):
    return reverse("goal", args=[goal.uid])


@pytest.fixture
def maya(house, client):
    client.force_login(house.maya)
    return client


@pytest.fixture
def by(house, morning):
    return {"by": house.maya, "on": morning}


@pytest.fixture
def goal(house, by):
    """Gloria wants two a week, of group and meetings, for six weeks now."""
    stay = house.episode(house.gloria)
    return plans.set_goal(stay, **by, kind="weekly", words="Company", target=2, starts_on=TODAY - 42 * DAY)


def setting(**more):
    sent = {"do": "set", "words": "Company", "kind": "weekly", "target": 3, "channels": "ga"}
    return sent | {"starts_on": "2026-11-20", "ends_on": ""} | more


def line_of(house, person, morning, staff=None):
    of = reader.whose(staff or house.maya, morning, person.uid)
    timeline, thresholds = reader.timeline_of(of)
    return goals_of(of.stay, timeline, thresholds)


# -- how far it got -------------------------------------------------------------------------------------------------


def test_a_weekly_goal_stands_as_weeks_met(maya, house, goal, morning):
    """Gloria comes to group once a week; two meetings more in two of the weeks."""
    for ago in (9, 10, 23, 24):
        house.visits(house.gloria, "mutual_aid", "A", last=ago)
    (line,) = line_of(house, house.gloria, morning)

    assert (line.state, line.target) == ("running", 2)
    assert line.met == 2 and line.counted >= 5
    page = text(maya.get(url(house.gloria)))
    assert f"2 of {line.counted} weeks met" in page and f"week of 9 Nov: {line.last.attended}" in page


def test_a_week_nobody_recorded_is_left_out_and_never_short(house, goal, morning):
    before = line_of(house, house.gloria, morning)[0]
    last_monday = before.bars[-1].monday
    house.visits(house.gloria, "group", "S", last=(TODAY - last_monday).days - 2)
    after = line_of(house, house.gloria, morning)[0]

    assert not after.bars[-1].counts
    assert after.counted == before.counted - 1


def test_bars_show_what_was_reached_and_nothing_is_drawn_as_lost():
    class Week:
        def __init__(self, share, counts=True):
            self.monday, self.share, self.counts, self.met = TODAY, share, counts, share >= 1

    weeks = [Week(1), Week(0.5), Week(0), Week(0, counts=False)]
    drawn = goal_bars(weeks)

    assert goal_sentence(weeks) == "1 of 3 weeks met, 1 left out."
    assert drawn.count('class="met"') == 2 and drawn.count('class="asked"') == 2
    assert drawn.count('class="left-out"') == 1
    assert "cross" not in drawn
    assert goal_sentence([]) == "No whole week yet."
    assert goal_sentence([Week(1)]) == "1 of 1 week met."


def test_ninety_in_ninety_says_the_day_and_the_meetings(maya, house, by):
    for ago in (1, 2, 3):
        house.visits(house.gloria, "mutual_aid", "A", last=ago)
    stay = house.episode(house.gloria)
    plans.set_goal(stay, **by, kind="ninety", words="Ninety", channels="a", starts_on=TODAY - 9 * DAY)

    assert "day 10 · 3 of 90 meetings" in text(maya.get(url(house.gloria)))


def test_a_free_goal_is_not_counted(maya, house, by):
    plans.set_goal(house.episode(house.gloria), **by, kind="free", words="A walk", starts_on=TODAY)

    assert "A walk their own, not counted" in text(maya.get(url(house.gloria)))


# -- setting one ----------------------------------------------------------------------------------------------------


def test_a_goal_is_set_in_the_clients_words(maya, house, morning):
    answer = maya.post(url(house.gloria), setting(), follow=True)

    goal = Goal.objects.get()
    assert (goal.words, goal.target, goal.channels, goal.starts_on) == ("Company", 3, "ga", TODAY)
    assert "3 a week: both · since Fri 20 Nov" in text(answer)


def test_a_goal_of_their_own_asks_for_no_number(maya, house, morning):
    maya.post(url(house.gloria), setting(kind="free", target="", channels=""))
    assert Goal.objects.get().kind == "free"


@pytest.mark.parametrize(
    ("more", "at", "sentence"),
    [
        ({"words": " "}, "words", "Say it in a few words."),
        ({"words": "x" * 201}, "words", "at most 200 characters"),
        ({"kind": ""}, "kind", "Choose a kind."),
        ({"target": ""}, "target", "Say how many a week."),
        ({"target": "0"}, "target", "At least 1 a week."),
        ({"target": "15"}, "target", "At most 14 a week."),
        ({"target": "many"}, "target", "Write a whole number."),
        ({"starts_on": ""}, "starts_on", "Choose a day."),
        ({"starts_on": "2026-07-22"}, "starts_on", "Choose a day on or after the admission."),
        ({"starts_on": "2099-01-01"}, "starts_on", "That day is too far away."),
        ({"starts_on": "9999-12-31", "kind": "ninety"}, "starts_on", "That day is too far away."),
        ({"ends_on": "2026-11-19"}, "ends_on", "The end lies before the start."),
        ({"ends_on": "yesterday"}, "ends_on", "That is no date."),
    ],
)
def test_bad_input_is_said_at_its_field_and_nothing_typed_is_lost(maya, house, morning, more, at, sentence):
    answer = maya.post(url(house.gloria), setting(**more))
    page = answer.content.decode()

    assert answer.status_code == 422
    assert re.findall(r'class="error" id="set-(\w+)_error"', page) == [at]
    error = re.search(rf'id="set-{at}_error">(.*?)</div>', page, re.DOTALL)[1]
    assert sentence in re.sub(r"<[^>]+>", "", error)
    assert at == "words" or 'name="words" value="Company"' in page
    assert not Goal.objects.exists()


def test_a_hundred_double_submits_make_one_goal(maya, house, morning):
    key = str(uuid4())
    assert {maya.post(url(house.gloria), setting(form_key=key)).status_code for _often in range(100)} == {302}
    assert Goal.objects.count() == 1
    maya.post(url(house.gloria), setting(form_key=str(uuid4())))
    assert Goal.objects.count() == 2


def test_what_was_refused_may_be_sent_again_with_the_same_key(maya, house, morning):
    key = str(uuid4())
    assert maya.post(url(house.gloria), setting(form_key=key, ends_on="2026-11-19")).status_code == 422
    assert maya.post(url(house.gloria), setting(form_key=key)).status_code == 302
    assert Goal.objects.count() == 1


# -- one goal -------------------------------------------------------------------------------------------------------


def test_another_number_holds_from_today_on(maya, house, goal):
    sent = {"do": "change", "words": "Company", "target": 1, "channels": "ga", "version": 1}
    page = text(maya.post(of_goal(goal), sent, follow=True))

    goal.refresh_from_db()
    assert (goal.target, goal.ends_on) == (2, TODAY - DAY)
    assert Goal.objects.get(starts_on=TODAY).target == 1
    assert "1 a week: both · since Fri 20 Nov" in page and "2 a week: both · Fri 9 Oct to Thu 19 Nov" in page


def test_a_goal_is_put_aside_and_taken_up(maya, house, goal):
    maya.post(of_goal(goal), {"do": "pause", "starts_on": "2026-11-18", "ends_on": "", "version": 1})
    assert "put aside for now" in text(maya.get(url(house.gloria)))
    maya.post(of_goal(goal), {"do": "resume", "version": 2})

    assert GoalPause.objects.get().ends_on == TODAY - DAY
    assert "put aside" not in text(maya.get(url(house.gloria)))


def test_a_goal_is_reached_and_that_can_be_taken_back(maya, house, goal):
    page = text(maya.post(of_goal(goal), {"do": "reach", "day": "2026-11-19", "version": 1}, follow=True))
    assert "Company reached Thu 19 Nov" in page
    assert "No goal is running." in page

    page = text(maya.post(of_goal(goal), {"do": "not_reached", "version": 2}, follow=True))
    assert "reached Thu" not in page
    assert Goal.objects.get().reached_on is None


def test_a_goal_ends_and_how_far_it_got_stays(maya, house, goal):
    page = text(maya.post(of_goal(goal), {"do": "end", "ends_on": "2026-11-18", "version": 1}, follow=True))

    assert "Reached, or over" in page and "weeks met" in page
    for word in ("failed", "not met", "missed goal"):
        assert word not in page.lower()


@pytest.mark.parametrize(
    ("sent", "at", "sentence"),
    [
        ({"do": "change", "words": "", "target": 2}, "change-words", "Say it in a few words."),
        ({"do": "change", "words": "Company", "target": ""}, "change-target", "Say how many a week."),
        ({"do": "reach", "day": "2026-11-21"}, "reach-day", "That day lies ahead."),
        ({"do": "reach", "day": "2026-10-08"}, "reach-day", "before the goal’s start"),
        (
            {"do": "pause", "starts_on": "2026-11-20", "ends_on": "2026-11-19"},
            "pause-ends_on",
            "The end lies",
        ),
        ({"do": "pause", "starts_on": "2026-10-01"}, "pause-starts_on", "before the goal’s start"),
        ({"do": "end", "ends_on": "2026-10-08"}, "end-ends_on", "The end lies before the start."),
        ({"do": "end", "ends_on": "9999-12-31"}, "end-ends_on", "That day is too far away."),
    ],
)
def test_bad_input_on_one_goal_is_said_at_its_field(maya, goal, sent, at, sentence):
    answer = maya.post(of_goal(goal), {**sent, "version": 1})
    page = answer.content.decode()

    assert answer.status_code == 422
    assert re.findall(r'class="error" id="([\w-]+)_error"', page) == [at]
    assert sentence in text(answer)
    goal.refresh_from_db()
    assert (goal.version, goal.ends_on, goal.reached_on) == (1, None, None)


@pytest.mark.parametrize(
    "sent",
    [
        {"do": "change", "words": "Mine", "target": 5},
        {"do": "reach", "day": "2026-11-19"},
        {"do": "pause", "starts_on": "2026-11-20"},
        {"do": "end", "ends_on": "2026-11-19"},
    ],
)
def test_who_changes_a_goal_second_is_told_and_loses_nothing(maya, house, goal, morning, sent):
    plans.change_goal(goal, by=house.ruth, on=morning, words="Theirs", target=2, version=1)
    answer = maya.post(of_goal(goal), {**sent, "version": 1})
    page = answer.content.decode()

    assert answer.status_code == 409
    assert "Somebody else saved a change meanwhile." in text(answer)
    assert "as it is saved now" in text(answer) and "Theirs" in text(answer)
    for name in ("words", "target", "day", "starts_on", "ends_on"):
        assert f'value="{sent[name]}"' in page if name in sent else True
    goal.refresh_from_db()
    assert (goal.words, goal.version) == ("Theirs", 2)
    assert maya.post(of_goal(goal), {**sent, "version": 2}).status_code == 302


def test_sent_twice_a_change_is_made_once_and_said_to_be_saved(maya, goal):
    sent = {"do": "change", "words": "Company", "target": 1, "version": 1, "form_key": str(uuid4())}

    assert [maya.post(of_goal(goal), sent).status_code for _twice in (1, 2)] == [302, 302]
    assert Goal.objects.count() == 2


# -- milestones -----------------------------------------------------------------------------------------------------


def milestones(house, person, morning, coming=2):
    of = reader.whose(house.maya, morning, person.uid)
    timeline, thresholds = reader.timeline_of(of)
    lines = goals_of(of.stay, timeline, thresholds)
    return [
        (each.day, str(each.what or each.words), each.reached)
        for each in milestones_of(of.stay, timeline, lines, coming=coming)
    ]


def test_milestones_are_reached_and_to_come(house, morning):
    """Rosa is on her 88th day."""
    start = TODAY - 87 * DAY
    assert milestones(house, house.rosa, morning) == [
        (start + 7 * DAY, "7 days in the programme", True),
        (start + 30 * DAY, "30 days in the programme", True),
        (start + 90 * DAY, "90 days in the programme", False),
        (start + 180 * DAY, "180 days in the programme", False),
    ]


def test_their_own_recovery_date_is_marked_and_held_back_after_use_was_noted(house, by, morning):
    plans.state_recovery_start(house.rosa, **by, day=TODAY - 31 * DAY)
    told = [words for _, words, reached in milestones(house, house.rosa, morning) if reached]
    assert "One month since their own recovery date" in told

    seen = Observation.objects.create(
        episode=house.episode(house.rosa),
        author=house.priya,
        author_role="medical",
        day=TODAY - 5 * DAY,
        at=morning - 5 * DAY,
        setting="visit",
        source="client_said",
    )
    ObservationItem.objects.create(observation=seen, item="H1", anchor=2)
    told = [words for _, words, _reached in milestones(house, house.rosa, morning, coming=9)]
    assert not [words for words in told if "recovery date" in words]
    assert "30 days in the programme" in told, "what was reached in the programme stays"


def test_a_milestone_is_noted_and_taken_back(maya, house, morning):
    sent = {"do": "milestone", "words": "A job at the bakery", "kind": "work", "day": "2026-11-17"}
    assert "A job at the bakery Tue 17 Nov" in text(maya.post(url(house.gloria), sent, follow=True))
    row = Milestone.objects.get()

    back = {"do": "take_back", "row": row.uid, "milestone": row.uid}
    assert "bakery" not in text(maya.post(url(house.gloria), back, follow=True))
    assert not Milestone.objects.exists()
    assert AuditEntry.objects.filter(deed="take_back_milestone", client=house.gloria).count() == 1
    assert maya.post(url(house.gloria), back).status_code == 404


@pytest.mark.parametrize(
    ("more", "at"),
    [
        ({"words": ""}, "words"),
        ({"kind": "luck"}, "kind"),
        ({"day": "2026-11-21"}, "day"),
        ({"day": "2026-07-01"}, "day"),
        ({"day": ""}, "day"),
    ],
)
def test_bad_input_on_a_milestone_is_said_at_its_field(maya, house, morning, more, at):
    sent = {"do": "milestone", "words": "A job", "kind": "work", "day": "2026-11-17"} | more
    answer = maya.post(url(house.gloria), sent)

    assert answer.status_code == 422
    found = re.findall(r'class="error" id="milestone-(\w+)_error"', answer.content.decode())
    assert found == [at]


def test_the_recovery_date_is_the_clients_to_state_and_to_forget(maya, house, morning):
    sent = {"do": "recovery", "day": "2026-10-01", "was": ""}
    assert "Stated: Thu 1 Oct" in text(maya.post(url(house.gloria), sent, follow=True))
    stale = maya.post(url(house.gloria), {**sent, "day": "2026-10-05"})
    assert stale.status_code == 409 and 'name="was" value="2026-10-01"' in stale.content.decode()
    maya.post(url(house.gloria), {"do": "recovery", "day": "", "was": "2026-10-01"})

    house.gloria.refresh_from_db()
    assert house.gloria.recovery_start is None
    ahead = maya.post(url(house.gloria), {**sent, "day": "2026-11-21"})
    assert ahead.status_code == 422 and "That day lies ahead." in text(ahead)


# -- strangers, statements ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["jonas", "stranger", "lucia", "ben", "alex"])
def test_a_stranger_sees_no_goal_and_sets_none(client, house, goal, person):
    client.force_login(getattr(house, person))

    for answer in (
        client.get(url(house.gloria)),
        client.post(url(house.gloria), setting()),
        client.get(of_goal(goal)),
        client.post(of_goal(goal), {"do": "end", "ends_on": "2026-11-19", "version": 1}),
    ):
        assert answer.status_code == 404 and b"Company" not in answer.content
    goal.refresh_from_db()
    assert (Goal.objects.count(), goal.ends_on) == (1, None)


def test_the_milestones_of_somebody_else_are_not_reached_from_here(maya, house, by):
    other = plans.note_milestone(house.episode(house.andre), **by, kind="work", words="A job", day=TODAY)
    assert maya.post(url(house.rosa), {"do": "take_back", "milestone": other.uid}).status_code == 404
    assert Milestone.objects.exists()


def test_the_number_of_statements_does_not_grow_with_goals(
    maya, house, by, morning, django_assert_max_num_queries
):
    agreed(house, house.rosa, morning)
    with django_assert_max_num_queries(40) as few:
        maya.get(url(house.rosa))
    stay = house.episode(house.rosa)
    for number in range(8):
        row = plans.set_goal(
            stay, **by, kind="weekly", words=f"Goal {number}", target=2, starts_on=TODAY - 50 * DAY
        )
        plans.pause_goal(row, **by, starts_on=TODAY - 30 * DAY, ends_on=TODAY - 20 * DAY)
        plans.note_milestone(stay, **by, kind="work", words=f"Milestone {number}", day=TODAY)
    with django_assert_max_num_queries(len(few)):
        maya.get(url(house.rosa))

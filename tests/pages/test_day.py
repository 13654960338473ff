"""The day sheet: who is due, marked in one click, and nothing of signs on it."""

import json
from datetime import date, time, timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import attendance
from clinic.daysheet import sheet
from clinic.models import Appointment, AuditEntry, Closure, FollowUp, Recheck
from tests import cast

TODAY = date(2026, 11, 20)
NAMES = ("Rosa", "Medina", "Marcus", "Webb", "Grace", "Adjei", "Terry", "Terrence")
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def house(db):
    return cast.house(TODAY)


@pytest.fixture(autouse=True)
def morning():
    """It is 10:42 at Riverside."""
    with time_machine.travel("2026-11-20T17:42:00Z", tick=False):
        yield


@pytest.fixture
def lucia(client, house):
    client.force_login(house.lucia)
    return client


def visit_of(house, person, **more):
    return Appointment.objects.get(episode=house.episode(person), starts_at__date=TODAY, **more)


def page(client, **query):
    answer = client.get(reverse("day"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def mark(client, row, outcome, version=None, query="", **more):
    version = row.version if version is None else version
    return client.post(
        reverse("mark", args=[row.uid]) + query, {"outcome": outcome, "version": version}, **more
    )


def row_of_id(row):
    return f'id="a-{row.uid}"'


def row_of(text, row):
    start = text.index(row_of_id(row))
    return text[start : text.index("</tr>", start)]


def test_the_front_desk_sees_who_is_due_today_by_time(lucia, house):
    text = page(lucia)
    assert "Day sheet, Fri 20 Nov" in text
    assert (
        text.index("Grace Adjei")
        < text.index("Morning skills")
        < text.index("Now 10:42")
        < text.index("Marcus Webb")
    )
    assert "2 visits" in text
    assert "1 not yet recorded" in text and "1 to come" in text


def test_it_holds_no_sign_no_reason_and_no_link_to_a_file(lucia, house):
    row = visit_of(house, house.marcus, channel="case_management")
    Appointment.objects.filter(pk=row.pk).update(reason="court date")
    text = page(lucia)
    assert "court date" not in text
    assert "/clients/" not in text[text.index("<main") :]
    assert "Contact today" not in text and "missed in a row" not in text


def test_one_click_marks_a_visit_and_comes_back_to_its_row(lucia, house):
    row = visit_of(house, house.grace)
    answer = mark(lucia, row, "attended", query="?service=case_management")
    assert answer.status_code == 302
    assert answer.url == f"/day/?on=2026-11-20&service=case_management#a-{row.uid}"
    row.refresh_from_db()
    assert (row.outcome, row.recorded_by, row.version) == ("attended", house.lucia, 2)
    assert Recheck.objects.filter(episode=row.episode).exists()
    entry = AuditEntry.objects.get(deed="mark_attendance")
    assert (entry.staff, entry.client, entry.detail) == (
        house.lucia,
        house.grace,
        {"from": "scheduled", "to": "attended"},
    )
    line = row_of(page(lucia), row)
    assert 'title="Lucia Ortiz">LO' in line and "10:42" in line
    assert 'value="attended"' in line and 'aria-pressed="true"' in line


def test_no_name_travels_in_a_message_or_an_address(lucia, house):
    answer = mark(lucia, visit_of(house, house.grace), "attended")
    assert "Grace" not in answer.url
    assert not any("Grace" in cookie.value for cookie in answer.cookies.values())


def test_with_htmx_the_row_is_swapped_and_can_be_undone(lucia, house):
    row = visit_of(house, house.grace)
    text = mark(lucia, row, "no_show", **HTMX).content.decode()
    assert text.strip().startswith(f'<tr id="a-{row.uid}"')
    assert "<html" not in text
    saved = text[text.index("<template>") :]
    assert "1 recorded" in saved and "Grace Adjei: missed" in saved
    assert reverse("undo_mark", args=[row.uid]) in saved and 'data-key="Z"' in saved
    lucia.post(reverse("undo_mark", args=[row.uid]), {"version": 2}, **HTMX)
    row.refresh_from_db()
    assert (row.outcome, row.recorded_at, row.recorded_by) == ("scheduled", None, None)


def test_who_comes_second_is_told_what_the_first_recorded(lucia, house):
    row = visit_of(house, house.grace)
    mark(lucia, row, "late")
    for more in ({}, HTMX):
        answer = mark(lucia, row, "no_show", version=1, **more)
        text = answer.content.decode()
        assert answer.status_code == 409
        assert "Lucia Ortiz recorded this meanwhile: late." in text
        assert 'name="version" value="2"' in row_of(text, row)
    row.refresh_from_db()
    assert row.outcome == "late"


def test_the_same_said_again_changes_nothing_and_keeps_what_was_known(lucia, house):
    row = visit_of(house, house.grace)
    Appointment.objects.filter(pk=row.pk).update(outcome="excused", reason="told by phone", version=7)
    answer = mark(lucia, row, "excused", version=1)
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.reason, row.version) == ("told by phone", 7)


def test_nobody_can_miss_what_has_not_begun(lucia, house):
    row = visit_of(house, house.marcus, channel="case_management")
    line = row_of(page(lucia), row)
    missed = line[line.index('value="no_show"') :].split(">")[0]
    assert "disabled" in missed
    answer = mark(lucia, row, "no_show")
    assert answer.status_code == 422
    assert "It has not begun yet, so nobody has missed it." in answer.content.decode()
    row.refresh_from_db()
    assert row.outcome == "scheduled"


def test_somebody_may_arrive_early(lucia, house):
    row = visit_of(house, house.marcus, channel="case_management")
    assert mark(lucia, row, "attended").status_code == 302


def test_of_another_day_only_a_cancellation_is_known(lucia, house):
    row = Appointment.objects.get(
        episode=house.episode(house.terrence), channel="counselling", outcome="scheduled"
    )
    text = page(lucia, on=row.starts_at.date().isoformat())
    assert "This day lies ahead" in text
    line = row_of(text, row)
    assert line.count("disabled") == 3
    assert mark(lucia, row, "attended").status_code == 422
    assert mark(lucia, row, "cancelled_by_client").status_code == 302
    row.refresh_from_db()
    assert row.outcome == "cancelled_by_client" and row.cancelled_at is not None


def test_an_unknown_outcome_is_refused(lucia, house):
    row = visit_of(house, house.grace)
    assert mark(lucia, row, "relapsed").status_code == 422
    assert lucia.post(reverse("mark", args=[row.uid]), {"outcome": "attended"}).status_code == 422
    assert lucia.get(reverse("mark", args=[row.uid])).status_code == 405
    row.refresh_from_db()
    assert row.outcome == "scheduled"


@pytest.mark.parametrize("wrong", ["soon", "0001-01-01", "9999-12-31", "2026-02-30", "20.11.2026"])
def test_a_wrong_day_shows_today_and_says_so(lucia, wrong):
    text = page(lucia, on=wrong)
    assert "Day sheet, Fri 20 Nov" in text
    assert "This is today." in text


def test_only_what_is_not_recorded_is_shown_when_asked(lucia, house):
    text = page(lucia, show="unrecorded")
    assert "Grace Adjei" in text
    assert "Marcus Webb" not in text  # still to come is not unrecorded
    mark(lucia, visit_of(house, house.grace), "attended")
    assert row_of_id(visit_of(house, house.grace)) not in page(lucia, show="unrecorded")


def test_the_list_can_be_narrowed_to_one_person_and_one_service(lucia, house):
    house.visits(house.rosa, "counselling", "S", staff=house.sam)
    assert "Rosa Medina" in page(lucia, staff=house.sam.uid)
    assert "Grace Adjei" not in page(lucia, staff=house.sam.uid)
    assert "Rosa Medina" not in page(lucia, service="case_management")


def test_doses_stand_apart_until_asked_for(lucia, house):
    text = page(lucia)
    assert "Terry Boyd" not in text
    assert "of 1 dosed" in text and "1 not recorded" in text
    assert "Terry Boyd" in page(lucia, service="dosing")


def test_a_group_is_one_row_whose_seats_are_recorded_in_its_register(lucia, house):
    text = page(lucia)
    assert "Keisha" not in text
    assert "0 of 4" in text
    assert "register is kept by the facilitator" in text
    seat = visit_of(house, house.keisha, channel="group")
    assert mark(lucia, seat, "attended").status_code == 404


def test_a_supervisor_gets_the_way_to_the_register(client, house):
    client.force_login(house.ruth)
    assert reverse("register", args=[house.register.uid]) in page(client)


def test_what_earlier_days_lack_is_counted_as_the_list_behind_it_shows(lucia, house):
    text = page(lucia)
    irina = Appointment.objects.filter(
        episode=house.episode(house.irina), outcome="scheduled", starts_at__lt=house.at(TODAY, 0)
    ).order_by("-starts_at")
    day = irina[0].starts_at.astimezone(house.riverside.zone).date()
    link = f"?on={day}&amp;service=counselling&amp;show=unrecorded"
    assert link in text
    assert "Irina Petrova" in page(lucia, on=day, service="counselling", show="unrecorded")
    assert (
        "missed"
        not in text[text.index("Not recorded on earlier days") : text.index("Unrecorded is not missed")]
    )


def test_a_day_is_the_clinics_own(lucia, house):
    house.visits(house.rosa, "counselling", "S", at=time(23, 30))
    assert "Rosa Medina" in page(lucia)
    assert "Rosa Medina" not in page(lucia, on=TODAY + timedelta(days=1))


def test_a_closed_day_says_so(lucia, house):
    Closure.objects.create(clinic=house.riverside, day=TODAY + timedelta(days=6), reason="Thanksgiving")
    assert "Thanksgiving" in page(lucia)
    assert "The clinic is closed on this day." in page(lucia, on=TODAY + timedelta(days=6))
    assert "Nothing is booked" in page(lucia, on=TODAY + timedelta(days=40))


def test_a_case_manager_sees_and_marks_the_own_clients_only(client, house):
    house.visits(house.andre, "counselling", "S")
    client.force_login(house.maya)
    text = page(client)
    assert "Marcus Webb" in text and "Andre" not in text
    assert mark(client, visit_of(house, house.andre), "attended").status_code == 404
    assert (
        mark(client, visit_of(house, house.marcus, channel="case_management"), "attended").status_code == 302
    )


@pytest.mark.parametrize("stranger", ["tunde", "nell", "ben", "alex", None])
def test_a_stranger_gets_nothing_of_a_client(client, house, stranger):
    if stranger:
        client.force_login(getattr(house, stranger))
    row = visit_of(house, house.grace)
    for answer in (
        client.get(reverse("day")),
        mark(client, row, "attended"),
        mark(client, row, "attended", **HTMX),
    ):
        text = answer.content.decode()
        assert answer.status_code in (404, 200) if stranger else answer.status_code == 302
        assert not any(name in text for name in NAMES)
        assert str(row.uid) not in text
    assert mark(client, row, "attended").status_code == (404 if stranger else 302)
    row.refresh_from_db()
    assert row.outcome == "scheduled"


def test_denied_and_missing_answer_the_same(client, house):
    client.force_login(house.nell)
    row = visit_of(house, house.grace)
    denied = mark(client, row, "attended")
    row.uid = "00000000-0000-4000-8000-000000000000"
    missing = mark(client, row, "attended")
    assert denied.status_code == missing.status_code == 404
    assert denied.content == missing.content


# --- What of the day is shown ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("show", "expected"), [
    ("", {"Grace", "Marcus", "Morning"}),
    ("unrecorded", {"Grace", "Morning"}),
    ("to_come", {"Marcus"}),
    ("open", {"Grace", "Marcus", "Morning"}),
])  # fmt: skip
def test_what_is_still_to_come_or_not_recorded_can_be_asked_for(lucia, house, show, expected):
    text = page(lucia, show=show)
    rows = {
        "Grace": row_of_id(visit_of(house, house.grace)),
        "Marcus": row_of_id(visit_of(house, house.marcus, channel="case_management")),
        "Morning": f'id="s-{house.register.uid}"',
    }
    assert {name for name, row in rows.items() if row in text} == expected


def test_the_list_can_be_narrowed_to_one_programme(lucia, house):
    house.visits(house.dwayne, "counselling", "S")  # on medication, unlike Grace and Marcus
    text = page(lucia, programme=house.medication.uid)
    assert "Dwayne Lewis" in text and "Medication and counselling</option>" in text
    assert row_of_id(visit_of(house, house.grace)) not in text
    assert row_of_id(visit_of(house, house.grace)) in page(lucia, programme=house.outpatient.uid)


@pytest.mark.parametrize(
    "wrong", [{"staff": "maya"}, {"programme": "x"}, {"show": "all"}, {"service": "yoga"}]
)
def test_a_filter_that_does_not_exist_shows_the_whole_day(lucia, wrong):
    assert "2 visits" in page(lucia, **wrong)


@pytest.mark.parametrize("words", ["grace", "ADJEI", "R-1014", "adj gra", "09:30"])
def test_the_sheet_is_searched_by_name_number_or_time_without_an_address(lucia, house, words):
    text = lucia.post(reverse("day") + "?on=2026-11-20", {"find": words}).content.decode()
    assert row_of_id(visit_of(house, house.grace)) in text
    assert row_of_id(visit_of(house, house.marcus, channel="case_management")) not in text
    assert "1 visit found on this sheet." in text and f'value="{words}"' in text
    assert not any(words in link for link in hrefs(text) if words != "09:30")


def hrefs(text):
    return [part.split('"')[0] for part in text.split('href="')[1:]]


def test_a_search_that_finds_nobody_says_so(lucia):
    text = lucia.post(reverse("day"), {"find": "nobody of that name"}).content.decode()
    assert "Nobody on this sheet has this name, number or time." in text
    assert "2 visits" in lucia.post(reverse("day"), {"find": "x" * 200}).content.decode()


def test_every_row_carries_what_the_search_in_place_reads(lucia, house):
    assert 'data-find="grace adjei r-1014 09:30"' in row_of_tag(page(lucia), visit_of(house, house.grace))


def row_of_tag(text, row):
    start = text.index(row_of_id(row))
    return text[start : text.index(">", start)]


# --- A day too long for one page -------------------------------------------------------------------------------------


@pytest.fixture
def long_day(house, monkeypatch):
    """Two visits a page: at 8, Grace's at 9:30, at 10, one that stands now, Marcus's and another in the afternoon."""
    monkeypatch.setattr(sheet, "MOST_LINES", 2)
    return [house.visits(house.rosa, "counselling", "S", at=at)[0] for at in (time(8), time(10), time(23))]


def test_a_long_day_opens_where_the_present_is(lucia, house, long_day):
    text = page(lucia)
    assert [row_of_id(row) in text for row in long_day] == [False, True, False]
    assert "3 to 4 of 5" in text and "Now 10:42" in text
    first, last = page(lucia, page=1), page(lucia, page=3)
    assert [row_of_id(row) in first for row in long_day] == [True, False, False]
    assert [row_of_id(row) in last for row in long_day] == [False, False, True]
    assert "5 visits" in text and "data-finds" not in text
    assert (
        text.count("Morning skills</b>")
        + first.count("Morning skills</b>")
        + last.count("Morning skills</b>")
        == 2
    )


def test_other_pages_of_a_long_day_do_not_press_in(lucia, house, long_day):
    text = page(lucia)
    poll = unescape(text.split('hx-get="/day/changes/')[1].split('"')[0])
    headers = {"Aftercare-Shown": shown_on(text), "HX-Request": "true"}
    assert lucia.get(reverse("day_changes") + poll, headers=headers).status_code == 204
    for row in long_day[:2]:
        attendance.mark(row, by=house.lucia, on=house.at(TODAY, 10, 42), outcome="late")
    told = lucia.get(reverse("day_changes") + poll, headers=headers).content.decode()
    assert [row_of_id(row) in told for row in long_day] == [False, True, False]


def test_a_search_looks_at_every_page_of_a_long_day(lucia, house, long_day):
    text = lucia.post(reverse("day"), {"find": "grace"}).content.decode()
    assert row_of_id(visit_of(house, house.grace)) in text


@pytest.mark.parametrize(
    "wrong", [{"page": "0"}, {"page": "x"}, {"page": "9" * 40}, {"since": "x", "until": "y"}]
)
def test_a_page_that_does_not_exist_shows_the_nearest(lucia, long_day, wrong):
    assert " of 5" in page(lucia, **wrong)


# --- What the desk may know -----------------------------------------------------------------------------------------


def test_who_would_like_a_word_is_said_and_nothing_of_why(lucia, house):
    row = house.visits(house.rosa, "medical", "S", at=time(11))[0]
    open_follow_up(house, house.rosa)
    line = row_of(page(lucia), row)
    assert "Maya Okafor would like a word" in line
    assert "today" not in line and "missed in a row" not in line
    assert "would like a word" not in row_of(page(lucia), visit_of(house, house.grace))


@pytest.mark.parametrize("more", [
    {"level": "upkeep"},
    {"quiet_until": TODAY + timedelta(days=2), "quiet_as": "snoozed"},
    {"state": "closed", "closed_as": "reached", "closed_at": "2026-11-19T12:00Z"},
])  # fmt: skip
def test_nobody_would_like_a_word_about_what_rests_or_is_desk_work(lucia, house, more):
    row = house.visits(house.rosa, "medical", "S", at=time(11))[0]
    open_follow_up(house, house.rosa, **more)
    assert "would like a word" not in row_of(page(lucia), row)


def test_whoever_meets_the_client_anyway_needs_no_message(lucia, house):
    row = house.visits(house.rosa, "case_management", "S", at=time(11), staff=house.maya)[0]
    open_follow_up(house, house.rosa)
    assert "would like a word" not in row_of(page(lucia), row)


def open_follow_up(house, who, **more):
    now = house.at(TODAY, 6)
    told = {"level": "today", "opened_on": TODAY, "opened_at": now, "due_at": now, **more}
    return FollowUp.objects.create(episode=house.episode(who), clinic=house.riverside, **told)


# --- What others change ---------------------------------------------------------------------------------------------


def shown_on(text):
    """What a browser that shows this page says of its rows."""
    return ",".join(part.split('"')[0] for part in text.split('data-shown="')[1:])


def changes(client, shown, **query):
    headers = {"Aftercare-Shown": shown, "HX-Request": "true"}
    return client.get(reverse("day_changes"), query, headers=headers)


def test_while_nothing_changes_the_sheet_is_told_nothing(lucia):
    assert changes(lucia, shown_on(page(lucia))).status_code == 204
    assert changes(lucia, shown_on(page(lucia, show="to_come")), show="to_come").status_code == 204


def test_a_second_window_gets_the_row_that_somebody_marked_and_no_other(client, house):
    client.force_login(house.priya)
    shown = shown_on(page(client))
    row = visit_of(house, house.grace)
    attendance.mark(row, by=house.lucia, on=house.at(TODAY, 10, 42), outcome="late")
    answer = changes(client, shown)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'hx-swap-oob="true"' in row_of(text, row) and 'aria-pressed="true"' in row_of(text, row)
    assert text.count("<tr") == 1 and "1 recorded" in text
    assert changes(client, shown_on(page(client))).status_code == 204


def test_a_visit_booked_meanwhile_comes_at_its_place(lucia, house):
    shown = shown_on(page(lucia))
    row = house.visits(house.rosa, "counselling", "S", at=time(9))[0]
    late = house.visits(house.rosa, "counselling", "S", at=time(23))[0]
    text = changes(lucia, shown).content.decode()
    grace = visit_of(house, house.grace)
    assert f'hx-swap-oob="beforebegin:#a-{grace.uid}"' in text
    assert 'hx-swap-oob="beforeend:#day-rows"' in text
    assert text.index(row_of_id(row)) < text.index(row_of_id(late))
    assert 'hx-swap-oob="true"' not in row_of(text, row)


def test_a_visit_moved_to_another_day_goes(lucia, house):
    shown = shown_on(page(lucia))
    row = visit_of(house, house.grace)
    Appointment.objects.filter(pk=row.pk).update(starts_at=row.starts_at + timedelta(days=3), version=2)
    answer = changes(lucia, shown)
    assert json.loads(answer["HX-Trigger-After-Settle"]) == {"rows-gone": {"rows": [row.uid.hex[:8]]}}
    assert row_of_id(row) not in answer.content.decode()


def test_a_row_just_marked_stays_on_a_sheet_of_what_is_not_recorded(lucia, house):
    shown = shown_on(page(lucia, show="unrecorded"))
    attendance.mark(
        visit_of(house, house.grace), by=house.lucia, on=house.at(TODAY, 10, 42), outcome="attended"
    )
    answer = changes(lucia, shown, show="unrecorded")
    assert "HX-Trigger-After-Settle" not in answer
    assert row_of_id(visit_of(house, house.grace)) in answer.content.decode()


def test_a_register_saved_meanwhile_changes_its_line(lucia, house):
    shown = shown_on(page(lucia))
    seat = house.register.seats.first()
    attendance.mark(seat, by=house.ben, on=house.at(TODAY, 10, 42), outcome="attended")
    text = changes(lucia, shown).content.decode()
    assert f'id="s-{house.register.uid}"' in text and "1 of 4" in text


def test_an_empty_sheet_is_loaded_anew_when_something_comes(lucia, house):
    day = TODAY + timedelta(days=40)
    assert changes(lucia, "none", on=day).status_code == 204
    house.visits(house.rosa, "counselling", "S", last=-40)
    assert changes(lucia, "none", on=day)["HX-Refresh"] == "true"


@pytest.mark.parametrize("shown", ["", "x", "....", "a.b,c.d", "1" * 4000, "%00.1"])
def test_a_browser_that_says_nonsense_is_shown_the_day(lucia, shown):
    assert changes(lucia, shown).status_code == 200


@pytest.mark.parametrize("stranger", ["tunde", "nell", "ben", "alex", None])
def test_changes_tell_a_stranger_nothing(client, house, stranger):
    if stranger:
        client.force_login(getattr(house, stranger))
    answer = changes(client, "")
    assert not any(name in answer.content.decode() for name in NAMES)


def test_the_question_whether_something_changed_reads_one_day_once(lucia, house):
    def cost(shown):
        with CaptureQueriesContext(connection) as caught:
            changes(lucia, shown)
        return len(own(caught.captured_queries))

    assert cost(shown_on(page(lucia))) == 2
    few = cost("")
    for hour in range(20):
        house.visits(house.rosa, "counselling", "S", at=time(hour, 5))
    assert cost(shown_on(page(lucia))) == 2
    assert cost("") == few


def own(queries):
    """Statements of the page itself: without the session, who asks, and savepoints."""
    frame = (
        'FROM "django_session"',
        'FROM "clinic_staff" WHERE',
        'FROM "clinic_staffrole"',
        'FROM "clinic_clinic"',
    )
    told = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    return [sql for sql in told if not any(part in sql for part in frame)]


def test_the_sheet_costs_the_same_however_many_are_due(lucia, house):
    with CaptureQueriesContext(connection) as few:
        page(lucia)
    for hour in range(20):
        house.visits(house.rosa, "counselling", "S", at=time(hour, 5))
    with CaptureQueriesContext(connection) as many:
        page(lucia)
    assert len(many.captured_queries) == len(few.captured_queries)


def test_a_mark_costs_few_statements(lucia, house):
    row = visit_of(house, house.grace)
    with CaptureQueriesContext(connection) as caught:
        mark(lucia, row, "attended", **HTMX)
    assert len(own(caught.captured_queries)) <= 8


def test_who_merely_holds_a_visit_marks_it_and_gives_it_no_new_time(client, house):
    """Paul is Maya’s: Jonas records what became of his hour, and books nothing for him."""
    row = house.visits(house.paul, "counselling", "S", at=time(9), staff=house.jonas)[0]
    client.force_login(house.jonas)
    drawn = page(client)
    assert row_of_id(row) in drawn and 'value="rescheduled"' not in drawn
    before = Appointment.objects.count()
    for more in ({}, {"new_day": "2026-11-25", "new_time": "10:00"}, {"version": "x"}):
        data = {"outcome": "rescheduled", "version": row.version, **more}
        assert client.post(reverse("mark", args=[row.uid]), data).status_code == 404, more
    row.refresh_from_db()
    assert (row.outcome, Appointment.objects.count()) == ("scheduled", before)
    assert mark(client, row, "no_show").status_code == 302
    drawn = page(client)
    assert reverse("rebook", args=[row.uid]) not in drawn and reverse("appointment", args=[row.uid]) in drawn
    client.force_login(house.maya)
    assert reverse("rebook", args=[row.uid]) in page(client)


@pytest.mark.parametrize(
    "slot", ["0001-01-01T00:00+00:00", "1899-12-31T10:00-07:00", "9999-12-31T23:59-12:00"]
)
def test_a_free_time_at_the_edge_of_the_calendar_is_none(lucia, house, slot):
    row = house.visits(house.paul, "counselling", "S", at=time(9))[0]
    answer = lucia.post(
        reverse("mark", args=[row.uid]), {"outcome": "rescheduled", "version": row.version, "slot": slot}
    )
    assert answer.status_code == 422 and "Give the new day and time" in answer.content.decode()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "2200-01-01T00:00"])
def test_a_part_of_the_sheet_at_the_edge_of_the_calendar_is_left_out(lucia, moment):
    asked = {"since": moment, "until": moment}
    assert lucia.get(reverse("day"), asked).status_code == 200
    shown = {"HTTP_AFTERCARE_SHOWN": "x.1"}
    answer = lucia.get(reverse("day_changes"), asked, **shown)
    assert answer.status_code == 200 and "a-" in answer.content.decode(), "the whole day is compared"

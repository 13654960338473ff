"""What was pressed at the desk, with its details: saved, taken back, corrected; and what is refused loses nothing."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import attendance
from clinic.models import Appointment, AuditEntry, Closure, Pause, Recording
from tests import cast

TODAY = date(2026, 11, 20)
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def house(db):
    return cast.house(TODAY)


@pytest.fixture(autouse=True)
def clock():
    """It is 10:42 at Riverside; `clock.shift` lets time pass."""
    with time_machine.travel("2026-11-20T17:42:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def lucia(client, house):
    client.force_login(house.lucia)
    return client


@pytest.fixture
def visit(house):
    """Grace's first visit, at 9:30 with Maya."""
    return Appointment.objects.get(episode=house.episode(house.grace), starts_at__date=TODAY)


def mark(client, row, outcome, version=None, htmx=True, query="", **told):
    row.refresh_from_db()
    told = {"outcome": outcome, "version": row.version if version is None else version, **told}
    return client.post(reverse("mark", args=[row.uid]) + query, told, **(HTMX if htmx else {}))


def undo(client, row, version=None, htmx=True, query=""):
    row.refresh_from_db()
    told = {"version": row.version if version is None else version}
    return client.post(reverse("undo_mark", args=[row.uid]) + query, told, **(HTMX if htmx else {}))


def says(row):
    row.refresh_from_db()
    return row.outcome


def sheet(client, **query):
    return client.get(reverse("day"), query).content.decode()


def part(text, element):
    """From the start of an element's id to the end of its row, or of the text."""
    start = text.index(f'id="{element}"')
    end = text.find("</tr>", start)
    return text[start:] if end < 0 else text[start:end]


# --- With its details ------------------------------------------------------------------------------------------------


def test_minutes_and_reasons_are_kept_and_shown(lucia, visit):
    for outcome, told, shown in (
        ("late", {"minutes_late": "12"}, "12 min late"),
        ("left_early", {"minutes_stayed": "20"}, "stayed 20 min"),
        ("excused", {"excuse": "child_care"}, "Child care"),
        ("late", {"minutes_late": ""}, "Late"),
    ):
        answer = mark(lucia, visit, outcome, **told)
        assert answer.status_code == 200
        assert shown in part(answer.content.decode(), f"a-{visit.uid}")
    visit.refresh_from_db()
    assert (visit.outcome, visit.minutes_late, visit.minutes_stayed, visit.excuse) == ("late", None, None, "")


def test_what_was_typed_beside_another_button_is_left_out(lucia, visit):
    """One form holds every field: what stands beside the button pressed counts, and nothing else, right or wrong."""
    told = {"minutes_late": "soon", "minutes_stayed": "9999", "excuse": "court", "new_day": "tomorrow"}
    assert mark(lucia, visit, "attended", **told).status_code == 200
    visit.refresh_from_db()
    assert (visit.outcome, visit.excuse, visit.minutes_late) == ("attended", "", None)


@pytest.mark.parametrize(("typed", "shown"), [
    ("2026-11-19T07:30", "26 h before"),
    ("2026-11-20T09:10", "20 min before"),
    ("2026-11-10T09:30", "10 days before"),
    ("2026-11-20T10:00", "no notice"),
    ("", "no notice"),
])  # fmt: skip
def test_a_cancellation_says_how_long_before_it_was_known(lucia, house, visit, typed, shown):
    answer = mark(lucia, visit, "cancelled_by_client", cancelled_at=typed)
    assert answer.status_code == 200
    assert shown in answer.content.decode()
    visit.refresh_from_db()
    if typed:
        assert visit.cancelled_at.astimezone(house.riverside.zone).isoformat()[:16] == typed


@pytest.mark.parametrize(("outcome", "field", "typed", "sentence"), [
    ("late", "minutes_late", "a quarter", "Give whole minutes"),
    ("late", "minutes_late", "601", "Give whole minutes"),
    ("late", "minutes_late", "-1", "Give whole minutes"),
    ("left_early", "minutes_stayed", "1e3", "Give whole minutes"),
    ("excused", "excuse", "lazy", "valid choice"),
    ("cancelled_by_client", "cancelled_at", "2026-11-20T23:00", "That time lies ahead"),
    ("cancelled_by_client", "cancelled_at", "yesterday", "Say the day and the time"),
    ("cancelled_by_client", "cancelled_at", "0001-01-01T00:00", "Say the day and the time"),
    ("rescheduled", "new_day", "", "Give the new day and time"),
    ("rescheduled", "new_day", "0001-01-01", "too far away"),
    ("rescheduled", "new_day", "31.12.2026", "That is no date"),
])  # fmt: skip
@pytest.mark.parametrize("htmx", [True, False])
def test_what_is_wrong_is_said_at_its_field_and_stays(lucia, visit, outcome, field, typed, sentence, htmx):
    answer = mark(lucia, visit, outcome, htmx=htmx, **{field: typed})
    text = part(answer.content.decode(), f"a-{visit.uid}")
    assert answer.status_code == 422
    assert says(visit) == "scheduled"
    form = text[text.index('class="in-row"') :]
    where = form.index(f'name="{field}"')
    assert sentence in form[where:].split('class="field')[0]
    assert 'aria-invalid="true"' in form
    assert typed in form
    assert f'name="outcome" value="{outcome}"' in form


# --- A new time, in the same step ------------------------------------------------------------------------------------


def test_a_visit_is_rescheduled_in_one_step(lucia, house, visit):
    answer = mark(lucia, visit, "rescheduled", new_day="2026-11-23", new_time="14:30")
    assert answer.status_code == 200
    assert "new date Mon 23 Nov, 14:30" in answer.content.decode()
    assert says(visit) == "rescheduled"
    new = visit.rebookings.get()
    assert new.starts_at == house.at(date(2026, 11, 23), 14, 30)
    assert (new.outcome, new.channel, new.staff, new.purpose) == (
        "scheduled",
        visit.channel,
        visit.staff,
        visit.purpose,
    )


def test_free_times_are_offered_and_one_click_takes_one(lucia, house, visit):
    text = mark(lucia, visit, "rescheduled").content.decode()
    offered = text[text.index("Free:") :]
    slot = offered[offered.index('name="slot" value="') :].split('"')[3]
    answer = mark(lucia, visit, "rescheduled", slot=slot)
    assert answer.status_code == 200
    assert visit.rebookings.get().starts_at.isoformat()[:10] == slot[:10]


def test_a_clash_is_shown_before_it_is_saved_and_may_be_booked_anyway(lucia, house, visit):
    house.visits(house.rosa, "counselling", "S", last=-3, at=time(14), staff=visit.staff)
    told = {"new_day": "2026-11-23", "new_time": "14:15"}
    answer = mark(lucia, visit, "rescheduled", **told)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert says(visit) == "scheduled" and not visit.rebookings.exists()
    assert 'name="despite"' in text and 'value="2026-11-23"' in text and 'value="14:15"' in text
    assert mark(lucia, visit, "rescheduled", despite="on", **told).status_code == 200
    assert visit.rebookings.count() == 1


def test_a_closed_day_is_refused_at_the_day(lucia, house, visit):
    Closure.objects.create(clinic=house.riverside, day=date(2026, 11, 26), reason="Thanksgiving")
    answer = mark(lucia, visit, "rescheduled", new_day="2026-11-26", new_time="10:00")
    assert answer.status_code == 422
    assert "losed" in answer.content.decode()
    assert says(visit) == "scheduled"


def test_a_pause_deserves_a_second_look(lucia, house, visit):
    Pause.objects.create(
        episode=visit.episode, starts_on=TODAY, ends_on=date(2026, 12, 1), kind="agreed_leave"
    )
    answer = mark(lucia, visit, "rescheduled", new_day="2026-11-23", new_time="10:00")
    assert answer.status_code == 422
    assert 'name="despite"' in answer.content.decode()


def test_an_undo_takes_the_new_time_back_too(lucia, visit):
    mark(lucia, visit, "rescheduled", new_day="2026-11-23", new_time="14:30")
    assert undo(lucia, visit).status_code == 200
    assert says(visit) == "scheduled"
    assert not visit.rebookings.exists()


def test_a_new_time_that_somebody_has_touched_stays(lucia, house, visit):
    mark(lucia, visit, "rescheduled", new_day="2026-11-20", new_time="11:30")
    new = visit.rebookings.get()
    mark(lucia, new, "attended")
    undo(lucia, visit)
    assert says(visit) == "scheduled"
    assert says(new) == "attended"


def test_the_same_new_time_sent_twice_is_booked_once(lucia, visit):
    told = {"new_day": "2026-11-23", "new_time": "14:30", "version": 1}
    assert [mark(lucia, visit, "rescheduled", **told).status_code for _ in range(3)] == [200] * 3
    assert visit.rebookings.count() == Recording.objects.count() == 1


def test_another_new_time_for_what_was_moved_meanwhile_is_told(lucia, visit):
    mark(lucia, visit, "rescheduled", new_day="2026-11-23", new_time="14:30")
    answer = mark(lucia, visit, "rescheduled", version=1, new_day="2026-11-24", new_time="10:00")
    assert answer.status_code == 409
    assert "rescheduled" in answer.content.decode()
    assert visit.rebookings.count() == 1


# --- Taking it back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("htmx", [True, False])
def test_undo_puts_it_back_and_offers_the_one_before(lucia, visit, htmx):
    mark(lucia, visit, "attended")
    mark(lucia, visit, "late", minutes_late="7")
    answer = undo(lucia, visit, htmx=htmx)
    text = answer.content.decode() if htmx else sheet(lucia)
    assert answer.status_code == (200 if htmx else 302)
    assert says(visit) == "attended"
    saved = part(text, "day-saved")
    assert "Grace Adjei: arrived" in saved and reverse("undo_mark", args=[visit.uid]) in saved
    undo(lucia, visit, htmx=htmx)
    assert says(visit) == "scheduled"
    assert "data-undoes" not in sheet(lucia)


def test_the_row_and_the_counts_come_with_the_undo(lucia, visit):
    mark(lucia, visit, "attended")
    text = undo(lucia, visit).content.decode()
    assert text.strip().startswith('<div class="saved" id="day-saved"')
    rest = text[text.index("<template>") :]
    assert f'<tr id="a-{visit.uid}"' in rest and 'hx-swap-oob="true"' in part(rest, f"a-{visit.uid}")
    assert "0 recorded" in rest


def test_the_way_back_stands_on_the_sheet_for_ten_minutes(lucia, client, house, visit, clock):
    mark(lucia, visit, "attended")
    assert "Grace Adjei: arrived" in part(sheet(lucia), "day-saved")
    clock.shift(timedelta(minutes=9))
    assert "data-undoes" in sheet(lucia)
    clock.shift(timedelta(minutes=1))
    assert "data-undoes" not in sheet(lucia)
    answer = undo(lucia, visit, htmx=False)
    assert answer.status_code == 302
    assert "Too late to take back." in lucia.get(answer.url).content.decode()
    assert says(visit) == "attended"


def test_a_colleague_is_not_offered_my_undo(client, house, visit):
    client.force_login(house.lucia)
    mark(client, visit, "attended")
    client.force_login(house.priya)
    assert "data-undoes" not in sheet(client)
    undo(client, visit)
    assert says(visit) == "attended"


def test_an_undo_after_a_colleagues_correction_is_told(lucia, house, visit):
    mark(lucia, visit, "attended")
    attendance.mark(visit, by=house.priya, on=house.at(TODAY, 10, 42), outcome="no_show", why="Wrong client")
    assert "data-undoes" not in sheet(lucia)
    answer = undo(lucia, visit, version=2, htmx=False)
    assert answer.status_code == 409
    assert "Priya Shah recorded this meanwhile: missed." in answer.content.decode()
    assert says(visit) == "no_show"


# --- Correcting it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("htmx", [True, False])
def test_after_ten_minutes_a_change_asks_why_and_keeps_what_was_pressed(lucia, visit, clock, htmx):
    mark(lucia, visit, "no_show")
    clock.shift(timedelta(minutes=10))
    answer = mark(lucia, visit, "late", minutes_late="8", htmx=htmx)
    text = part(answer.content.decode(), f"a-{visit.uid}")
    assert answer.status_code == 422 and says(visit) == "no_show"
    assert "Lucia Ortiz recorded this. Say why it is corrected." in text
    assert "Pressed the wrong button" in text and 'value="8"' in text and "Save: Late" in text

    answer = mark(lucia, visit, "late", minutes_late="8", usual_why="Found on paper", htmx=htmx)
    assert answer.status_code == (200 if htmx else 302)
    last = Recording.objects.latest("pk")
    assert (last.kind, last.why, last.after["minutes_late"]) == ("correction", "Found on paper", 8)
    assert AuditEntry.objects.latest("pk").deed == "correct_attendance"


def test_own_words_stand_before_the_usual_ones(lucia, house, visit, clock):
    mark(lucia, visit, "no_show")
    clock.shift(timedelta(minutes=10))
    mark(lucia, visit, "attended", usual_why="Found on paper", why="She was in room 2")
    assert Recording.objects.latest("pk").why == "She was in room 2"


@pytest.mark.parametrize(("told", "sentence"), [
    ({"why": "x" * 121}, "120 characters"),
    ({"usual_why": "because"}, "valid choice"),
    ({"why": "  "}, "Say why it is corrected"),
])  # fmt: skip
def test_a_reason_that_cannot_be_kept_is_said_at_its_field(lucia, visit, clock, told, sentence):
    mark(lucia, visit, "no_show")
    clock.shift(timedelta(minutes=10))
    answer = mark(lucia, visit, "attended", **told)
    assert answer.status_code == 422 and says(visit) == "no_show"
    assert sentence in answer.content.decode()


def test_who_comes_second_can_still_save_theirs_with_a_reason(lucia, house, visit):
    """Nothing typed is lost: the row as it stands, what I pressed beside it, and one more step to hold on to it."""
    now = house.at(TODAY, 10, 42)
    attendance.mark(visit, by=house.priya, on=now, outcome="no_show")
    answer = mark(lucia, visit, "late", version=1, minutes_late="15")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Priya Shah recorded this meanwhile: missed. Yours is not saved yet." in text
    assert 'value="15"' in text and "Save: Late" in text and 'name="version" value="2"' in text
    assert mark(lucia, visit, "late", minutes_late="15", why="She came at 9:45").status_code == 200
    assert says(visit) == "late"


# --- What it costs ---------------------------------------------------------------------------------------------------


def own(caught):
    told = [query["sql"] for query in caught.captured_queries if "SAVEPOINT" not in query["sql"]]
    frame = (
        '"django_session"',
        'FROM "clinic_staff" WHERE',
        'FROM "clinic_staffrole"',
        'FROM "clinic_clinic"',
    )
    return [sql for sql in told if not any(part in sql for part in frame)]


def test_neither_a_mark_nor_an_undo_grows_with_the_day(lucia, house, visit):
    def cost():
        with CaptureQueriesContext(connection) as marked:
            assert mark(lucia, visit, "attended").status_code == 200
        with CaptureQueriesContext(connection) as undone:
            assert undo(lucia, visit).status_code == 200
        return len(own(marked)), len(own(undone))

    other = house.visits(house.rosa, "counselling", "S", at=time(7))[0]
    mark(lucia, other, "attended")
    few = cost()
    for hour in range(20):
        for row in house.visits(house.rosa, "counselling", "S", at=time(hour, 5)):
            attendance.mark(row, by=house.lucia, on=house.at(TODAY, 23), outcome="attended")
    many = cost()
    assert few == many
    assert many[0] <= 9 and many[1] <= 13  # one is this test's own reading of the row


@pytest.mark.parametrize("told", [{}, {"version": ""}, {"version": "x"}, {"version": "-1"}])
def test_taking_back_without_saying_what_was_on_the_screen_is_refused(lucia, visit, told):
    mark(lucia, visit, "attended")
    answer = lucia.post(reverse("undo_mark", args=[visit.uid]), told)
    assert answer.status_code == 409 and says(visit) == "attended"
    lucia.post(reverse("undo_mark", args=[visit.uid]), told, **HTMX)
    assert says(visit) == "attended"
    undo(lucia, visit)
    assert says(visit) == "scheduled"

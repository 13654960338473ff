"""The shared pieces say what they mean: in words, in drawings with a text alternative, escaped."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import pytest
from django.template import Context, Template
from django.utils import timezone

from clinic.engagement.timeline import Outcome
from clinic.engagement.words import Sentence, gettext_noop, ngettext_lazy
from clinic.templatetags import drawings, looks


@dataclass
class Week:
    planned: int = 0
    attended: int = 0
    missed: int = 0
    unrecorded: int = 0
    paused: bool = False


def render(source: str, **context: object) -> str:
    return Template("{% load looks %}" + source).render(Context(context))


# ---- levels and icons ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("today", "Contact today"),
        ("tomorrow", "Contact by tomorrow"),
        ("two_days", "Contact within 2 days"),
        ("check_in", "Brief check-in"),
        ("good_news", "Good news"),
        ("upkeep", "Plan or data upkeep"),
    ],
)
def test_a_level_is_an_icon_and_a_word_never_colour_alone(token, words):
    badge = render("{% level_badge token %}", token=token)

    assert words in badge
    assert "<path" in badge
    assert 'aria-hidden="true"' in badge, "the icon would be read beside the word"
    assert looks.level_word(token) == words


def test_an_unknown_level_is_a_mistake_and_not_an_empty_badge():
    with pytest.raises(KeyError):
        render("{% level_badge 'urgent' %}")


def test_an_icon_with_a_title_says_it_and_escapes_it():
    assert "<title>&lt;b&gt;Print</title>" in looks.icon("printer", 16, "<b>Print")
    assert "<title>" not in looks.icon("printer")


# ---- marks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome != Outcome.SCHEDULED])
def test_every_outcome_has_a_mark_a_word_and_a_place_in_a_choice_row(outcome):
    drawn = looks.mark(outcome.value)

    assert f"<title>{looks.mark_word(outcome.value)}</title>" in drawn
    assert 'role="img"' in drawn
    assert looks.outcome_dress(outcome.value).startswith("choice-")


def test_only_a_missed_appointment_wears_the_cross():
    crossed = {token for token, shape in drawings.MARK_SHAPES.items() if 'class="cross"' in shape}

    assert crossed == {"no_show"}
    assert looks.mark_word("no_show") == "missed"
    assert looks.mark_word("unrecorded") == "unrecorded"


def test_marks_differ_in_shape_so_that_they_survive_grey_paper():
    shapes = list(drawings.MARK_SHAPES.values())

    assert len(set(shapes)) == len(shapes)
    assert set(drawings.MARK_SHAPES) == set(drawings.MARK_WORDS)


# ---- strips ----------------------------------------------------------------------------------------------------------


def test_a_strip_says_its_weeks_in_one_sentence():
    weeks = [Week(2, 2)] * 9 + [Week(2, 1, 1), Week(2, 0, 2), Week(1, 0, 1, unrecorded=1)]

    assert drawings.strip_sentence(weeks) == (
        "12 weeks: 19 of 23 planned attended, 4 missed, 1 unrecorded, not counted; this week 0 of 1."
    )
    assert "<title>12 weeks: 19 of 23" in looks.strip(weeks)


def test_a_strip_draws_one_bar_for_each_week_and_underlines_this_week():
    drawn = looks.strip([Week(2, 2)] * 12)

    assert drawn.count('class="came"') == 12
    assert drawn.count('class="this-week"') == 1
    assert 'width="106"' in drawn


@pytest.mark.parametrize(
    ("week", "drawn", "not_drawn"),
    [
        (Week(2, 0, 2), 'class="cross"', 'class="came"'),
        (Week(2, 1, 1), 'class="came"', 'class="cross"'),
        (Week(), 'class="nothing"', 'class="planned"'),
        (Week(unrecorded=2), 'class="dash"', 'class="cross"'),
        (Week(2, 0, 0), 'class="planned"', 'class="cross"'),
        (Week(2, 0, 2, paused=True), 'class="bars"', 'class="cross"'),
    ],
)
def test_a_week_is_drawn_as_what_it_was(week, drawn, not_drawn):
    strip = looks.strip([week])

    assert drawn in strip
    assert not_drawn not in strip


def test_the_fill_grows_with_the_share_attended():
    half, whole = looks.strip([Week(2, 1, 1)]), looks.strip([Week(2, 2)])

    assert 'height="10"/>' in half
    assert 'height="20"/>' in whole


def test_a_paused_week_counts_for_nothing_in_the_sentence():
    assert drawings.strip_sentence([Week(1, 1), Week(2, 0, 2, paused=True)]) == (
        "2 weeks: 1 of 1 planned attended, 0 missed, 1 week paused; paused this week."
    )


def test_a_strip_without_weeks_says_so():
    assert "No weeks to show yet." in looks.strip([])


def test_the_sentence_of_a_strip_is_escaped(monkeypatch):
    monkeypatch.setattr(
        drawings, "gettext", lambda message: "<script>%(n)s" if "missed" in message else message
    )

    drawn = looks.strip([Week(1, 1)])

    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn


# ---- sparklines ------------------------------------------------------------------------------------------------------


def test_a_sparkline_leaves_a_gap_where_nothing_is_known():
    assert (
        looks.sparkline([0.5, 0.6, None, 0.7, 0.8]).count("M") - looks.sparkline([0.5, 0.6, 0.7]).count("M")
        == 1
    )


def test_sparklines_share_one_scale():
    calm, wild = looks.sparkline([0.5, 0.5]), looks.sparkline([0.0, 0.5])

    assert 'cy="11.5"' in calm
    assert 'cy="11.5"' in wild


def test_a_sparkline_says_from_where_to_where():
    assert "3 weeks: from 78 % to 70 %, lowest 61 %, highest 78 %." in looks.sparkline([0.78, 0.61, 0.7])
    assert "No values to show yet." in looks.sparkline([None, None])


# ---- days and times --------------------------------------------------------------------------------------------------


def test_a_day_is_named_and_has_its_year_only_when_it_is_another_one():
    assert looks.day(date(2024, 11, 12)) == "Tue 12 Nov"
    assert looks.day(date(2024, 11, 12), date(2024, 1, 1)) == "Tue 12 Nov"
    assert looks.day(date(2023, 11, 7), date(2024, 1, 1)) == "Tue 7 Nov 2023"
    assert looks.day(None) == ""


def test_a_day_under_a_mark_names_its_month_when_it_changes():
    assert looks.short_day(date(2026, 9, 30)) == "30 Sep"
    assert looks.short_day(date(2026, 10, 7), date(2026, 9, 30)) == "7 Oct"
    assert looks.short_day(date(2026, 10, 14), date(2026, 10, 7)) == "14"


def test_moments_are_shown_in_the_clinics_own_time():
    late = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)

    with timezone.override("America/Denver"):
        assert looks.clock(late) == "18:30"
        assert looks.day(late) == "Fri 20 Nov"
    with timezone.override("UTC"):
        assert looks.clock(late) == "01:30"
        assert looks.day(late) == "Sat 21 Nov"


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (datetime(2026, 11, 20, 11, tzinfo=UTC), "11:00 today"),
        (datetime(2026, 11, 20, 7, tzinfo=UTC), "07:00 today"),
        (datetime(2026, 11, 21, 12, tzinfo=UTC), "Sat 12:00"),
        (datetime(2026, 11, 26, 12, tzinfo=UTC), "Thu 12:00"),
        (datetime(2026, 11, 27, 12, tzinfo=UTC), "Fri 27 Nov 12:00"),
        (datetime(2026, 11, 30, 12, tzinfo=UTC), "Mon 30 Nov 12:00"),
        (datetime(2026, 11, 19, 12, tzinfo=UTC), "Thu 19 Nov 12:00"),
        (datetime(2027, 1, 4, 12, tzinfo=UTC), "Mon 4 Jan 2027 12:00"),
    ],
)
def test_a_due_time_can_mean_only_one_moment(when, words):
    now = datetime(2026, 11, 20, 8, 10, tzinfo=UTC)

    with timezone.override("UTC"):
        assert render("{{ when|due:now }}", when=when, now=now) == words


@pytest.mark.parametrize(("count", "words"), [(0, "today"), (1, "1 day"), (16, "16 days"), (None, "")])
def test_days_are_counted_in_days(count, words):
    assert looks.days(count) == words


def test_a_share_is_whole_percent_and_nothing_to_count_is_a_dash():
    assert looks.share(0.794) == "79 %"
    assert looks.share(None) == "–"


# ---- sentences of the mind -------------------------------------------------------------------------------------------


def test_a_sentence_is_said_with_its_days():
    days = [date(2026, 10, 30), date(2026, 11, 5), date(2026, 11, 12)]
    sentence = ngettext_lazy(
        "%(n)s session missed (%(days)s)", "%(n)s sessions missed (%(days)s)", 3, days=days
    )

    assert looks.say(sentence) == "3 sessions missed (30 Oct, 5, 12 Nov)"
    assert looks.say(gettext_noop("Last seen %(day)s", day=date(2026, 11, 4))) == "Last seen Wed 4 Nov"
    assert looks.say(gettext_noop("at %(time)s", time=time(9, 5))) == "at 09:05"


def test_a_sentence_speaks_as_plainly_on_the_page_as_in_a_command():
    sentence = gettext_noop(
        "%(what)s: %(inner)s, %(names)s",
        what="D06",
        inner=ngettext_lazy("%(n)s day", "%(n)s days", 1),
        names=["counselling", "group"],
    )

    assert looks.say(sentence) == "D06: 1 day, counselling, group"
    assert looks.say(gettext_noop("Since %(day)s", day=date(2026, 11, 4))) == str(
        gettext_noop("Since %(day)s", day=date(2026, 11, 4))
    )


def test_a_sentence_chooses_its_plural_and_its_language(monkeypatch):
    monkeypatch.setattr(looks, "ngettext", lambda one, many, n: "ein Tag" if n == 1 else "%(n)s Tage")

    assert looks.say(ngettext_lazy("%(n)s day", "%(n)s days", 1)) == "ein Tag"
    assert looks.say(ngettext_lazy("%(n)s day", "%(n)s days", 4)) == "4 Tage"


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=y>'])
def test_what_people_typed_stays_text(hostile):
    sentence = Sentence("Asked by %(name)s", {"name": hostile})

    for said in (render("{{ s|say }}", s=sentence), render("{{ s|say }}", s=hostile)):
        assert "<script" not in said
        assert "<img" not in said
        assert "&lt;" in said
    assert "&amp;lt;" not in render("{{ s|say }}", s=sentence), "escaped twice"
    assert "<" not in render("{% autoescape off %}{{ s|say }}{% endautoescape %}", s=sentence)

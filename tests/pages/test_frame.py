"""The frame around every page: where one can go, who one is, and nothing of a client in an address."""

import re
from types import SimpleNamespace

import pytest
from django.contrib.auth.forms import AuthenticationForm
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import path


def nothing(request):
    return HttpResponse()


# The frame needs three addresses; it is looked at here apart from the pages it carries.
urlpatterns = [
    path("sign-in/", nothing, name="sign_in"),
    path("sign-out/", nothing, name="sign_out"),
    path("clients/", nothing, name="clients"),
]

NAV = [
    SimpleNamespace(label="Today", url="/today/", current=True),
    SimpleNamespace(label="Clients", url="/clients/", current=False),
]


class Maya:
    is_authenticated = True
    role_tokens = frozenset({"supervisor", "case_manager"})

    def get_full_name(self):
        return "Maya <b>Okafor</b>"

    def get_username(self):
        return "maya"


@pytest.fixture
def frame(settings):
    settings.ROOT_URLCONF = "tests.pages.test_frame"

    def rendered(template="base.html", **context):
        request = RequestFactory().get("/today/")
        return render_to_string(template, {"user": Maya(), "nav": NAV, **context}, request)

    return rendered


def test_the_way_one_is_on_is_marked_in_both_menus(frame):
    assert frame().count('<a href="/today/" aria-current="page">Today</a>') == 2
    assert frame().count('<a href="/clients/">Clients</a>') == 2


def test_the_search_is_sent_in_the_body_and_never_stands_in_an_address(frame):
    form = re.search(r'<form class="topsearch".*?</form>', frame(), re.DOTALL)

    assert form
    assert 'method="post"' in form[0]
    assert "csrfmiddlewaretoken" in form[0]
    assert 'type="search"' in form[0]


def test_the_menu_says_who_one_is_with_every_role_and_escaped(frame):
    page = frame()

    assert "Maya &lt;b&gt;Okafor&lt;/b&gt;" in page
    assert "Case manager, Supervisor" in page
    assert re.search(r'<form method="post" action="/sign-out/">', page)


def test_somebody_signed_out_gets_no_menu_and_no_search(frame):
    page = frame(user=SimpleNamespace(is_authenticated=False))

    assert "topsearch" not in page
    assert "/sign-out/" not in page
    assert "/today/" not in page


def test_the_title_is_neutral(frame):
    assert "<title>Aftercare · Aftercare</title>" in " ".join(frame().split())


def test_a_stale_check_is_a_banner_and_a_fresh_one_is_none(frame):
    banner = SimpleNamespace(
        bold="The check has not finished.", text="41 of 62 read.", url="/sweeps/", link="Look"
    )

    assert "41 of 62 read." in frame(sweep_banner=banner)
    assert "41 of 62" not in frame(sweep_banner=None)
    assert "banner-act" not in frame(sweep_banner=None).split("<template")[0]


@pytest.mark.parametrize(
    ("level", "dress"), [("success", "banner-done"), ("error", "banner-act"), ("info", "banner-note")]
)
def test_a_message_wears_what_it_means(frame, level, dress):
    page = frame(messages=[SimpleNamespace(level_tag=level)])

    assert dress in page.split("<template")[0]


def test_the_browser_keeps_no_swapped_names_and_runs_nothing_inline(frame):
    page = frame()

    assert '"historyCacheSize": 0' in page
    assert '"allowEval": false' in page
    assert "X-CSRFToken" in page


def test_every_page_says_that_silence_is_no_proof(frame):
    assert "No alert does not mean no risk." in frame()


def test_signing_in_asks_for_two_things_and_keeps_the_way_back(frame):
    page = frame("account/sign_in.html", form=AuthenticationForm(), next="/today/")

    assert 'name="username"' in page
    assert 'type="password"' in page
    assert 'name="next" value="/today/"' in page
    assert "Demo clinic" not in page


def test_the_demo_clinic_names_its_accounts_where_it_is_loaded(frame):
    account = SimpleNamespace(what="Case manager", username="maya", password="invented words")
    page = frame("account/sign_in.html", form=AuthenticationForm(), demo_sign_ins=[account])

    assert "invented words" in page
    assert '<th scope="row">Case manager</th>' in page


def test_pages_of_a_list_can_be_turned(frame):
    page = Paginator(list(range(60)), 25).page(2)
    pager = render_to_string("shared/_pager.html", {"page": page, "query": "level=today"})

    assert "26 to 50 of 60" in pager
    assert 'href="?level=today&amp;page=1"' in pager
    assert 'href="?level=today&amp;page=3"' in pager
    assert render_to_string("shared/_pager.html", {"page": Paginator([1], 25).page(1)}).strip() == ""


def test_an_empty_list_shows_its_proof(frame):
    shown = render_to_string(
        "shared/_empty.html", {"fact": "Nobody waits.", "proof": "62 of 62 clients were checked at 06:02."}
    )

    assert "Nobody waits." in shown
    assert "62 of 62" in shown

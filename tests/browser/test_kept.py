"""A session that ends while somebody types: what they typed is there again after they have signed in."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session

from clinic.models import Attempt
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_contact_typed_while_the_session_ended_is_saved_after_signing_in(
    house, noon, desk, axe, javascript: bool
) -> None:
    page = desk(java_script_enabled=javascript, viewport={"width": 360, "height": 740}).page
    sign_in(page)
    page.get_by_role("link", name="Log contact").first.click()
    page.get_by_label("Reached, re-booked").check()
    page.get_by_role("textbox", name="Agreed optional").fill("Comes on Thursday")
    Session.objects.all().delete()

    page.get_by_role("button", name="Save contact").click()
    page.wait_for_url("**/sign-in/**")
    assert "Comes on Thursday" not in page.content()
    sign_in(page, page.url)
    page.get_by_role("heading", name="Not saved yet").wait_for()
    if javascript:
        assert axe(page) == []
    page.get_by_role("button", name="Send it now").click()
    page.wait_for_load_state()

    assert Attempt.objects.get(agreed="Comes on Thursday").by == house.maya


def sign_in(page, url: str = "/sign-in/") -> None:
    page.goto(url)
    page.get_by_label("Sign-in name").fill("maya")
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)

"""A fixed morning in the house: everybody was checked at 06:00, and it is half past eight."""

import re
from datetime import date
from html import unescape

from clinic.models import Clinic, FollowUp, RuleSet

TODAY = date(2026, 11, 20)


def text(answer) -> str:
    """The words of a page as somebody reads them, without tags and needless space."""
    body = re.sub(r"<(script|template)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split()).replace(" .", ".").replace(" ,", ",")


def rows_of(answer) -> dict[str, str]:
    """The rows of the list on a page, by the client's name."""
    found = {}
    for row in re.findall(r'<tbody class="client-row.*?</tbody>', answer.content.decode(), flags=re.DOTALL):
        words = " ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split())
        name = unescape(re.search(r'scope="row">\s*<a [^>]*>(.*?)</a>', row, flags=re.DOTALL)[1])
        found[name] = words
    return found


def new_rules(clinic: Clinic, **thresholds: int) -> RuleSet:
    """Put other thresholds in force at a clinic, as a version of their own."""
    before = clinic.rule_sets.order_by("-number").first()
    return RuleSet.objects.create(
        clinic=clinic,
        number=before.number + 1,
        made_at=before.made_at,
        reason="To try it",
        thresholds=before.thresholds | thresholds,
    )


def follow_up_of(name: str, kind: str = "disengagement") -> FollowUp:
    """The open follow-up of a client of the cast, by full name."""
    return next(
        row
        for row in FollowUp.objects.filter(state="open", kind=kind).select_related(
            "episode__client", "clinic"
        )
        if row.episode.client.full_name == name
    )

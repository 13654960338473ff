"""`manage.py signs`: every sign, with the documents that name it and the thresholds it reads."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clinic.engagement.signs.catalogue import BY_CODE, CATALOGUE
from clinic.engagement.signs.sign import Sign
from clinic.engagement.signs.thresholds import Thresholds


class Command(BaseCommand):
    help = "List the documented signs that Aftercare looks for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the list as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        rows: list[dict[str, Any]] = []
        for detector, signs in _by_detector().items():
            if detector not in BY_CODE:
                rows.append(_together(detector, signs))
            rows += [_row(detector, sign) for sign in signs]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            settings = ", ".join(f"{each['name']}={each['default']}" for each in row["thresholds"])
            self.stdout.write(f"{row['code']:5} {row['title']} [{', '.join(row['sources'])}] {settings}")


def _by_detector() -> dict[str, list[Sign]]:
    """The signs under the number the clinical basis gives their detector: D02a, D02b and D02c under D02."""
    found: dict[str, list[Sign]] = {}
    for sign in CATALOGUE:
        found.setdefault(sign.code[:3], []).append(sign)
    return found


def _row(detector: str, sign: Sign) -> dict[str, Any]:
    return {
        "code": sign.code,
        "detector": detector,
        "title": str(sign.title),
        "family": sign.family,
        "kind": sign.kind.value,
        "levels": [level.value for level in sign.levels],
        "settles": sign.settles.value,
        "escalation": [
            {
                "levels": [level.value for level in way.levels],
                "to": way.to.value,
                "after": way.unit.value,
                "amount": way.amount,
            }
            for way in sign.escalation
        ],
        "sources": list(sign.sources),
        "thresholds": Thresholds.describe(sign.thresholds),
    }


def _together(detector: str, signs: list[Sign]) -> dict[str, Any]:
    """A detector whose parts settle differently and are signs of their own: all that they share and read."""
    names = list(dict.fromkeys(name for sign in signs for name in sign.thresholds))
    levels = {level for sign in signs for level in sign.levels}
    return {
        "code": detector,
        "detector": detector,
        "title": str(signs[0].title),
        "family": signs[0].family,
        "kind": signs[0].kind.value,
        "parts": [sign.code for sign in signs],
        "levels": [level.value for level in sorted(levels, key=lambda level: level.rank)],
        "sources": list(dict.fromkeys(source for sign in signs for source in sign.sources)),
        "thresholds": Thresholds.describe(names),
    }

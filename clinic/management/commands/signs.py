"""`manage.py signs`: every sign, with the documents that name it and the thresholds it reads."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clinic.engagement.signs.catalogue import CATALOGUE
from clinic.engagement.signs.sign import Thresholds


class Command(BaseCommand):
    help = "List the documented signs that Aftercare looks for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the list as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = [
            {
                "code": sign.code,
                "title": str(sign.title),
                "family": sign.family,
                "levels": [level.value for level in sign.levels],
                "sources": list(sign.sources),
                "thresholds": Thresholds.describe(sign.thresholds),
            }
            for sign in CATALOGUE
        ]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            settings = ", ".join(f"{each['name']}={each['default']}" for each in row["thresholds"])
            self.stdout.write(f"{row['code']:5} {row['title']} [{', '.join(row['sources'])}] {settings}")

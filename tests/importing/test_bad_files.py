"""Bad files through the page's own way: no error page, flat memory, every row not taken told by its line.

BAD_FILES says how many: `BAD_FILES=5000 pytest tests/importing/test_bad_files.py -s` is the long run, with figures;
BAD_SEEDS="3 17" takes these alone.
"""

from __future__ import annotations

import os
import resource
import time
from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from clinic.importing import work
from clinic.models import Import
from tests.importing.bad_files import bad_file
from tests.importing.test_undo import differing, record

pytestmark = pytest.mark.django_db

HOW_MANY = int(os.environ.get("BAD_FILES", "300"))
ONLY = [int(seed) for seed in os.environ.get("BAD_SEEDS", "").split()]
AT_ONCE = 250  # between two looks at the record, whether anything has reached it


def memory() -> int:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def test_no_bad_file_breaks_a_page_and_every_row_not_taken_is_told(house, before_the_sweep) -> None:
    alex = Browser(raise_request_exception=False)
    alex.force_login(house.alex)
    before, held, began = record(), memory(), time.perf_counter()
    wrong: list[str] = []
    counted: Counter[str] = Counter()
    for turn, seed in enumerate(ONLY or range(HOW_MANY)):
        bad = bad_file(seed)
        sent = SimpleUploadedFile(bad.name, bad.content)
        answer = alex.post("/imports/", {"files": sent})
        if answer.status_code != 302:
            wrong.append(f"{seed} ({bad.what}): taken in with {answer.status_code}")
            continue
        imported = Import.objects.latest("pk")
        work.check(imported.pk, before_the_sweep)
        imported.refresh_from_db()
        page = alex.get(reverse("import", args=[imported.uid]))
        if (imported.state, page.status_code) != ("checked", 200):
            wrong.append(f"{seed} ({bad.what}): {imported.state}, {imported.notice}, page {page.status_code}")
            continue
        told = set(imported.refusals.values_list("line", flat=True))
        tallied = sum(tally["refused"] for tally in imported.result.values())
        if bad.refused - told:
            wrong.append(
                f"{seed} ({bad.what}): lines {sorted(bad.refused - told)} not told, only {sorted(told)}"
            )
        if bad.whole and not (imported.refused and not imported.result["clients"]["created"]):
            wrong.append(f"{seed} ({bad.what}): taken although it cannot be")
        if not bad.whole and imported.files.get().kind and imported.refused != tallied:
            wrong.append(f"{seed} ({bad.what}): {tallied} counted, {imported.refused} told")
        counted["files"] += 1
        counted["rows not taken"] += imported.refused
        counted["rows taken"] += sum(
            tally["created"] + tally["updated"] + tally["unchanged"] for tally in imported.result.values()
        )
        counted["files not taken as a whole"] += not imported.files.get().kind
        imported.delete()
        if turn % AT_ONCE == 0:
            assert differing(before, record()) == {}
    assert wrong == [], "\n".join(wrong)
    assert differing(before, record()) == {}
    assert memory() - held <= 300
    assert memory() <= 600, "with all that the tests themselves hold"
    if ONLY:
        return
    assert counted["rows not taken"] > HOW_MANY and counted["rows taken"] > HOW_MANY
    seconds = time.perf_counter() - began
    print(f"\n{dict(counted)} in {seconds:.0f} s; memory {held} MB before, {memory()} MB at most")


@pytest.mark.parametrize("seed", [3, 17])
def test_a_seed_is_always_the_same_file(seed: int) -> None:
    assert bad_file(seed) == bad_file(seed)

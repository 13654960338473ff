"""Change the mind in thousands of small ways and count which changes its tests notice: `make mutants`.

mutmut makes the changes (a `<` becomes `<=`, an `and` an `or`, a number one more, an argument None) and runs for each
the tests that reach the changed function. A change that no test notices is one that a colleague could make by mistake.

    python -m tests.mutants                                 everything, or what changed since the last time
    python -m tests.mutants 'clinic.engagement.words*'      some of it, anew
    python -m tests.mutants --table                         the table of the last time
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "mutants" / "clinic" / "engagement"
AT_LEAST = 90.0
# One that never ends, or dies, has been noticed too: the tests do not pass.
NOTICED = ("killed", "timeout", "segfault")
COLUMNS = ("killed", "timeout", "survived", "no tests", "not checked")
EVERY = 30  # seconds between two lines of progress
PROGRESS = re.compile(r"\d+/\d+ .*")


def run(names: list[str]) -> int:
    """mutmut rewrites its progress some ten times a second; here that is a line now and then."""
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "2", *names]
    environment = {**os.environ, "HISTORIES": "60", "PYTHONUNBUFFERED": "1"}
    shown = 0.0
    tail: list[str] = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,  # also makes a line of each carriage return
        errors="replace",
    ) as mutmut:
        assert mutmut.stdout
        for line in mutmut.stdout:
            tail = [*tail[-40:], line.rstrip()]
            progress = PROGRESS.search(line)
            if progress and time.monotonic() - shown > EVERY:
                shown = time.monotonic()
                print(progress[0], flush=True)
    if mutmut.returncode:
        print("\n".join(tail))
    return mutmut.returncode


def counts() -> dict[str, Counter[str]]:
    """How many mutants of each file came to which end."""
    found = {}
    for path in sorted(RESULTS.rglob("*.meta")):
        ends = json.loads(path.read_text())["exit_code_by_key"].values()
        if any(end is not None for end in ends):
            name = str(path.relative_to(RESULTS)).removesuffix(".meta")
            found[name] = Counter(status_by_exit_code[end] for end in ends)
    return found


def share(ends: Counter[str]) -> float:
    """The noticed ones in a hundred of those that were tried."""
    tried = ends.total() - ends["not checked"]
    return 100 * sum(ends[end] for end in NOTICED) / tried if tried else 0.0


def table(found: dict[str, Counter[str]]) -> str:
    total = sum(found.values(), Counter())
    heading = f"{'file':<26}" + "".join(f"{column:>13}" for column in (*COLUMNS, "noticed"))
    rows = [heading]
    for name, ends in (*found.items(), ("all", total)):
        rows.append(
            f"{name:<26}" + "".join(f"{ends[column]:>13}" for column in COLUMNS) + f"{share(ends):>12.1f}%"
        )
    return "\n".join(rows)


def main(words: list[str]) -> int:
    status = 0 if words == ["--table"] else run(words)
    found = counts()
    if status or not found:
        return status or 1
    print(table(found))
    reached = share(sum(found.values(), Counter()))
    if reached < AT_LEAST:
        print(f"Only {reached:.1f} % were noticed; at least {AT_LEAST:.0f} % should be.")
    return int(reached < AT_LEAST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

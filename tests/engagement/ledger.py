"""A ledger that does in memory what the sweep does with a plan: read a record day by day and see what stands."""

from __future__ import annotations

from clinic.engagement.plan import Plan, Standing, facts_of, plan
from clinic.engagement.signs.sign import Finding, Kind
from clinic.engagement.signs.thresholds import DEFAULTS, Thresholds
from clinic.engagement.timeline import Record
from tests.notation import day, moment


class Ledger:
    """The findings on record of one episode."""

    def __init__(self, thresholds: Thresholds = DEFAULTS, *, keeps_facts: bool = True) -> None:
        self.thresholds = thresholds
        self.keeps_facts = keeps_facts
        self.rows: dict[int, Standing] = {}

    def read(self, record: Record, ago: int = 0) -> Plan:
        """Judge the record as of a day and write what follows."""
        made = plan(record, day(ago), list(self.rows.values()), self.thresholds)
        for number, finding in made.strengthened:
            self.rows[number] = self._of(number, finding, ago, record)._replace(
                touched=self.rows[number].touched
            )
        for number, finding in made.revised:
            before = self.rows[number]
            self.rows[number] = self._of(number, finding, ago)._replace(
                judged_on=before.judged_on, touched=before.touched
            )
        for number in (*made.settled, *made.withdrawn, *made.ended):
            self.rows[number] = self.rows[number]._replace(
                handled_to=moment(ago, 23), withdrawn=number in made.withdrawn
            )
        for number in made.changed:
            self.rows[number] = self.rows[number]._replace(changed=True)
        for finding in made.raised:
            number = len(self.rows) + 1
            self.rows[number] = self._of(number, finding, ago, record)
        fingerprints = [(row.sign, row.anchor) for row in self.rows.values()]
        assert len(fingerprints) == len(set(fingerprints)), "the database would refuse a twin"
        return made

    def _of(self, number: int, finding: Finding, ago: int, record: Record | None = None) -> Standing:
        before = self.rows.get(number)
        return Standing(
            id=number,
            sign=finding.sign,
            # A fingerprint is made once, when the finding is raised.
            anchor=before.anchor if before else finding.anchor,
            level=finding.level,
            judged_on=day(ago),
            evidence=finding.evidence_ids,
            last_missed=finding.last_missed,
            counts_from=finding.counts_from,
            raised_on=before.raised_on if before else day(ago),
            facts=facts_of(record, day(ago), self.thresholds) if record and self.keeps_facts else None,
        )

    def read_daily(self, record: Record, first: int, last: int = 0) -> None:
        for ago in range(first, last - 1, -1):
            self.read(record, ago)

    def touch(self) -> None:
        """Somebody has worked on the follow-up."""
        self.rows = {
            n: row._replace(touched=True) if row.handled_to is None else row for n, row in self.rows.items()
        }

    def close(self, ago: int = 0) -> None:
        """A person closes the follow-up with all that is open on it."""
        self.rows = {
            n: row._replace(handled_to=moment(ago, 16)) if row.handled_to is None else row
            for n, row in self.rows.items()
        }

    def open(self, *, news: bool = False) -> set[tuple[str, str]]:
        """Sign and level of what stands open; good news only with `news`."""
        return {
            (row.sign, str(row.level))
            for row in self.rows.values()
            if row.handled_to is None and (news or row.kind is not Kind.GOOD_NEWS)
        }

    def signs(self) -> set[str]:
        return {sign for sign, _ in self.open(news=True)}

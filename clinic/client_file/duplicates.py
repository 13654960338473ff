"""Before a new client is made: who may be the same person already, told by name, date of birth, telephone or number.

The database narrows the clinic's clients down in one statement, by parts of their names; only what is left is compared
letter by letter. Nothing of a file is told: enough to recognise somebody, and whom to ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, F, Func, IntegerField, Lookup, Q, TextField, Value
from django.db.models.functions import Concat, Length

from clinic import access
from clinic.client_file.finder import holders
from clinic.client_file.likeness import SHORTEST_BEGINNING, Name, apart, folded, nicknames, pieces
from clinic.models import Client, Clinic, Episode, Staff

MOST_OFFERED = 6
FEWEST_DIGITS, LAST_DIGITS = 6, 10


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody who may be the same person, with what tells them apart. `same` holds tokens of what is alike: "number",
    "phone", "birth", "name". `may_open` says whether the person asking may open the file; if not, `ask` is whom to ask,
    empty when nobody holds the client. `discharged_on` is empty while the client is in care.
    """

    uid: UUID
    name: str
    born: int | None
    record_number: str
    in_care: bool
    discharged_on: date | None
    same: tuple[str, ...]
    may_open: bool
    ask: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of the newcomer."""

    first_name: str
    last_name: str
    preferred_name: str = ""
    date_of_birth: date | None = None
    phones: tuple[str, ...] = ()
    record_number: str = ""


class Bytes(Func):
    """How many bytes a text has: more than letters where any of them is no plain one."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="OCTET_LENGTH", **more)


class Spaced(Lookup):
    """Whether a text holds some digits in this order, whatever stands between them."""

    lookup_name = "spaced"
    prepare_rhs = False
    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        sql, params = self.process_lhs(compiler, connection)
        return f"{sql} LIKE %s", [*params, f"%{'%'.join(self.rhs[0])}%"]


def possible_duplicates(staff: Staff, clinic: Clinic, day: date, asked: Asked) -> tuple[list[Alike], int]:
    """Who may be the same person, the likeliest first, at most `MOST_OFFERED`; and how many more there are. Five
    statements, however many clients the clinic has.
    """
    name = Name.of(asked.first_name, asked.last_name, asked.preferred_name)
    digits = [each for each in map(_digits, asked.phones) if len(each) >= FEWEST_DIGITS]
    written = Concat(
        Value(" "),
        "first_name",
        Value(" "),
        "last_name",
        Value(" "),
        "preferred_name",
        output_field=TextField(),
    )
    of_the_clinic = Client.objects.filter(clinic=clinic).alias(
        written=written, bytes=Bytes(written), letters=Length(written)
    )
    rows = of_the_clinic.filter(_narrowed(name, digits, asked)).values_list(
        "pk",
        "first_name",
        "last_name",
        "preferred_name",
        "date_of_birth",
        "phone",
        "other_phone",
        "record_number",
    )
    scored: list[tuple[int, int, tuple[str, ...]]] = []
    for pk, first, last, preferred, born, phone, other_phone, number in rows:
        far = apart(name, Name.of(first, last, preferred))
        same = []
        if asked.record_number and folded(number) == folded(asked.record_number):
            same.append("number")
        if digits and any(
            _same_number(mine, _digits(theirs)) for mine in digits for theirs in (phone, other_phone)
        ):
            same.append("phone")
        if asked.date_of_birth is not None and born == asked.date_of_birth:
            same.append("birth")
        if far is not None:
            same.append("name")
        if same:
            scored.append((_score(same, far), pk, tuple(same)))
    scored.sort(key=lambda each: (-each[0], each[1]))
    chosen = scored[:MOST_OFFERED]
    return _told(staff, day, [(pk, same) for _, pk, same in chosen]), len(scored) - len(chosen)


def _score(same: Sequence[str], far: int | None) -> int:
    """How likely it is: several things alike say more than one, and a name written the same more than one alike."""
    worth = {"number": 40, "phone": 20, "birth": 12, "name": 14}
    return sum(worth[each] for each in same) - 2 * (far or 0)


def _any_of(parts: Iterable[str]) -> Q:
    """Whether any of some parts stands in any of the names; what holds another of them says nothing more."""
    known, wanted = sorted(parts, key=len), Q()
    for at, part in enumerate(known):
        if any(shorter in part for shorter in known[:at]):
            continue
        wanted |= Q(written__icontains=part)
    return wanted


def _narrowed(name: Name, digits: Iterable[str], asked: Asked) -> Q:
    """Everybody who could be alike and few others: a part of the family name and a part of a first name that mistyping
    would have left whole, in either order; or the same birth, telephone or number.
    """
    families = {part for word in (*name.family, name.family_joined) for part in pieces(word)}
    firsts = {
        part
        for word in (*name.first, *name.preferred)
        for each in nicknames(word)
        for part in ((*pieces(each), each[:SHORTEST_BEGINNING]) if each == word else (each,))
    }
    wanted = Q()
    if families and firsts:
        # A name with an accent or an apostrophe is compared in any case: its letters stand there otherwise.
        odd = Q(bytes__gt=F("letters")) | Q(written__contains="'")
        wanted |= odd | (_any_of(families) & _any_of(firsts))
    if asked.date_of_birth is not None:
        wanted |= Q(date_of_birth=asked.date_of_birth)
    if asked.record_number:
        wanted |= Q(record_number__iexact=asked.record_number)
    for number in digits:
        # Whatever stands between the digits; compared exactly afterwards.
        last = [number[-FEWEST_DIGITS:]]
        wanted |= Q(Spaced(F("phone"), last)) | Q(Spaced(F("other_phone"), last))
    return wanted or Q(pk__in=[])


def _digits(phone: str) -> str:
    return "".join(each for each in phone if each.isdecimal())


def _same_number(one: str, other: str) -> bool:
    """Whether two numbers are one, with or without the code of a country or an area."""
    shorter = min(len(one), len(other), LAST_DIGITS)
    return shorter >= FEWEST_DIGITS and one[-shorter:] == other[-shorter:]


def _told(staff: Staff, day: date, found: Sequence[tuple[int, tuple[str, ...]]]) -> list[Alike]:
    people = Client.objects.in_bulk([pk for pk, _ in found])
    stays: dict[int, Episode] = {}
    for stay in Episode.objects.filter(client__in=people).order_by("admitted_on"):
        stays[stay.client_id] = stay
    held = holders([stay.pk for stay in stays.values()], day)
    mine = set(access.clients_for(staff, day).filter(pk__in=people).values_list("pk", flat=True))
    told = []
    for pk, same in found:
        person, last = people[pk], stays.get(pk)
        holder = held.get(last.pk) if last is not None else None
        ended = (
            last.discharged_on
            if last is not None and last.discharged_on and last.discharged_on <= day
            else None
        )
        told.append(
            Alike(
                uid=person.uid,
                name=f"{person.first_name} {person.last_name}",
                born=person.date_of_birth.year if person.date_of_birth else None,
                record_number=person.record_number,
                in_care=last is not None and ended is None,
                discharged_on=ended,
                same=same,
                may_open=pk in mine,
                ask=holder.name if holder is not None else "",
            )
        )
    return told

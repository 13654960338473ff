"""What an import makes and changes, written beside it in the same transaction, so that it can be undone exactly.

Of a row that is made its key is kept, of one that is changed what it held before; of both a digest of what the import
left, which tells later whether anybody has changed the row since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from hashlib import blake2b
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Field, Model

from clinic.models import (
    Appointment,
    Assignment,
    Client,
    Episode,
    Group,
    Import,
    ImportChange,
    Membership,
    Programme,
    Recheck,
    Session,
)

SLICE = 500
Row = type[Model]
# Whatever a row points at stands before it: what was made is taken away in the reverse order.
ORDER: tuple[Row, ...] = (
    Programme,
    Client,
    Episode,
    Assignment,
    Group,
    Group.co_facilitators.through,
    Session,
    Appointment,
    Membership,
    Recheck,
)


class Journal:
    """Of one import. `made` and `changing` say what a chunk does, `close` writes it down at the chunk's end."""

    def __init__(self, imported: Import) -> None:
        self._import, self._number = imported, 0
        self._made: dict[Row, dict[int, None]] = defaultdict(dict)
        self._before: dict[Row, dict[int, list[Any]]] = defaultdict(dict)

    def made(self, model: Row, keys: Iterable[int]) -> None:
        """These rows have just been made."""
        self._made[model].update(dict.fromkeys(keys))

    def changing(self, model: Row, keys: Iterable[int]) -> None:
        """These rows are about to be changed: what they hold is still what it was."""
        made, before = self._made[model], self._before[model]
        wanted = [key for key in keys if key not in made and key not in before]
        before.update(held(model, columns_of(model), wanted))

    def asked(self, episodes: Iterable[int]) -> None:
        """Of these stays in care a recheck has just been asked for, whether one was waiting or not."""
        self.made(Recheck, (number for number in episodes if number not in self._before[Recheck]))

    def close(self) -> None:
        """Write down what the chunk did."""
        entries = []
        for model in ORDER:
            made, before = self._made[model], self._before[model]
            if not made and not before:
                continue
            columns = columns_of(model)
            left = digests(model, columns, [*made, *before])
            self._number += 1
            entries.append(
                ImportChange(
                    imported=self._import,
                    number=self._number,
                    table=model._meta.label,
                    columns=columns,
                    created=[[key, left[key]] for key in made],
                    changed=[[key, left[key], values] for key, values in before.items()],
                )
            )
        ImportChange.objects.bulk_create(entries)
        self._made.clear()
        self._before.clear()


class NoJournal(Journal):
    """For a rehearsal: nothing of it is kept, so nothing has to be undone."""

    def __init__(self) -> None:
        """Of no import."""

    def made(self, model: Row, keys: Iterable[int]) -> None:
        """Nothing is written down."""

    def changing(self, model: Row, keys: Iterable[int]) -> None:
        """Nothing is written down."""

    def close(self) -> None:
        """Nothing is written down."""


def columns_of(model: Row) -> list[str]:
    """The columns of a table that hold something of their own, without the key."""
    return [
        field.attname
        for field in model._meta.concrete_fields
        if not field.generated and not field.primary_key
    ]


def held(model: Row, columns: Sequence[str], keys: Iterable[int]) -> dict[int, list[Any]]:
    """What these rows hold now, as JSON can keep it, by key."""
    return {key: [_kept(value) for value in values] for key, *values in _rows(model, columns, keys)}


def digests(model: Row, columns: Sequence[str], keys: Iterable[int]) -> dict[int, str]:
    """A digest of what each of these rows holds now, by key; none for a row that is gone."""
    return {
        key: blake2b(repr([_kept(value) for value in values]).encode(), digest_size=8).hexdigest()
        for key, *values in _rows(model, columns, keys)
    }


def readers(model: Row, columns: Sequence[str]) -> list[Callable[[Any], Any]]:
    """For each column how a value that JSON has kept is given back to the database."""
    fields: dict[str, Field[Any, Any]] = {field.attname: field for field in model._meta.concrete_fields}
    return [
        (lambda value: value) if fields[name].get_internal_type() == "JSONField" else fields[name].to_python
        for name in columns
    ]


def slices(keys: Iterable[Any], size: int = SLICE) -> Iterator[list[Any]]:
    rest = iter(keys)
    while some := list(islice(rest, size)):
        yield some


def _rows(model: Row, columns: Sequence[str], keys: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    for some in slices(keys):
        yield from model._base_manager.filter(pk__in=some).values_list("pk", *columns).iterator(SLICE)


def _kept(value: Any) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value

"""Takes a whole import back: what it made goes, what it changed is again what it was, to the last column.

Only while nothing was built on it. Whatever points at a row that goes, and was not made by the import itself, has been
built on it; so has a change of a row that the import made or changed. What the clinic's own machinery has made of it
(rechecks, follow-ups nobody has worked on, seats booked ahead) goes with it. That somebody has looked at a client
stands in the ledger and stays there; it does not stand in the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from clinic import audit, nudge
from clinic.groups import seats
from clinic.importing.apply import lock_record
from clinic.importing.journal import Row, digests, readers, slices
from clinic.models import (
    Appointment,
    Attempt,
    AuditEntry,
    Client,
    Clinic,
    Episode,
    Finding,
    FollowUp,
    Import,
    ImportChange,
    Membership,
    Recheck,
    Session,
    Staff,
    SweepFailure,
)

NEWER_IMPORT = "newer_import"
Progress = Callable[[int, int], None]


class BuiltOn(Exception):
    """Something was built on the import since: how many rows of each table, by its label; those that a newer import
    made or changed count as NEWER_IMPORT.
    """

    def __init__(self, rows: Counter[str]) -> None:
        super().__init__(dict(rows))
        self.rows = rows


def take_back(
    imported: Import, *, by: Staff | None, on: datetime, progress: Progress = lambda done, steps: None
) -> None:
    """Undo an import that is applied, in one transaction. Raises BuiltOn, and then nothing was changed."""
    with transaction.atomic():
        Clinic.objects.select_for_update(no_key=True).get(pk=imported.clinic_id)
        lock_record(imported.clinic)
        back = _Back(imported, on)
        changes = ImportChange.objects.filter(imported=imported).order_by("-number")
        steps = changes.count()
        for done, change in enumerate(changes.iterator(20), 1):
            back.one(change)
            progress(done, steps)
        if not back.is_free:
            raise BuiltOn(back.named())
        back.leave_traces(by)


class _Back:
    """The way back through one import, its last change first."""

    def __init__(self, imported: Import, on: datetime) -> None:
        self._import, self._on = imported, on
        self._standing: dict[str, set[int]] = {}
        self._again: set[int] = set()
        self._gone: Counter[str] = Counter()
        self._looked_at: list[tuple[int, str]] = []

    def one(self, change: ImportChange) -> None:
        model: Row = apps.get_model(change.table)
        left = {key: digest for key, digest, *_ in (*change.created, *change.changed)}
        now = digests(model, change.columns, left)
        touched = {key for key, digest in left.items() if now.get(key) != digest}
        if model is Recheck:
            # One that was read meanwhile, or asked for anew, is not the import's any more: the stay is read again.
            self._again |= touched
        elif model is Session:
            # All that an import ever changes of a session is its version, when a seat is added.
            others = touched.intersection(key for key, *_ in change.changed)
            Session.objects.filter(pk__in=others).update(version=F("version") + 1)
            self._stands_in_the_way(model, touched - others)
        else:
            self._stands_in_the_way(model, touched)
        created = [key for key, _ in change.created if key not in touched]
        self._take_away(model, created)
        self._restore(
            model, change.columns, [(key, row) for key, _, row in change.changed if key not in touched]
        )

    def _take_away(self, model: Row, keys: Sequence[int]) -> None:
        for some in slices(keys):
            if model is Episode:
                self._with_stays(some)
            elif model is Membership:
                self._with_places(some)
            elif model is Client:
                self._remember_looks(some)
            rows = model._base_manager.filter(pk__in=some)
            self._gone[model._meta.label] += _delete(rows)
            for other, pointing in _pointing_at(model, some):
                self._stands_in_the_way(other, set(pointing[:1000]))

    def _with_stays(self, episodes: list[int]) -> None:
        """What the clinic's own machinery has made of stays in care that go."""
        here = FollowUp.objects.filter(episode__in=episodes, touched_at=None, closed_by=None)
        tried = Attempt.objects.filter(follow_up=OuterRef("pk"))
        confirmed = Finding.objects.filter(follow_up=OuterRef("pk"), state=Finding.State.CONFIRMED)
        numbers = list(here.filter(~Exists(tried), ~Exists(confirmed)).values_list("pk", flat=True))
        for some in slices(numbers):
            _delete(Finding.objects.filter(follow_up__in=some))
            _delete(FollowUp.objects.filter(pk__in=some))
        _delete(Recheck.objects.filter(episode__in=episodes))
        _delete(SweepFailure.objects.filter(episode__in=episodes))
        self._seats_ahead(Q(episode__in=episodes))

    def _with_places(self, memberships: list[int]) -> None:
        """The seats that were booked ahead for places in groups that go."""
        places = Membership.objects.filter(pk__in=memberships).values_list("episode", "group")
        for episode, group in places:
            self._seats_ahead(Q(episode=episode, group=group))

    def _seats_ahead(self, whose: Q) -> None:
        made_since = Appointment.objects.filter(
            whose, session__series__isnull=False, version=1, booked_at__gt=self._import.applied_at
        )
        for some in slices(seats.plain(made_since).values_list("pk", flat=True)):
            _delete(Appointment.objects.filter(pk__in=some))

    def _remember_looks(self, clients: list[int]) -> None:
        looked = set(AuditEntry.objects.filter(client__in=clients).values_list("client_id", flat=True))
        uids = Client.objects.filter(pk__in=looked).values_list("pk", "uid")
        self._looked_at += [(number, str(uid)) for number, uid in uids]

    def _restore(self, model: Row, columns: Sequence[str], rows: list[tuple[int, list[Any]]]) -> None:
        """One prepared statement for all rows."""
        if not rows:
            return
        fields = {field.attname: field for field in model._meta.concrete_fields}
        read = readers(model, columns)
        names = ", ".join(f"{connection.ops.quote_name(fields[name].column)} = %s" for name in columns)
        table = connection.ops.quote_name(model._meta.db_table)
        key = model._meta.pk
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET {names} WHERE {connection.ops.quote_name(key.column)} = %s",  # noqa: S608
                [
                    [
                        *(
                            fields[name].get_db_prep_save(given(value), connection)
                            for name, given, value in zip(columns, read, values, strict=True)
                        ),
                        number,
                    ]
                    for number, values in rows
                ],
            )
        self._gone["restored"] += len(rows)

    def _stands_in_the_way(self, model: Row, keys: set[int]) -> None:
        if keys:
            self._standing.setdefault(model._meta.label, set()).update(keys)

    @property
    def is_free(self) -> bool:
        """Whether nothing was built on what has been taken back so far."""
        return not self._standing

    def named(self) -> Counter[str]:
        """What was built on it, with what newer imports did told apart."""
        newer = Import.objects.filter(
            clinic=self._import.clinic_id,
            state=Import.State.APPLIED,
            applied_at__gte=self._import.applied_at,
        ).exclude(pk=self._import.pk)
        rows = Counter({label: len(keys) for label, keys in self._standing.items()})
        for label, keys in self._standing.items():
            theirs: set[int] = set()
            for change in ImportChange.objects.filter(imported__in=newer, table=label).iterator(20):
                theirs |= keys.intersection(key for key, *_ in (*change.created, *change.changed))
            if theirs:
                rows[NEWER_IMPORT] += len(theirs)
                rows[label] -= len(theirs)
        return +rows

    def leave_traces(self, by: Staff | None) -> None:
        """Whose record is another one now is read again; the ledger says what was undone, and who is gone of those
        it names.
        """
        again = sorted(Episode.objects.filter(pk__in=self._again).values_list("pk", flat=True))
        if again:
            Recheck.objects.ask(again, on=self._on)
        nudge.after_commit()
        clinic = self._import.clinic_id
        for number, uid in self._looked_at:
            audit.record(
                by=by,
                on=self._on,
                deed="client_taken_back",
                clinic=clinic,
                client=number,
                subject=f"client:{uid}",
                detail={"import": str(self._import.uid)},
            )
        audit.record(
            by=by,
            on=self._on,
            deed="undo_import",
            clinic=clinic,
            subject=f"import:{self._import.uid}",
            detail={name.rpartition(".")[2].lower(): count for name, count in self._gone.items() if count},
        )


def _delete(rows: QuerySet[Any]) -> int:
    """Delete these rows and nothing else; what points at them is looked for afterwards."""
    return rows._raw_delete(rows.db)


def _pointing_at(model: Row, keys: list[int]) -> Iterable[tuple[Row, list[int]]]:
    """The rows of other tables that point at these keys. The ledger may: it says what was."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not (
            relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)
        ):
            continue
        other: Row = relation.related_model  # type: ignore[assignment]
        if other is AuditEntry:
            continue
        pointing = other._base_manager.filter(**{f"{relation.field.attname}__in": keys})
        if found := list(pointing.values_list("pk", flat=True)[:1000]):
            yield other, found

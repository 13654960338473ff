"""What of a day is asked for: its filters, and the same in the database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext_lazy as _

from clinic.models import Appointment
from clinic.models.schedule import Channel, Outcome

UNRECORDED, TO_COME, STILL_OPEN = "unrecorded", "to_come", "open"
SHOWS = (
    (STILL_OPEN, _("Still to come or not recorded")),
    (TO_COME, _("Still to come")),
    (UNRECORDED, _("Not recorded")),
)
MOST_WORDS = 6
TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the day is asked for. `service` is a channel, `staff` the uid of the person it is with, `programme` that
    of the client's stay; `show` is one of UNRECORDED, TO_COME, STILL_OPEN (either of them); empty is all. `find` are
    words looked for on the sheet: a name, a record number, a time. Of a day that is too long for one page, `page` is
    one of them (None: the one that holds the present), and `since` and `until` are its first and its last moment.
    """

    day: date
    service: str = ""
    staff: UUID | None = None
    programme: UUID | None = None
    show: str = ""
    find: str = ""
    page: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def shows(self, starts_at: datetime, recorded: bool, now: datetime) -> bool:
        """Whether something at this time, recorded or not, is asked for by `show`."""
        if not self.show:
            return True
        wanted = {UNRECORDED: starts_at <= now, TO_COME: starts_at > now}.get(self.show, True)
        return not recorded and wanted

    @property
    def shows_meetings(self) -> bool:
        """Whether sessions are asked for: they are with nobody alone and of no programme."""
        of_all = self.staff is None and self.programme is None and not self.find
        return of_all and self.service in ("", Channel.GROUP)


def asked_for(visits: QuerySet[Appointment], asked: Asked, now: datetime) -> QuerySet[Appointment]:
    """The visits that are asked for: the rule of `Asked.shows`, for the database."""
    if asked.staff is not None:
        visits = visits.filter(staff__uid=asked.staff)
    if asked.programme is not None:
        visits = visits.filter(episode__programme__uid=asked.programme)
    if asked.show:
        visits = visits.filter(outcome=Outcome.SCHEDULED)
    if asked.show == UNRECORDED:
        visits = visits.filter(starts_at__lte=now)
    if asked.show == TO_COME:
        visits = visits.filter(starts_at__gt=now)
    for word in asked.find.split()[:MOST_WORDS]:
        visits = visits.filter(_says(word, asked.day, get_current_timezone()))
    return visits


def _says(word: str, day: date, zone: tzinfo) -> Q:
    """Visits of which a word stands in a name or in the record number, or that begin at this time."""
    if written := TIME.fullmatch(word):
        at = datetime.combine(day, time(int(written[1]), int(written[2])), tzinfo=zone)
        return Q(starts_at__gte=at, starts_at__lt=at + timedelta(minutes=1))
    return (
        Q(episode__client__first_name__icontains=word)
        | Q(episode__client__last_name__icontains=word)
        | Q(episode__client__preferred_name__icontains=word)
        | Q(episode__client__record_number__icontains=word)
    )

"""What imports say: why one stands where it stands, what was built on it, why a row was not taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext, ngettext_lazy

from clinic.importing.csv_reader import UTF_8, UTF_16, WINDOWS

# What can have been built on an import, by table; what is not named here is told as "other entry".
_BUILT = {
    "newer_import": ngettext_lazy(
        "%(n)d row that a newer import changed or added to",
        "%(n)d rows that a newer import changed or added to",
        "n",
    ),
    "clinic.Appointment": ngettext_lazy(
        "%(n)d appointment booked, recorded or changed since",
        "%(n)d appointments booked, recorded or changed since",
        "n",
    ),
    "clinic.Recording": ngettext_lazy("%(n)d outcome recorded since", "%(n)d outcomes recorded since", "n"),
    "clinic.Attempt": ngettext_lazy("%(n)d contact logged since", "%(n)d contacts logged since", "n"),
    "clinic.FollowUp": ngettext_lazy(
        "%(n)d follow-up somebody has worked on", "%(n)d follow-ups somebody has worked on", "n"
    ),
    "clinic.Observation": ngettext_lazy(
        "%(n)d observation noted since", "%(n)d observations noted since", "n"
    ),
    "clinic.CarePlan": ngettext_lazy("%(n)d care plan written since", "%(n)d care plans written since", "n"),
    "clinic.Goal": ngettext_lazy("%(n)d goal agreed since", "%(n)d goals agreed since", "n"),
    "clinic.Pause": ngettext_lazy("%(n)d pause noted since", "%(n)d pauses noted since", "n"),
    "clinic.Medication": ngettext_lazy("%(n)d order of medication", "%(n)d orders of medication", "n"),
    "clinic.Client": ngettext_lazy("%(n)d client changed since", "%(n)d clients changed since", "n"),
    "clinic.Episode": ngettext_lazy(
        "%(n)d stay in care begun or changed since", "%(n)d stays in care begun or changed since", "n"
    ),
    "clinic.Assignment": ngettext_lazy(
        "%(n)d assignment to a case manager since", "%(n)d assignments to case managers since", "n"
    ),
    "clinic.Group": ngettext_lazy("%(n)d group changed since", "%(n)d groups changed since", "n"),
    "clinic.Session": ngettext_lazy(
        "%(n)d session added or changed since", "%(n)d sessions added or changed since", "n"
    ),
    "clinic.Membership": ngettext_lazy(
        "%(n)d membership begun or changed since", "%(n)d memberships begun or changed since", "n"
    ),
    "clinic.Series": ngettext_lazy("%(n)d schedule made since", "%(n)d schedules made since", "n"),
}
_OTHER = ngettext_lazy("%(n)d other entry made since", "%(n)d other entries made since", "n")

_NOTICES = {
    "changed": gettext_noop(
        "The record has changed since these files were checked, and rows fare otherwise now. Nothing was applied: "
        "please look again."
    ),
    "too_long": gettext_noop(
        "This took too long and was stopped. Nothing was applied. Very large files go in by the command "
        "manage.py import_csv."
    ),
    "given_up": gettext_noop("This was begun several times and never came to its end. Nothing was applied."),
    "unexpected": gettext_noop(
        "Something went wrong that we did not foresee. Nothing was applied. The log of the worker says where."
    ),
    "stayed": gettext_noop(
        "Undoing was begun several times and never came to its end. The import stands as it was."
    ),
}

_ENCODINGS = {UTF_8: "UTF-8", UTF_16: "UTF-16", WINDOWS: "Windows-1252 (Latin-1)"}
_DELIMITERS = {
    ",": gettext_noop("cells separated by commas"),
    ";": gettext_noop("cells separated by semicolons"),
    "\t": gettext_noop("cells separated by tabs"),
}


def built_on(rows: Mapping[str, int]) -> list[str]:
    """What was built on an import, the most first, each as a few words."""
    told = []
    others = 0
    for label, count in sorted(rows.items(), key=lambda item: (-item[1], item[0])):
        if label in _BUILT:
            told.append(str(_BUILT[label] % {"n": count}))
        else:
            others += count
    return [*told, str(_OTHER % {"n": others})] if others else told


def notice(kept: Mapping[str, Any] | None) -> str:
    """Why an import stands where it stands, in a sentence; empty when there is nothing to say."""
    if not kept:
        return ""
    if "rows" in kept:
        return _("Something was built on this import since: %(what)s. Nothing was undone.") % {
            "what": "; ".join(built_on(kept["rows"]))
        }
    return _(_NOTICES[kept["token"]])


def why_not(msgid: str, values: Mapping[str, Any]) -> str:
    """Why a row was not taken."""
    return _(msgid) % values


def how_read(read_as: Mapping[str, Any]) -> str:
    """How a file was read: "UTF-8, cells separated by commas"."""
    if not read_as:
        return ""
    return f"{_ENCODINGS[read_as['encoding']]}, {_(_DELIMITERS[read_as['delimiter']])}"


def rows_in_all(count: int) -> str:
    """ "1 row", "1204 rows"."""
    return ngettext("%(n)d row", "%(n)d rows", count) % {"n": count}

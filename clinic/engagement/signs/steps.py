"""The first steps of a follow-up, from the source documents (clinical basis, 5.1), by code, in the order of a call."""

from __future__ import annotations

from typing import Final

from clinic.engagement.words import Sentence, gettext_noop

FIRST_STEPS: Final[dict[str, Sentence]] = {
    "FS-NOW": gettext_noop("Act today; do not leave it for days."),
    "FS-MED": gettext_noop("Tell the nurse or prescriber now. No advice on doses from others."),
    "FS-CALM": gettext_noop(
        "Start calm and kind: “We noticed you weren’t here and wanted to see how you are.”"
    ),
    "FS-BARRIER": gettext_noop("Ask what got in the way, and fix one thing now."),
    "FS-WAYBACK": gettext_noop("Say that the door is open. Offer a slot within 48 hours."),
    "FS-SUPPORT": gettext_noop(
        "Ask whom they would like beside them. The client calls; staff only with live consent."
    ),
    "FS-SAFE": gettext_noop(
        "Ask about safety: naloxone to hand, tolerance is lower after a break, do not use alone, "
        "call 911 at signs of overdose."
    ),
    "FS-RESUME": gettext_noop("Re-book: offer the earliest slot, by phone or video too."),
    "FS-NOBLAME": gettext_noop("No blame and no lecture: nobody is alone with this, and mistakes happen."),
    "FS-PLAN": gettext_noop("Open the plan together: which if-then fits?"),
    "FS-PEER": gettext_noop("Offer a group buddy for the next session."),
    "FS-MEET": gettext_noop("Offer a meeting today."),
    "FS-LEARN": gettext_noop("Ask what this teaches, and change one thing in the plan."),
    "FS-LEVEL": gettext_noop("With a clinician, look again at the level of care."),
    "FS-STRENGTH": gettext_noop("Name what has been achieved so far."),
}

# The same steps in the few words that stand in a row of the list.
SHORT_STEPS: Final[dict[str, Sentence]] = {
    "FS-CALM": gettext_noop("a calm, kind call"),
    "FS-NOBLAME": gettext_noop("no blame"),
    "FS-NOW": gettext_noop("call today"),
    "FS-WAYBACK": gettext_noop("offer a slot within 48 h"),
    "FS-RESUME": gettext_noop("re-book the earliest slot"),
    "FS-SUPPORT": gettext_noop("ask whom they would like beside them"),
    "FS-PEER": gettext_noop("offer a group buddy"),
    "FS-BARRIER": gettext_noop("ask what got in the way"),
    "FS-PLAN": gettext_noop("open the plan together"),
    "FS-STRENGTH": gettext_noop("name what has been achieved"),
    "FS-LEARN": gettext_noop("change one thing in the plan"),
    "FS-LEVEL": gettext_noop("look at the level of care"),
    "FS-MED": gettext_noop("tell the nurse or prescriber"),
    "FS-SAFE": gettext_noop("ask about safety"),
    "FS-MEET": gettext_noop("offer a meeting today"),
}

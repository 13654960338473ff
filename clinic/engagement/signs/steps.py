"""The first steps of a follow-up, from the source documents (clinical basis, 5.1), by code, in the order of a call."""

from __future__ import annotations

from typing import Final

from clinic.engagement.words import Sentence, gettext_noop

FIRST_STEPS: Final[dict[str, Sentence]] = {
    "FS-EMERGENCY": gettext_noop(
        "Follow the clinic’s emergency protocol now; this follow-up comes after it."
    ),
    "FS-ATNEXT": gettext_noop("Speak about it at the next session they come to: they asked for no outreach."),
    "FS-NOW": gettext_noop("Act today; do not leave it for days."),
    "FS-MED": gettext_noop("Tell the nurse or prescriber now. No advice on doses from others."),
    "FS-SAFE": gettext_noop(
        "Ask about safety: naloxone to hand, tolerance is lower after a break, do not use alone, "
        "call 911 at signs of overdose. Alcohol or benzodiazepines: do not stop suddenly without medical advice."
    ),
    "FS-CLINICIAN": gettext_noop("Tell their clinician, and agree who speaks with the client."),
    "FS-CONTACT": gettext_noop("Update the contact details: ask at the next visit, or look in the record."),
    "FS-OTHERWAY": gettext_noop("Try another way, another time of day, or another of us."),
    "FS-CALM": gettext_noop(
        "Start calm and kind: “We noticed you weren’t here and wanted to see how you are.”"
    ),
    "FS-THANKS": gettext_noop("Thank them for telling us."),
    "FS-BARRIER": gettext_noop("Ask what got in the way, and fix one thing now."),
    "FS-WAYBACK": gettext_noop(
        "Say that the door is open, whatever came between. Offer a slot within 48 hours."
    ),
    "FS-SUPPORT": gettext_noop(
        "Ask whom they would like beside them. The client calls; staff only with live consent."
    ),
    "FS-REPAIR": gettext_noop("Offer help with mending a relationship that is under strain."),
    "FS-LETTER": gettext_noop("Send the generic open-door letter or message, without names of services."),
    "FS-BOOK": gettext_noop("Book the appointment the plan asks for, together with the client."),
    "FS-RESUME": gettext_noop("Re-book: offer the earliest slot, by phone or video too."),
    "FS-NOBLAME": gettext_noop("No blame and no lecture: nobody is alone with this, and mistakes happen."),
    "FS-WELCOME": gettext_noop("Show them round: who is who, what happens next, whom to ask."),
    "FS-PLAN": gettext_noop("Open the plan together: which if-then fits?"),
    "FS-FACILITATOR": gettext_noop(
        "Ask the facilitator for a quiet word with the client at the next session."
    ),
    "FS-NEXT": gettext_noop("Book the next two sessions together."),
    "FS-PEER": gettext_noop("Offer a group buddy for the next session."),
    "FS-MEET": gettext_noop(
        "Offer a meeting today; ninety in ninety or three a week only as their own goal."
    ),
    "FS-COPE": gettext_noop(
        "Pick one thing for today: a walk, nature, reading, a film, breathing, a hobby, a meeting. "
        "Cravings pass when one rides them out."
    ),
    "FS-REASONS": gettext_noop("Offer to look at their reasons and reminders together."),
    "FS-REFRAME": gettext_noop("Notice all-or-nothing thoughts together; offer cognitive behaviour therapy."),
    "FS-LEARN": gettext_noop("Ask what this teaches, and change one thing in the plan."),
    "FS-RESTART": gettext_noop("Just restart: a new week counts from its first day."),
    "FS-GOAL": gettext_noop("Offer to set the goal anew together: challenging but doable."),
    "FS-CONSENT": gettext_noop("Ask whether the consent should go on; sign it together."),
    "FS-NALOXONE": gettext_noop("Ask whether naloxone is at hand, and offer it."),
    "FS-LEVEL": gettext_noop("With a clinician, look again at the level of care."),
    "FS-REENTRY": gettext_noop("Plan the way back together: medication, a place to stay, the first week."),
    "FS-PAUSE": gettext_noop("Ask how long it may last, and write down its end as soon as it is known."),
    "FS-STRENGTH": gettext_noop("Name what has been achieved so far."),
    "FS-CELEBRATE": gettext_noop("Congratulate, and ask how they would like to mark it."),
    "FS-COMPLETE": gettext_noop("Complete it together with the client."),
}

# The same steps in the few words that stand in a row of the list.
SHORT_STEPS: Final[dict[str, Sentence]] = {
    "FS-CALM": gettext_noop("a calm, kind call"),
    "FS-NOBLAME": gettext_noop("no blame"),
    "FS-NOW": gettext_noop("call today"),
    "FS-WAYBACK": gettext_noop("offer a slot within 48 h"),
    "FS-RESUME": gettext_noop("re-book the earliest slot"),
    "FS-SUPPORT": gettext_noop("ask whom they would like beside them"),
    "FS-FACILITATOR": gettext_noop("a quiet word from the facilitator"),
    "FS-PEER": gettext_noop("offer a group buddy"),
    "FS-BARRIER": gettext_noop("ask what got in the way"),
    "FS-PLAN": gettext_noop("open the plan together"),
    "FS-STRENGTH": gettext_noop("name what has been achieved"),
    "FS-LEARN": gettext_noop("change one thing in the plan"),
    "FS-LEVEL": gettext_noop("look at the level of care"),
    "FS-REENTRY": gettext_noop("plan the way back together"),
    "FS-PAUSE": gettext_noop("ask how long it may last"),
    "FS-MED": gettext_noop("tell the nurse or prescriber"),
    "FS-SAFE": gettext_noop("ask about safety"),
    "FS-MEET": gettext_noop("offer a meeting today"),
    "FS-EMERGENCY": gettext_noop("emergency protocol now"),
    "FS-ATNEXT": gettext_noop("speak at the next session"),
    "FS-CLINICIAN": gettext_noop("tell their clinician"),
    "FS-CONTACT": gettext_noop("update the contact details"),
    "FS-OTHERWAY": gettext_noop("try another way or time"),
    "FS-REPAIR": gettext_noop("offer help mending a relationship"),
    "FS-LETTER": gettext_noop("send the open-door letter"),
    "FS-COPE": gettext_noop("pick one thing for today"),
    "FS-REASONS": gettext_noop("look at their reasons"),
    "FS-REFRAME": gettext_noop("notice all-or-nothing thoughts"),
    "FS-WELCOME": gettext_noop("show them round"),
    "FS-RESTART": gettext_noop("just restart"),
    "FS-GOAL": gettext_noop("set the goal anew together"),
    "FS-CONSENT": gettext_noop("ask whether the consent should go on"),
    "FS-NALOXONE": gettext_noop("ask about naloxone"),
    "FS-NEXT": gettext_noop("book the next two sessions"),
    "FS-CELEBRATE": gettext_noop("congratulate"),
    "FS-COMPLETE": gettext_noop("complete it with the client"),
    "FS-THANKS": gettext_noop("thank them for telling us"),
    "FS-BOOK": gettext_noop("book it together"),
}

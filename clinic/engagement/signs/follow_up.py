"""Which appointments are follow-ups, as D01 and D05 both ask, and for which earlier ones they stand in."""

from __future__ import annotations

from clinic.engagement.timeline import MISSED, Record, Timeline

# A new date for an earlier appointment is one of care that was interrupted, be it routine.
FOLLOW_UP_PURPOSES = frozenset(b"fuctFUCTR")
FOLLOW_UP_CHANNELS = frozenset(b"mk")
NO_PURPOSE = frozenset(b"-+")
NEW_DATE = frozenset(b"RFUCT+")
NEW_DATE_WITHOUT_PURPOSE = ord("+")
NOT_TAKEN_PLACE = frozenset(b"CKRX-")
NO_SESSION = frozenset(b"da")
_BY_PURPOSE = bytes(255 * (letter in FOLLOW_UP_PURPOSES) for letter in range(256))
_WITHOUT_PURPOSE = bytes(255 * (letter in NO_PURPOSE) for letter in range(256))
_BY_CHANNEL = bytes(255 * (letter in FOLLOW_UP_CHANNELS) for letter in range(256))


def is_follow_up(channel: int, purpose: int) -> bool:
    """Whether an appointment counts as a follow-up: by its purpose, or medical or case management without one."""
    return purpose in FOLLOW_UP_PURPOSES or (purpose in NO_PURPOSE and channel in FOLLOW_UP_CHANNELS)


def only_follow_ups(marks: bytes, channels: bytes, purposes: bytes) -> bytes:
    """The marks of what `is_follow_up`, 0 in place of the others. As one large number each, they are read all at once:
    most of what is missed are doses.
    """
    size = len(marks)
    purposes = purposes[:size]
    named = int.from_bytes(purposes.translate(_BY_PURPOSE), "big")
    unnamed = int.from_bytes(purposes.translate(_WITHOUT_PURPOSE), "big")
    by_channel = int.from_bytes(channels[:size].translate(_BY_CHANNEL), "big")
    return (int.from_bytes(marks, "big") & (named | unnamed & by_channel)).to_bytes(size, "big")


def stood_in_for(record: Record, index: int) -> int:
    """The place of the appointment that the one at `index` is the new date for; -1 when that is not on record."""
    original = record.stands_in.get(record.ids[index])
    if original is None:
        return -1
    return next((place for place, number in enumerate(record.ids) if number == original), -1)


def counts_as_follow_up(record: Record, index: int) -> bool:
    """`is_follow_up`, or without a purpose of its own the new date for one that was."""
    for _ in range(len(record.stands_in) + 1):
        if is_follow_up(record.channels[index], record.purposes[index]):
            return True
        if record.purposes[index] != NEW_DATE_WITHOUT_PURPOSE or not record.stands_in:
            return False
        index = stood_in_for(record, index)
        if index < 0:
            return False
    return False


def with_new_dates(shown: bytes, timeline: Timeline) -> bytes:
    """What `only_follow_ups` shows of the missed ones, and the missed new dates for follow-ups beside it."""
    record, marks = timeline.record, bytearray(shown)
    index = record.purposes.find(NEW_DATE_WITHOUT_PURPOSE, 0, timeline.size)
    while index >= 0:
        if timeline.marks[index] in MISSED and counts_as_follow_up(record, index):
            marks[index] = ord("M")
        index = record.purposes.find(NEW_DATE_WITHOUT_PURPOSE, index + 1, timeline.size)
    return bytes(marks)


def is_new_date_for_missed(timeline: Timeline, index: int) -> bool:
    """Whether an appointment was the new date for one that was missed. One that we cancelled, that was called off in
    time or excused was not. Where it is not known for which it stands in, any new date is taken for one.
    """
    record = timeline.record
    if record.purposes[index] not in NEW_DATE:
        return False
    if not record.stands_in:
        return True
    original = stood_in_for(record, index)
    return 0 <= original < timeline.size and timeline.marks[original] in MISSED


def first_of_the_stay(timeline: Timeline) -> int:
    """The place of the earliest appointment that was not called off, whatever became of it; -1 when there is none.

    Doses and meetings left out. One that nobody recorded may well have been attended: what follows is not the first.
    """
    marks, channels = timeline.marks, timeline.channels
    return next(
        (
            index
            for index in range(timeline.size)
            if marks[index] not in NOT_TAKEN_PLACE and channels[index] not in NO_SESSION
        ),
        -1,
    )

"""Whether two names may be one person's: accents, case, nicknames, names in the other order, a letter or two wrong.

Pure text. Asking is generous, for a name shown in vain costs a glance, and a second record of one person costs care.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

# First names that stand for one another, one person's on a line.
NICKNAMES = tuple(
    frozenset(line.split())
    for line in """
    alexander alex al alec sasha sandy xander alejandro
    alexandra alex sandra sasha sandy alejandra lexi
    abigail abby gail
    amanda mandy
    andrew andy drew andre andres
    angela angie
    anne ann anna annie ana hannah nan nancy
    anthony tony antonio toni
    barbara barb babs
    benjamin ben benny benji benito
    bernadette bernie
    catherine katherine kathryn katharine cathy kathy kate katie kat kit kitty catalina
    charles charlie chuck chaz carlos carl
    charlotte lottie charlie
    christina christine chris tina chrissy cristina kristina kristine
    christopher chris kit topher cristobal kristopher
    cynthia cindy
    daniel dan danny
    david dave davey
    deborah debra deb debbie
    donald don donny
    dorothy dot dottie dolly
    edward ed eddie ted teddy ned eduardo
    eleanor ellie nell nelly nora leonor
    elizabeth elisabeth liz lizzie beth betty betsy eliza elsie lisa isabel bess libby lilibeth
    emily em emmy
    eugene gene
    florence flo
    frances fran frannie francisca paca
    francis frank francisco paco pancho
    franklin frank
    frederick fred freddy rick federico
    gabriel gabe
    gabriela gabriella gabby gaby
    gerald gerry jerry
    gregory greg gregorio
    guadalupe lupe lupita
    guillermo memo william
    harold harry hal
    henry hank harry enrique
    ignacio nacho
    jacob jake jakob
    james jim jimmy jamie jaime
    janet jan
    jeffrey geoffrey jeff geoff
    jennifer jen jenny
    jessica jess jessie
    jesus chuy
    john johnny jack jon juan sean ivan
    jonathan jon jonny johnathan
    joseph joe joey jose pepe
    josephine jo josie josefina pepa
    joshua josh
    judith judy
    kenneth ken kenny
    kimberly kim
    lawrence laurence larry lorenzo
    leonard len lenny leo leonardo
    leroy lee
    lillian lily lilian
    lucille lucy lucia
    manuel manny manolo
    margaret maggie meg peggy margie marge greta rita margarita daisy
    maria mary marie mia maribel
    matthew matt mateo
    megan meg
    melissa missy mel
    michael mike mickey mick miguel mikey
    michelle shelly
    mohammed mohamed muhammad mohammad mo
    nathaniel nathan nate nat
    nicholas nicolas nick nicky nico
    nicole nikki nicky
    olivia liv livvy
    pamela pam
    patricia pat patty trish tricia
    patrick pat paddy
    peter pete pedro
    philip phillip phil
    priscilla cilla
    rachel rae
    raymond ray ramon
    rebecca becky becca
    richard rick ricky dick rich richie ricardo
    robert bob bobby rob robbie bert roberto
    roberta bobbie
    ronald ron ronny
    rosa rose rosie rosita
    rosario charo
    samuel sam sammy
    samantha sam sammy
    sarah sara sally
    sophia sofia sophie
    stephanie steph stefanie
    steven stephen steve stevie esteban
    susan sue suzie susana suzanne
    teresa theresa terry tess tessa
    terrence terence terry
    theodore ted teddy theo
    thomas tom tommy tomas
    timothy tim timmy
    tobias toby
    valerie val
    victoria vicky tori
    vincent vince vinny vicente
    virginia ginny
    walter walt wally
    william bill billy will willie liam guillermo
    zachary zach zack
    """.strip().splitlines()
)
# Small words of family names, by which nobody is told from anybody.
PARTICLES = frozenset(
    (
        *("de", "del", "la", "las", "los", "el", "al", "y", "e", "da", "das", "do", "dos", "di", "du"),
        *("van", "von", "der", "den", "bin", "ibn"),
    )
)
LETTERS = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "ħ": "h",
    "ŧ": "t",
}
_LETTER = str.maketrans(LETTERS)
_WORDS = re.compile(r"[^\W_]+")
_INSIDE = re.compile(r"['’‘`´ʼ]")
SHORTEST_BEGINNING = 3
SHORTEST_TO_MISTYPE, SHORTEST_TO_MISTYPE_TWICE = 3, 5
MOST_WRONG = 3


def folded(text: str) -> str:
    """In small letters, without accents: "José Núñez-O’Hara" -> "jose nunez-ohara"."""
    if not text.isascii():
        bare = unicodedata.normalize("NFKD", text)
        text = "".join(each for each in bare if not unicodedata.combining(each)).casefold().translate(_LETTER)
    return _INSIDE.sub("", text.lower())


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a name that tell somebody from others; all of them where there are only small ones."""
    words = tuple(_WORDS.findall(folded(text)))
    return tuple(word for word in words if word not in PARTICLES) or words


class Name(NamedTuple):
    """A name taken apart: the words of the first name, of the preferred one, and of the family name."""

    first: tuple[str, ...]
    preferred: tuple[str, ...]
    family: tuple[str, ...]
    family_joined: str

    @classmethod
    def of(cls, first: str, last: str, preferred: str = "") -> Name:
        return cls(tokens(first), tokens(preferred), tokens(last), "".join(_WORDS.findall(folded(last))))


@lru_cache(maxsize=16384)
def wrong_letters(one: str, other: str, most: int) -> int:
    """How many letters must be changed, added, left out or swapped with the next to make one word the other; more than
    `most` is said as `most` + 1.
    """
    if one == other:
        return 0
    if abs(len(one) - len(other)) > most or len(set(one) ^ set(other)) > 2 * most:
        return most + 1
    older: list[int] = []
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, facing in enumerate(other, 1):
            cost = min(before[column] + 1, now[column - 1] + 1, before[column - 1] + (letter != facing))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == facing:
                cost = min(cost, older[column - 2] + 1)
            now.append(cost)
        if min(now) > most:
            return most + 1
        older, before = before, now
    return min(before[-1], most + 1)


def allowed(one: str, other: str) -> int:
    """How many letters may be wrong between two words of a name; none in numbers and very short words."""
    if not (one.isalpha() and other.isalpha()):
        return 0
    return _allowed_in(min(len(one), len(other)))


def _allowed_in(length: int) -> int:
    return (length >= SHORTEST_TO_MISTYPE) + (length >= SHORTEST_TO_MISTYPE_TWICE)


def nicknames(word: str) -> frozenset[str]:
    """The names that may stand for this one, itself among them."""
    return frozenset({word}.union(*_BY_NICKNAME.get(word, ())))


_BY_NICKNAME: dict[str, list[frozenset[str]]] = {}
for _group in NICKNAMES:
    for _word in _group:
        _BY_NICKNAME.setdefault(_word, []).append(_group)


def _apart(one: str, other: str, *, first_names: bool) -> int | None:
    """How far two words are apart, None when they are two names. A nickname is as good as the name."""
    most = allowed(one, other)
    wrong = wrong_letters(one, other, most)
    if wrong <= most:
        return wrong
    return 0 if first_names and (other in nicknames(one) or _shortened(one, other)) else None


def _shortened(one: str, other: str) -> bool:
    """Whether one first name is the beginning of the other, as "Vic" is of "Victor"."""
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= SHORTEST_BEGINNING and longer.startswith(shorter)


def _all_apart(some: Iterable[str], others: Iterable[str], *, first_names: bool) -> int | None:
    """The same of several words: each of the shorter list must be among the longer one."""
    few, many = sorted((tuple(some), tuple(others)), key=len)
    if not few:
        return None
    total = 0
    for word in few:
        near = [each for other in many if (each := _apart(word, other, first_names=first_names)) is not None]
        if not near:
            return None
        total += min(near)
    return total


def apart(one: Name, other: Name) -> int | None:
    """How many letters two names are apart, in either order; None when they are two people's. 0 is the same name."""
    found = [
        each
        for each in (
            _in_order(one, other),
            _in_order(Name(one.family, (), one.first, "".join(one.first)), other),
        )
        if each is not None and each <= MOST_WRONG
    ]
    return min(found, default=None)


def _in_order(one: Name, other: Name) -> int | None:
    families = _all_apart(one.family, other.family, first_names=False)
    joined = allowed(one.family_joined, other.family_joined)
    if families is None and one.family_joined and other.family_joined:
        wrong = wrong_letters(one.family_joined, other.family_joined, joined)
        families = wrong if wrong <= joined else None
    if families is None:
        return None
    firsts = [
        each
        for mine in (one.first, one.preferred)
        for theirs in (other.first, other.preferred)
        if mine and theirs and (each := _all_apart(mine, theirs, first_names=True)) is not None
    ]
    return families + min(firsts) if firsts else None


def pieces(word: str) -> tuple[str, ...]:
    """Texts of which at least one stands in " word " of any name that this one may be, with the letters allowed wrong.

    So many wrong letters leave one more part whole than there are; two letters swapped where two parts meet are looked
    for as they then stand. A single first letter is looked for behind a space only.
    """
    most = _allowed_in(len(word)) if word.isalpha() else 0
    if not most:
        return (word,)
    size, more = divmod(len(word), most + 1)
    ends = [size * (n + 1) + max(0, n + 1 - (most + 1 - more)) for n in range(most + 1)]
    starts = [0, *ends[:-1]]
    found = [word[start:end] for start, end in zip(starts, ends, strict=True)]
    found[0] = found[0] if len(found[0]) > 1 else f" {found[0]}"
    swapped = word
    for start, end, following in zip(starts, ends, ends[1:], strict=False):
        swapped = _swapped(swapped, end)
        found.append(_swapped(word, end)[start:following])
    return (*found, swapped)


def _swapped(word: str, at: int) -> str:
    return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]

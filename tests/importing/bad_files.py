"""Bad files without end, from a seed: whatever a table program, a broken disk or an ill will may leave in a CSV file.

Each is made of a good file about the cast and some damage. With it goes what is known of it for certain: the lines that
no import may take, so that a test can say whether every one of them was reported by its number.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

HEADERS = {
    "clients": "record_number,first_name,last_name,admitted_on,discharged_on,program,phone,case_manager",
    "groups": "name,kind,facilitator,co_facilitators,room,capacity",
    "memberships": "record_number,group,joined_on,left_on",
    "attendance": "record_number,kind,starts_at,outcome,reason,group,participation,external_id",
}
FORMULAS = ("=1+1", "+49 30", "-2+3", "@SUM(A1)", "\t=1", "＝1", "＋1", "－1", "＠1", "=cmd|'/c calc'!A0")
WORDS = (
    "Noor",
    "Ode",
    "Zoë",
    "O'Brien",
    "Łukasz",
    "李",
    "نور",
    "🙂",
    "a\u202eb",
    "  spaced  ",
    "Müller-Straße",
)


@dataclass
class BadFile:
    """`content` as it is uploaded. `refused` are the physical lines that must be reported as not taken; with
    `whole` the file as such is. `only_letters`: every character is one of Latin-1.
    """

    name: str
    content: bytes
    refused: set[int] = field(default_factory=set)
    whole: bool = False
    what: str = ""


@dataclass
class Draft:
    """A file being damaged: its kind, its rows as cells, and the rows (by place) that no import may take."""

    random: Random
    kind: str
    rows: list[list[str]]
    bad: set[int] = field(default_factory=set)
    delimiter: str = ","
    newline: str = "\n"
    encoding: str = "utf-8"
    raw: dict[int, str] = field(default_factory=dict)  # rows written as they are, not as cells

    @property
    def header(self) -> list[str]:
        return HEADERS[self.kind].split(",")

    def column(self, name: str) -> int:
        return self.header.index(name)

    def any_row(self) -> int:
        """A row that still has all its cells; a new one when there is none."""
        whole = [
            at for at, row in enumerate(self.rows) if len(row) == len(self.header) and at not in self.raw
        ]
        if not whole:
            self.rows.append(good_rows(self.random, self.kind, f"X{len(self.rows)}")[0])
            return len(self.rows) - 1
        return self.random.choice(whole)


def good_rows(random: Random, kind: str, tag: str) -> list[list[str]]:
    """Rows that may be taken."""
    rows = []
    for position in range(random.randint(1, 12)):
        day = f"2026-{random.randint(9, 10):02}-{random.randint(1, 28):02}"
        if kind == "clients":
            row = [
                f"{tag}-{position}",
                random.choice(WORDS),
                random.choice(WORDS),
                day,
                "",
                "Day programme",
                "",
                "",
            ]
        elif kind == "groups":
            row = [f"Group {tag}-{position}", "skills", random.choice(["ben", ""]), "", "Room 1", "12"]
        elif kind == "memberships":
            row = [f"R-10{position + 1:02}", random.choice(["Evening skills", "Morning skills"]), day, ""]
        else:
            at = f"{day}T{random.randint(8, 17):02}:{random.randint(0, 59):02}"
            number = f"R-10{random.randint(1, 15):02}"
            row = [number, "counselling", at, "attended", "", "", "", f"{tag}-{position}"]
        rows.append(row)
    return rows


# -- damage to rows ------------------------------------------------------------------------------------------------


def impossible_value(draft: Draft) -> None:
    """A cell that no import can take."""
    at = draft.any_row()
    choices = {
        "clients": (
            ("admitted_on", "2026-02-30"),
            ("admitted_on", "0000-00-00"),
            ("admitted_on", "31/12/2026"),
            ("admitted_on", "9999999999-01-01"),
            ("record_number", ""),
            ("record_number", "R" * 41),
            ("discharged_on", "1999-01-01"),
            ("first_name", ""),
            ("last_name", "x" * 500),
            ("case_manager", "nobody.here"),
        ),
        "groups": (
            ("name", ""),
            ("capacity", "-3"),
            ("capacity", "1e9"),
            ("facilitator", "maya"),
            ("room", "r" * 61),
        ),
        "memberships": (
            ("joined_on", "yesterday"),
            ("left_on", "1990-01-01"),
            ("record_number", "X-0"),
            ("group", "No such group"),
            ("joined_on", "2031-02-29"),
        ),
        "attendance": (
            ("starts_at", "2026-13-40T99:99"),
            ("starts_at", "2026-11-20"),
            ("starts_at", "٢٠٢٦-١١-٢٠T١٠:٠٠"),
            ("starts_at", "2099-01-01T10:00"),
            ("outcome", "vanished"),
            ("kind", "yoga"),
            ("participation", "5"),
            ("record_number", "X-0"),
            ("group", "A group here"),
            ("external_id", "e" * 81),
        ),
    }
    name, value = draft.random.choice(choices[draft.kind])
    draft.rows[at][draft.column(name)] = value
    draft.bad.add(at)


def formulas(draft: Draft) -> None:
    """Cells that a table program would take for formulas; whether they are taken depends on the column."""
    for _ in range(3):
        row = draft.rows[draft.any_row()]
        free = {"clients": (1, 2, 6), "groups": (4,), "memberships": (), "attendance": (4,)}[draft.kind]
        if free:
            row[draft.random.choice(free)] = draft.random.choice(FORMULAS)


def duplicates(draft: Draft) -> None:
    """A row twice: the second says what the first says already."""
    at = draft.any_row()
    draft.rows.append(list(draft.rows[at]))
    draft.bad.add(len(draft.rows) - 1)


def huge_cell(draft: Draft) -> None:
    """A cell far longer than any field, now and then longer than the reader takes at all."""
    at = draft.any_row()
    draft.rows[at][draft.random.randrange(2)] = "x" * draft.random.choice((5_000, 20_000, 150_000, 600_000))
    draft.bad.add(at)


def ragged(draft: Draft) -> None:
    """Rows with too few and too many cells."""
    for _ in range(2):
        at = draft.any_row()
        row = draft.rows[at]
        draft.rows[at] = (
            row[: draft.random.randint(1, len(row) - 1)] if draft.random.random() < 0.5 else [*row, "more"]
        )
        if len(draft.rows[at]) != len(draft.header):
            draft.bad.add(at)


def stray_quote(draft: Draft) -> None:
    """A quotation mark out of place: after the closing one, so that its own line shows it."""
    at = draft.any_row()
    draft.raw[at] = f'"Noor"x{draft.delimiter * (len(draft.header) - 1)}'
    draft.bad.add(at)


def open_quote(draft: Draft) -> None:
    """A quotation that is never closed, in the last row."""
    draft.raw[len(draft.rows) - 1] = f'"Noor{draft.delimiter * (len(draft.header) - 1)}'
    draft.bad.add(len(draft.rows) - 1)


def line_breaks(draft: Draft) -> None:
    """A line break inside quotation marks, where a reason or a name may stand."""
    at = draft.any_row()
    draft.rows[at][draft.random.randrange(len(draft.rows[at]))] += "\nand\nmore"
    draft.bad.discard(at)
    draft.raw.pop(at, None)
    draft.bad |= {-1}  # what becomes of this row is not known here


def blank_lines(draft: Draft) -> None:
    """Empty lines and lines of separators only: left out, and counted as lines."""
    draft.raw[len(draft.rows)] = ""
    draft.rows.append([])
    draft.raw[len(draft.rows)] = draft.delimiter * (len(draft.header) - 1)
    draft.rows.append([])


def nothing(draft: Draft) -> None:
    """No damage to the rows."""


# -- damage to the file --------------------------------------------------------------------------------------------


def other_delimiter(draft: Draft) -> None:
    draft.delimiter = draft.random.choice(";\t")


def other_newline(draft: Draft) -> None:
    draft.newline = draft.random.choice(("\r\n", "\r"))


def other_encoding(draft: Draft) -> None:
    draft.encoding = draft.random.choice(("utf-8-sig", "utf-16", "latin-1", "cp1252"))


def as_it_is(content: bytes, random: Random) -> bytes:
    return content


def with_nul(content: bytes, random: Random) -> bytes:
    at = random.randrange(len(content))
    return content[:at] + b"\0" + content[at:]


def cut_in_a_letter(content: bytes, random: Random) -> bytes:
    return content + "ë".encode()[:1]


def binary(content: bytes, random: Random) -> bytes:
    return random.choice(
        (b"PK\x03\x04\x14\x00", b"\x89PNG\r\n\x1a\n\0", b"%PDF-1.7\n\0", b"\xd0\xcf\x11\xe0\0")
    ) + (random.randbytes(random.randint(1, 3_000)))


def noise(content: bytes, random: Random) -> bytes:
    return bytes(random.choices(range(1, 256), k=random.randint(1, 3_000)))


def empty(content: bytes, random: Random) -> bytes:
    return random.choice((b"\xef\xbb\xbf", b"\n", b"\r\n\r\n", b" ", b",,,\n", b"\xff\xfe", b";;;"))


def header_only(content: bytes, random: Random) -> bytes:
    return (random.choice(list(HEADERS.values())) + random.choice(("", "\n", "\r\n"))).encode()


def wrong_columns(content: bytes, random: Random) -> bytes:
    names = random.choice(list(HEADERS.values())).split(",")
    choice = random.randrange(4)
    if choice == 0:
        names.append("shoe_size")
    elif choice == 1:
        names.append(names[0])
    elif choice == 2:
        names = [name.upper() for name in names]
    else:
        names = ["one", "two", "three"]
    return (",".join(names) + "\n1,2,3\n").encode()


def html(content: bytes, random: Random) -> bytes:
    return b"<!DOCTYPE html><html><body><h1>Sign in</h1><script>alert(1)</script></body></html>\n"


def marks_mixed(content: bytes, random: Random) -> bytes:
    """A byte-order mark that promises something else than what follows."""
    return (
        random.choice((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF8 * 2))
        + content
    )


def not_text_further_on(content: bytes, random: Random) -> bytes:
    return content + "Zoë\n".encode() + b"\xff\xfe\xfa\n"


ROWS: tuple[Callable[[Draft], None], ...] = (
    impossible_value,
    impossible_value,
    formulas,
    duplicates,
    huge_cell,
    ragged,
    stray_quote,
    open_quote,
    line_breaks,
    blank_lines,
    nothing,
)
SHAPES: tuple[Callable[[Draft], None], ...] = (
    nothing,
    nothing,
    other_delimiter,
    other_newline,
    other_encoding,
)
# How the bytes are damaged, and whether the file as a whole cannot be taken then (None: that depends).
BYTES: tuple[tuple[Callable[[bytes, Random], bytes], bool | None], ...] = (
    (with_nul, True),
    (cut_in_a_letter, None),
    (binary, True),
    (noise, True),
    (empty, True),
    (header_only, False),
    (wrong_columns, True),
    (html, True),
    (marks_mixed, None),
    (not_text_further_on, True),
)


def bad_file(seed: int) -> BadFile:
    """The bad file of a seed."""
    random = Random(seed)
    kind = random.choice(list(HEADERS))
    draft = Draft(random, kind, good_rows(random, kind, f"S{seed}"))
    if random.random() < 0.25:
        damage, whole = random.choice(BYTES)
        content, _ = written(draft)
        what = f"{kind}: {damage.__name__}"
        return BadFile(f"{seed}.csv", damage(content, random), set(), bool(whole), what)
    damages = random.sample(ROWS, random.randint(1, 3))
    shapes = [random.choice(SHAPES)]
    # Formulas come first, for they may take the place of what cannot be taken; a row twice comes last: changed
    # afterwards, it would be none. An open quotation stands in the last row.
    order = {formulas: 0, duplicates: 2, open_quote: 3}
    for change in (*shapes, *sorted(damages, key=lambda each: order.get(each, 1))):
        change(draft)
    content, lines = written(draft)
    what = f"{kind}: {', '.join(each.__name__ for each in (*damages, *shapes))}"
    # Where a line break stands inside a cell, or a quotation is open, the other lines may be read otherwise.
    certain = -1 not in draft.bad and open_quote not in damages
    refused = {lines[at] for at in draft.bad if at >= 0} if certain else set()
    return BadFile(f"{seed}.csv", content, refused, False, what)


def written(draft: Draft) -> tuple[bytes, list[int]]:
    """The file in bytes, and the physical line of each row."""
    texts, lines, line = [draft.delimiter.join(draft.header)], [], 2
    for at, row in enumerate(draft.rows):
        text = draft.raw.get(at, None)
        if text is None:
            text = draft.delimiter.join(_cell(cell, draft.delimiter) for cell in row)
        texts.append(text)
        lines.append(line)
        line += 1 + text.count("\n")
    joined = draft.newline.join(texts) + draft.newline
    if draft.encoding in ("latin-1", "cp1252"):
        joined = joined.encode(draft.encoding, "replace").decode(draft.encoding)
    return joined.encode(draft.encoding), lines


def _cell(cell: str, delimiter: str) -> str:
    needs = any(sign in cell for sign in (delimiter, '"', "\n", "\r"))
    return '"' + cell.replace('"', '""') + '"' if needs else cell

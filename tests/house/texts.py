"""Every text for people, found where it is marked for translation or stands between the tags of a template."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from clinic.engagement.signs.thresholds import Thresholds

ROOT = Path(__file__).parents[2]
THRESHOLDS = "clinic/engagement/signs/thresholds.py"

MARKERS = {
    "_",
    *(prefix + "gettext" + suffix for prefix in ("", "n", "p", "np") for suffix in ("", "_lazy", "_noop")),
}
TRANSLATE = re.compile(r"""\{%\s*trans(?:late)?\s+(?:"([^"]*)"|'([^']*)')""")
BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?\b.*?%\}(.*?)\{%\s*endblocktrans(?:late)?\s*%\}", re.DOTALL)
COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}|<!--.*?-->", re.DOTALL)
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)


def marked(source: str) -> Iterator[str]:
    """The texts marked for translation in a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in MARKERS:
                yield from literals([*node.args, *(keyword.value for keyword in node.keywords)])


def literals(nodes: Iterable[ast.expr]) -> Iterator[str]:
    for each in nodes:
        for node in ast.walk(each):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def shown(template: str) -> Iterator[str]:
    """The texts marked for translation in a template, without tags and values; and what stands between its tags."""
    for double, single in TRANSLATE.findall(template):
        yield double or single
    for block in BLOCK.findall(template):
        yield from (TAG.sub(" ", part) for part in re.split(r"\{%\s*plural\s*%\}", block))
    yield TAG.sub(" ", COMMENT.sub(" ", template))


def texts() -> Iterator[tuple[str, str]]:
    """Every text for people, with the file it stands in."""
    for path in sorted((ROOT / "clinic").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        yield from ((name, text) for text in marked(path.read_text(encoding="utf-8")))
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = path.relative_to(ROOT).as_posix()
        yield from ((name, text) for text in shown(path.read_text(encoding="utf-8")))
    for setting in Thresholds.describe(Thresholds.__dataclass_fields__):
        yield THRESHOLDS, setting["meaning"]

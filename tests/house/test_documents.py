"""The documents name what is there: links, paths, settings, addresses and commands; and the pictures stay small."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from aftercare import settings
from clinic.urls import urlpatterns

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|(?:src|srcset)=\"([^\"]+)\"")
PATH = re.compile(r"`((?:aftercare|clinic|docs|static|templates|tests)/[^`\s]*)`")
VARIABLE = re.compile(r"^([A-Z][A-Z_]+)  ", re.MULTILINE)
COMMAND = re.compile(r"manage\.py ([a-z]+(?:_[a-z]+)*)")
TARGET = re.compile(r"`make ([a-z]+)[` ]")
LARGEST_PICTURE = 150_000


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def missing_links(page: Path, text: str) -> Iterator[str]:
    for link in ("".join(groups) for groups in LINK.findall(text)):
        if not link.startswith(("http:", "https:", "mailto:")) and not (page.parent / link).exists():
            yield link


def missing_paths(text: str) -> Iterator[str]:
    """Paths in backticks that are not there; `<family>` and `*` stand for any name."""
    for path in PATH.findall(text):
        if not any(ROOT.glob(re.sub(r"<\w+>", "*", path).rstrip("/"))):
            yield path


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(missing_links(page, page.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_path_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert list(missing_paths(text)) == []


def test_a_wrong_link_and_a_wrong_path_would_be_noticed() -> None:
    assert list(missing_links(ROOT / "README.md", "[x](docs/no.md) [y](docs/signs.md#top)")) == ["docs/no.md"]
    assert list(missing_paths("`clinic/no.py` `clinic/sweep.py` `clinic/views/<person>.py`")) == [
        "clinic/no.py"
    ]


def test_the_way_of_a_sign_names_what_is_there() -> None:
    way = read("ARCHITECTURE.md").partition("## A sign's way")[2].partition("\n## ")[0]
    files = {found for path in PATH.findall(way) for found in ROOT.glob(path) if found.is_file()}
    files |= {other for found in files if found.suffix == ".html" for other in found.parent.glob("*.html")}
    everything = "\n".join(found.read_text(encoding="utf-8") for found in files)
    names = [name for name in re.findall(r"`([\w.]+)`", way) if not name.endswith(".py")]

    assert len(names) > 15
    assert [
        name for name in names if name.removeprefix("triage.").removeprefix("access.") not in everything
    ] == []


def test_every_setting_is_in_the_table_of_the_readme() -> None:
    table = read("README.md").partition("## Configuration")[2].partition("\n## ")[0]
    known = set(VARIABLE.findall(settings.__doc__ or ""))

    assert len(known) > 8
    assert [name for name in sorted(known) if f"| `{name}` |" not in table] == []


def test_every_command_and_target_of_the_documents_exists() -> None:
    texts = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))

    assert set(COMMAND.findall(texts)) <= set(get_commands())
    assert set(TARGET.findall(texts)) <= targets


def test_every_command_of_the_clinic_is_in_the_readme() -> None:
    own = {name for name, app in get_commands().items() if app == "clinic"}

    assert own <= set(COMMAND.findall(read("README.md")))


def test_who_sees_what_names_every_address() -> None:
    text = read("docs/who-sees-what.md")
    routes = ["/" + re.sub(r"<uuid:\w+>", "<id>", str(each.pattern)) for each in urlpatterns]

    for route in routes:
        last = route.removeprefix("/follow-ups/<id>/") or route
        assert f"`{route}`" in text or f"`{last}`" in text, route


def test_the_pictures_are_there_and_small() -> None:
    pictures = sorted((ROOT / "docs" / "screenshots").glob("*.png"))
    documents = (read("README.md"), read("docs/pages.md"))
    links = ("".join(groups) for text in documents for groups in LINK.findall(text))
    named = {Path(link).name for link in links if "screenshots" in link}

    assert {picture.name for picture in pictures} == named
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE] == []


def test_a_decision_record_is_numbered_and_short() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))

    assert [record.name[:4] for record in records] == [f"{n:04}" for n in range(1, len(records) + 1)]
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert text.startswith(f"# {record.name[:4]} ")
        assert len(text.splitlines()) <= 30, record.name

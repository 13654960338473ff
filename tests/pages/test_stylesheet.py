"""The stylesheet keeps what the looks promise: enough contrast, one set of dark values, nothing from elsewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STYLES = (ROOT / "static/css/aftercare.css").read_text(encoding="utf-8")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def values_after(opening: str) -> dict[str, str]:
    """The custom properties of the block that starts with `opening`."""
    block = STYLES[STYLES.index(opening) :]
    return dict(re.findall(r"(--[a-z0-9-]+): ([^;]+);", block[: block.index("}")]))


LIGHT = values_after(":root {")
DARK = values_after('[data-bs-theme="dark"] {')


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_contrast_is_measured_as_wcag_does():
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("values", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["--ink", "--ink2", "--ink3", "--teal", "--clay"])
@pytest.mark.parametrize("ground", ["--page", "--surface", "--sunk", "--teal-tint", "--clay-tint"])
def test_every_ink_can_be_read_on_every_ground(values, ink, ground):
    assert contrast(values[ink], values[ground]) >= 4.5


@pytest.mark.parametrize("values", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("fill", ["--teal-fill", "--teal-hover", "--clay-fill"])
def test_white_can_be_read_on_every_fill(values, fill):
    assert contrast("#FFFFFF", values[fill]) >= 4.5


@pytest.mark.parametrize("values", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("edge", ["--control", "--focus"])
@pytest.mark.parametrize("ground", ["--page", "--surface", "--sunk"])
def test_edges_of_controls_and_the_focus_ring_can_be_seen(values, edge, ground):
    assert contrast(values[edge], values[ground]) >= 3


def test_the_dark_values_are_the_same_with_and_without_a_kept_choice():
    assert values_after(":root:not([data-bs-theme]) {") == DARK
    assert set(LIGHT) == set(DARK)


def test_every_file_the_stylesheet_names_is_here():
    named = re.findall(r'url\("?([^")]+)"?\)', STYLES)

    assert named
    for name in named:
        assert (ROOT / "static/css" / name).resolve().is_file(), name


def test_the_focus_ring_is_taken_only_from_the_page_itself():
    bare = re.findall(r"([^{}]+)\{[^{}]*outline: none", STYLES)

    assert {rule.strip().splitlines()[-1] for rule in bare} == {
        "main:focus",
        "main:focus-visible",
        "button.choice:focus-visible",  # its inner part carries the ring
    }


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_states_its_contract_and_carries_no_inline_style_or_script(template):
    source = template.read_text(encoding="utf-8")
    head = source[:300]

    assert "{% comment %}" in head, "say first what the template needs"
    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"<style\b", source)
    assert not re.search(r"\son[a-z]+\s*=", source)
    assert not re.search(r"<script\b(?![^>]*\bsrc=)", source)
    assert not re.search(r"https?://(?!www\.w3\.org)", source), "nothing is fetched from elsewhere"

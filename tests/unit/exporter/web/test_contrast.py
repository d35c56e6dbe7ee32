"""Text of our pages and graphs can be read: WCAG 2.2 AA, 4.5 to 1, on the light and on the dark canvas of browsers."""

import re
from pathlib import Path

import pytest

from watchkeeper.exporter.web import graphs

BASE = Path(graphs.__file__).parent / "templates" / "base.html"
_LEAST = 4.5
# Source: Chromium's and Firefox's canvas under `color-scheme: light dark`; Firefox's dark one is #1c1b22.
LIGHT, DARK = ("#ffffff",), ("#121212", "#1c1b22")
_DARK_PART = re.compile(r"@media \(prefers-color-scheme: dark\) \{(.*?\})\s*\}", re.DOTALL)
_TEXT = re.compile(r"(?:--(?:quiet|bad|good)|(?<![\w-])text \{[^}]*fill): (#[0-9a-f]{3,6})")


def luminance(color: str) -> float:
    """The relative luminance of a colour. Source: WCAG 2.2, definition of relative luminance."""
    digits = color[1:] if len(color) > 4 else "".join(2 * digit for digit in color[1:])  # short form
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 to 21. Source: WCAG 2.2, definition of contrast ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def colors(style: str) -> tuple[list[str], list[str]]:
    """The colours of text in a style, light and dark."""
    dark = "".join(_DARK_PART.findall(style))
    return _TEXT.findall(_DARK_PART.sub("", style)), _TEXT.findall(dark)


@pytest.mark.parametrize("file", [BASE, Path(graphs.__file__)], ids=lambda file: file.name)
def test_text_has_enough_contrast(file: Path) -> None:
    """Each colour of text, on each canvas it can be on."""
    light, dark = colors(file.read_text(encoding="utf-8"))

    assert light
    assert len(light) == len(dark)
    assert {
        color: contrast(color, canvas) for color in light for canvas in LIGHT if contrast(color, canvas) < _LEAST
    } == {}
    assert {
        color: contrast(color, canvas) for color in dark for canvas in DARK if contrast(color, canvas) < _LEAST
    } == {}


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21 to 1; this grey is the well-known limit of AA."""
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)

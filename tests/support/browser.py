"""Pages of our own, as a headless browser draws them."""

import subprocess
from pathlib import Path
from urllib.parse import quote

from tests.support.tools import CHROMIUM, need

_WIDTH, _HEIGHT = 1100, 760
_SECONDS = 60
_OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")


def text_of(url: str, profile: Path) -> str:
    """The page after the browser has read it, as HTML."""
    return _run(profile, "--dump-dom", url)


def draw(url: str, file: Path, profile: Path) -> None:
    """Draw the top of a page into a PNG file."""
    _run(profile, f"--screenshot={file}", f"--window-size={_WIDTH},{_HEIGHT}", url)


def _run(profile: Path, *options: str) -> str:
    command = [need(CHROMIUM)["chromium"], *_OPTIONS, f"--user-data-dir={quote(str(profile))}", *options]
    done = subprocess.run(command, capture_output=True, check=True, timeout=_SECONDS, text=True)
    return done.stdout

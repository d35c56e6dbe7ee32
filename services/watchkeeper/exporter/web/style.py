"""The one style of our pages, by its hash: browsers take no other."""

import base64
import hashlib
import re
from importlib.resources import files

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def style_hash() -> str:
    """Return the hash of the style of all pages, as a content security policy names it."""
    template = files("watchkeeper.exporter.web").joinpath("templates/base.html").read_text("utf-8")
    styles = _STYLE.findall(template)
    return " ".join(f"'sha256-{_digest(style)}'" for style in styles) or "'none'"


def _digest(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

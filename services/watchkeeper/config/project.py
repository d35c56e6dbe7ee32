"""The project that a command runs in."""

from collections.abc import Mapping
from pathlib import Path

from watchkeeper.config.places import Places, find_places
from watchkeeper.config.settings import Settings, read_settings


def here(environ: Mapping[str, str]) -> tuple[Places, Settings]:
    """The project the command runs in, and its settings."""
    places = find_places(environ, Path.cwd())
    return places, read_settings(places.root, environ)

"""From the shipped config files to the ones the local processes read, in .watchkeeper/config."""

import hashlib
import shutil
from pathlib import Path

from watchkeeper.config.places import Places
from watchkeeper.config.schema import ConfigFile
from watchkeeper.config.setup import write_alertmanager
from watchkeeper.operator.standalone.older import for_older_prometheus
from watchkeeper.operator.standalone.render import Rendering, render_file
from watchkeeper.operator.standalone.yaml_files import check_yaml

_ENGINE_FOLDERS = ("prometheus", "alertmanager", "loki", "promtail")
_YAML_SUFFIXES = {".yml", ".yaml"}
# People add files here while Prometheus runs, and their addresses are real ones: it reads them where they lie.
_TARGETS = Path("prometheus") / "targets"


def write_config(places: Places, rendering: Rendering, settings: ConfigFile, inbox: str) -> None:
    """Render every engine's folder again; files that are no longer shipped go away.

    ``settings`` is watchkeeper.yml: what it says of mail, quiet hours and teams goes into Alertmanager's file;
    ``inbox`` is WATCHKEEPER_INBOX.

    Raises: ConfigError, before anything is touched, when a file is not YAML.
    """
    shipped = {name: _files(places.root / name) for name in _ENGINE_FOLDERS}
    check_yaml(file for files in shipped.values() for file in files if file.suffix in _YAML_SUFFIXES)
    for name, files in shipped.items():
        target = places.config / name
        shutil.rmtree(target, ignore_errors=True)
        for source in (file for file in files if not file.is_relative_to(places.root / _TARGETS)):
            _write_one(source, target / source.relative_to(places.root / name), rendering)
    (places.config / _TARGETS).symlink_to(places.root / _TARGETS, target_is_directory=True)
    file = places.config / "alertmanager" / "alertmanager.yml"
    receivers = places.config / "receivers.json"
    write_alertmanager(file, file, receivers, settings=settings, inbox=inbox, secrets_dir=places.secrets)


def fingerprint(places: Places, folder: str, *more: str) -> str:
    """Changes whenever a rendered file of ``folder`` or one of ``more`` does."""
    digest = hashlib.sha256("\0".join(more).encode())
    for path in _files(places.config / folder):
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _write_one(source: Path, target: Path, rendering: Rendering) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix in _YAML_SUFFIXES:
        text = render_file(source.read_text(encoding="utf-8"), rendering)
        target.write_text(for_older_prometheus(text) if rendering.has_older_prometheus else text, encoding="utf-8")
    else:
        shutil.copyfile(source, target)

"""Everything that is installed is known by its hash, and can be listed."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LOCK: dict[str, Any] = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
HASHES = (ROOT / "services" / "requirements-uv.txt").read_text(encoding="utf-8")


def test_every_package_has_hashes() -> None:
    """Uv refuses a file whose hash is not in its lock; a package without one would be taken unseen."""
    packages = [package for package in LOCK["package"] if "registry" in package["source"]]
    without = [
        package["name"]
        for package in packages
        if not all("hash" in file for file in (*package.get("wheels", ()), *filter(None, [package.get("sdist")])))
    ]

    assert len(packages) > 50
    assert without == []


def test_uv_itself_is_known_by_its_hashes() -> None:
    """One version in the file of hashes, and the same in the bootstrap."""
    bootstrap = (ROOT / "services" / "bootstrap.py").read_text(encoding="utf-8")
    (version,) = re.findall(r"^uv==(\S+) ", HASHES, re.MULTILINE)

    assert f'UV_VERSION = "{version}"' in bootstrap
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", HASHES)) > 10


def test_the_list_of_packages_is_complete(tmp_path: Path) -> None:
    """`make sbom` names every package of the image with its version, and none of development alone."""
    subprocess.run(["make", "--silent", "sbom", f"TO={tmp_path}"], cwd=ROOT, check=True)
    components = json.loads((tmp_path / "watchkeeper.cdx.json").read_text(encoding="utf-8"))["components"]
    listed = {component["name"]: component["version"] for component in components}

    locked = {package["name"]: package.get("version") for package in LOCK["package"]}
    (project,) = [package for package in LOCK["package"] if package["name"] == "watchkeeper"]
    assert {dependency["name"] for dependency in project["dependencies"]} <= listed.keys()
    assert all(locked[name] == version for name, version in listed.items())
    assert "pytest" not in listed

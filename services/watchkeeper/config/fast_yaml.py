"""YAML by libyaml, ten times as fast as PyYAML's own parser, which stays for what is wrong: it quotes the line."""

from typing import Any

import yaml

# PyYAML's wheels bring libyaml; a build from its source may be without.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def load(text: str | bytes) -> Any:
    """The content of a YAML document.

    Raises: yaml.YAMLError, with the line quoted, when it is none.
    """
    try:
        return yaml.load(text, Loader=_LOADER)  # noqa: S506  # a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError):
        return yaml.safe_load(text)


def dump(tree: Any) -> str:
    """A YAML document, keys in their order and long texts on one line."""
    return yaml.dump(tree, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=2000)

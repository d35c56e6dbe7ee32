"""The one place where text becomes a part of the exposition; only what comes from here may be written into it.

Source: prometheus.io/docs/specs/om/open_metrics_spec, "ABNF", and the text format 0.0.4.
"""

import re
from collections.abc import Sequence
from typing import NewType

from watchkeeper.errors import InvalidValueError
from watchkeeper.model.ids import TraceId

# Text that may be in the exposition as it is: made by the functions of this module and by no one else.
Escaped = NewType("Escaped", str)

_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*", re.ASCII)
# Parsers take U+0000 for the end of the text, and half characters have no bytes in UTF-8.
_UNSAYABLE = re.compile("[\0\ud800-\udfff]")
_NO_LABELS = Escaped("")


def escaped(text: str) -> Escaped:
    r"""Text between quotes or behind HELP, with ``\\``, ``\"`` and ``\n`` for what would end it.

    What cannot be written at all becomes U+FFFD. The older text format knows no ``\"`` in help texts; the catalogue has
    none there.
    """
    text = _UNSAYABLE.sub("\ufffd", text)
    if "\\" in text or '"' in text or "\n" in text:
        return Escaped(text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
    return Escaped(text)


def metric_name(name: str) -> Escaped:
    """A name of a metric or label.

    Raises: InvalidValueError for one that would have to be quoted.
    """
    if not _NAME.fullmatch(name):
        raise InvalidValueError(f"name: must be of letters, digits, _ and :, got {name!r}")
    return Escaped(name)


def label_text(names: Sequence[Escaped], values: Sequence[str]) -> Escaped:
    """``{a="b",c="d"}`` with values escaped; labels without a value are left out, as Prometheus takes them."""
    pairs = [f'{name}="{escaped(value)}"' for name, value in zip(names, values, strict=True) if value]
    return Escaped(f"{{{','.join(pairs)}}}") if pairs else _NO_LABELS


def exemplar_labels(trace_id: TraceId) -> Escaped:
    """The labels of an exemplar."""
    return Escaped(f'{{trace_id="{escaped(trace_id)}"}}')

"""Lists that a client spread over numbered attributes: ``gen_ai.completion.0.finish_reason``, ``….1.finish_reason``."""

from watchkeeper.exporter.normalise.values import Attributes
from watchkeeper.model import AttributeValue

# More choices than any provider gives in one answer.
_MOST = 128


def indexed(attributes: Attributes, prefix: str, suffix: str) -> list[AttributeValue]:
    """The values of ``prefix.N.suffix`` for N from 0 on, up to the first number that is missing."""
    values: list[AttributeValue] = []
    for index in range(_MOST):
        key = f"{prefix}.{index}.{suffix}"
        if key not in attributes:
            break
        values.append(attributes[key])
    return values

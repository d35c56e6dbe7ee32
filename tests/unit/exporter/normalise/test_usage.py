import pytest

from watchkeeper.exporter.normalise.usage import validated
from watchkeeper.model import Usage


@pytest.mark.parametrize(
    ("fields", "kept", "reasons"),
    [
        pytest.param(Usage(), Usage(), (), id="nothing reported"),
        pytest.param(
            Usage(input=10, output=5, cached_input=6, cache_write=4, reasoning=5),
            Usage(input=10, output=5, cached_input=6, cache_write=4, reasoning=5),
            (),
            id="parts that fill their totals",
        ),
        pytest.param(
            Usage(input=10, output=5, cached_input=11),
            Usage(input=10, output=5),
            ("cached_exceeds_input",),
            id="more cached than input",
        ),
        pytest.param(
            Usage(input=10, output=5, cached_input=6, cache_write=5),
            Usage(input=10, output=5),
            ("cached_exceeds_input",),
            id="cached and written together exceed input",
        ),
        pytest.param(
            Usage(input=10, output=5, reasoning=6),
            Usage(input=10, output=5),
            ("reasoning_exceeds_output",),
            id="more reasoning than output",
        ),
        pytest.param(
            Usage(cached_input=1, reasoning=1),
            Usage(),
            ("cached_exceeds_input", "reasoning_exceeds_output"),
            id="parts without their totals",
        ),
        pytest.param(Usage(input=0, output=5), Usage(output=5), ("no_input",), id="an answer to nothing"),
        pytest.param(
            Usage(input=0, output=0, cached_input=0, reasoning=0), Usage(), (), id="zeros throughout: nothing was heard"
        ),
    ],
)
def test_validated(fields: Usage, kept: Usage, reasons: tuple[str, ...]) -> None:
    """Parts that contradict their totals are dropped and named; the totals stay."""
    usage, problems = validated(fields, "chat")

    assert usage == kept
    assert tuple(problem.reason for problem in problems) == reasons


def test_other_operations_may_have_no_text_to_read() -> None:
    """Speech that is written down is output without a token of input, and an image may have no tokens at all."""
    assert validated(Usage(input=0, output=0), "generate_content") == (Usage(input=0, output=0), ())
    assert validated(Usage(input=0, output=5), "generate_content") == (Usage(input=0, output=5), ())

"""Attributes read by hand, against protobuf's own reading."""

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from watchkeeper.exporter.ingest.key_value import read_usual

LENGTHS = [0, 1, 2, 50, 110, 111, 112, 113, 120, 124, 125, 126, 127, 128, 129, 130, 255, 256, 16_380, 16_384, 70_000]
NUMBERS = [0, 1, 127, 128, 129, 255, 256, 16_383, 16_384, 16_385, 1_047, 2_097_151]
BY_PROTOBUF = [
    AnyValue(),
    AnyValue(bool_value=True),
    AnyValue(int_value=-1),
    AnyValue(int_value=2_097_152),
    AnyValue(double_value=float("nan")),
    AnyValue(double_value=float("inf")),
    AnyValue(bytes_value=b"raw"),
    AnyValue(array_value={}),
]


@pytest.mark.parametrize("length", LENGTHS)
def test_texts_of_every_length(length: int) -> None:
    """Lengths take one byte more at 128 and at 16384."""
    raw = KeyValue(key="name", value=AnyValue(string_value="a" * length)).SerializeToString()

    assert read_usual(raw) == ("name", "a" * length)


@pytest.mark.parametrize("length", LENGTHS)
def test_characters_of_several_bytes(length: int) -> None:
    """Lengths count bytes, not characters."""
    raw = KeyValue(key="né", value=AnyValue(string_value="é" * length)).SerializeToString()

    assert read_usual(raw) == ("né", "é" * length)


@pytest.mark.parametrize("number", NUMBERS)
def test_counts(number: int) -> None:
    """Numbers of one, two and three bytes."""
    raw = KeyValue(key="tokens", value=AnyValue(int_value=number)).SerializeToString()

    assert read_usual(raw) == ("tokens", number)


@pytest.mark.parametrize("number", [0.0, -0.5, 0.12956670199992004, 1e300])
def test_fractions(number: float) -> None:
    """A finite number is read to its last bit."""
    raw = KeyValue(key="seconds", value=AnyValue(double_value=number)).SerializeToString()

    assert read_usual(raw) == ("seconds", number)


@pytest.mark.parametrize("value", BY_PROTOBUF, ids=str)
def test_what_is_left_to_protobuf(value: AnyValue) -> None:
    """Whatever is not text, a count or a finite number."""
    assert read_usual(KeyValue(key="k", value=value).SerializeToString()) is None


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x0a", id="no length"),
        pytest.param(b"\x0a\x05k", id="a key that is cut"),
        pytest.param(b"\x0a\x01k", id="no value"),
        pytest.param(b"\x0a\x01k\x12\x05\x0a\x01v", id="a value that is cut"),
        pytest.param(b"\x0a\x01k\x12\x03\x0a\x01vv", id="more than the value"),
        pytest.param(b"\x0a\x01k\x12\x03\x0a\x02v", id="a text that is cut"),
        pytest.param(b"\x0a\x01\xff\x12\x03\x0a\x01v", id="a key that is not UTF-8"),
        pytest.param(b"\x0a\x01k\x12\x03\x0a\x01\xff", id="a text that is not UTF-8"),
        pytest.param(b"\x0a\x01k\x12\x03\x18\x01\x01", id="more than a number"),
        pytest.param(b"\x0a\x01k\x12\x02\x18\x81", id="a number that is cut"),
        pytest.param(b"\x0a\x01k\x12\x01\x18", id="no number"),
        pytest.param(b"\x0a\x01k\x12\x04\x18\x01\x81\x01", id="two numbers"),
        pytest.param(b"\x12\x03\x0a\x01v\x0a\x01k", id="the value first"),
        pytest.param(b"\x0a\x01k" + b"\x12\x82\x01\x0a\x81\x01" + b"v" * 129, id="a long value that is too short"),
    ],
)
def test_what_no_sdk_writes(raw: bytes) -> None:
    """Broken and unusual bytes are for protobuf to check."""
    assert read_usual(raw) is None

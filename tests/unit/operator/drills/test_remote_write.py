"""The bytes that Prometheus' remote write wants."""

import math
import struct

import cramjam

from watchkeeper.operator.drills.remote_write import STALE, encode


def test_a_sample_is_written_as_the_specification_says() -> None:
    """Field 1 is a series: its labels in order of their names, then its samples."""
    body = encode([({"job": "x", "__name__": "up"}, [(1_000, 2.0)])])

    label = b"\x0a\x0e\x0a\x08__name__\x12\x02up" + b"\x0a\x08\x0a\x03job\x12\x01x"
    sample = b"\x12\x0c\x09" + struct.pack("<d", 2.0) + b"\x10\xe8\x07"
    assert bytes(cramjam.snappy.decompress_raw(body)) == b"\x0a\x28" + label + sample


def test_the_sign_of_an_ended_series_keeps_its_bits() -> None:
    """Another NaN would be a value like any other."""
    body = bytes(cramjam.snappy.decompress_raw(encode([({"__name__": "up"}, [(1, STALE)])])))

    assert math.isnan(STALE)
    assert struct.pack("<Q", 0x7FF0000000000002) in body

"""What of the OTLP messages becomes objects when they are parsed: for weighing them before (wire.py).

Field numbers: opentelemetry/proto/{common,resource,trace,logs,metrics}/v1 (stable).
"""

from watchkeeper.exporter.ingest.wire import Shape

_FIXED, _VARINTS = 8, 1

_any_value: dict[int, Shape | int] = {}
_KEY_VALUE: Shape = {2: _any_value}
_any_value |= {5: {1: _any_value}, 6: {1: _KEY_VALUE}}

RESOURCE: Shape = {1: _KEY_VALUE, 3: {}}
_SCOPE: Shape = {3: _KEY_VALUE}

SPAN: Shape = {9: _KEY_VALUE, 11: {3: _KEY_VALUE}, 13: {4: _KEY_VALUE}, 15: {}}
LOG_RECORD: Shape = {5: _any_value, 6: _KEY_VALUE}

_EXEMPLAR: Shape = {7: _KEY_VALUE}
_NUMBER: Shape = {5: _EXEMPLAR, 7: _KEY_VALUE}
_HISTOGRAM: Shape = {6: _FIXED, 7: _FIXED, 8: _EXEMPLAR, 9: _KEY_VALUE}
_BUCKETS: Shape = {2: _VARINTS}
_EXPONENTIAL: Shape = {1: _KEY_VALUE, 8: _BUCKETS, 9: _BUCKETS, 11: _EXEMPLAR}
_SUMMARY: Shape = {6: {}, 7: _KEY_VALUE}
METRIC: Shape = {
    5: {1: _NUMBER},
    7: {1: _NUMBER},
    9: {1: _HISTOGRAM},
    10: {1: _EXPONENTIAL},
    11: {1: _SUMMARY},
    12: _KEY_VALUE,
}


# An export request, with resources and items as they are.
ENVELOPE: Shape = {1: {2: {}}}


def request_of(item: Shape) -> Shape:
    """An export request with everything in it."""
    return {1: {1: RESOURCE, 2: {1: _SCOPE, 2: item}}}

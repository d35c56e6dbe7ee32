"""Texts that have broken a parser, or might: senders may put them into any field."""

from tests.support.facts import TRACE_ID

HOSTILE = {
    "a quote": '"',
    "a backslash": "\\",
    "a line feed": "\n",
    "a series of someone else": (
        'x"} 1 1\nllm_cost_dollars_total{service="bank",tenant="other"} 9999999 # {trace_id="y'
    ),
    "long and of two bytes each": "ü" * 200,
    "the end": "# EOF\n",
    "a zero": "\x00",
    "a line feed of Windows": "\r\n",
    "other line ends": "\u2028\u2029\x85",
    "a brace": "}",
    "an id": TRACE_ID,
    "an id in capitals": TRACE_ID.upper(),
}

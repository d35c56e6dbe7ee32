"""vLLM's own spans of the requests that it serves, with ``--otlp-traces-endpoint``: ``gen_ai.*`` names of its own.

They are the server's side: a call that a client library reports as well counts once, as the client's.
Source: github.com/vllm-project/vllm, vllm/tracing.
"""

from collections.abc import Sequence

from watchkeeper.exporter.normalise import otel_genai
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.values import first_seconds
from watchkeeper.model import Context, Fact, Span

_UNTIL_FIRST = "gen_ai.latency.time_to_first_token"
_REQUEST = "llm_request"


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the call that a request was; what the engine does around it gives none."""
    if span.name != _REQUEST:
        return ()
    reported = {
        otel_genai.OPERATION: "chat",
        otel_genai.PROVIDER[0]: "vllm",
        otel_genai.FIRST_CHUNK: first_seconds(span.attributes, _UNTIL_FIRST),
    }
    return otel_genai.read_as(span, context, reported)


DIALECT = Dialect(name="vllm", scopes=("vllm",), markers=("gen_ai.latency.time_in_queue",), read=read)

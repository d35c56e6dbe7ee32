"""Searches in vector databases, as OpenLLMetry and OpenLIT record them: a database span is a retrieval.

Source: opentelemetry-semantic-conventions-ai of OpenLLMetry (db.query.result events), docs.openlit.io (db.*).
"""

from watchkeeper.exporter.normalise.documents import best
from watchkeeper.exporter.normalise.outcome import outcome
from watchkeeper.exporter.normalise.values import first_count, first_text
from watchkeeper.model import Context, Retrieval, Span

_STORES = ("pinecone", "chroma", "qdrant", "milvus", "weaviate", "marqo", "lancedb", "astra", "turbopuffer")
_SEARCHES = ("query", "search", "similarity_search", "hybrid_search", "search_batch", "query_points", "fetch_objects")
_RESULTS = frozenset({"db.query.result", "db.search.result"})
_SCORES = ("db.query.result.score", "db.search.result.score")
_COUNTS = ("db.response.returned_rows", "db.milvus.search.result_count")


def read_search(span: Span, context: Context) -> Retrieval | None:
    """The retrieval that a database span stands for; None for other spans and for writes."""
    attributes = span.attributes
    store = first_text(attributes, "db.system.name", "db.system").lower()
    if not store.startswith(_STORES) or _operation(span) not in _SEARCHES:
        return None
    status, error_type, error_class = outcome(span)
    results = [event.attributes for event in span.events if event.name in _RESULTS]
    return Retrieval(
        context=context,
        retriever=first_text(attributes, "db.collection.name", "db.index.name") or store,
        status=status,
        duration_seconds=span.duration_seconds,
        documents=len(results) or first_count(attributes, *_COUNTS),
        top_score=best(first_text(result, *_SCORES) for result in results),
        error_type=error_type,
        error_class=error_class,
    )


def _operation(span: Span) -> str:
    """What was done; clients that leave it to the span's name write ``<store>.<operation>``."""
    reported = first_text(span.attributes, "db.operation.name", "db.operation")
    return (reported or span.name.rpartition(".")[2]).lower()

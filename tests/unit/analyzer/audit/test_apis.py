"""What destinations answer to the question whether they have an item: each true answer, and what is none."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.facts import NOW_NS, make_span
from tests.support.otlp import as_protobuf
from tests.support.stores import Answer, StoreServer, store_server

from watchkeeper.analyzer.audit import asking as asking_module
from watchkeeper.analyzer.audit.apis import langfuse, loki, prometheus, tempo
from watchkeeper.analyzer.audit.asking import Asking
from watchkeeper.analyzer.audit.delivered import Delivered
from watchkeeper.config.forward import Audit
from watchkeeper.errors import EndpointError

STORED = make_span(span_id="0000000000000001", start_ns=NOW_NS)
ITEM = Delivered(at=0.0, item_time_ns=NOW_NS, trace_id=STORED.trace_id, span_id=STORED.span_id)
OTHER_SPAN = Delivered(at=0.0, item_time_ns=NOW_NS, trace_id=STORED.trace_id, span_id="0000000000000002")
OTHER_TRACE = Delivered(at=0.0, item_time_ns=NOW_NS, trace_id="b" * 32, span_id=STORED.span_id)
POINT = Delivered(at=0.0, item_time_ns=NOW_NS + 999_999, metric="queue.depth")


@pytest.fixture
def server() -> Iterator[StoreServer]:
    """A backend with one span."""
    with store_server() as running:
        running.take(as_protobuf(STORED))
        yield running


class Outcomes(list[str]):
    """What was reported of requests."""


@pytest.fixture
async def asking(server: StoreServer, tmp_path: Path) -> AsyncIterator[Asking]:
    """Asks it, with a header from a file."""
    (tmp_path / "keys").write_text("X-Scope-OrgID: team\n")
    audit = Audit(api="tempo", url=server.url, headers_file=Path("keys"))
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Asking(audit, client, tmp_path, OUTCOMES.append)


OUTCOMES = Outcomes()


@pytest.fixture(autouse=True)
def no_outcomes() -> None:
    """Every test counts its own."""
    OUTCOMES.clear()


@pytest.mark.parametrize("is_langfuse_3", [False, True], ids=["Langfuse 4", "Langfuse 3"])
async def test_langfuse_has_a_span_or_has_it_not(server: StoreServer, asking: Asking, is_langfuse_3: bool) -> None:
    """Whatever its version; a trace that has other spans does not have this one."""
    server.is_langfuse_3 = is_langfuse_3

    assert [await langfuse.holds(asking, item) for item in (ITEM, OTHER_SPAN, OTHER_TRACE)] == [True, False, False]


async def test_tempo_has_a_span_or_has_it_not(server: StoreServer, asking: Asking) -> None:
    """A trace in which the span is missing is told from one that is not there; both are answers."""
    await tempo.check(asking)

    assert [await tempo.holds(asking, item) for item in (ITEM, OTHER_SPAN, OTHER_TRACE)] == [True, False, False]
    assert all(headers["x-scope-orgid"] == "team" for _, _, headers in server.asked)
    assert OUTCOMES == ["ok", "ok", "ok", "not_found"]


async def test_a_tempo_that_spells_ids_in_hex_is_understood(server: StoreServer, asking: Asking) -> None:
    """As newer releases do."""
    trace = {"resourceSpans": [{"scopeSpans": [{"spans": [{"spanId": STORED.span_id}]}]}]}
    server.always = (200, json.dumps(trace).encode(), {})

    assert await tempo.holds(asking, ITEM)
    assert not await tempo.holds(asking, OTHER_SPAN)


async def test_whatever_else_says_404_is_no_tempo(server: StoreServer, asking: Asking) -> None:
    """It would miss everything."""
    server.is_tempo = False

    with pytest.raises(EndpointError, match="answered 404"):
        await tempo.check(asking)
    server.always = (200, b"<html>Welcome</html>", {})
    with pytest.raises(EndpointError, match="but not as a Tempo"):
        await tempo.check(asking)


VECTOR = {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "1"]}]}}
EMPTY = {"status": "success", "data": {"resultType": "vector", "result": []}}


async def test_loki_is_asked_for_the_number_of_lines_alone(server: StoreServer, asking: Asking) -> None:
    """Of the trace and the span, a second before and after."""
    server.answers = [(200, json.dumps(one).encode(), {}) for one in (VECTOR, EMPTY)]

    assert [await loki.holds(asking, ITEM) for _ in range(2)] == [True, False]
    path, sought, _ = server.asked[0]
    assert path == "/loki/api/v1/query"
    assert sought == {
        "query": f'sum(count_over_time({{service_name=~".+"}} | trace_id="{ITEM.trace_id}" '
        f'| span_id="{ITEM.span_id}" [2s]))',
        "time": str(NOW_NS + 10**9),
    }


async def test_prometheus_is_asked_for_a_sample_of_the_millisecond(server: StoreServer, asking: Asking) -> None:
    """Of any series whose name begins so."""
    server.answers = [(200, json.dumps(one).encode(), {}) for one in (VECTOR, EMPTY)]

    assert [await prometheus.holds(asking, POINT) for _ in range(2)] == [True, False]
    path, sought, _ = server.asked[0]
    assert path == "/api/v1/query"
    assert sought["query"] == 'sum(count_over_time({__name__=~"queue.+depth(_.+)?"}[1ms]))'
    assert sought["time"] == f"{NOW_NS // 10**9}.{NOW_NS // 10**6 % 1000:03d}"


PAGE = {"data": [{"id": str(number)} for number in range(1000)], "meta": {}}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param((401, b"", {}), "unauthorized", id="a wrong key"),
        pytest.param((429, b"", {"retry-after": "7"}), "rate_limited", id="too many requests"),
        pytest.param((503, b"", {}), "server_error", id="not available"),
        pytest.param((302, b"", {"location": "/login"}), "refused", id="a login page elsewhere"),
        pytest.param((200, b"<html>Log in</html>", {}), "invalid_answer", id="a login page"),
        pytest.param((200, b"null", {}), "invalid_answer", id="JSON that is nothing"),
        pytest.param((200, b"[1]", {}), "invalid_answer", id="JSON of something else"),
        pytest.param((200, b'{"data": {"result": 1}, "batches": [1]}', {}), "invalid_answer", id="another shape"),
        pytest.param((200, b"[" * 50_000, {}), "invalid_answer", id="JSON without a bottom"),
        pytest.param((200, b'"' + b"x" * 9_000_000 + b'"', {}), "invalid_answer", id="a huge answer"),
    ],
)
@pytest.mark.parametrize("api", [tempo, langfuse, loki, prometheus], ids=lambda api: api.__name__.rpartition(".")[2])
async def test_what_is_no_answer_is_an_error_of_its_kind(
    server: StoreServer, asking: Asking, api: Any, answer: Answer, kind: str
) -> None:
    """Never an item that is missing."""
    server.always = answer

    with pytest.raises(EndpointError) as caught:
        await api.holds(asking, POINT if api is prometheus else ITEM)

    assert caught.value.error_type == kind


async def test_a_page_that_is_full_says_nothing_of_what_is_not_on_it(server: StoreServer, asking: Asking) -> None:
    """There may be another."""
    server.always = (200, json.dumps(PAGE).encode(), {})

    with pytest.raises(EndpointError, match="more observations of a trace in a moment than a page"):
        await langfuse.holds(asking, ITEM)


async def test_neither_endpoint_of_langfuse_is_no_answer(server: StoreServer, asking: Asking) -> None:
    """404 is that of another server."""
    server.always = (404, b"", {})

    with pytest.raises(EndpointError, match="answered 404"):
        await langfuse.holds(asking, ITEM)


async def test_an_answer_that_drips_is_given_up(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part may come in time, and the whole never."""
    monkeypatch.setattr(asking_module, "_WHOLE_SECONDS", 0.0)

    with pytest.raises(EndpointError, match="did not finish its answer"):
        await tempo.holds(asking, ITEM)
    assert OUTCOMES == ["timeout"]


@pytest.mark.parametrize("text", [None, "no header"], ids=["no file", "no header in it"])
async def test_a_key_that_cannot_be_read_is_named_without_its_content(
    server: StoreServer, asking: Asking, tmp_path: Path, text: str | None
) -> None:
    """Nothing is asked without it."""
    (tmp_path / "keys").unlink()
    if text:
        (tmp_path / "keys").write_text(text)

    with pytest.raises(EndpointError, match=r"audit\.headers_file") as caught:
        await tempo.holds(asking, ITEM)

    assert caught.value.error_type == "no_key"
    assert "no header" not in str(caught.value)
    assert server.asked == []

"""The pages of a trace and a session: what they show, to whom, and what they say when they cannot."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.engine_answers import EngineAnswers, engine_answers
from tests.support.exporter import ExporterInTest, run_exporter
from tests.support.trace_lines import SESSION, TRACE, agent_run, line

from watchkeeper.exporter.web import trace_pages

UGLY = "<script>alert('x')</script>"
PAGE, OF_SESSION = f"/traces/{TRACE}", f"/sessions/{SESSION}"
LINES = "/loki/api/v1/query_range"
TOKEN = "wk_test_token"


@pytest.fixture
def engines() -> Iterator[EngineAnswers]:
    """Loki has the lines of a run."""
    with engine_answers() as answers:
        answers.lines = agent_run()[::-1]
        yield answers


@pytest.fixture
def asking(engines: EngineAnswers) -> Iterator[ExporterInTest]:
    """An exporter that asks it."""
    with run_exporter({"WATCHKEEPER_LOKI_URL": engines.url}) as exporter:
        yield exporter


def cells(page: str) -> list[str]:
    """The text of the rows of a page."""
    rows = [re.sub(r"<[^>]+>", " ", row) for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)]
    return [" ".join(row.split()) for row in rows]


def test_the_timeline_the_sums_and_the_session(asking: ExporterInTest) -> None:
    """Times, tokens and cost of each, and of all."""
    page = asking.client.get(PAGE).text

    rows = cells(page)
    assert "3.5 s LLM call gpt-4o-mini prompt greeting/3 1.5 s 1 200 81 $0.00015" in rows
    assert "5.5 s tool call find_order timeout 0.5 s - - -" in rows
    assert "2 1 1 1 300 86 $0.00015 1 9 s" in rows
    assert "contract refunds, expected pay_back, observed none" in page
    assert '<td class="d2 bad">tool call' in page
    assert f'href="/sessions/{SESSION}"' in page


def test_a_session_lists_its_traces(asking: ExporterInTest, engines: EngineAnswers) -> None:
    """With a link to each, and sums."""
    engines.lines = [
        line("llm_call_completed", 40, trace_id="b" * 32, status="ok", input_tokens=7, output_tokens=1),
        *agent_run()[::-1],
    ]

    page = asking.client.get(OF_SESSION).text

    assert re.findall('href="/traces/(.*?)"', page) == ["b" * 32, TRACE]
    assert "Together 3 1 1 1 310 87 $0.00015 1 9 s" in cells(page)
    assert engines.queries[-1].endswith(f'| session_id="{SESSION}"')


def test_content_is_there_where_it_was_captured(asking: ExporterInTest, engines: EngineAnswers) -> None:
    """And only its beginning, of a long one."""
    said = {"input": f"Hello {UGLY}", "output": "x" * 10_000, "capture": "redacted"}
    engines.lines = [line("llm_call_completed", 5, model="m", status="ok", duration_seconds=1, **said)]

    page = asking.client.get(PAGE).text

    assert "Content (redacted)" in page
    assert "Hello &lt;script&gt;" in page
    assert "x" * 4000 in page
    assert "x" * 4001 not in page
    assert "Cut here" in page


def test_archived_texts_are_links(asking: ExporterInTest, engines: EngineAnswers) -> None:
    """By names of archived texts alone: any application may write a line."""
    key = f"2026-11-30/{'.'.join(['0' * 16] * 4)}.{'a' * 64}"
    said = {"input": "begins", "input_archived": key, "output": "x", "output_archived": "javascript:alert(1)"}
    engines.lines = [line("llm_call_completed", 5, model="m", status="ok", **said)]

    page = asking.client.get(PAGE).text

    assert f'<a href="/archive/{key}">Input as a whole</a>' in page
    assert "javascript:" not in page


def test_without_content_there_is_none(asking: ExporterInTest) -> None:
    """Not an empty place for it."""
    assert "<details" not in asking.client.get(PAGE).text


def test_ten_thousand_spans_are_bounded(asking: ExporterInTest, engines: EngineAnswers) -> None:
    """The page says how many are left out, and shows the sums of all."""
    calls = [line("llm_call_completed", 1, model="m", status="ok", span_id=f"s{n}") for n in range(10_000)]
    engines.lines = [agent_run()[-1], *calls]

    answer = asking.client.get(PAGE)

    assert answer.text.count("LLM call <strong>") <= 1200
    assert "8801 more lines are left out" in answer.text
    assert len(answer.content) < 1_000_000
    assert "2 1 1 1 300 86 $0.00015 0 9 s" in cells(answer.text)


def test_hostile_text_is_text(asking: ExporterInTest, engines: EngineAnswers) -> None:
    """In every field of every line, and as the id itself."""
    text = {name: UGLY for name, value in agent_run()[2].items() if isinstance(value, str)}
    for event in {one["event"] for one in agent_run()}:
        ugly = {**text, "happened_at": "2026-11-29T12:00:00Z", "cost_usd": None}
        names = ("tool", "retriever", "kind", "node", "branch", "condition", "score", "source", "category", "type")
        engines.lines.append({**ugly, **dict.fromkeys(names, UGLY), "event": event})

    for path in (f"/traces/{UGLY}", f"/sessions/{UGLY}", PAGE, OF_SESSION):
        answer = asking.client.get(path)

        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "&lt;script&gt;" in answer.text
        assert "style=" not in answer.text


@pytest.mark.parametrize("name", ["", "a" * 300, "a%00b"])
def test_what_is_no_id(asking: ExporterInTest, engines: EngineAnswers, name: str) -> None:
    """Loki is not asked for it."""
    for kind in ("traces", "sessions"):
        answer = asking.client.get(f"/{kind}/{name}")

        assert answer.status_code == 400
        assert "This is no id" in answer.text
    assert engines.queries == []


def test_nothing_is_found(asking: ExporterInTest, engines: EngineAnswers) -> None:
    """It is said, and for how far back."""
    engines.lines = []

    answer = asking.client.get(PAGE)

    assert answer.status_code == 404
    assert "Loki has no lines of this trace in the last 7 days" in answer.text
    assert 'href="?days=31"' in answer.text
    month = asking.client.get(f"{PAGE}?days=31").text
    assert "in the last 31 days" in month
    assert "?days=31" not in month


@pytest.mark.parametrize("body", [b"<html>oops", b'{"data": {"result": 7}}', b'{"status": "success"}'], ids=repr)
def test_a_loki_that_answers_nonsense(asking: ExporterInTest, engines: EngineAnswers, body: bytes) -> None:
    """A sentence, not a traceback."""
    engines.says = {LINES: body}

    answer = asking.client.get(PAGE)

    assert answer.status_code == 503
    assert "Loki" in answer.text
    assert "answers" in answer.text


def test_a_loki_that_is_away(asking: ExporterInTest, engines: EngineAnswers) -> None:
    """Refusing, not there, or not named."""
    engines.broken = {LINES}
    answers = [asking.client.get(PAGE)]
    with run_exporter({"WATCHKEEPER_LOKI_URL": "http://127.0.0.1:1"}) as away, run_exporter() as alone:
        answers += [away.client.get(PAGE), alone.client.get(OF_SESSION)]

    assert {answer.status_code for answer in answers} == {503}
    assert ["refuses" in answers[0].text, "does not answer" in answers[1].text] == [True, True]
    assert "No Loki is named" in answers[2].text


def test_searches_at_once_are_few(asking: ExporterInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search may read a month of lines: one more than a few is refused at once, and waits for nothing."""
    turns = trace_pages.BoundedSemaphore(1)
    turns.acquire()
    monkeypatch.setattr(trace_pages, "BoundedSemaphore", lambda _: turns)

    with run_exporter({"WATCHKEEPER_LOKI_URL": "http://127.0.0.1:1"}) as exporter:
        answer = exporter.client.get(PAGE)

    assert answer.status_code == 503
    assert "Other searches for traces are running" in answer.text
    assert asking.client.get(PAGE).status_code == 200


def restricted(folder: Path) -> Path:
    """A watchkeeper.yml in which two tenants have tokens."""
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    other = hashlib.sha256(b"other").hexdigest()
    file = folder / "watchkeeper.yml"
    file.write_text(
        f"access: {{tokens: [{{tenant: acme, sha256: {digest}}}, {{tenant: evil, sha256: {other}}}]}}", encoding="utf-8"
    )
    return file


def test_where_tenants_have_tokens_each_sees_its_own(engines: EngineAnswers, tmp_path: Path) -> None:
    """Without a token nothing, with that of another tenant nothing, by a browser's login as well."""

    def get(path: str, **how: Any) -> Any:
        return exporter.client.get(path, **how)

    with run_exporter({"WATCHKEEPER_LOKI_URL": engines.url}, restricted(tmp_path)) as exporter:
        for path in (PAGE, OF_SESSION):
            anonymous, wrong = get(path), get(path, headers={"authorization": "Bearer guess"})
            assert (anonymous.status_code, wrong.status_code) == (401, 401)
            assert "Basic" in anonymous.headers["www-authenticate"]
            assert "helper" not in anonymous.text + wrong.text
            assert engines.queries == [] or path == OF_SESSION

            assert get(path, auth=("any", TOKEN)).status_code == 200
            assert get(path, headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
            assert engines.queries[-1].endswith('| tenant="acme"')
            other = get(path, auth=("any", "other"))
            assert other.status_code == 404
            assert "find_order" not in other.text


def test_links_lead_only_to_what_there_is(engines: EngineAnswers, tmp_path: Path) -> None:
    """Tempo and Langfuse where traces are forwarded to them, Grafana where it is named."""
    file = tmp_path / "watchkeeper.yml"
    forward = "[{name: tempo, endpoint: 'http://127.0.0.1:1'}, {name: langfuse, endpoint: 'http://127.0.0.1:1'}]"
    file.write_text(f"forward: {forward}", encoding="utf-8")
    environ = {"WATCHKEEPER_LOKI_URL": engines.url}
    all_of_it = {
        **environ,
        "GRAFANA_URL": "http://g.test",
        "LANGFUSE_PROJECT_URL": "http://l.test/project/p",
    }

    with run_exporter(all_of_it, file) as whole, run_exporter(all_of_it) as unforwarded, run_exporter(environ) as alone:
        pages = [exporter.client.get(PAGE).text for exporter in (whole, unforwarded, alone)]

    assert [page.count("http://l.test/project/p/traces/" + TRACE) for page in pages] == [1, 0, 0]
    assert ["watchkeeper-tempo" in page for page in pages] == [True, False, False]
    assert ["http://g.test/d/llm-overview?var-service=shop" in page for page in pages] == [True, True, False]

"""Whatever an engine answers, the data or one sentence comes of it."""

import httpx
import pytest

from watchkeeper.engines.asking import asked
from watchkeeper.errors import EngineError

URL = "http://reader:hidden@prometheus:9090"


def ask(answer: httpx.Response | httpx.HTTPError) -> object:
    """What the answer, or the error instead of one, comes to."""

    def reply(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer

    with httpx.Client(transport=httpx.MockTransport(reply)) as client:
        return asked("Prometheus", client.get, URL, "/api/v1/query", params={"query": "up"})


def test_the_data_is_returned() -> None:
    """Without what is around it."""
    assert ask(httpx.Response(200, json={"status": "success", "data": {"result": []}})) == {"result": []}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.ConnectError("no route"), "does not answer: no route"),
        (httpx.ReadTimeout(""), "does not answer: ReadTimeout"),
        (httpx.Response(422, json={"error": "no such function"}), "refuses /api/v1/query: no such function"),
        (httpx.Response(502, text="<html>Bad gateway</html>\n"), "refuses /api/v1/query: 502 <html>Bad gateway</html>"),
        (httpx.Response(200, text="<html>Sign in</html>"), "answers /api/v1/query with what is no result"),
        (httpx.Response(200, json=["data"]), "answers /api/v1/query with what is no result"),
        (httpx.Response(200, content=b"\xff\xfe\xff"), "answers /api/v1/query with what is no result"),
    ],
)
def test_all_else_is_a_sentence(answer: httpx.Response | httpx.HTTPError, reason: str) -> None:
    """It says who, where and why, and never the password of the address."""
    with pytest.raises(EngineError) as raised:
        ask(answer)

    assert str(raised.value).startswith(f"Prometheus at http://prometheus:9090 {reason}")

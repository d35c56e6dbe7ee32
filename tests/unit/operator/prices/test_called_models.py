"""Which models were called, as Prometheus answers it."""

from typing import Any

import httpx
import pytest

from watchkeeper.operator.prices import called_models as module
from watchkeeper.operator.prices.called_models import called_models

SERIES = [
    {"metric": {"service": "shop", "provider": "openai", "model": "m"}, "value": [0, "2"]},
    {"metric": {"service": "bot", "provider": "openai", "model": "m"}, "value": [0, "3.5"]},
    {"metric": {"service": "bot", "model": "m"}, "value": [0, "1"]},
]


def test_services_of_a_model_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same name at two providers is two models."""

    def client(**_: Any) -> httpx.Client:
        answer = httpx.Response(200, json={"data": {"result": SERIES}})
        return real(transport=httpx.MockTransport(lambda _request: answer))

    real = httpx.Client
    monkeypatch.setattr(module.httpx, "Client", client)

    assert called_models("http://prometheus") == {("openai", "m"): (["bot", "shop"], 5.5), ("", "m"): (["bot"], 1.0)}

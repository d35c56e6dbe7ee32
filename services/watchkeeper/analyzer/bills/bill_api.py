"""Asking a provider for its bill, whichever it is."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import httpx

from watchkeeper.analyzer.bills.apis import anthropic, openai, openrouter
from watchkeeper.analyzer.bills.billed import BillPage
from watchkeeper.analyzer.endpoints.post import get, read_key
from watchkeeper.config.provider_bills import BillingProvider, ProviderBill
from watchkeeper.errors import EndpointError


class _Api(Protocol):
    """A module of apis/: where a provider's bill is, which key reads it, and how it is asked and read."""

    URL: str
    PATH: str
    KEY: str

    def headers(self, key: str, /) -> Mapping[str, str]: ...

    def query(self, first: date, end: date, cursor: str, /) -> Mapping[str, str]: ...

    def page(self, body: Any, first: date, end: date, /) -> BillPage: ...


_APIS: Mapping[BillingProvider, _Api] = {"openai": openai, "anthropic": anthropic, "openrouter": openrouter}
_TIMEOUT_SECONDS = 30.0
# Thirty days of some hundred endpoints in one answer of OpenRouter.
_MOST_BYTES = 16 * 1024 * 1024


class BillApi:
    """The bill of one provider; ``folder`` is where the path of its key file begins."""

    def __init__(self, bill: ProviderBill, client: httpx.AsyncClient, folder: Path) -> None:
        self._bill = bill
        self._api = _APIS[bill.provider]
        self._client = client
        self._folder = folder

    async def page(self, first: date, end: date, cursor: str) -> BillPage:
        """Return days from ``first`` to before ``end``; ``cursor`` is of the page before, empty for the first.

        Raises: EndpointError when there is no answer, or none of a bill.
        """
        api, url = self._api, f"{self._bill.url or self._api.URL}{self._api.PATH}"
        headers = api.headers(read_key(self._bill.key_file, self._folder))
        asked = api.query(first, end, cursor)
        try:
            answer = await get(self._client, url, asked, headers, _TIMEOUT_SECONDS, most_bytes=_MOST_BYTES)
        except EndpointError as error:
            raise self._explained(error) from error
        try:
            page = api.page(answer.body, first, end)
        except (ValueError, OverflowError) as error:
            text = f"{self._bill.provider} answered {api.PATH} with something that is no bill"
            raise EndpointError("invalid_answer", text) from error
        if page.following and page.following == cursor:
            raise EndpointError("invalid_answer", f"{self._bill.provider} answered with the same cursor again")
        return page

    def _explained(self, error: EndpointError) -> EndpointError:
        """A refused key says which one is needed: the one that makes calls reads no bills."""
        if error.error_type != "unauthorized":
            return error
        text = f"{error}: {self._bill.key_file} must hold {self._api.KEY}; keys that make calls read no bills"
        return EndpointError(error.error_type, text, status=error.status)

"""What every fact is completed by, and what stays as it is."""

import pytest
from tests.support.facts import NOW_NS, make_call, make_context

from watchkeeper.exporter.batch import Batch
from watchkeeper.exporter.enrich.enricher import Enricher
from watchkeeper.exporter.enrich.ownership import Ownership
from watchkeeper.exporter.enrich.privacy import UserHasher
from watchkeeper.exporter.enrich.redaction import Redactor
from watchkeeper.model import Feedback, Incident, LlmCall
from watchkeeper.prices.book import PriceBook

BATCH = Batch("traces", NOW_NS)


@pytest.fixture
def enricher() -> Enricher:
    """One that knows a team by its provider."""
    return Enricher(
        price_book=PriceBook(()),
        ownership=Ownership([("claude-team", [{"provider": ["anthropic"]}])]),
        user_hasher=UserHasher(b"key"),
        redactor=Redactor(),
    )


def test_a_call_is_priced_before_its_owner_is_looked_up(enricher: Enricher) -> None:
    """The price book knows whose model it is, and the team is known by that."""
    call = make_call(context=make_context(provider="", model="claude-sonnet-4-5", team="", user_id="ada"))

    (enriched,) = enricher.enrich(call, BATCH)

    assert isinstance(enriched, LlmCall)
    assert enriched.cost is not None
    assert (enriched.context.provider, enriched.context.team) == ("anthropic", "claude-team")
    assert (enriched.context.user_id, enriched.context.user_hash) == ("", UserHasher(b"key").hash("ada"))


def test_other_facts_have_owners_too(enricher: Enricher) -> None:
    """And no user."""
    feedback = Feedback(context=make_context(provider="anthropic", team="", user_id="ada"), rating="up")

    (enriched,) = enricher.enrich(feedback, BATCH)

    assert (enriched.context.team, enriched.context.user_id) == ("claude-team", "")


def test_an_alert_gets_no_owner_and_has_no_secrets(enricher: Enricher) -> None:
    """Its labels say whose it is; its summary is free text."""
    context = make_context(service="shop", team="", tenant="", provider="anthropic")
    secret = "sk-ant-api03-" + "a1B2" * 20
    incident = Incident(context=context, alert="LLMErrorRateHigh", status="firing", summary=f"key {secret} fails")

    (enriched,) = enricher.enrich(incident, BATCH)

    assert isinstance(enriched, Incident)
    assert enriched.context == context
    assert secret not in enriched.summary

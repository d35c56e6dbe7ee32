"""docs/reference/prices.md: where prices come from, and the two tables held against each other."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from docs.reference.markdown import code, page, table
from docs.reference.price_comparison import Compared, Same, Verdict, as_of, compare, verdict_on, verdicts

from watchkeeper.prices.rates import Rates
from watchkeeper.prices.tables import PriceTables, shipped_tables

_MILLION = Decimal(1_000_000)
_INTRODUCTION = """\
A call costs what the first of these says:

1. the cost that the provider or a gateway reported, in dollars or in a currency that has a rate in \
`exchange_rates`,
2. `prices` in [watchkeeper.yml](configuration.md),
3. nothing, for a model that its gateway offers as `:free`,
4. {first} of {first_day} (MIT, Copyright Pydantic Services Inc.),
5. {second} of {second_day}: its table of model prices, made small (MIT, Copyright 2023 Berri AI; the licence is in \
`services/watchkeeper/prices/litellm.json`).

`price_source` on the line of a call names it, for a price of both tables both of them.
The second table also prices a model at a provider that genai-prices does not know, and cached input where it has no \
price of its own; where no table has one, cached input costs what fresh input costs.
`make prices` fetches the newest of both, see [explain a price](../how-to/explain-a-price.md).

Where both know a model and one puts a call at more than 1 % above the other, the first table's price counts, \
`llm_cost_disputed_dollars_total` counts it as well, and `watchkeeper price` shows both."""
_BY_PROVIDER = """\
Models of LiteLLM's table that chat, complete, embed, rerank or transcribe, without names that have a region in their \
path, on {day}.
Not compared are models that cost less at some hours, or have a fee for each request.
Without a price are models that chat or embed for which LiteLLM's table has none, or 0."""
_DISAGREEMENTS = """\
Current models about which the tables disagree, in US dollars per million tokens of fresh input, cached input and \
output; where they differ for long inputs only, from which size on.
The sources are those that the tables name, and public excerpts of the providers' pages; look at a provider's page of
today before money depends on it.
Right is the table that has what the provider asks; `depends` is where the model's name does not say what was bought."""


def render() -> str:
    """Return the page."""
    tables = shipped_tables()
    compared = list(compare(tables))
    first, second = tables.first, tables.second
    return page(
        "Prices",
        "services/watchkeeper/prices and docs/reference/price_verdicts.yml",
        _INTRODUCTION.format(
            first=first.source, first_day=first.published, second=second.source, second_day=second.published
        ),
        "## The tables by provider",
        _BY_PROVIDER.format(day=as_of(tables)),
        table(["provider", *(same.value for same in Same), "without a price"], _by_provider(tables, compared)),
        "## Disagreements",
        _DISAGREEMENTS,
        *(_disagreement(verdict, compared) for verdict in verdicts()),
    )


def _by_provider(tables: PriceTables, compared: Iterable[Compared]) -> Iterator[list[str]]:
    """A row for each provider of both tables, one for all others, and the sum."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in compared:
        counts[one.provider][one.same] += 1
    others = {name for name, of in counts.items() if set(of) == {Same.SECOND_ONLY}}
    for provider, names in tables.second.without_price.items():
        counts[provider]["without"] += len(names)
    rest = sum((of for name, of in counts.items() if name in others or len(of) == 1), Counter())
    yield from (_row(code(name), of) for name, of in sorted(counts.items()) if name not in others and len(of) > 1)
    yield _row(f"{len(others)} others", rest)
    yield _row("all", sum(counts.values(), Counter()))


def _row(name: str, of: Counter[str]) -> list[str]:
    return [name, *(f"{of[key]:,}" for key in (*Same, "without"))]


def _disagreement(verdict: Verdict, compared: Iterable[Compared]) -> str:
    """The verdict, and the models that it is about."""
    about = [one for one in compared if one.same is Same.OTHER and verdict_on(one) is verdict]
    rows = ([code(f"{one.provider}/{one.model}"), _above(one), _usd(one.first), _usd(one.second)] for one in about)
    head = f"**Right: {verdict.right}.** {verdict.why.strip()}"
    return f"{head}\n\n{table(['model', 'above', 'genai-prices', 'LiteLLM'], rows)}"


def _above(one: Compared) -> str:
    return f"{one.above:,} tokens" if one.above else ""


def _usd(rates: Rates | None) -> str:
    if rates is None:
        return ""
    return " / ".join(_amount(amount) for amount in (rates.fresh_input, rates.cached_input, rates.plain_output))


def _amount(per_token: Decimal) -> str:
    return f"{(per_token * _MILLION).normalize():f}"

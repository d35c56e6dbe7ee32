"""Write the table of retirements again, from the table of models that LiteLLM ships.

Once a month: ``pip download --no-deps litellm==VERSION``, then
``python -m docs.reference.retirement_table FILE.whl DATE``, with the day that version was published.
"""

import json
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from watchkeeper.model.providers import provider_named
from watchkeeper.prices.retirement_names import retirement_name

TABLE = Path(__file__).parents[2] / "services/watchkeeper/prices/retirements.json"
_MODELS = "litellm/model_prices_and_context_window_backup.json"
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
# Those that calls name as their provider; the others of LiteLLM's are places of its own.
_PROVIDERS = frozenset(
    {
        "anthropic",
        "aws.bedrock",
        "azure.ai.inference",
        "azure.ai.openai",
        "cerebras",
        "databricks",
        "deepseek",
        "fireworks",
        "gcp.gemini",
        "gcp.vertex_ai",
        "mistral_ai",
        "moonshot_ai",
        "openai",
        "together",
        "x_ai",
    }
)
# LiteLLM's names have the maker of a model in the provider's, and the provider and a region before the model's.
_KIND = re.compile(r"^text-completion-|-[a-z0-9]+[-_]models$|_converse$")
_PREFIX = re.compile(
    r"^(openai|anthropic|bedrock|azure|azure_ai|vertex_ai|gemini|mistral|xai|deepseek|moonshot|together_ai"
    r"|fireworks_ai|cerebras|databricks)/"
)
_PLACE = re.compile(r"^[a-z]{2}(-gov)?-[a-z]+-[0-9]/")
# What makes pictures and films has no tokens to watch.
_MODES = frozenset({"chat", "completion", "responses", "embedding", "rerank", "moderation"})


def main() -> None:
    """Write the file."""
    wheel, published = Path(sys.argv[1]), sys.argv[2]
    with zipfile.ZipFile(wheel) as archive:
        models = json.loads(archive.read(_MODELS))
    version = wheel.name.split("-")[1]
    table = {"source": f"LiteLLM {version}", "published": published, "providers": dates(models)}
    TABLE.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def dates(models: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """The dates by provider and model; where regions differ, the first of them."""
    found: dict[str, dict[str, str]] = {}
    for provider, model, day in _entries(models):
        of_provider = found.setdefault(provider, {})
        of_provider[model] = min(day, of_provider.get(model, day))
    return found


def _entries(models: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for key, about in models.items():
        day, named = str(about.get("deprecation_date") or ""), str(about.get("litellm_provider") or "")
        provider = provider_named(_KIND.sub("", named))
        if provider in _PROVIDERS and about.get("mode") in _MODES and _DAY.fullmatch(day):
            yield provider, retirement_name(_PLACE.sub("", _PREFIX.sub("", key))), day


if __name__ == "__main__":
    main()

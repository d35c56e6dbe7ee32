"""Renew LiteLLM's table as it ships with Watchkeeper: ``python -m docs.reference.shipped_prices``.

genai-prices ships by its pin in pyproject.toml; its day is in ``watchkeeper.prices.genai``.
"""

import sys
import tempfile
from pathlib import Path

import watchkeeper.prices
from watchkeeper.operator.prices.packages import fetch
from watchkeeper.operator.prices.tables_of import litellm_file

SHIPPED = Path(watchkeeper.prices.__file__).parent / "litellm.json"

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        package = fetch(Path(folder), ("litellm",))["litellm"]
        SHIPPED.write_text(litellm_file(package), encoding="utf-8")
    sys.stdout.write(f"{SHIPPED}: litellm {package.version} of {package.published}\n")

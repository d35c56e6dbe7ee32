"""The page of packs claims nothing that is not there."""

import re

import pytest
import yaml
from docs.reference import packs_page
from docs.reference.rule_files import ROOT, topics

PACKS = yaml.safe_load((ROOT / packs_page.SOURCE).read_text(encoding="utf-8"))
# Topics whose alerts are all of packs.
OF_PACKS = ("coding_agents", "inference", "llm_mcp", "gateways", "llm_ceilings", "llm_models")


def test_every_alert_of_a_pack_is_on_the_page() -> None:
    """A new one would be missing, silently."""
    alerts = {rule["alert"] for topic in topics() if topic.file.stem in OF_PACKS for rule in topic.alerts}
    page = packs_page.render()

    assert len(alerts) > 10
    assert {alert for alert in alerts if f"[{alert}]" not in page} == set()


@pytest.mark.parametrize("pack", [one for one in PACKS if "shown_by" in one], ids=lambda one: one["pack"])
def test_a_test_of_its_own_is_about_the_page_that_has_all_panels(pack: dict[str, str]) -> None:
    """It shows every panel of one page: the pack has none elsewhere."""
    (shown,) = {page for page, _ in packs_page.panels_of(pack["metrics"])}
    file, _, function = pack["shown_by"].partition("::")

    assert re.search(rf"^def {function}\b", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    assert shown.lower() == pack["pack"].lower()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"fixtures": ["golden/payloads/no-such-agent-*"]}, "golden/payloads/no-such-agent-* must be there"),
        ({"alerts": "NoSuchAlert"}, "NoSuchAlert must be there"),
        ({"metrics": "llm_no_such_metric"}, "llm_no_such_metric must be there"),
        ({"sums": ["tests/golden/test_mcp.py::test_nothing"]}, "tests/golden/test_mcp.py::test_nothing must be there"),
        ({"unused": "tests/golden/test_mcp.py::test_free"}, "tests/golden/test_mcp.py::test_free must be there"),
        ({"how_to": "no-such-page"}, "docs/how-to/no-such-page.md must be there"),
    ],
)
def test_what_is_not_there_is_refused(change: dict[str, object], problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page cannot be made with a claim that nothing holds."""
    monkeypatch.setattr(packs_page.yaml, "safe_load", lambda text: _with(change, text))

    with pytest.raises(LookupError, match=re.escape(problem)):
        packs_page.render()


_load = yaml.safe_load


def _with(change: dict[str, object], text: str) -> object:
    """The file with a change in its first pack; other files as they are."""
    loaded = _load(text)
    return [{**loaded[0], **change}] if isinstance(loaded, list) else loaded

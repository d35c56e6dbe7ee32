"""The own pages of the exporter as a browser shows them: what was delivered is in the inbox, and it can be seen."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.browser import draw, text_of
from tests.support.own_pages import DELIVERED, MESSAGES, PAGES, PICTURES, own_pages

# A picture of one colour has four kilobytes.
_LEAST_BYTES = 20_000


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An exporter with traffic and notifications."""
    with own_pages(tmp_path_factory.mktemp("exporter")) as found:
        yield found


def test_the_inbox_shows_what_was_delivered(url: str, tmp_path: Path) -> None:
    """Each message, the newest first, the one that is over marked, with why the number moved in its own style."""
    page = text_of(f"{url}/inbox", tmp_path / "profile")

    articles = page.split("<article")[1:]
    assert len(articles) == len(DELIVERED)
    assert "LLMProviderOutage" in articles[-1]
    assert '<span class="good">resolved' in articles[-2]
    assert "<em>Why:</em>" in articles[-2]
    assert "/runbooks/LLMErrorRateHigh" in articles[-2]


def test_a_page_can_be_drawn_and_is_not_empty(url: str, tmp_path: Path) -> None:
    """As the pictures of the README are."""
    draw(f"{url}/inbox", tmp_path / "inbox.png", tmp_path / "profile")

    assert (tmp_path / "inbox.png").stat().st_size > _LEAST_BYTES


@pytest.mark.parametrize("picture", PAGES)
def test_every_picture_is_in_the_readme(picture: str) -> None:
    """And was drawn by tests/support/own_pages.py."""
    readme = (PICTURES.parents[1] / "README.md").read_text(encoding="utf-8")

    assert f"docs/pictures/{picture}.png" in readme
    assert (PICTURES / f"{picture}.png").stat().st_size > _LEAST_BYTES


def test_the_message_of_the_readme_is_one_that_was_delivered() -> None:
    """Word for word, as Alertmanager's templates made it."""
    readme = (PICTURES.parents[1] / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"```text\n(.*?)```", readme, re.DOTALL)[0].strip().split("\n")
    [sent] = json.loads((MESSAGES / "critical" / "slack.json").read_text(encoding="utf-8"))["attachments"]

    delivered = [sent["title"], *(re.sub(r"<[^|>]+\|([^>]+)>|[*_]", r"\1", sent["text"]).split("\n"))]
    assert shown == delivered

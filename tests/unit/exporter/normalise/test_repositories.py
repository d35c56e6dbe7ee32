"""One name for a repository, and no secrets of its address."""

import pytest

from watchkeeper.exporter.normalise.repositories import repository_named


@pytest.mark.parametrize(
    ("reported", "name"),
    [
        pytest.param("search-service", "search-service", id="a name"),
        pytest.param("acme/search-service", "acme/search-service", id="an owner and a name"),
        pytest.param("https://github.com/acme/search.git", "acme/search", id="an address"),
        pytest.param("https://bob:ghp_secret@github.com/acme/search.git", "acme/search", id="with credentials"),
        pytest.param("https://gitlab.example.com:8443/group/sub/search/", "group/sub/search", id="within groups"),
        pytest.param("git@github.com:acme/search.git", "acme/search", id="as git writes it"),
        pytest.param("ssh://git@github.com:22/acme/search.git", "acme/search", id="over SSH"),
        pytest.param("https://github.com/acme/search?token=secret#readme", "acme/search", id="with parameters"),
        pytest.param("/home/bob/work/search", "search", id="a folder, which names a person"),
        pytest.param("C:\\Users\\bob\\search\\", "search", id="a folder on Windows"),
        pytest.param("file:///home/bob/search.git", "search", id="the address of a folder"),
        pytest.param("x" * 5000, "x" * 128, id="no name at all"),
        pytest.param("https://", "https:", id="half an address"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_repository_has_one_name(reported: str, name: str) -> None:
    """Whoever reports it, and however."""
    assert repository_named(reported) == name

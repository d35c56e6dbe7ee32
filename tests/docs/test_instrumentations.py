import pytest
from docs.reference import client_page
from tests.clients.run_app import settings
from tests.clients.table import CLIENTS, FOLDER, Client


def test_the_pages_are_those_of_the_table() -> None:
    """The how-to and the README report what clients.toml says."""
    page = client_page.ROOT / "docs" / "how-to" / "instrumentations.md"

    assert page.read_text(encoding="utf-8") == client_page.render()
    assert (client_page.ROOT / "README.md").read_text(encoding="utf-8") == client_page.render_readme()


@pytest.mark.parametrize("client", CLIENTS, ids=[client.id for client in CLIENTS])
def test_the_lines_are_those_that_are_run(client: Client) -> None:
    """What a reader copies is what the test ran: in the app, by its command or by its environment."""
    app = (FOLDER / "apps" / client.app).read_text(encoding="utf-8").splitlines()
    commands = [f"{client.run} python app.py"]

    for line in client.lines:
        assert line in app or line in commands or line.startswith("pip install ")


@pytest.mark.parametrize("client", CLIENTS, ids=[client.id for client in CLIENTS])
def test_every_row_sets_what_was_set_when_it_was_run(client: Client) -> None:
    """Where the exporter is, and the name of the service, unless the code says that."""
    given = dict(pair.split("=", 1) for pair in client.sets or client_page.OTEL_VARIABLES)
    ran = {**settings("http://localhost:1"), client.endpoint: "http://localhost:4318"}
    app = (FOLDER / "apps" / client.app).read_text(encoding="utf-8")

    assert given.items() <= ran.items()
    assert client.endpoint in given
    assert "OTEL_SERVICE_NAME" in given or "my-app" in app

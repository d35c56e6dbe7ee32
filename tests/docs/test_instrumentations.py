import pytest
from docs.reference import client_page
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
        is_setting = line.startswith(f"export {client.endpoint}=")
        assert line in app or line in commands or line.startswith("pip install ") or is_setting

import pytest
from tests.support.exporter import JSON, run_exporter


@pytest.mark.parametrize("path", ["//v1/traces", "/v1/traces/", "/v1//traces", "//v1/logs//", "/v1/events/"])
def test_slashes_too_many(path: str) -> None:
    """An endpoint with a slash at its end, before a path with one at its beginning, is no reason to lose telemetry."""
    with run_exporter() as exporter:
        reply = exporter.client.post(
            f"http://testserver{path}", content="[]" if "events" in path else "{}", headers=JSON
        )

    assert reply.status_code == 200


def test_a_path_that_is_none_stays_unknown() -> None:
    """Only slashes are forgiven."""
    with run_exporter() as exporter:
        assert exporter.client.post("http://testserver//v1/trace", content="{}", headers=JSON).status_code == 404

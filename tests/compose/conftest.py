"""One engine, one set of images and one bundle for all tests; fresh first, then with secrets, then damaged."""

import logging
from collections.abc import Iterator

import pytest
from tests.compose.bundle import ComposeBundle, make_bundle, running, send_pagerduty_to
from tests.compose.commands import log, run
from tests.compose.engine import docker_engine
from tests.compose.images import Images, provide_images
from tests.e2e.support.payloads import Payload, all_names, load
from tests.e2e.support.receivers import ROUTING_KEY, Receivers
from tests.support.sid import exclusive

NAME = "watchkeeper-e2e"
ORDER = (
    "test_engine",
    "test_fresh",
    "test_operations",
    "test_secrets",
    "test_restarts",
    "test_outages",
    "test_rotation",
    "test_replicas",
    "test_push",
    "test_full_disk",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files: what one leaves behind, the next one starts from."""
    items.sort(key=lambda item: ORDER.index(item.path.stem) if item.path.stem in ORDER else -1)


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Images]:
    """A Docker engine that answers, for this run alone, and an image for each service."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Two runs at once would take each other's containers away, or the engine itself.
    with exclusive(), docker_engine(tmp_path_factory.mktemp("engine")):
        yield provide_images()


@pytest.fixture(scope="session")
def bundle(images: Images, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeBundle]:
    """The bundle, up and healthy on an empty environment: no .env, no secret, nothing stored."""
    bundle = make_bundle(tmp_path_factory.mktemp("compose") / "project", images, NAME)
    log.info("building the exporter's image from services/Dockerfile")
    bundle.compose("build", "--quiet", "exporter", seconds=900)
    with running(bundle):
        yield bundle


@pytest.fixture(scope="session")
def posted(bundle: ComposeBundle) -> list[Payload]:
    """Every payload, byte for byte as its client sent it; a scrape lies between any two."""
    payloads = [load(name) for name in all_names()]
    for payload in payloads:
        bundle.post_payload(payload)
        bundle.let_prometheus_scrape()
    log.info("%d payloads of real clients are posted", len(payloads))
    return payloads


@pytest.fixture(scope="session")
def receivers(bundle: ComposeBundle) -> Iterator[Receivers]:
    """Servers in the place of Slack and PagerDuty on Docker's bridge; the bundle gets them by its secrets."""
    gateway = _address_of_this_machine(bundle.images)
    with Receivers(host=gateway) as receivers:
        log.info("Slack and PagerDuty are played at %s", receivers.url)
        secrets = {"slack_api_url": f"{receivers.url}/slack", "pagerduty_routing_key": ROUTING_KEY}
        for name, value in secrets.items():
            file = bundle.folder / "secrets" / name
            file.write_text(f"{value}\n", encoding="utf-8")
            file.chmod(0o644)
        send_pagerduty_to(bundle.folder, f"{receivers.url}/pagerduty")
        log.info("make up, with secrets")
        bundle.make_up()
        yield receivers


def _address_of_this_machine(images: Images) -> str:
    """Return the address by which containers reach what runs beside the engine."""
    options = ["--add-host=here:host-gateway", "--entrypoint=/bin/cat", images.by_name["prometheus"]]
    hosts = run(["docker", "run", "--rm", *options, "/etc/hosts"])
    return next(line.split()[0] for line in hosts.splitlines() if line.endswith("here"))

"""A bundle of its own for the tests: free ports, its own folders, time that runs faster, receivers of ours."""

import os
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from tests.e2e.support.endpoints import Endpoints
from tests.e2e.support.receivers import ROUTING_KEY, Receivers
from tests.e2e.support.waiting import ANSWER_SECONDS
from tests.support.ports import free_ports_of_a_bundle
from tests.support.programs import obtain_programs

from watchkeeper.config.load import load_file
from watchkeeper.config.places import Places
from watchkeeper.config.settings import read_settings
from watchkeeper.operator.standalone.bundle import Bundle, down, up
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.readiness import wait_until_ready
from watchkeeper.operator.standalone.shipped import write_config
from watchkeeper.operator.standalone.supervise import start, stop

PROJECT = Path(__file__).resolve().parents[3]

# Minutes of the shipped rules pass in seconds.
TIME_SCALE = 60.0


@dataclass
class Stack(Endpoints):
    """A running bundle of local processes."""

    bundle: Bundle
    components: dict[str, Component]
    receivers: Receivers

    def restart(self, name: str) -> None:
        """Stop one component cleanly and start it again."""
        component = self.components[name]
        stop(component, self.bundle.places)
        record = start(component, self.bundle.places)
        wait_until_ready([(component, record)], self.bundle.places)


def start_stack(
    folder: Path,
    exits: ExitStack,
    time_scale: float = TIME_SCALE,
    environ: Mapping[str, str] | None = None,
    *,
    only: Collection[str] = (),
    adapt: Callable[[Path], None] = lambda _: None,
) -> Stack:
    """Start a bundle below ``folder``, with settings of ``environ``; whatever was started ends with ``exits``.

    ``only`` names the components that are started, where not all are needed; ``adapt`` then gets the folder of their
    files before they read them.
    """
    receivers = exits.enter_context(Receivers())
    client = exits.enter_context(httpx.Client(timeout=ANSWER_SECONDS, trust_env=False))
    places = Places(root=PROJECT, work=folder / "work", secrets=folder / "secrets")
    _write_secrets(places.secrets, receivers)
    bundle = Bundle(
        places=places,
        settings=read_settings(folder, {**free_ports_of_a_bundle(), **(environ or {})}),
        time_scale=time_scale,
        addresses={"https://events.pagerduty.com/v2/enqueue": f"{receivers.url}/pagerduty"},
    )
    exits.callback(down, bundle)
    components = _some(bundle, only, adapt) if only else up(bundle, Console(stderr=True), os.environ)
    return Stack(
        ports=bundle.settings.ports,
        client=client,
        bundle=bundle,
        components={item.name: item for item in components},
        receivers=receivers,
    )


def _some(bundle: Bundle, names: Collection[str], adapt: Callable[[Path], None]) -> list[Component]:
    """Start some components of a bundle; nothing watches over them."""
    bundle.places.make()
    file = load_file(bundle.settings.config_file(PROJECT))
    write_config(bundle.places, bundle.rendering, file, bundle.settings.inbox)
    adapt(bundle.places.config)
    components = [item for item in bundle.components(obtain_programs(PROJECT)) if item.name in names]
    started = []
    for component in components:
        (bundle.places.data / component.name).mkdir(parents=True, exist_ok=True)
        started.append((component, start(component, bundle.places)))
    wait_until_ready(started, bundle.places)
    return components


def _write_secrets(folder: Path, receivers: Receivers) -> None:
    folder.mkdir(parents=True)
    (folder / "slack_api_url").write_text(f"{receivers.url}/slack\n", encoding="utf-8")
    (folder / "pagerduty_routing_key").write_text(f"{ROUTING_KEY}\n", encoding="utf-8")

"""The manifests of docs/how-to/run-on-kubernetes.md: valid by Kubernetes' schemas, as hardened as the bundle."""

from typing import Any

import kubernetes_validate
import pytest
import yaml
from tests.config.conftest import ROOT
from tests.support.compose_policy import with_defaults
from tests.support.documents import code_blocks

PAGE = ROOT / "docs/how-to/run-on-kubernetes.md"
VERSION = "1.37"


def manifests() -> list[dict[str, Any]]:
    """Return every object that the page shows."""
    blocks = (block.text for block in code_blocks(PAGE) if block.text.startswith("apiVersion:"))
    return [found for text in blocks for found in yaml.safe_load_all(text)]


def named(kind: str) -> list[dict[str, Any]]:
    """Return the objects of a kind."""
    return [found for found in manifests() if found["kind"] == kind]


@pytest.mark.parametrize("manifest", manifests(), ids=lambda found: f"{found['kind']}-{found['metadata']['name']}")
def test_the_schema_of_kubernetes_accepts_it(manifest: dict[str, Any]) -> None:
    """Strictly: a key that Kubernetes does not know is an error."""
    kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_a_wrong_key_would_be_noticed() -> None:
    """The validation above can fail."""
    [stateful] = named("StatefulSet")

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(stateful | {"specs": {}}, VERSION, strict=True)


@pytest.mark.parametrize(("kind", "service"), [("StatefulSet", "exporter"), ("Deployment", "analyzer")])
def test_the_container_is_as_hardened_as_in_the_bundle(kind: str, service: str) -> None:
    """Not root, nothing writable but its volumes, no capability, no way to more, its command and limit of memory."""
    pod = named(kind)[0]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"][service]

    assert f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" == compose["user"]
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    limit = with_defaults(compose["mem_limit"]).replace("m", "Mi")
    assert (container["args"], container["resources"]["limits"]["memory"]) == (compose["command"], limit)
    assert [f"{port['containerPort']}" for port in container["ports"]] == [compose["environment"]["WATCHKEEPER_PORT"]]


def test_services_and_volumes_fit_together() -> None:
    """Selectors find the pods, mounts have volumes, and the headless service is the one of the StatefulSet."""
    [stateful] = named("StatefulSet")
    pod = stateful["spec"]["template"]
    labels = pod["metadata"]["labels"]
    claims = {claim["metadata"]["name"] for claim in stateful["spec"]["volumeClaimTemplates"]}
    volumes = claims | {volume["name"] for volume in pod["spec"]["volumes"]}

    assert {mount["name"] for mount in pod["spec"]["containers"][0]["volumeMounts"]} == volumes
    assert all(service["spec"]["selector"].items() <= labels.items() for service in named("Service"))
    headless = [found["metadata"]["name"] for found in named("Service") if found["spec"].get("clusterIP") == "None"]
    assert headless == [stateful["spec"]["serviceName"]]

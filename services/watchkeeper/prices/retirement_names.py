"""One name of a model for the table of retirements and for calls, whatever a cloud puts around it. Pure."""

import re

# A region, or how far a deployment reaches, before the name: eu.anthropic.claude…, azure's eu/gpt-4o.
_REGION = re.compile(r"^(us|eu|au|jp|apac|global|us-gov|global-standard)[./](?=.)")
_PUBLISHER = re.compile(r"^(accounts/fireworks/(models|routers)|models|publishers/[a-z0-9-]+/models)/")
# What Vertex AI and Bedrock put behind it.
_BEHIND = re.compile(r"(@default|:[0-9]+)$")


def retirement_name(model: str) -> str:
    """The model's name without regions, publishers and revisions of a cloud, in lower case."""
    name = _PUBLISHER.sub("", model.lower())
    return _BEHIND.sub("", _REGION.sub("", name))

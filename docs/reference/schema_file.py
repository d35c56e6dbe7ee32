"""docs/reference/watchkeeper.schema.json: what editors check watchkeeper.yml against while it is written."""

import json

from watchkeeper.config.schema import ConfigFile


def render() -> str:
    """Return the JSON Schema. A section whose every line is commented out is null, and as good as absent."""
    schema = ConfigFile.model_json_schema()
    schema["properties"] = {key: {"anyOf": [part, {"type": "null"}]} for key, part in schema["properties"].items()}
    whole = {"$schema": "http://json-schema.org/draft-07/schema#", **schema, "title": "watchkeeper.yml"}
    return json.dumps(whole, indent=1, sort_keys=True) + "\n"

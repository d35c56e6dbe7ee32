"""Parts of usage that have prices of their own: an hour in the cache, sound, pictures, searches.

Clients report them as attributes, flat or in the provider's own objects; most calls have none.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import asdict

from watchkeeper.exporter.normalise.values import Attributes, as_count, first_count
from watchkeeper.model import UsageParts

_U = "gen_ai.usage."
# Where each part is among the attributes of a span; the first is where dialects write it.
_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "cache_write_1h": (
        "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
        f"{_U}cache_creation.ephemeral_1h_input_tokens",
        f"{_U}details.ephemeral_1h_input_tokens",
        f"{_U}cache_write_1h.input_tokens",
    ),
    "input_audio": (
        "llm.token_count.prompt_details.audio",
        f"{_U}input_tokens.audio",
        f"{_U}input_audio_tokens",
        f"{_U}details.input_audio_tokens",
        f"{_U}audio.input_tokens",
        f"{_U}input_token_details.audio",
    ),
    "output_audio": (
        "llm.token_count.completion_details.audio",
        f"{_U}output_tokens.audio",
        f"{_U}output_audio_tokens",
        f"{_U}details.output_audio_tokens",
        f"{_U}audio.output_tokens",
        f"{_U}output_token_details.audio",
    ),
    "input_image": (
        "llm.token_count.prompt_details.image",
        f"{_U}input_tokens.image",
        f"{_U}input_image_tokens",
        f"{_U}details.input_image_tokens",
    ),
    "output_image": (
        "llm.token_count.completion_details.image",
        f"{_U}output_tokens.image",
        f"{_U}output_image_tokens",
        f"{_U}details.output_image_tokens",
    ),
    "web_searches": (
        f"{_U}web_searches",
        f"{_U}web_search_requests",
        f"{_U}server_tool_use.web_search_requests",
        f"{_U}details.web_search_requests",
        "anthropic.usage.server_tool_use.web_search_requests",
    ),
    "file_searches": (f"{_U}file_searches", f"{_U}details.file_search_requests"),
}
PART_NAMES = tuple(name for names in _ATTRIBUTES.values() for name in names)
# Where each part is in a provider's usage object: (objects inside of it, or "" for itself; names).
_OBJECTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "cache_write_1h": (
        ("cache_creation", "input_token_details", ""),
        ("ephemeral_1h_input_tokens", "input_ephemeral_1h_input_tokens"),
    ),
    "input_audio": (
        ("prompt_tokens_details", "input_tokens_details", "input_token_details", ""),
        ("audio_tokens", "audio", "input_audio_tokens", "input_audio"),
    ),
    "output_audio": (
        ("completion_tokens_details", "output_tokens_details", "output_token_details", ""),
        ("audio_tokens", "audio", "output_audio_tokens", "output_audio"),
    ),
    "input_image": (
        ("prompt_tokens_details", "input_tokens_details", "input_token_details", ""),
        ("image_tokens", "image", "input_image_tokens", "input_image"),
    ),
    "output_image": (
        ("completion_tokens_details", "output_tokens_details", "output_token_details", ""),
        ("image_tokens", "image", "output_image_tokens", "output_image"),
    ),
    "web_searches": (
        ("", "server_tool_use", "server_side_tool_usage_details"),
        ("web_search_requests", "web_searches", "web_search_calls"),
    ),
    "file_searches": (("", "server_side_tool_usage_details"), ("file_search_requests", "file_search_calls")),
}
# Outside of an object of the input or the output, a name has to say itself which of the two it is about.
_SAYS_NOT_WHERE = ("audio", "image")
# Beside the objects, Gemini counts by modality: [{"modality": "AUDIO", "tokenCount": 5}].
_INPUT_MODALITIES = (("input_audio", "AUDIO"), ("input_image", "IMAGE"))
_OUTPUT_MODALITIES = (("output_audio", "AUDIO"), ("output_image", "IMAGE"))
_MODALITIES = {
    "promptTokensDetails": _INPUT_MODALITIES,
    "prompt_tokens_details": _INPUT_MODALITIES,
    "candidatesTokensDetails": _OUTPUT_MODALITIES,
    "candidates_tokens_details": _OUTPUT_MODALITIES,
}


def _by_place() -> dict[str, dict[str, tuple[str, int]]]:
    """Object -> name in it -> part, and its rank among the names of that part."""
    places: dict[str, dict[str, tuple[str, int]]] = {}
    for part, (objects, names) in _OBJECTS.items():
        ranked = ((place, name) for place in objects for name in names)
        for rank, (place, name) in enumerate(ranked):
            if place or not name.startswith(_SAYS_NOT_WHERE):
                places.setdefault(place, {})[name] = part, rank
    return places


_PLACES = _by_place()
_FLAT = _PLACES[""]
_LAST_RANK = 99


def parts_of(attributes: Attributes, there: Iterable[str] = PART_NAMES) -> UsageParts | None:
    """The parts that attributes report, ``there`` of PART_NAMES; None where all are 0, as in most calls."""
    if not any(map(attributes.get, there)):
        return None
    return _parts({part: first_count(attributes, *names) for part, names in _ATTRIBUTES.items()})


def parts_in(usage: Mapping[str, Any]) -> UsageParts | None:
    """The parts in a provider's own usage object; None where there are none."""
    best: dict[str, tuple[int, int]] = {}
    for name, value in usage.items():
        if not value:  # most clients name the parts that a call has none of
            continue
        if name in _FLAT:
            _keep(best, _FLAT[name], value)
        elif isinstance(value, dict):
            inside = _PLACES.get(name, {})
            for key, count in value.items():
                if count and key in inside:
                    _keep(best, inside[key], count)
        elif isinstance(value, list):
            for part, modality in _MODALITIES.get(name, ()):
                _keep(best, (part, _LAST_RANK), _of_modality(value, modality))
    return UsageParts(**{part: count for part, (_, count) in best.items()}) if best else None


def _keep(best: dict[str, tuple[int, int]], place: tuple[str, int], value: object) -> None:
    """Note a count of a part, where no better place has one."""
    part, rank = place
    count = as_count(value)
    if count and (part not in best or rank < best[part][0]):
        best[part] = rank, count


def parts_as_reported(parts: UsageParts | None) -> Attributes:
    """The parts under names that ``parts_of`` reads."""
    if parts is None:
        return {}
    return {_ATTRIBUTES[part][0]: count for part, count in asdict(parts).items() if count}


def _parts(counts: Mapping[str, int | None]) -> UsageParts | None:
    known = {part: count for part, count in counts.items() if count}
    return UsageParts(**known) if known else None


def _of_modality(details: Iterable[Any], modality: str) -> int | None:
    counts = [
        as_count(detail.get("tokenCount", detail.get("token_count"))) or 0
        for detail in details
        if isinstance(detail, dict) and str(detail.get("modality", "")).upper().endswith(modality)
    ]
    return sum(counts) or None

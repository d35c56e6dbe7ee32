"""GET /v1/judges and POST /v1/judges/{evaluator}/{criterion}/score: what `watchkeeper judges calibrate` asks."""

from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from watchkeeper.analyzer.web.replies import not_json, refusal, reply
from watchkeeper.errors import WatchkeeperError
from watchkeeper.serving.routes import PlainRoute

if TYPE_CHECKING:
    from watchkeeper.analyzer.judge.judges import Judges

_NOT_FOUND, _BAD_REQUEST, _BAD_GATEWAY, _TOO_LARGE = 404, 400, 502, 413
# An input, an output and a context of a hundred thousand characters.
_MAX_BYTES = 1024 * 1024


def judge_routes(judges: "Judges | None") -> list[BaseRoute]:
    """Return the routes; as with canaries, no page that a browser shows can ask for a score."""
    panels = judges.panels if judges else {}

    async def names(_request: Request) -> Response:
        """Evaluators, and of each criterion its scale and categories."""
        return reply(
            {
                name: {
                    one.name: {
                        "scale": one.scale,
                        "lowest": one.lowest,
                        "highest": one.highest,
                        "categories": one.categories,
                    }
                    for one in panel.evaluator.criteria
                }
                for name, panel in panels.items()
            }
        )

    async def score(request: Request) -> Response:
        """Score one text."""
        if (refused := not_json(request)) is not None:
            return refused
        if judges is None or int(request.headers.get("content-length", _MAX_BYTES + 1)) > _MAX_BYTES:
            return refusal(*((_NOT_FOUND, "there are no evaluators") if judges is None else (_TOO_LARGE, "too large")))
        try:
            material = msgspec.json.decode(await request.body(), type=dict[str, str])
            evaluator, criterion = request.path_params["evaluator"], request.path_params["criterion"]
            result = await judges.score(evaluator, criterion, material)
        except msgspec.DecodeError:
            return refusal(_BAD_REQUEST, "the body must be an object of texts: input, output, context, metadata.NAME")
        except LookupError:
            return refusal(_NOT_FOUND, f"there is no such evaluator and criterion; evaluators: {', '.join(panels)}")
        except WatchkeeperError as error:
            return refusal(_BAD_GATEWAY, str(error))
        verdict = msgspec.to_builtins(result.verdict) if result.verdict else None
        return reply({"verdict": verdict, "error_type": result.error_type, "error": result.error})

    return [
        PlainRoute("/v1/judges", names, methods=["GET"]),
        PlainRoute("/v1/judges/{evaluator}/{criterion}/score", score, methods=["POST"]),
    ]

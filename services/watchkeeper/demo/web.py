"""The demo's own routes: a page with a button for each scenario, and the same for programs."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader

from watchkeeper.demo.current import Current
from watchkeeper.demo.scenarios import SCENARIOS, USUAL_MINUTES, Scenario, scenario_named
from watchkeeper.serving.browsers import is_known_host

LONGEST_MINUTES = 24 * 60

_pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)


def add_routes(
    app: FastAPI, current: Current, started: Callable[[Scenario, Scenario], Awaitable[None]], *, has_own_provider: bool
) -> None:
    """Let people see and change the scenario; ``started`` is called with each that begins and the one before."""

    @app.get("/")
    async def show(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            page = _pages.get_template("page.html").render(
                now=current.scenario,
                minutes_left=current.minutes_left,
                scenarios=SCENARIOS,
                has_own_provider=has_own_provider,
            )
            return HTMLResponse(page)
        scenarios = {scenario.name: scenario.effect for scenario in SCENARIOS}
        left = round(current.minutes_left, 1)

        return JSONResponse({"scenario": current.scenario.name, "minutes_left": left, "scenarios": scenarios})

    @app.post("/scenario/{name}")
    async def change(name: str, request: Request, minutes: float = USUAL_MINUTES) -> Any:
        refuse_foreign(request)
        scenario = chosen(name, has_own_provider=has_own_provider)
        if not 0 < minutes <= LONGEST_MINUTES:
            raise HTTPException(422, f"minutes must be > 0 and at most {LONGEST_MINUTES}, got {minutes:g}")
        before = current.scenario
        current.change(scenario, minutes)
        await started(scenario, before)
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse("/", 303)
        answer = {
            "effect": scenario.effect,
            "alert": scenario.alert,
            "expected": scenario.expected,
            "needs": scenario.needs,
        }
        return {"scenario": scenario.name, "minutes": minutes, **answer}


def refuse_foreign(request: Request) -> None:
    """Let no page of another site start a scenario; the exporter's own rules for browsers allow no forms at all.

    Raises: HTTPException.
    """
    is_foreign = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
    if is_foreign or not is_known_host(request.headers.get("host", "")):
        raise HTTPException(403, "a scenario is started from the demo's own page, or by make simulate")


def chosen(name: str, *, has_own_provider: bool) -> Scenario:
    """The scenario of that name.

    Raises: HTTPException with a sentence for one that is not there, or that a real endpoint cannot play.
    """
    scenario = scenario_named(name)
    if scenario is None:
        raise HTTPException(404, f"scenario must be one of {', '.join(item.name for item in SCENARIOS)}, got {name!r}")
    if scenario.changes_the_provider and not has_own_provider:
        raise HTTPException(409, f"{scenario.name} changes the model server, and the demo calls a real endpoint")
    return scenario

"""The commands about judges: thin, each a few calls into the modules that do the work."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator import analyzer
from watchkeeper.operator.judges.calibrate import Calibrated, calibrate, criteria
from watchkeeper.operator.judges.labels import read_labels
from watchkeeper.operator.judges.statistics import CategoryCalibration, NumberCalibration

console = Console()
judges = typer.Typer(no_args_is_help=True, help="Models that score answers.")


@judges.command("calibrate")
def calibrate_judges(
    file: Annotated[Path, typer.Argument(help="CSV with input, output, context, metadata.NAME and label.")],
    evaluator: Annotated[str, typer.Option(help="Of watchkeeper.yml; not needed where there is one.")] = "",
    criterion: Annotated[str, typer.Option(help="Of the evaluator; not needed where there is one.")] = "",
) -> None:
    """Compare judges with people's labels: agreement, bias, confusion, confidence; each row costs a verdict."""
    rows = read_labels(file)
    with analyzer.client() as client:
        known = criteria(client)
        evaluator = _chosen("evaluator", evaluator, known)
        criterion = _chosen("criterion", criterion, known[evaluator])
        path = f"/v1/judges/{evaluator}/{criterion}/score"
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Scored", total=len(rows))
            found = calibrate(client, path, known[evaluator][criterion], rows, lambda: progress.advance(task))
    for line in _lines(found):
        console.print(line, highlight=False, soft_wrap=True)
    if found.found is None:
        raise typer.Exit(1)


def _chosen(kind: str, name: str, known: Mapping[str, Any]) -> str:
    if not name and len(known) == 1:
        return next(iter(known))
    if name not in known:
        raise WatchkeeperError(f"--{kind} must be one of {', '.join(known) or 'none'}, got {name or 'nothing'!r}")
    return name


def _lines(calibrated: Calibrated) -> Iterator[str | Table]:
    for kind, count in calibrated.failed.items():
        yield f"{count} rows have no verdict ({kind}); they are in no number below."
    match calibrated.found:
        case NumberCalibration() as found:
            yield from _numbers(found)
        case CategoryCalibration() as found:
            yield from _categories(found)
        case None:
            yield "No row has a verdict."


def _numbers(found: NumberCalibration) -> Iterator[str]:
    bias = found.bias
    yield f"{found.pairs} rows, scores from 0 to 1"
    yield f"bias: {bias.value:+.3f} (95 % confidence {bias.low:+.3f} to {bias.high:+.3f}); above 0 the judge is kinder"
    yield f"mean difference, whatever its sign: {found.error:.3f}"
    yield f"correlation: {_number(found.correlation)}"
    yield f"agreement (Krippendorff's alpha): {_number(found.alpha)}"


def _categories(found: CategoryCalibration) -> Iterator[str | Table]:
    agreement = found.agreement
    yield (
        f"{found.pairs} rows, agreement {agreement.value:.1%} "
        f"(95 % confidence {agreement.low:.1%} to {agreement.high:.1%})"
    )
    yield f"Cohen's kappa: {_number(found.kappa)}"
    names = sorted({name for pair in found.confusion for name in pair})
    table = Table("people \\ judge", *names)
    for person in names:
        table.add_row(person, *(str(found.confusion.get((person, judge), 0)) for judge in names))
    yield table


def _number(value: float | None) -> str:
    return "not defined, because all values are the same" if value is None else f"{value:.3f}"

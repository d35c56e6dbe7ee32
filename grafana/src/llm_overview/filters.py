"""The filters at the top of the page, as label matchers."""

# Metrics of model calls carry all three; those of tools, branches and the like have no model.
SERVICE = 'service=~"$service"'
CALLS = 'service=~"$service", team=~"$team", model=~"$model"'
OWNED = 'service=~"$service", team=~"$team"'


def ratio(part: str, whole: str) -> str:
    """Divide a part by its whole: no whole gives no value, no part gives 0. Both must have the same labels."""
    return f"(({part}) or 0 * ({whole})) / (({whole}) > 0)"


def part_or_zero(part: str, whole: str) -> str:
    """Return the part, 0 when only the whole is there, and nothing when neither is."""
    return f"({part}) or 0 * ({whole})"

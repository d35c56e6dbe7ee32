"""The filters at the top of the page, as label matchers."""

CHOSEN = 'slo=~"$slo", service=~"$service", team=~"$team"'
# An objective belongs to a service; only its events have the team.
OBJECTIVES = 'slo=~"$slo", service=~"$service"'
BUDGETS = 'budget=~"$budget"'

"""The filters at the top of the page, as label matchers."""

PROMISES = 'slo=~"$slo", service=~"$service", team=~"$team"'
# An objective belongs to a service; which team owns it only its events tell.
OBJECTIVES = 'slo=~"$slo", service=~"$service"'
BUDGETS = 'budget=~"$budget"'

"""The filters at the top of the page, as label matchers."""

CHOSEN = 'service=~"$service", team=~"$team", agent=~"$agent"'
TEAMS = 'team=~"$team"'

"""The filters at the top of the page, as label matchers; and all coding agents."""

from watchkeeper.model.coding_agents import CODING_AGENTS

CHOSEN = 'service=~"$service", team=~"$team", agent=~"$agent"'
TEAMS = 'team=~"$team"'
# All that is chosen may be other agents too, where a metric or a line is of any agent.
OF_AGENTS = f'agent=~"{"|".join(CODING_AGENTS)}"'

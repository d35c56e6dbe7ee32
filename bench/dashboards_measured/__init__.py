"""How long the dashboards take on a month of a company of fifty services."""

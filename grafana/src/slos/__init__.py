"""The dashboard "SLOs and budgets": SLO compliance, error budgets and cost budgets."""

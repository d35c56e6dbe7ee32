"""The dashboard "SLOs and budgets": what was promised to users, what may be spent, and how much of both is left."""

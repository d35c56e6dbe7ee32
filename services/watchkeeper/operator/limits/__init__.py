"""Limits of alerts and what they would have done: asked of the Prometheus that runs, over its own past."""

"""Serve: what the exporter shows of itself: metrics, health, runbooks, a page for newcomers."""

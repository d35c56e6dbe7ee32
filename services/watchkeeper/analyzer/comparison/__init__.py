"""Compares windows of what Prometheus has stored: from the queries to a verdict with its reason for every series."""

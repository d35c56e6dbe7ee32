"""Dashboards as code: every dashboard of this folder becomes one JSON file in grafana/dashboards."""

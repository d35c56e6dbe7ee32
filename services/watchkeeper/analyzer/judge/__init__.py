"""Judges: models that score answers by rubrics; content comes from log lines in Loki, verdicts go to the exporter."""

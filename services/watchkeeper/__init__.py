"""Watchkeeper: monitoring for LLM applications, from telemetry to a delivered alert."""

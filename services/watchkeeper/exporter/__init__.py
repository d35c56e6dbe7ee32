"""The process that takes telemetry in: receive, normalise, enrich, watch, fan out; it stands in nobody's way."""

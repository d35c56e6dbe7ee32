"""The process that takes telemetry in: receive, read, deduplicate, enrich, fan out; it stands in nobody's way."""

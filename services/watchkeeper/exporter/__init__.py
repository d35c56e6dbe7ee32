"""The process that takes telemetry in: receive, read, deduplicate, enrich, fan out; it never blocks the application."""

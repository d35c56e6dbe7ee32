"""The dashboard "Ingestion": whether telemetry arrives whole, and whether the exporter has capacity for it."""

"""Whether destinations of forwarded telemetry have what they acknowledged."""

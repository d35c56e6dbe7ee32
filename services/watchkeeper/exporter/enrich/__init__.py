"""Add: what the telemetry does not say itself: price, owner, a hash in place of a user's id. Pure."""

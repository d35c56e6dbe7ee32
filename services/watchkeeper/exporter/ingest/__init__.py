"""Receive: HTTP bodies become spans, events and incidents; what cannot be read is refused with a reason."""

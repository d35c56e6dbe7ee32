"""The dashboard "Alerts": what fires, what fired, how noisy it is, and whether anyone would be notified."""

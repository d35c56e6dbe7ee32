"""A user, a session or a trace forgotten: what is stored about it, and taking it away."""

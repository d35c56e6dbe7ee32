"""Drills: prove on the running stack that an alert fires, reaches its receiver and resolves."""

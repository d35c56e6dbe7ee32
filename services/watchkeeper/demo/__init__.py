"""A small LLM application that never was: it sends what a real one would, and misbehaves on command."""

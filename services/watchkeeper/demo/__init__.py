"""A small LLM application that is simulated: it sends what a real one would, and simulates failures on command."""

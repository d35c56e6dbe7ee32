"""The dashboard "LLM overview": health and cost of the applications' model calls, and where to look next."""

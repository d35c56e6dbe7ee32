"""The dashboard "LLM overview": how the applications' model calls do, what they cost, and what to look at next."""

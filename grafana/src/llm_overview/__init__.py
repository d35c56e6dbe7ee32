"""The dashboard "LLM overview": whether model calls are well, and if not, which page to open."""

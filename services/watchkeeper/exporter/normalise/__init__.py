"""Understand: spans of any dialect and native events become facts in one vocabulary. Pure."""

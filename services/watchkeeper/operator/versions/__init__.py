"""Versions of prompts, models and applications: which there are, and how two of a prompt differ."""

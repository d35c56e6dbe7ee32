"""Langfuse: scores that people, judges and programs gave there."""

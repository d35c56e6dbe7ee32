"""Texts that are too large for a log line: how they are named, sealed, stored and read again."""

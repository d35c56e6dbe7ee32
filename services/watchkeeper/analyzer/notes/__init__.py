"""What the analyzer must remember over a restart: a few short texts, in the database of the stack's state."""

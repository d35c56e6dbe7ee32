"""What the bench of packs measures, and its figures, which docs/reference/packs.md has."""

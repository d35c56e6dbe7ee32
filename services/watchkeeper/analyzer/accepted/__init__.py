"""Changes that people accepted: what was before one is no reference any more."""

"""The dashboard "Drift": which features of which services have moved, how far, and what was changed then."""

"""The page about coding agents: what they cost whom, how people work with them, and quotas."""

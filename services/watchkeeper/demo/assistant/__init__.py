"""The demo's application: it answers customers, with a model, tools, a search, and people where it is not sure."""

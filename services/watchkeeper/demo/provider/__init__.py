"""The model server of the demo: OpenAI's API for chat completions, with answers from a seed."""

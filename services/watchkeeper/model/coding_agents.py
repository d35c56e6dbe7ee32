"""Agents that write code with a person: what tells their work from an application's."""

# As normalise/coding_agents.py names whoever sends.
CODING_AGENTS = ("claude_code", "codex", "gemini_cli", "qwen_code", "copilot_chat", "copilot_cli")

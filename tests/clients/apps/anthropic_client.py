from contextlib import suppress

from anthropic import Anthropic, RateLimitError

client = Anthropic(max_retries=0)


def ask(text: str, **options: bool) -> object:
    """Ask one question."""
    return client.messages.create(
        model="claude-sonnet-4-5", max_tokens=100, messages=[{"role": "user", "content": text}], **options
    )


ask("How are you?")
list(ask("How are you?", stream=True))
with suppress(RateLimitError):
    ask("too fast")

import os
from contextlib import suppress

import litellm

litellm.callbacks = ["otel"]


def ask(text: str, **options: object) -> object:
    """Ask one question."""
    return litellm.completion(
        model="openai/gpt-4o-mini",
        api_base=os.environ["OPENAI_BASE_URL"],
        messages=[{"role": "user", "content": text}],
        max_retries=0,
        **options,
    )


ask("How are you?")
list(ask("How are you?", stream=True, stream_options={"include_usage": True}))
with suppress(litellm.RateLimitError):
    ask("too fast")

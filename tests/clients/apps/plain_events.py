import json
import os
import urllib.request

from openai import OpenAI

answer = OpenAI().chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "How are you?"}])
reported = answer.usage
event = {
    "type": "llm_call",
    "service": "my-app",
    "provider": "openai",
    "model": answer.model,
    "input_tokens": reported.prompt_tokens,
    "cached_input_tokens": reported.prompt_tokens_details.cached_tokens,
    "output_tokens": reported.completion_tokens,
    "reasoning_tokens": reported.completion_tokens_details.reasoning_tokens,
    "session_id": "session-7",
    "user_id": "user-42",
}
url = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/events"
urllib.request.urlopen(urllib.request.Request(url, json.dumps([event]).encode(), {"content-type": "application/json"}))

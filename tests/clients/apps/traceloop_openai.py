from openai import OpenAI
from openai_calls import make_calls, make_responses
from traceloop.sdk import Traceloop

Traceloop.init(app_name="my-app")

client = OpenAI(max_retries=0)
make_calls(client)
make_responses(client)

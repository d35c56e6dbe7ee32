from langfuse import propagate_attributes
from langfuse.openai import OpenAI
from openai_calls import make_calls, make_responses

client = OpenAI(max_retries=0)
with propagate_attributes(session_id="session-7", user_id="user-42"):
    make_calls(client)
    make_responses(client)

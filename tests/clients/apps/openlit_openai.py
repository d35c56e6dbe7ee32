import openlit
from openai import OpenAI
from openai_calls import make_calls, make_responses

openlit.init()

client = OpenAI(max_retries=0)
make_calls(client)
make_responses(client)

import logfire
from pydantic_ai import Agent

logfire.configure(send_to_logfire=False)
logfire.instrument_pydantic_ai()

agent = Agent("openai-chat:gpt-4o-mini")


@agent.tool_plain
def weather(city: str) -> str:
    """Report the weather."""
    return f"Sunny in {city}."


agent.run_sync("What is the weather in Paris?")

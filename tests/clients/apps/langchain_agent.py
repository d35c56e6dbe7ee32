from langchain.agents import create_agent


def weather(city: str) -> str:
    """Report the weather."""
    return f"Sunny in {city}."


agent = create_agent("openai:gpt-4o-mini", tools=[weather])
agent.invoke({"messages": [{"role": "user", "content": "What is the weather in Paris?"}]})

from agents import Agent, Runner, function_tool


@function_tool
def weather(city: str) -> str:
    """Report the weather."""
    return f"Sunny in {city}."


agent = Agent(name="weatherman", instructions="Be short.", tools=[weather], model="gpt-4o-mini")
Runner.run_sync(agent, "What is the weather in Paris?")

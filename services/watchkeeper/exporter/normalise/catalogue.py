"""The dialects, one line each; earlier ones win where two would recognise the same attribute."""

from watchkeeper.exporter.normalise import (
    anthropic_sdk,
    genkit,
    langfuse,
    langsmith,
    litellm,
    logfire_agents,
    mlflow,
    openinference,
    openlit,
    openllmetry,
    otel_genai,
    pydantic_ai,
    pydantic_evals,
    spring_ai,
    vercel_ai,
    vllm,
)

DIALECTS = (
    langfuse.DIALECT,
    vercel_ai.DIALECT,
    openinference.DIALECT,
    anthropic_sdk.DIALECT,
    litellm.DIALECT,
    langsmith.DIALECT,
    genkit.DIALECT,
    spring_ai.DIALECT,
    pydantic_ai.DIALECT,
    logfire_agents.DIALECT,
    pydantic_evals.DIALECT,
    mlflow.DIALECT,
    openlit.DIALECT,
    openllmetry.DIALECT,
    vllm.DIALECT,
    otel_genai.DIALECT,
)

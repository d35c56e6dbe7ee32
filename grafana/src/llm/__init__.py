"""The pages about model calls, one question each; grafana/src/llm_overview is the page above them."""

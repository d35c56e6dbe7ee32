"""The dialects, one line each; earlier ones win where two would recognise the same attribute."""

from watchkeeper.normalise import otel_genai

DIALECTS = (otel_genai.DIALECT,)

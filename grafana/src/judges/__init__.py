"""The dashboard "Judges": what models say of answers, whether they agree, and what that costs."""

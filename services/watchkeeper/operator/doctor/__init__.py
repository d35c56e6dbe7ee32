"""`watchkeeper doctor`: diagnoses problems of the stack here, and the fix of each; one file per area.

Each area reads its facts in one function and evaluates them in another, which is pure.
"""

"""`watchkeeper doctor`: what stands in the way of the stack here, and the fix of each; one file per area.

Each area reads its facts in one function and judges them in another, which is pure.
"""

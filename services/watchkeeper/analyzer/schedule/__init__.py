"""How jobs run: when, for how long at most, and what a failure of one means for it and for no one else."""

"""What an operator does to a running bundle: check, reload, back up, restore, upgrade; one file per operation."""

"""One file for each signal: how its records are read into facts."""

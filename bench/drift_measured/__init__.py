"""What bench/drift_measured.py is made of: simulated traffic, the analyzer's code over it, and the figures."""

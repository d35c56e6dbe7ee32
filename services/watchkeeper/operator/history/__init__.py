"""A month of the demo that never was: samples of Prometheus and lines of Loki, written back and removed again."""

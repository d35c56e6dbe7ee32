"""What several processes ask Prometheus and Loki: the rules they run, held against the files."""

"""What every process that listens does alike: its socket, /metrics, HTTP metrics and its own log lines."""

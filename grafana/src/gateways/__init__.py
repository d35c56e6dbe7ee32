"""The page about gateways that Prometheus scrapes, one row a file."""

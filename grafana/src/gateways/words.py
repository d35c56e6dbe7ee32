"""What rows without data say: they show what a gateway may not report."""

NOT_REPORTED = "no gateway that reports it is scraped: docs/how-to/watch-a-gateway.md"

"""Fan out: every fact becomes numbers, a log line and a place in the recent activity; one file per destination."""

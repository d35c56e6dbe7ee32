"""What must outlive the process and is neither a counter nor a line: kept in one database, by URL."""

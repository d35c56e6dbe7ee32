"""What can be asked of the analyzer besides its metrics and its health."""

"""What a month cost, by who spent it."""

"""What a person asks of judges: how far they agree with people's labels."""

"""What a person asks of canaries: the running analyzer runs them, where their targets are reached."""

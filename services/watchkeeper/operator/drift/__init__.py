"""What a person says about drift: which changes were intended; the running analyzer keeps it."""

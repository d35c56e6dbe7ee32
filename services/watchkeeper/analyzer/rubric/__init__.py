"""What is asked of a model that scores text, and how its reply is read; pure, shared by judges and canaries."""

"""One trace, or one session, read in a shell."""

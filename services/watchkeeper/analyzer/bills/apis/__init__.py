"""One file for each provider whose bill can be read: what it is asked, and what it answers."""

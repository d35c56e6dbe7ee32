"""`watchkeeper prices`: fetches the newest price tables and brings them into force, without an upgrade of the rest."""

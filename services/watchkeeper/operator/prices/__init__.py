"""`watchkeeper prices`: fetches the newest price tables and makes them active, without an upgrade of the rest."""

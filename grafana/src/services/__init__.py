"""The dashboard "Services and machines": what the services around the models say of themselves."""

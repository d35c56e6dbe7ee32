"""The bundle as local processes, for machines without Docker: the same engines, the same config files."""

"""A reader for each format: a module whose ``read(path, limits)`` returns a ``Document``."""

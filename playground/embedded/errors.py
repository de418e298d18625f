"""The error that ends a start."""


class LaunchError(Exception):
    """Raised when a start can't continue. The message says what happened and what to do."""

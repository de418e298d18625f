"""Functions on the wire."""

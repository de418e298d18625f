"""Vector stores and searches on the wire."""

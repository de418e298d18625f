"""Vector stores: list, page, settings and search."""

"""Vector stores: the files in them, indexing and search."""

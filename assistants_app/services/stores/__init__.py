"""Vector stores: their files, indexing and search."""

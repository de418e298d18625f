"""JSON of vector stores and searches."""

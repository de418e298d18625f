"""JSON of threads and messages."""

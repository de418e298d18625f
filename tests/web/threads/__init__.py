"""Pages of threads."""

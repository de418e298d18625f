"""HTML of threads."""

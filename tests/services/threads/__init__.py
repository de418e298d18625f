"""Services of threads."""

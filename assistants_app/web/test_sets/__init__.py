"""Pages of test sets."""

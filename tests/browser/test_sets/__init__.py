"""The table of a test set in a real browser."""

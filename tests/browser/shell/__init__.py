"""The shell in a real browser."""

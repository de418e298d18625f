"""Vector stores in a real browser."""

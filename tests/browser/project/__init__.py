"""The project in a real browser."""

"""JSON schemas and patterns that people write, checked in bounded time."""

"""Pages of assistants."""

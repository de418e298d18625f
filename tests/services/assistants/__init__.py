"""Services of assistants."""

"""Services of the project."""

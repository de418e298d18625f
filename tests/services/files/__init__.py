"""Services of files."""

"""HTML of text."""

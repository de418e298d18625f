"""Comparisons as HTML."""

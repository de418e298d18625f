"""Comparisons: create them, let all columns answer, vote, and keep a column's settings."""

"""Checks and their outcomes as HTML."""

"""Writes of test sets."""

"""Reads of test sets."""

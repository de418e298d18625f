"""Reads of comparisons."""

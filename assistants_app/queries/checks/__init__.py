"""Reads of what checks look at."""

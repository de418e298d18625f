"""Checks that cost something: judges, with their records and limits."""

"""Reads of runs, steps, model calls, citations and code sessions."""

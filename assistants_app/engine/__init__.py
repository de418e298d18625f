"""Carry out runs, from the claim to the last event, and index files."""

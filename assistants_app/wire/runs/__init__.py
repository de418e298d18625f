"""Runs and run steps on the wire."""

"""Experiments: freeze what they run, start and stop them, and write what becomes of their cells."""

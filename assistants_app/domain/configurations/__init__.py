"""Configurations of assistants and runs, in plain Python."""

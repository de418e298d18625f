"""Reads of what concerns the people of a project."""

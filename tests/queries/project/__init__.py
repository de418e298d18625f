"""Reads of the project."""

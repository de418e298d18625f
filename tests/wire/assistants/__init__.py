"""Assistants on the wire."""

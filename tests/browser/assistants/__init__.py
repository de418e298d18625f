"""Assistants in a real browser."""

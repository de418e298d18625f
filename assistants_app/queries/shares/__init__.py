"""Reads of share links, and of what they show."""

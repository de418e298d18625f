"""Writes of share links, and copies of what they show."""

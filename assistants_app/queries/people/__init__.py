"""Reads about people, and of what they say."""

"""Reads about people: their sessions and accounts."""

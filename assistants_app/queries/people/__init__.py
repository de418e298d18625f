"""Reads about the people of a project."""

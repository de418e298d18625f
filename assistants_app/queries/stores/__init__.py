"""Reads of vector stores and their files, and search in them."""

"""Reads of vector stores, and search in them."""

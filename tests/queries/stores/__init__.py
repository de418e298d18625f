"""Reads of vector stores."""

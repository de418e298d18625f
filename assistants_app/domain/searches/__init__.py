"""Searches in vector stores: their filters, their queries, and how rankings are joined."""

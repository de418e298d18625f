"""Threads and messages on the wire."""

"""Reads of threads and their messages."""
